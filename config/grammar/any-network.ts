/**
 * Networks of all kinds, as static routes write them: the literals of the filter language, and names of constants.
 */
import type { Prefix } from '../../bgp/index.ts';
import { readNetworkValue } from '../filter/declarations.ts';
import { NetType } from '../filter/types.ts';
import { type Network, prefixOfNetwork } from '../filter/value.ts';
import { atAddress, atPrefix } from '../syntax/literals.ts';
import { TokenKind } from '../syntax/token.ts';
import type { NetTypeName } from '../table-definition.ts';
import type { ReadContext } from './context.ts';
import { readNetwork } from './values.ts';

export interface AnyNetwork {
  readonly net: NetTypeName;
  readonly network: Network;
  /** The prefix of ipv4 and ipv6 networks; the others hold no routes here. */
  readonly prefix: Prefix | undefined;
}

const NET_NAMES: Readonly<Record<NetType, NetTypeName>> = {
  [NetType.Ip4]: 'ipv4',
  [NetType.Ip6]: 'ipv6',
  [NetType.Vpn4]: 'vpn4',
  [NetType.Vpn6]: 'vpn6',
  [NetType.Roa4]: 'roa4',
  [NetType.Roa6]: 'roa6',
  [NetType.Flow4]: 'flow4',
  [NetType.Flow6]: 'flow6',
  [NetType.Sadr6]: 'ipv6 sadr',
  [NetType.Mpls]: 'mpls',
  [NetType.Aspa]: 'aspa',
  [NetType.Eth]: 'eth',
  [NetType.Evpn]: 'evpn',
  [NetType.Neighbor]: 'neighbor',
};

export function readAnyNetwork(context: ReadContext): AnyNetwork {
  const { stream } = context;
  if (stream.atPunct('(')) stream.failUnexpected();
  // An address without a length is complained about as such.
  if ((atAddress(stream) && !atPrefix(stream)) || stream.atKind(TokenKind.Quad)) readNetwork(context);
  const network = readNetworkValue(context);
  const isPlain = network.type === NetType.Ip4 || network.type === NetType.Ip6;
  return { net: NET_NAMES[network.type], network, prefix: isPlain ? prefixOfNetwork(network) : undefined };
}
