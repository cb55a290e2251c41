/**
 * protocol bfd: bidirectional forwarding detection (RFC 5880).
 *
 *     option := 'accept' { 'ipv4' | 'ipv6' | 'direct' | 'multihop' } | 'strict' 'bind' switch
 *             | 'zero' 'udp6' 'checksum' 'rx' switch
 *             | 'interface' patterns [ session ] | 'multihop' [ session ]
 *             | 'neighbor' address [ '%' name ] { 'dev' text | 'local' address | 'multihop' switch }
 */
import type { ReadContext } from '../context.ts';
import { checked, finishInactive } from '../inactive-protocol.ts';
import { readInterfaceNames } from '../interfaces.ts';
import { Statements } from '../option-table.ts';
import type { ProtocolKind } from '../protocol.ts';
import { COMMON_FIELDS, type CommonOptions, commonStatements } from '../protocol-draft.ts';
import { readIp, readScopedIp, readSwitch, readText } from '../values.ts';
import { BFD_SESSION_SYNTAX, readBfdSession } from './bfd-session.ts';

const ACCEPT_WORDS = ['ipv4', 'ipv6', 'direct', 'multihop'];

export const BFD_STATEMENTS = new Statements<CommonOptions>(COMMON_FIELDS, [
  checked('accept [ipv4 | ipv6] [direct | multihop]', 'which sessions the protocol runs', 'all', ({ stream }) => {
    while (ACCEPT_WORDS.some((word) => stream.acceptWords(word)));
    if (!stream.atPunct(';')) stream.failUnexpected([], ACCEPT_WORDS);
  }),
  checked('strict bind <switch>', 'listen on the addresses of sessions alone', 'off', (context) => {
    readSwitch(context);
  }),
  checked('zero udp6 checksum rx <switch>', 'take IPv6 packets without a checksum', 'off', (context) => {
    readSwitch(context);
  }),
  checked(
    `interface "<pattern>", ... [${BFD_SESSION_SYNTAX}]`,
    'sessions with neighbours on these interfaces',
    'interval 100 ms, min rx interval 10 ms, idle tx interval 1 s, multiplier 5',
    (context) => {
      readInterfaceNames(context);
      if (context.stream.atPunct('{')) readBfdSession(context);
    },
  ),
  checked('multihop [{ ... }]', 'sessions over several hops; options as for `interface`', 'the same', (context) => {
    if (context.stream.atPunct('{')) readBfdSession(context);
  }),
  checked(
    'neighbor <address> [dev "<interface>"] [local <address>] [multihop <switch>]',
    'a session that nobody else asked for',
    'none',
    readNeighbor,
  ),
  ...commonStatements<CommonOptions>(),
]);

function readNeighbor(context: ReadContext): void {
  const { stream } = context;
  const first = stream.peek();
  let { interfaceName } = readScopedIp(context);
  let hasLocal = false;
  let multihop = false;
  for (;;) {
    if (stream.acceptWords('dev')) interfaceName = readText(context);
    else if (stream.acceptWords('local')) {
      readIp(context);
      hasLocal = true;
    } else if (stream.acceptWords('multihop')) multihop = readSwitch(context);
    else break;
  }
  if (multihop && interfaceName !== undefined) {
    stream.failBetween('Neighbor cannot set both interface and multihop', first, stream.previous());
  }
  if (multihop && !hasLocal) {
    stream.failBetween('Multihop neighbor requires specified local address', first, stream.previous());
  }
}

export const BFD: ProtocolKind = {
  word: 'bfd',
  statements: BFD_STATEMENTS,
  channels: undefined,
  finish: (context, draft) => finishInactive(context, draft),
};
