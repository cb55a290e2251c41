/**
 * Statements of the whole daemon.
 *
 *     global := 'router' 'id' ( id | 'from' patterns ) ';'        'hostname' text ';'
 *             | 'log' ... ';'                                      'timeformat' ... ';'
 *             | 'debug' ( 'protocols' | 'channels' | 'tables' ) mask
 *             | 'debug' 'commands' number | 'debug' 'latency' ( switch | 'limit' time )
 *             | 'watchdog' ( 'warning' | 'timeout' ) time
 *             | 'mrtdump' ( STRING | 'protocols' mask ) ';'        'graceful' 'restart' 'wait' number ';'
 *             | 'cli' STRING [ '{' { 'restrict' switch ';' } '}' ] ';'
 *             | 'threads' number ';' | 'thread' 'group' NAME '{' ... '}' | 'mpls' 'domain' NAME [ '{' ... '}' ]
 *             | 'listen' 'bgp' { 'address' address | 'port' number | 'dual' | 'v6only' } ';'          (BIRD 1)
 */
import type { Ip } from '../../bgp/index.ts';
import type { InterfacePattern, LogTarget, TimeFormats } from '../model.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import { type ReadContext, readBlock, skipBlock } from './context.ts';
import { readInterfacePatterns } from './interfaces.ts';
import { readLog } from './log.ts';
import { DEBUG_MASK, MRTDUMP_MASK, readDebugMask } from './masks.ts';
import { readLabelDomain } from './mpls-labels.ts';
import type { OptionBag } from './option-bag.ts';
import { type FieldTable, type OptionStatement, option, Statements, value } from './option-table.ts';
import { defaultTimeFormats, readTimeFormat } from './time-format.ts';
import {
  number,
  PORT,
  readId,
  readIp,
  readMicroseconds,
  readNumber,
  readSwitch,
  readText,
  SWITCH,
  seconds,
  TEXT,
} from './values.ts';

export interface GlobalOptions {
  readonly routerId: number | undefined;
  readonly routerIdFrom: InterfacePattern[] | undefined;
  readonly hostname: string | undefined;
  readonly log: LogTarget[];
  readonly debugProtocols: number;
  readonly debugChannels: number;
  readonly debugTables: number;
  readonly debugCommands: number;
  readonly debugLatency: boolean;
  readonly latencyLimitMs: number;
  readonly timeFormats: TimeFormats;
  readonly watchdogWarningMs: number;
  readonly watchdogTimeoutMs: number;
  readonly gracefulRestartWait: number;
  readonly mrtdumpFile: string | undefined;
  readonly mrtdumpProtocols: number;
  readonly controlSockets: { readonly path: string; readonly restrict: boolean }[];
  /** Where all BGP sessions listen; `undefined`: on all addresses. */
  readonly listenAddress: Ip | undefined;
  readonly listenPort: number;
}

const MILLISECONDS = {
  syntax: '<time>',
  read: (context: ReadContext): number => Math.ceil(readMicroseconds(context) / 1000),
};

/** `debug tables` was a switch for a while. */
const TABLES_MASK = {
  syntax: DEBUG_MASK.syntax,
  read: (context: ReadContext): number => {
    const { stream } = context;
    if (stream.atPunct('{') || stream.atWords('all') || stream.atWords('off')) return readDebugMask(context);
    return readSwitch(context) ? 63 : 0;
  },
};

export const GLOBAL_FIELDS: FieldTable<GlobalOptions> = {
  routerId: option<number | undefined>(
    undefined,
    'restart',
    'router id',
    { syntax: '<number or IPv4 address>', read: readId },
    'BGP Identifier',
    { defaultText: 'the lowest IPv4 address' },
  ),
  routerIdFrom: value<InterfacePattern[] | undefined>(undefined, 'restart'),
  hostname: option<string | undefined>(undefined, 'restart', 'hostname', TEXT, 'name of the router', {
    defaultText: 'that of the system',
    only: 'bird2',
  }),
  log: value<LogTarget[]>([], 'nothing'),
  debugProtocols: option(0, 'nothing', 'debug protocols', DEBUG_MASK, 'what the protocols below trace', {
    defaultText: 'off',
  }),
  debugChannels: option(0, 'nothing', 'debug channels', DEBUG_MASK, 'what the channels below trace', {
    defaultText: 'off',
    only: 'bird2',
  }),
  debugTables: option(0, 'nothing', 'debug tables', TABLES_MASK, 'what tables trace', {
    defaultText: 'off',
    activity: 'inactive',
    only: 'bird2',
  }),
  debugCommands: option(0, 'nothing', 'debug commands', number('<0-2>'), 'log commands of the control socket'),
  debugLatency: option<boolean>(false, 'nothing', 'debug latency', SWITCH, 'log turns of the main loop that take long'),
  latencyLimitMs: option(1000, 'nothing', 'debug latency limit', MILLISECONDS, 'what long is', { defaultText: '1 s' }),
  timeFormats: value<TimeFormats>(defaultTimeFormats('bird2'), 'nothing'),
  watchdogWarningMs: option(5000, 'nothing', 'watchdog warning', MILLISECONDS, 'warn of a turn that takes so long', {
    defaultText: '5 s',
  }),
  watchdogTimeoutMs: option(0, 'nothing', 'watchdog timeout', MILLISECONDS, 'end the daemon after so long; 0: never', {
    defaultText: '0',
  }),
  gracefulRestartWait: option(240, 'nothing', 'graceful restart wait', seconds(), 'how long recovery may take'),
  mrtdumpFile: value<string | undefined>(undefined, 'nothing'),
  mrtdumpProtocols: option(0, 'nothing', 'mrtdump protocols', MRTDUMP_MASK, 'what goes to the MRT dump file', {
    defaultText: 'off',
    activity: 'inactive',
  }),
  controlSockets: value<{ path: string; restrict: boolean }[]>([], 'nothing'),
  listenAddress: value<Ip | undefined>(undefined, 'update'),
  listenPort: value(179, 'update'),
};

