/**
 * Statements of protocol bgp that set more than one value, or one in more than one way.
 *
 *     local    := 'local' [ address [ '%' name ] ] { 'port' number | 'as' number }
 *     neighbor := 'neighbor' [ 'range' network | address [ '%' name ] ] { 'port' number | 'as' number
 *                 | 'internal' | 'external' | 'onlink' }
 *     bfd      := 'bfd' ( switch | 'graceful' | '{' { option ';' } '}' )                (inactive/bfd-session.ts)
 */

import { type Token, TokenKind } from '../syntax/token.ts';
import type { BgpOptions } from './bgp-options.ts';
import { BGP_FIELDS } from './bgp-options.ts';
import type { ReadContext } from './context.ts';
import { readBfdSession } from './inactive/bfd-session.ts';
import { readInterfacePatterns } from './interfaces.ts';
import type { OptionBag } from './option-bag.ts';
import { type OptionStatement, Statements } from './option-table.ts';
import { commonStatements } from './protocol-draft.ts';
import { beginsIp, PORT, readChoice, readNetwork, readNumber, readScopedIp, readSwitch, readText } from './values.ts';

type Statement = OptionStatement<BgpOptions>;

const LONGEST_DYNAMIC_NAME = 48;

function readLocal(context: ReadContext, bag: OptionBag<BgpOptions>, at: Token): void {
  const { stream } = context;
  if (!stream.atWords('as') && !stream.atWords('port') && beginsIp(context)) {
    const { ip, interfaceName } = readScopedIp(context);
    bag.set('localAddress', ip, at);
    if (interfaceName !== undefined) bag.set('interfaceName', interfaceName, at);
  }
  for (;;) {
    if (stream.acceptWords('port')) bag.set('localPort', readNumber(context, PORT), at);
    else if (stream.acceptWords('as')) bag.set('localAs', readNumber(context), at);
    else return;
  }
}

function readNeighbor(context: ReadContext, bag: OptionBag<BgpOptions>, at: Token): void {
  const { stream } = context;
  if (stream.atWords('range') || (!startsNeighborOption(context) && beginsIp(context))) {
    if (bag.get('neighborAddress') !== undefined || bag.get('neighborRange') !== undefined) {
      stream.fail('Only one neighbor per BGP instance is allowed', at);
    }
    if (stream.acceptWords('range')) {
      bag.set('neighborRange', readNetwork(context), at);
    } else {
      const { ip, interfaceName } = readScopedIp(context);
      bag.set('neighborAddress', ip, at);
      if (interfaceName !== undefined) bag.set('interfaceName', interfaceName, at);
    }
  }
  for (;;) {
    if (stream.acceptWords('port')) bag.set('neighborPort', readNumber(context, PORT), at);
    else if (stream.acceptWords('as')) bag.set('neighborAs', readNumber(context), at);
    else if (stream.acceptWords('internal')) bag.set('neighborKind', 'internal', at);
    else if (stream.acceptWords('external')) bag.set('neighborKind', 'external', at);
    else if (stream.acceptWords('onlink')) bag.set('onlink', true, at);
    else return;
  }
}

const NEIGHBOR_WORDS = ['port', 'as', 'internal', 'external', 'onlink'];

function startsNeighborOption({ stream }: ReadContext): boolean {
  return NEIGHBOR_WORDS.some((word) => stream.atWords(word));
}

function readBfd(context: ReadContext, bag: OptionBag<BgpOptions>, at: Token): boolean {
  const { stream } = context;
  let on = true;
  if (stream.atPunct('{')) readBfdSession(context, () => acceptsGraceful(context));
  else if (!stream.acceptWords('graceful')) on = readSwitch(context);
  bag.set('bfd', on, at);
  return on;
}

function acceptsGraceful(context: ReadContext): boolean {
  if (!context.stream.acceptWords('graceful')) return false;
  readSwitch(context);
  return true;
}

function readAuthentication(context: ReadContext, bag: OptionBag<BgpOptions>, at: Token): void {
  if (context.stream.atWords('ao')) refuseAo(context);
  bag.set('authentication', readChoice(context, { none: 'none', md5: 'md5' }), at);
}

/** A session that was meant to be signed must not come up without a signature. */
function refuseAo({ stream }: ReadContext): never {
  const token = stream.previous();
  return stream.fail('TCP-AO is not supported', token, 'Use "authentication md5" and "password".');
}

