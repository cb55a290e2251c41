/**
 * Options of protocol bgp. Everything that is negotiated or that shapes the session costs a restart; the little that
 * does not is marked so.
 */
import type { Ip, Prefix } from '../../bgp/index.ts';
import type { BgpRole } from '../model.ts';
import { readBracedList } from './context.ts';
import { type FieldTable, type OptionExtras, option, value } from './option-table.ts';
import { COMMON_FIELDS, type CommonOptions } from './protocol-draft.ts';
import { ADDRESS, choice, ID, number, readChoice, readSwitch, SWITCH, seconds, switchOr, TEXT } from './values.ts';

export type RestartMode = 'off' | 'aware' | 'on';

/** What an external session without an import or export policy means (RFC 8212). */
export type MissingPolicy = 'refuse' | 'deny' | 'default';

export interface BgpOptions extends CommonOptions {
  readonly localAs: number | undefined;
  readonly localAddress: Ip | undefined;
  readonly localPort: number;
  /** Where to listen, if not on all addresses; said for the whole daemon. */
  readonly listenAddress: Ip | undefined;
  readonly matchLocalAddress: boolean;
  readonly neighborAddress: Ip | undefined;
  readonly neighborRange: Prefix | undefined;
  readonly neighborPort: number;
  readonly neighborAs: number | undefined;
  readonly neighborKind: 'internal' | 'external' | undefined;
  readonly interfaceName: string | undefined;
  readonly onlink: boolean;
  /** 0: direct; `undefined`: neither was written. */
  readonly multihop: number | undefined;
  readonly dynamicName: string;
  readonly dynamicNamePattern: string | undefined;
  readonly dynamicNameDigits: number;
  readonly dynamicLimit: number | undefined;
  readonly strictBind: boolean;
  readonly freeBind: boolean;
  readonly checkLink: boolean | undefined;
  readonly bfd: boolean;
  readonly ttlSecurity: boolean;
  readonly authentication: 'none' | 'md5' | undefined;
  readonly password: string | undefined;
  readonly passive: boolean;
  readonly confederation: number | undefined;
  readonly confederationMember: boolean;
  readonly rrClient: boolean;
  readonly rrClusterId: number | undefined;
  readonly rsClient: boolean;
  readonly allowLocalPref: boolean;
  readonly allowMed: boolean;
  readonly allowLocalAs: number;
  readonly allowAsSets: boolean;
  /** `undefined`: not written; decided by whom the session is with. */
  readonly enforceFirstAs: boolean | undefined;
  readonly enableRouteRefresh: boolean;
  readonly enableEnhancedRouteRefresh: boolean;
  readonly enableAs4: boolean;
  readonly enableExtendedMessages: boolean;
  readonly capabilities: boolean;
  readonly advertiseHostname: boolean;
  readonly requireRouteRefresh: boolean;
  readonly requireEnhancedRouteRefresh: boolean;
  readonly requireAs4: boolean;
  readonly requireExtendedMessages: boolean;
  readonly requireHostname: boolean;
  readonly requireGracefulRestart: boolean;
  readonly requireLongLivedGracefulRestart: boolean;
  readonly gracefulRestart: RestartMode;
  readonly gracefulRestartTime: number;
  readonly gracefulRestartNotification: boolean;
  readonly minGracefulRestartTime: number | undefined;
  readonly maxGracefulRestartTime: number | undefined;
  readonly longLivedGracefulRestart: RestartMode | undefined;
  readonly longLivedStaleTime: number;
  readonly minLongLivedStaleTime: number | undefined;
  readonly maxLongLivedStaleTime: number | undefined;
  readonly interpretCommunities: boolean;
  readonly gracefulShutdown: boolean;
  readonly missingPolicy: MissingPolicy;
  readonly disableAfterError: boolean;
  readonly disableAfterCease: readonly number[];
  readonly holdTime: number;
  readonly minHoldTime: number;
  readonly startupHoldTime: number;
  readonly keepaliveTime: number | undefined;
  readonly minKeepaliveTime: number;
  readonly sendHoldTime: number | undefined;
  readonly tolerateEarlyUpdate: boolean;
  readonly disableRx: boolean;
  readonly connectDelayTime: number;
  readonly connectRetryTime: number;
  readonly errorWaitTimeMin: number;
  readonly errorWaitTimeMax: number;
  readonly errorForgetTime: number;
  readonly pathMetric: boolean;
  readonly medMetric: boolean;
  readonly deterministicMed: boolean;
  readonly igpMetric: boolean;
  readonly preferOlder: boolean;
  readonly defaultMed: number;
  readonly defaultLocalPref: number;
  readonly localRole: BgpRole | undefined;
  readonly requireRoles: boolean;
}

