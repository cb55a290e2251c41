/**
 * Channels of protocol bgp: one for each pair of AFI and SAFI. Those for IPv4 and IPv6 unicast carry routes; the others
 * are read and checked and not announced.
 */
import type { Ip } from '../../bgp/index.ts';
import type { NextHopMode } from '../model.ts';
import type { TableDefinition } from '../table-definition.ts';
import { CHANNEL_FIELDS, type ChannelOptions, commonChannelStatements } from './channel.ts';
import type { ChannelType } from './channel-draft.ts';
import { labelStatements } from './mpls-labels.ts';
import { type FieldTable, type OptionStatement, option, Statements, value } from './option-table.ts';
import { readTableName } from './table.ts';
import { ADDRESS, choice, number, readMicroseconds, SWITCH, seconds, switchOr } from './values.ts';

export const BGP_CHANNEL_TYPES: readonly ChannelType[] = [
  { words: 'ipv4', label: 'ipv4', net: 'ipv4', family: 'ipv4' },
  { words: 'ipv6', label: 'ipv6', net: 'ipv6', family: 'ipv6' },
  { words: 'ipv4 multicast', label: 'ipv4-mc', net: 'ipv4', family: undefined },
  { words: 'ipv6 multicast', label: 'ipv6-mc', net: 'ipv6', family: undefined },
  { words: 'ipv4 mpls', label: 'ipv4-mpls', net: 'ipv4', family: undefined },
  { words: 'ipv6 mpls', label: 'ipv6-mpls', net: 'ipv6', family: undefined },
  { words: 'vpn4 mpls', label: 'vpn4-mpls', net: 'vpn4', family: undefined },
  { words: 'vpn6 mpls', label: 'vpn6-mpls', net: 'vpn6', family: undefined },
  { words: 'vpn4 multicast', label: 'vpn4-mc', net: 'vpn4', family: undefined },
  { words: 'vpn6 multicast', label: 'vpn6-mc', net: 'vpn6', family: undefined },
  { words: 'flow4', label: 'flow4', net: 'flow4', family: undefined },
  { words: 'flow6', label: 'flow6', net: 'flow6', family: undefined },
  { words: 'evpn', label: 'evpn', net: 'evpn', family: undefined },
  { words: 'mpls', label: 'mpls', net: 'mpls', family: undefined },
  { words: 'neighbors', label: 'neighbors', net: 'neighbor', family: undefined },
];

export interface BgpChannelOptions extends ChannelOptions {
  readonly mandatory: boolean;
  readonly nextHopKeep: NextHopMode | undefined;
  readonly nextHopSelf: NextHopMode;
  readonly nextHopAddress: Ip | undefined;
  readonly nextHopPrefer: 'global' | 'local' | undefined;
  readonly linkLocalNextHopFormat: 'native' | 'single' | 'double';
  readonly gateway: 'direct' | 'recursive' | undefined;
  readonly igpTable4: TableDefinition | undefined;
  readonly igpTable6: TableDefinition | undefined;
  readonly baseTable: TableDefinition | undefined;
  readonly importTable: boolean;
  readonly exportTable: boolean;
  readonly secondary: boolean;
  readonly validate: boolean;
  readonly extendedNextHop: boolean;
  readonly requireExtendedNextHop: boolean;
  readonly addPaths: 'off' | 'rx' | 'tx' | 'on';
  readonly addPathsBest: number | undefined;
  readonly requireAddPaths: boolean;
  readonly aigp: 'off' | 'on' | 'originate' | undefined;
  readonly cost: number;
  readonly gracefulRestart: boolean | undefined;
  readonly preparedExport: boolean;
  readonly longLivedGracefulRestart: boolean | undefined;
  readonly longLivedStaleTime: number | undefined;
  readonly minLongLivedStaleTime: number | undefined;
  readonly maxLongLivedStaleTime: number | undefined;
}