const STATEMENTS: readonly Statement[] = [
  {
    words: ['local'],
    syntax: 'local [<address>[%<interface>]] [port <port>] [as <AS>]',
    about: 'our side of the session',
    defaultText: 'the AS must be set; port 179',
    activity: 'active',
    cost: 'restart',
    read: readLocal,
  },
  {
    words: ['neighbor'],
    syntax:
      'neighbor [<address>[%<interface>] | range <network>] [port <port>] [as <AS>] [internal | external] [onlink]',
    about: 'the other side; with `range` a session for everybody who connects from that network',
    defaultText: 'must be set; port 179',
    activity: 'active',
    cost: 'restart',
    read: readNeighbor,
  },
  {
    words: ['interface'],
    syntax: 'interface "<name>"',
    about: 'interface of the session; needed for link-local addresses',
    defaultText: 'any',
    activity: 'active',
    cost: 'restart',
    read: (context, bag, at) => bag.set('interfaceName', context.stream.expectKind(TokenKind.Text).text, at),
  },
  {
    words: ['interface', 'range'],
    only: 'bird2',
    syntax: 'interface range "<pattern>", ...',
    about: 'listening sockets for each interface; refused',
    defaultText: '-',
    activity: 'inactive',
    cost: 'restart',
    read: (context, _bag, at) => {
      readInterfacePatterns(context);
      context.stream.fail('Interface range is not supported', at);
    },
  },
  {
    words: ['direct'],
    syntax: 'direct',
    about: 'the neighbour is on a network of ours',
    defaultText: 'external sessions',
    activity: 'active',
    cost: 'restart',
    read: (_context, bag, at) => bag.set('multihop', 0, at),
  },
  {
    words: ['multihop'],
    syntax: 'multihop [<1-255>]',
    about: 'the neighbour may be that many hops away',
    defaultText: 'internal sessions, 64',
    activity: 'active',
    cost: 'restart',
    read: (context, bag, at) => {
      const range = { min: 1, max: 255, message: 'Multihop must be in range 1-255' };
      bag.set('multihop', context.stream.atPunct(';') ? 64 : readNumber(context, range), at);
    },
  },
  {
    words: ['dynamic', 'name'],
    only: 'bird2',
    syntax: 'dynamic name "<text>"',
    about: 'names of dynamic sessions, before their number',
    defaultText: 'dynbgp',
    activity: 'active',
    cost: 'restart',
    read: (context, bag, at) => {
      const { stream } = context;
      const first = stream.peek();
      const name = readText(context);
      if (name.includes('%')) stream.fail("Forbidden character '%' in dynamic name", first);
      if (name.length > LONGEST_DYNAMIC_NAME) stream.fail('Dynamic name too long', first);
      bag.set('dynamicName', name, at);
    },
  },
  {
    words: ['dynamic', 'name', 'pattern'],
    only: 'bird2',
    syntax: 'dynamic name pattern "<text>"',
    about: 'names of dynamic sessions: `%a` is the address of the neighbour, `%i` the interface, `%n` a number',
    defaultText: 'none',
    activity: 'active',
    cost: 'restart',
    read: (context, bag, at) => {
      const { stream } = context;
      const first = stream.peek();
      const pattern = readText(context);
      if (!/^([\w.:-]|%[ain])*$/.test(pattern) || !pattern.includes('%')) {
        const hint = 'Letters, digits, "_", ".", ":", "-", and at least one of %a, %i, %n.';
        stream.fail('Not a pattern for names', first, hint);
      }
      if (pattern.length > LONGEST_DYNAMIC_NAME) stream.fail('Dynamic name too long', first);
      bag.set('dynamicNamePattern', pattern, at);
    },
  },
  {
    words: ['allow', 'local', 'as'],
    syntax: 'allow local as [<number>]',
    about: 'accept paths with our own AS in them, that many times; without a number: any',
    defaultText: '0',
    activity: 'active',
    cost: 'restart',
    read: (context, bag, at) => {
      bag.set('allowLocalAs', context.stream.atPunct(';') ? Number.POSITIVE_INFINITY : readNumber(context), at);
    },
  },
  {
    words: ['error', 'wait', 'time'],
    syntax: 'error wait time <seconds>, <seconds>',
    about: 'wait after an error: at first, and at most',
    defaultText: '60, 300',
    activity: 'active',
    cost: 'restart',
    read: (context, bag, at) => {
      bag.set('errorWaitTimeMin', readNumber(context), at);
      context.stream.expectPunct(',');
      bag.set('errorWaitTimeMax', readNumber(context), at);
    },
  },
  {
    words: ['bfd'],
    syntax: 'bfd <switch> | graceful | { ... }',
    about: 'end the session when BFD finds the neighbour gone',
    defaultText: 'off',
    activity: 'inactive',
    cost: 'update',
    read: readBfd,
  },
  {
    words: ['authentication'],
    only: 'bird2',
    syntax: 'authentication none | md5',
    about: 'signature of the TCP connection; `ao` is refused',
    defaultText: 'md5 with a password',
    activity: 'active',
    cost: 'restart',
    read: readAuthentication,
  },
  {
    words: ['keys'],
    only: 'bird2',
    syntax: 'keys { ... }',
    about: 'TCP-AO keys; refused',
    defaultText: '-',
    activity: 'inactive',
    cost: 'restart',
    read: refuseAo,
  },
  {
    words: ['setkey'],
    syntax: 'setkey <switch>',
    about: 'who sets the MD5 key on FreeBSD',
    defaultText: '-',
    activity: 'moot',
    cost: 'nothing',
    read: (context) => void readSwitch(context),
  },
  {
    words: ['tx', 'size', 'warning'],
    only: 'bird2',
    syntax: 'tx size warning <number>',
    about: 'memory of pending messages in BIRD 3',
    defaultText: '-',
    activity: 'moot',
    cost: 'nothing',
    read: (context) => void readNumber(context),
  },
  {
    words: ['advertise', 'ipv4'],
    only: 'bird1',
    syntax: 'advertise ipv4 <switch>',
    about: 'IPv4 is announced like every family (RFC 4760)',
    defaultText: '-',
    activity: 'moot',
    cost: 'nothing',
    read: (context) => void readSwitch(context),
  },
  ...commonStatements<BgpOptions>(),
];

export const BGP_STATEMENTS = new Statements<BgpOptions>(BGP_FIELDS, STATEMENTS);