/** Cease subcodes (RFC 4486) by the words that name them; 0 stands for a Cease without one. */
const CEASE_WORDS: Readonly<Record<string, number>> = {
  cease: 0,
  'prefix limit hit': 1,
  'administrative shutdown': 2,
  'peer deconfigured': 3,
  'administrative reset': 4,
  'connection rejected': 5,
  'configuration change': 6,
  'connection collision': 7,
  'out of resources': 8,
};
const COLLISION = 7;
const CEASE_BUT_COLLISION = Object.values(CEASE_WORDS).filter((subcode) => subcode !== COLLISION);

const ROLES: Readonly<Record<BgpRole, BgpRole>> = {
  provider: 'provider',
  rs_server: 'rs_server',
  rs_client: 'rs_client',
  customer: 'customer',
  peer: 'peer',
};

const RESTART_MODE = switchOr<RestartMode>('on', 'off', { aware: 'aware' });

/** Rows of options that BIRD 1 does not have. */
const ONLY_2 = { only: 'bird2' } as const;

const off = (words: string, about: string, extras?: OptionExtras) =>
  option<boolean>(false, 'restart', words, SWITCH, about, extras);
const on = (words: string, about: string, extras?: OptionExtras) =>
  option<boolean>(true, 'restart', words, SWITCH, about, extras);
const required = (what: string) =>
  option<boolean>(
    false,
    'update',
    `require ${what}`,
    SWITCH,
    `refuse the session (OPEN error 2/7) without ${what}`,
    ONLY_2,
  );
const noTime = (words: string, about: string) =>
  option<number | undefined>(undefined, 'restart', words, seconds(), about, ONLY_2);

/** RFC 4724 section 3: twelve bits. RFC 9494 section 3: twenty-four. */
const RESTART_TIME = seconds({ max: 4095 });
const STALE_TIME = seconds({ max: 0xffffff });