const NEXT_HOP_MODE = switchOr<NextHopMode>('all', 'off', { ibgp: 'ibgp', ebgp: 'ebgp' });
const STALE_TIME = seconds({ max: 0xffffff });
const fromProtocol = { defaultText: 'as the protocol', only: 'bird2' } as const;
/** Rows of options that BIRD 1 does not have. */
const ONLY_2 = { only: 'bird2' } as const;

export const BGP_CHANNEL_FIELDS: FieldTable<BgpChannelOptions> = {
  ...CHANNEL_FIELDS,
  mandatory: option<boolean>(
    false,
    'update',
    'mandatory',
    SWITCH,
    'refuse the session without this address family',
    ONLY_2,
  ),
  nextHopKeep: option<NextHopMode | undefined>(
    undefined,
    'export',
    'next hop keep',
    NEXT_HOP_MODE,
    'leave the next hop as it is (of routes from internal or external sessions)',
    { defaultText: 'on for rs client, ibgp for rr client, off otherwise' },
  ),
  nextHopSelf: option<NextHopMode>(
    'off',
    'export',
    'next hop self',
    NEXT_HOP_MODE,
    'announce ourselves as the next hop',
  ),
  nextHopAddress: option<Ip | undefined>(
    undefined,
    'restart',
    'next hop address',
    ADDRESS,
    'our address where we are the next hop',
    { defaultText: 'local address of the session', ...ONLY_2 },
  ),
  nextHopPrefer: option<'global' | 'local' | undefined>(
    undefined,
    'refresh',
    'next hop prefer',
    choice({ global: 'global', local: 'local' } as const),
    'which of two IPv6 next hops is used',
    { defaultText: 'global with direct gateways, local with recursive ones', ...ONLY_2 },
  ),
  linkLocalNextHopFormat: option<'native' | 'single' | 'double'>(
    'native',
    'export',
    'link local next hop format',
    choice({ native: 'native', single: 'single', double: 'double' } as const),
    'how a next hop without a global address is written',
    ONLY_2,
  ),
  gateway: option<'direct' | 'recursive' | undefined>(
    undefined,
    'refresh',
    'gateway',
    choice({ direct: 'direct', recursive: 'recursive' } as const),
    'next hops are neighbours, or are looked up in the IGP table',
    { defaultText: 'direct for direct sessions, recursive for multihop' },
  ),
  igpTable4: value<TableDefinition | undefined>(undefined, 'restart'),
  igpTable6: value<TableDefinition | undefined>(undefined, 'restart'),
  baseTable: value<TableDefinition | undefined>(undefined, 'restart'),
  importTable: option<boolean>(false, 'restart', 'import table', SWITCH, 'keep routes as they were received', ONLY_2),
  exportTable: option<boolean>(false, 'restart', 'export table', SWITCH, 'keep routes as they were sent', ONLY_2),
  secondary: option<boolean>(
    false,
    'restart',
    'secondary',
    SWITCH,
    'if the export filter rejects the best route, offer the next; needs a sorted table',
  ),
  validate: option<boolean>(false, 'restart', 'validate', SWITCH, 'RFC 9117, flowspec channels alone', {
    activity: 'inactive',
    ...ONLY_2,
  }),
  extendedNextHop: option<boolean>(
    false,
    'restart',
    'extended next hop',
    SWITCH,
    'RFC 8950: IPv6 next hops for IPv4',
    ONLY_2,
  ),
  requireExtendedNextHop: option<boolean>(
    false,
    'update',
    'require extended next hop',
    SWITCH,
    'refuse the session without it',
    ONLY_2,
  ),
  addPaths: option<'off' | 'rx' | 'tx' | 'on'>(
    'off',
    'restart',
    'add paths',
    switchOr<'off' | 'rx' | 'tx' | 'on'>('on', 'off', { rx: 'rx', tx: 'tx' }),
    'RFC 7911: several routes for a prefix',
  ),
  addPathsBest: option<number | undefined>(
    undefined,
    'export',
    'add paths best',
    number('<number>', { min: 1, message: 'At least one path has to be sent' }),
    'how many routes of a prefix are sent, the best ones of those that the export filter accepts',
    { defaultText: 'all', ...ONLY_2 },
  ),
  requireAddPaths: option<boolean>(
    false,
    'update',
    'require add paths',
    SWITCH,
    'refuse the session without it',
    ONLY_2,
  ),
  aigp: option<'off' | 'on' | 'originate' | undefined>(
    undefined,
    'both',
    'aigp',
    switchOr<'off' | 'on' | 'originate'>('on', 'off', { originate: 'originate' }),
    'RFC 7311: accept, pass on, and perhaps create the AIGP attribute',
    { defaultText: 'on inside the AS and the confederation', ...ONLY_2 },
  ),
  cost: option(
    0,
    'refresh',
    'cost',
    number('<number>', { min: 1, message: 'Cost must be positive' }),
    'distance to the next hop that is assumed with direct gateways',
    { defaultText: '0', ...ONLY_2 },
  ),
  gracefulRestart: option<boolean | undefined>(
    undefined,
    'restart',
    'graceful restart',
    SWITCH,
    'for this address family',
    fromProtocol,
  ),
  preparedExport: value(false, 'restart'),
  longLivedGracefulRestart: option<boolean | undefined>(
    undefined,
    'restart',
    'long lived graceful restart',
    SWITCH,
    'for this address family',
    fromProtocol,
  ),
  longLivedStaleTime: option<number | undefined>(
    undefined,
    'restart',
    'long lived stale time',
    STALE_TIME,
    'for this address family',
    fromProtocol,
  ),
  minLongLivedStaleTime: option<number | undefined>(
    undefined,
    'restart',
    'min long lived stale time',
    STALE_TIME,
    'for this address family',
    fromProtocol,
  ),
  maxLongLivedStaleTime: option<number | undefined>(
    undefined,
    'restart',
    'max long lived stale time',
    STALE_TIME,
    'for this address family',
    fromProtocol,
  ),
};