const MORE: readonly OptionStatement<GlobalOptions>[] = [
  {
    words: ['router', 'id', 'from'],
    syntax: 'router id from <interface patterns>',
    about: 'take the BGP Identifier from addresses of these interfaces',
    defaultText: 'all but loopback',
    activity: 'active',
    cost: 'restart',
    read: (context, bag, at) => bag.set('routerIdFrom', readInterfacePatterns(context), at),
  },
  {
    words: ['log'],
    syntax:
      'log "<file>" [<bytes> "<backup>"] | syslog [name "<name>"] | stderr | udp <address> [port <port>] <classes>',
    about: 'where log lines go; classes: all or { debug, trace, info, remote, warning, error, auth, fatal, bug }',
    defaultText: 'syslog',
    activity: 'active',
    cost: 'nothing',
    read: (context, bag, at) => bag.set('log', [...(bag.get('log') ?? []), readLog(context)], at),
  },
  {
    words: ['timeformat'],
    syntax:
      'timeformat route | protocol | base | log "<strftime>" [<seconds> "<strftime>"] | iso short | long [ms | us]',
    about: 'how times are shown; older than so many seconds in the second format',
    defaultText: '`iso short ms` for route and protocol, `iso long ms` for base and log',
    activity: 'active',
    cost: 'nothing',
    read: (context, bag, at) => {
      const { which, format } = readTimeFormat(context);
      const known = bag.get('timeFormats') ?? defaultTimeFormats(context.dialect);
      bag.set('timeFormats', { ...known, [which]: format }, at);
    },
  },
  {
    words: ['mrtdump'],
    syntax: 'mrtdump "<file>"',
    about: 'file for MRT dumps',
    defaultText: 'none',
    activity: 'inactive',
    cost: 'nothing',
    read: (context, bag, at) => {
      const { stream, scope } = context;
      const token = stream.peek();
      if (token.kind !== TokenKind.Text && scope.lookup(token.text)?.kind !== 'constant') {
        stream.failUnexpected(['CF_SYM_KNOWN', 'TEXT', 'PROTOCOLS'], ['protocols']);
      }
      bag.set('mrtdumpFile', readText(context), at);
    },
  },
  {
    words: ['cli'],
    only: 'bird2',
    syntax: 'cli "<socket>" [{ restrict <switch>; }]',
    about: 'one more control socket; `restrict`: for looking only',
    defaultText: 'none',
    activity: 'active',
    cost: 'nothing',
    read: (context, bag, at) => {
      const path = readText(context);
      let restrict = false;
      if (context.stream.atPunct('{')) {
        readBlock(context, () => {
          if (context.stream.acceptWords('restrict')) restrict = readSwitch(context);
          else if (context.stream.acceptWords('v2', 'attributes')) readSwitch(context);
          else context.stream.failUnexpected(['RESTRICT'], ['restrict', 'v2']);
        });
      }
      bag.set('controlSockets', [...(bag.get('controlSockets') ?? []), { path, restrict }], at);
    },
  },
  {
    words: ['listen', 'bgp'],
    only: 'bird1',
    syntax: 'listen bgp [address <address>] [port <port>]',
    about: 'where BGP listens; `dual` and `v6only` may stand there and mean nothing',
    defaultText: 'port 179 of all addresses',
    activity: 'active',
    cost: 'update',
    read: readListen,
  },
  {
    words: ['threads'],
    only: 'bird2',
    syntax: 'threads <number>',
    about: 'threads of BIRD 3',
    defaultText: '-',
    activity: 'moot',
    cost: 'nothing',
    read: (context) => void readNumber(context),
  },
  {
    words: ['thread', 'group'],
    only: 'bird2',
    syntax: 'thread group <name> { ... }',
    about: 'threads of BIRD 3',
    defaultText: '-',
    activity: 'moot',
    cost: 'nothing',
    read: (context) => {
      context.stream.expectKind(TokenKind.Word);
      skipBlock(context);
    },
  },
  {
    words: ['mpls', 'domain'],
    only: 'bird2',
    syntax: 'mpls domain <name> [{ label range <name> | static | dynamic { start <number>; length <number>; }; }]',
    about: 'ranges of MPLS labels',
    defaultText: 'none',
    activity: 'inactive',
    cost: 'nothing',
    read: readLabelDomain,
  },
];

function readListen(context: ReadContext, bag: OptionBag<GlobalOptions>, at: Token): void {
  const { stream } = context;
  for (;;) {
    if (stream.acceptWords('address')) bag.set('listenAddress', readIp(context), at);
    else if (stream.acceptWords('port')) bag.set('listenPort', readNumber(context, PORT), at);
    else if (!stream.acceptWords('dual') && !stream.acceptWords('v6only')) return;
  }
}

export const GLOBAL_STATEMENTS = new Statements<GlobalOptions>(GLOBAL_FIELDS, MORE);

/** First words of statements that BIRD's grammar does not end with a semicolon; one may stand there. */
export const UNTERMINATED = new Set(['debug', 'watchdog', 'thread']);