export const BGP_FIELDS: FieldTable<BgpOptions> = {
  ...COMMON_FIELDS,
  localAs: value<number | undefined>(undefined, 'restart'),
  localAddress: option<Ip | undefined>(
    undefined,
    'restart',
    'source address',
    ADDRESS,
    'local address of the session',
    {
      defaultText: 'that of the interface',
    },
  ),
  localPort: value(179, 'update'),
  listenAddress: value<Ip | undefined>(undefined, 'update'),
  matchLocalAddress: value(true, 'restart'),
  neighborAddress: value<Ip | undefined>(undefined, 'restart'),
  neighborRange: value<Prefix | undefined>(undefined, 'restart'),
  neighborPort: value(179, 'restart'),
  neighborAs: value<number | undefined>(undefined, 'restart'),
  neighborKind: value<'internal' | 'external' | undefined>(undefined, 'restart'),
  interfaceName: value<string | undefined>(undefined, 'restart'),
  onlink: off('onlink', 'the neighbour needs no covering address on the interface', ONLY_2),
  multihop: value<number | undefined>(undefined, 'restart'),
  dynamicName: value('dynbgp', 'restart'),
  dynamicNamePattern: value<string | undefined>(undefined, 'restart'),
  dynamicNameDigits: option(
    0,
    'restart',
    'dynamic name digits',
    number('<0-10>', { max: 10, message: 'Dynamic name digits must be at most 10' }),
    'pad the numbers in names of dynamic sessions with zeros',
    ONLY_2,
  ),
  dynamicLimit: option<number | undefined>(
    undefined,
    'update',
    'dynamic limit',
    number('<number>', { min: 1, message: 'Dynamic limit must be positive' }),
    'how many dynamic sessions there may be at a time; further ones are told Cease 6/5',
    { defaultText: 'none', ...ONLY_2 },
  ),
  strictBind: off('strict bind', 'listen on the local address alone', ONLY_2),
  freeBind: off('free bind', 'bind to a local address that does not exist yet', ONLY_2),
  checkLink: option<boolean | undefined>(
    undefined,
    'update',
    'check link',
    SWITCH,
    'the session ends when the link does',
    {
      defaultText: 'on for direct sessions',
    },
  ),
  bfd: value(false, 'update'),
  ttlSecurity: off('ttl security', 'RFC 5082: send TTL 255 and expect at least 256 - hops'),
  authentication: value<'none' | 'md5' | undefined>(undefined, 'restart'),
  password: option<string | undefined>(undefined, 'restart', 'password', TEXT, 'TCP MD5 signature (RFC 2385)'),
  passive: off('passive', 'never connect, only listen'),
  confederation: option<number | undefined>(
    undefined,
    'restart',
    'confederation',
    number('<AS>'),
    'RFC 5065: AS number of the confederation',
    ONLY_2,
  ),
  confederationMember: off('confederation member', 'the neighbour is in the same confederation', ONLY_2),
  rrClient: off('rr client', 'RFC 4456: the neighbour is a client of this route reflector'),
  rrClusterId: option<number | undefined>(
    undefined,
    'restart',
    'rr cluster id',
    ID,
    'RFC 4456: cluster of the reflector',
    {
      defaultText: 'the router id',
    },
  ),
  rsClient: off('rs client', 'RFC 7947: route server; AS path, MED and next hop stay as they are'),
  allowLocalPref: off('allow bgp_local_pref', 'send and accept LOCAL_PREF on external sessions'),
  allowMed: off('allow bgp_med', 'send a MED that was learned from others to external neighbours', ONLY_2),
  allowLocalAs: value(0, 'restart'),
  allowAsSets: on('allow as sets', 'accept routes with an AS_SET in their path', ONLY_2),
  enforceFirstAs: option<boolean | undefined>(
    undefined,
    'restart',
    'enforce first as',
    SWITCH,
    'the first AS of the path has to be that of the neighbour; otherwise the routes count as withdrawn',
    { defaultText: 'on for external neighbours, off with `local role rs_client`', ...ONLY_2 },
  ),
  enableRouteRefresh: on('enable route refresh', 'RFC 2918'),
  enableEnhancedRouteRefresh: on('enable enhanced route refresh', 'RFC 7313', ONLY_2),
  enableAs4: on('enable as4', 'RFC 6793'),
  enableExtendedMessages: off('enable extended messages', 'RFC 8654: messages up to 65535 octets'),
  capabilities: on('capabilities', 'RFC 5492: announce capabilities at all'),
  advertiseHostname: off('advertise hostname', 'announce the host name as a capability', ONLY_2),
  requireRouteRefresh: required('route refresh'),
  requireEnhancedRouteRefresh: required('enhanced route refresh'),
  requireAs4: required('as4'),
  requireExtendedMessages: required('extended messages'),
  requireHostname: required('hostname'),
  requireGracefulRestart: required('graceful restart'),
  requireLongLivedGracefulRestart: required('long lived graceful restart'),
  gracefulRestart: option<RestartMode>(
    'aware',
    'restart',
    'graceful restart',
    RESTART_MODE,
    'RFC 4724; `aware`: help a restarting neighbour, do not ask for help',
  ),
  gracefulRestartTime: option(120, 'restart', 'graceful restart time', RESTART_TIME, 'restart time that is announced'),
  gracefulRestartNotification: on(
    'graceful restart notification',
    'RFC 8538: keep routes over a NOTIFICATION or a hold time that ran out, too, if the neighbour agrees',
    ONLY_2,
  ),
  minGracefulRestartTime: noTime('min graceful restart time', 'least restart time granted to the neighbour'),
  maxGracefulRestartTime: noTime('max graceful restart time', 'longest restart time granted to the neighbour'),
  longLivedGracefulRestart: option<RestartMode | undefined>(
    undefined,
    'restart',
    'long lived graceful restart',
    RESTART_MODE,
    'RFC 9494; `aware`: help, do not ask for help',
    { defaultText: '`aware`; off without graceful restart' },
  ),
  longLivedStaleTime: option(3600, 'restart', 'long lived stale time', STALE_TIME, 'stale time that is announced'),
  minLongLivedStaleTime: noTime('min long lived stale time', 'least stale time granted to the neighbour'),
  maxLongLivedStaleTime: noTime('max long lived stale time', 'longest stale time granted to the neighbour'),
  interpretCommunities: on(
    'interpret communities',
    'RFC 1997, 9494: obey NO_EXPORT and its like before the export filter',
  ),
  gracefulShutdown: option<boolean>(
    false,
    // The way in is the channel's affair: it must not cost the session where the neighbour cannot be asked again.
    'export',
    'graceful shutdown',
    SWITCH,
    'RFC 8326: routes of the session, both ways, get community 65535:0 and, inside the AS, LOCAL_PREF 0',
    ONLY_2,
  ),
  missingPolicy: option<MissingPolicy>(
    'refuse',
    'both',
    'require policy',
    switchOr<MissingPolicy>('refuse', 'default', { deny: 'deny' }),
    'RFC 8212, an external session without import or export: on refuses the configuration, `deny` lets nothing pass, off means `import all; export none`',
    { defaultText: 'on', ...ONLY_2 },
  ),
  disableAfterError: off('disable after error', 'stay down after an error until somebody enables the protocol'),
  disableAfterCease: option<readonly number[]>(
    [],
    'restart',
    'disable after cease',
    {
      syntax: `<switch> | { ${Object.keys(CEASE_WORDS).join(', ')} }`,
      read: (context) => {
        if (context.stream.atPunct('{')) return readBracedList(context, () => readChoice(context, CEASE_WORDS));
        return readSwitch(context) ? CEASE_BUT_COLLISION : [];
      },
    },
    'stay down after these Cease notifications; on: all but connection collision',
    { defaultText: 'off', ...ONLY_2 },
  ),
  holdTime: option(
    240,
    'restart',
    'hold time',
    {
      syntax: '0 | <3-65535>',
      read: (context) => {
        const first = context.stream.peek();
        const time = seconds().read(context);
        if ((time > 0 && time < 3) || time > 65535) {
          const last = context.stream.previous();
          context.stream.failBetween('Hold time must be in range 3-65535 or zero', first, last);
        }
        return time;
      },
    },
    'RFC 4271: hold time that is proposed',
  ),
  minHoldTime: option(0, 'restart', 'min hold time', seconds(), 'least hold time that is accepted', {
    defaultText: 'none',
    ...ONLY_2,
  }),
  tolerateEarlyUpdate: off(
    'tolerate early update',
    'an UPDATE before the first KEEPALIVE brings the session up instead of ending it (RFC 4271 section 8.2.2)',
    ONLY_2,
  ),
  startupHoldTime: option(240, 'restart', 'startup hold time', seconds(), 'hold time until OPEN has come'),
  keepaliveTime: option<number | undefined>(
    undefined,
    'restart',
    'keepalive time',
    seconds({ min: 1, max: 65535, message: 'Keepalive time must be in range 1-65535' }),
    'time between KEEPALIVE messages; shrinks with the negotiated hold time',
    { defaultText: 'a third of the hold time' },
  ),
  minKeepaliveTime: option(0, 'restart', 'min keepalive time', seconds(), 'least keepalive time that is accepted', {
    defaultText: 'none',
    ...ONLY_2,
  }),
  sendHoldTime: option<number | undefined>(
    undefined,
    'restart',
    'send hold time',
    seconds(),
    'RFC 9687: give up when nothing could be sent for so long; 0: never',
    { defaultText: 'twice the hold time', ...ONLY_2 },
  ),
  disableRx: off('disable rx', 'do not read from the neighbour (a test aid)', ONLY_2),
  connectDelayTime: option(5, 'restart', 'connect delay time', seconds(), 'wait before the first connection', {
    aliases: ['start delay time'],
  }),
  connectRetryTime: option(120, 'restart', 'connect retry time', seconds(), 'wait before the next connection'),
  errorWaitTimeMin: value(60, 'restart'),
  errorWaitTimeMax: value(300, 'restart'),
  errorForgetTime: option(300, 'restart', 'error forget time', seconds(), 'after so long the wait is short again'),
  pathMetric: on('path metric', 'compare lengths of AS paths'),
  medMetric: off('med metric', 'compare MED between different neighbour ASes'),
  deterministicMed: off('deterministic med', 'compare within each neighbour AS first, then the winners'),
  igpMetric: on('igp metric', 'compare the distance to the next hop'),
  preferOlder: off('prefer older', 'RFC 5004: keep the older of two external routes'),
  defaultMed: option(0, 'restart', 'default bgp_med', number('<number>'), 'MED of routes without one'),
  defaultLocalPref: option(
    100,
    'restart',
    'default bgp_local_pref',
    number('<number>'),
    'LOCAL_PREF of routes without one',
  ),
  localRole: option<BgpRole | undefined>(
    undefined,
    'restart',
    'local role',
    choice(ROLES),
    'RFC 9234: our role',
    ONLY_2,
  ),
  requireRoles: off('require roles', 'RFC 9234: refuse a neighbour without a role', ONLY_2),
};
