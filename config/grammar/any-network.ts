/**
 * Networks of all kinds, as static routes and filters of every table write them.
 *
 *     anynet := network                                   ipv4, ipv6
 *             | network 'from' network                    ipv6 sadr
 *             | network 'max' number 'as' number          roa4, roa6
 *             | RD network                                vpn4, vpn6
 *             | 'flow4' '{' ... '}' | 'flow6' '{' ... '}'
 *             | 'mpls' number | 'aspa' number | 'eth' MAC [ 'vlan' number ]
 */
import type { Prefix } from '../../bgp/index.ts';
import { atAddress } from '../syntax/literals.ts';
import { TokenKind } from '../syntax/token.ts';
import type { NetTypeName } from '../table-definition.ts';
import { type ReadContext, skipBlock } from './context.ts';
import { readNetwork, readNumber } from './values.ts';

export interface AnyNetwork {
  readonly net: NetTypeName;
  /** The prefix of ipv4 and ipv6 networks; the others hold no routes here. */
  readonly prefix: Prefix | undefined;
}

export function readAnyNetwork(context: ReadContext): AnyNetwork {
  const { stream } = context;
  if (stream.atKind(TokenKind.Rd)) {
    stream.next();
    return { net: readNetwork(context).version === 4 ? 'vpn4' : 'vpn6', prefix: undefined };
  }
  for (const net of ['flow4', 'flow6'] as const) {
    if (stream.acceptWords(net)) {
      skipBlock(context);
      return { net, prefix: undefined };
    }
  }
  for (const net of ['mpls', 'aspa'] as const) {
    if (stream.acceptWords(net)) {
      readNumber(context);
      return { net, prefix: undefined };
    }
  }
  if (stream.acceptWords('eth')) {
    stream.expectKind(TokenKind.Mac);
    if (stream.acceptWords('vlan')) readNumber(context);
    return { net: 'eth', prefix: undefined };
  }
  if (stream.atPunct('(')) stream.failUnexpected();
  return atAddress(stream) ? readLongNetwork(context) : plain(readNetwork(context));
}

/** A network with what may follow it. */
function readLongNetwork(context: ReadContext): AnyNetwork {
  const { stream } = context;
  const prefix = readNetwork(context);
  if (stream.acceptWords('from')) {
    readNetwork(context);
    return { net: 'ipv6 sadr', prefix: undefined };
  }
  if (!stream.acceptWords('max')) return plain(prefix);
  const max = prefix.version === 4 ? 32 : 128;
  readNumber(context, { min: prefix.length, max, message: (value) => `Invalid max prefix length ${value}` });
  stream.expectWord('as');
  readNumber(context);
  return { net: prefix.version === 4 ? 'roa4' : 'roa6', prefix: undefined };
}

function plain(prefix: Prefix): AnyNetwork {
  return { net: prefix.version === 4 ? 'ipv4' : 'ipv6', prefix };
}