const STATEMENTS: readonly OptionStatement<BgpChannelOptions>[] = [
  {
    words: ['igp', 'table'],
    syntax: 'igp table <table>',
    about: 'where recursive next hops are looked up; one of each family',
    defaultText: "the channel's table",
    activity: 'active',
    cost: 'restart',
    read: (context, bag, at) => {
      const table = readTableName(context);
      if (table.type === 'ipv4') bag.set('igpTable4', table, at);
      else if (table.type === 'ipv6') bag.set('igpTable6', table, at);
      else context.stream.fail('Mismatched IGP table type', context.stream.previous());
    },
  },
  {
    words: ['base', 'table'],
    only: 'bird2',
    syntax: 'base table <table>',
    about: 'unicast routes that flowspec routes are checked with',
    defaultText: 'master4 or master6',
    activity: 'inactive',
    cost: 'restart',
    read: (context, bag, at) => bag.set('baseTable', readTableName(context), at),
  },
  {
    words: ['missing', 'lladdr'],
    syntax: 'missing lladdr self | drop | ignore',
    about: 'obsolete, has no effect in BIRD either',
    defaultText: '-',
    activity: 'moot',
    cost: 'nothing',
    read: (context) => void choice({ self: 0, drop: 1, ignore: 2 }).read(context),
  },
  {
    words: ['export', 'settle', 'time'],
    only: 'bird2',
    syntax: 'export settle time <time> <time>',
    about: 'how long BIRD 3 gathers changes; they are gathered by the turn of the main loop here',
    defaultText: '-',
    activity: 'moot',
    cost: 'nothing',
    read: (context) => {
      readMicroseconds(context);
      readMicroseconds(context);
    },
  },
  ...labelStatements<BgpChannelOptions>(),
  ...commonChannelStatements<BgpChannelOptions>(),
];

export const BGP_CHANNEL_STATEMENTS = new Statements<BgpChannelOptions>(BGP_CHANNEL_FIELDS, STATEMENTS);
