/**
 * protocol static: routes that are written down.
 *
 *     route  := 'route' network [ 'mpls' number ] [ target ] [ '{' commands '}' ]
 *     target := hop { hop } | 'recursive' address [ labels ]
 *             | 'blackhole' | 'drop' | 'unreachable' | 'reject' | 'prohibit' | providers
 *     hop    := 'via' ( address [ '%' name ] | STRING ) { hopopt }
 *     hopopt := 'dev' STRING | labels | 'onlink' switch | 'weight' number | 'bfd' switch
 *     labels := 'mpls' number { '/' number }
 *     providers := ( 'provider' | 'providers' ) number { ',' number } | 'transit'
 */
import { ACCEPT_ALL, type Hop, type Policy, REJECT_ALL } from '../../bgp/index.ts';
import { networkText } from '../filter/display.ts';
import { readRouteBlock } from '../filter/reader.ts';
import { prefixOfNetwork } from '../filter/value.ts';
import type { AspaEntry, OriginsConfig, ProtocolConfig, RoaEntry, StaticRoute } from '../model.ts';
import { diagnosticAt } from '../syntax/diagnostic.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import { familyOfNetType, type NetTypeName } from '../table-definition.ts';
import { type AnyNetwork, readAnyNetwork } from './any-network.ts';
import { withoutKernelAttributes } from './bird1/temporary-attributes.ts';
import {
  CHANNEL_FIELDS,
  CHANNEL_STATEMENTS,
  type ChannelOptions,
  channelTable,
  finishChannel,
  plainChannelTypes,
} from './channel.ts';
import type { ChannelDraft } from './channel-draft.ts';
import type { ReadContext } from './context.ts';
import { finishInactive } from './inactive-protocol.ts';
import { fillOptions, option, Statements, value } from './option-table.ts';
import type { ProtocolKind } from './protocol.ts';
import {
  COMMON_FIELDS,
  type CommonOptions,
  commonStatements,
  finishBase,
  type ProtocolDraft,
} from './protocol-draft.ts';
import { readTableName } from './table.ts';
import { readChoice, readIp, readNumber, readScopedIp, readSwitch, SWITCH } from './values.ts';

type StaticTarget = StaticRoute['target'] | ProvidersTarget;

/** Of ASPA: who may pass on what the customer announces. */
interface ProvidersTarget {
  readonly kind: 'providers';
  readonly providers: readonly number[];
}

/** Written as a provider, it says that there is none. */
const NO_PROVIDER = 0;
type StaticHop = Hop & { readonly bfd: boolean };

/** A route as written: the channel, which may come later, decides whether it fits. */
interface RouteDraft {
  readonly network: AnyNetwork;
  readonly target: StaticTarget | undefined;
  readonly policy: Policy | undefined;
  readonly token: Token;
  /** End of the text of the network. */
  readonly end: number;
}

export interface StaticOptions extends CommonOptions {
  readonly checkLink: boolean;
  readonly igpTable4: string | undefined;
  readonly igpTable6: string | undefined;
  readonly routes: RouteDraft[];
}

const PREFERENCE = 200;
const MOST_LABELS = 16;

export const STATIC_STATEMENTS = new Statements<StaticOptions>(
  {
    ...COMMON_FIELDS,
    checkLink: option<boolean>(
      false,
      'update',
      'check link',
      SWITCH,
      'a hop is gone while the link of its interface is down',
    ),
    igpTable4: value<string | undefined>(undefined, 'restart'),
    igpTable6: value<string | undefined>(undefined, 'restart'),
    routes: value<RouteDraft[]>([], 'update'),
  },
  [
    {
      words: ['igp', 'table'],
      syntax: 'igp table <table>',
      about: 'where the addresses of recursive routes are looked up',
      defaultText: "the channel's table",
      activity: 'active',
      cost: 'restart',
      read: (context, bag, at) => {
        const table = readTableName(context);
        if (table.type === 'ipv4') bag.set('igpTable4', table.name, at);
        else if (table.type === 'ipv6') bag.set('igpTable6', table.name, at);
        else context.stream.fail('Incompatible IGP table type', context.stream.previous());
      },
    },
    {
      words: ['route'],
      syntax: 'route <network> via ... | recursive <address> | blackhole | unreachable | prohibit [{ <filter> }]',
      about: 'one route; see below',
      defaultText: '-',
      activity: 'active',
      cost: 'update',
      read: (context, bag, at) => {
        const route = readRoute(context, at);
        const routes = bag.get('routes');
        if (routes === undefined) bag.set('routes', [route], at);
        else routes.push(route);
      },
    },
    ...commonStatements<StaticOptions>(),
  ],
);

function readRoute(context: ReadContext, token: Token): RouteDraft {
  const { stream } = context;
  const network = readAnyNetwork(context);
  const { end } = stream.previous();
  if (stream.acceptWords('mpls')) readLabels(context);
  const target = readTarget(context);
  let policy = stream.atPunct('{') ? readRouteBlock(context) : undefined;
  if (policy !== undefined && context.dialect === 'bird1') policy = withoutKernelAttributes(policy);
  return { network, target, policy, token, end };
}

const NULL_TARGETS: Readonly<Record<string, 'blackhole' | 'unreachable' | 'prohibit'>> = {
  blackhole: 'blackhole',
  drop: 'blackhole',
  unreachable: 'unreachable',
  reject: 'unreachable',
  prohibit: 'prohibit',
};

function readTarget(context: ReadContext): StaticTarget | undefined {
  const { stream } = context;
  if (stream.atPunct(';') || stream.atPunct('{')) return undefined;
  // BIRD 1 announces several hops by a word of their own.
  const several = context.dialect === 'bird1' && stream.acceptWords('multipath');
  if (several || stream.atWords('via')) {
    if (several && !stream.atWords('via')) stream.failUnexpected(['VIA'], ['via']);
    const hops: StaticHop[] = [];
    while (stream.acceptWords('via')) hops.push(readHop(context));
    return { kind: 'hops', hops };
  }
  if (stream.acceptWords('recursive')) {
    const address = readIp(context);
    if (stream.acceptWords('mpls')) readLabels(context);
    return { kind: 'recursive', address };
  }
  if (stream.acceptWords('transit')) return { kind: 'providers', providers: [NO_PROVIDER] };
  if (stream.acceptWords('provider') || stream.acceptWords('providers')) {
    const providers: number[] = [];
    do providers.push(readNumber(context));
    while (stream.acceptPunct(','));
    return { kind: 'providers', providers };
  }
  return { kind: readChoice(context, NULL_TARGETS) };
}

function readHop(context: ReadContext): StaticHop {
  const { stream } = context;
  const text = stream.atKind(TokenKind.Text) ? stream.next().text : undefined;
  const scoped = text === undefined ? readScopedIp(context) : undefined;
  let interfaceName = text ?? scoped?.interfaceName;
  let weight = 1;
  let onlink = false;
  let bfd = false;
  for (;;) {
    const token = stream.peek();
    if (stream.acceptWords('dev')) interfaceName = stream.expectKind(TokenKind.Text).text;
    else if (stream.acceptWords('onlink')) onlink = readSwitch(context);
    else if (stream.acceptWords('bfd')) {
      bfd = readSwitch(context);
      if (bfd) context.notes.inactive('bfd of a static route', token);
    } else if (stream.acceptWords('weight')) {
      weight = readNumber(context, { min: 1, max: 256, message: 'Weight must be in range 1-256' });
    } else if (stream.acceptWords('mpls')) {
      readLabels(context);
      context.notes.inactive('mpls labels of a static route', token);
    } else {
      break;
    }
    if (bfd && onlink) stream.fail("Options 'bfd' and 'onlink' cannot be combined", token);
  }
  return { gateway: scoped?.ip, interfaceName, weight, onlink, bfd };
}

function readLabels(context: ReadContext): void {
  const range = { max: (1 << 20) - 1, message: 'MPLS label must be less than 2^20' };
  readNumber(context, range);
  for (let count = 1; context.stream.acceptPunct('/'); count++) {
    if (count >= MOST_LABELS) context.stream.fail('Too many labels in stack');
    readNumber(context, range);
  }
}

/** What a route of each kind of network says besides its network. */
function needed(net: NetTypeName): 'nothing' | 'providers' | 'target' {
  // ROA, flowspec and the like say everything in their network.
  if (['roa4', 'roa6', 'flow4', 'flow6', 'neighbor'].includes(net)) return 'nothing';
  return net === 'aspa' ? 'providers' : 'target';
}

/** True if the route fits the channel; a route that does not is complained about. */
function fits(context: ReadContext, route: RouteDraft, net: NetTypeName): boolean {
  const { source, start } = route.token;
  const complain = (message: string, hint?: string): false => {
    context.notes.error(diagnosticAt(source, start, route.end, message, { hint }));
    return false;
  };
  if (route.network.net !== net) {
    const shown = networkText(route.network.network);
    const hint = `The channel is for ${net}, the route is for ${route.network.net}.`;
    return complain(`Route ${shown} incompatible with channel type`, hint);
  }
  const { target } = route;
  const said = target === undefined ? 'nothing' : target.kind === 'providers' ? 'providers' : 'target';
  return said === needed(net) || complain('Unexpected or missing nexthop/type');
}

function staticRoute({ network, target, policy, token }: RouteDraft): StaticRoute | undefined {
  if (network.prefix === undefined || target === undefined || target.kind === 'providers') return undefined;
  return { prefix: network.prefix, target, policy, place: token.source.place(token.start) };
}

/** Entries of ROA and ASPA tables: no routes, but what `roa_check` and `aspa_check` answer by. */
function finishOrigins(
  context: ReadContext,
  draft: ProtocolDraft,
  channel: ChannelDraft,
  table: string,
): OriginsConfig {
  const { importPolicy } = fillOptions(CHANNEL_FIELDS, channel.options<ChannelOptions>());
  const place = channel.options<ChannelOptions>().place('importPolicy');
  const nothing = importPolicy === REJECT_ALL;
  if (importPolicy !== undefined && importPolicy !== ACCEPT_ALL && !nothing) {
    context.notes.inactive(`import filter of the ${channel.type.words} channel`, place ?? channel.token);
  }
  const roas: RoaEntry[] = [];
  const aspas: AspaEntry[] = [];
  for (const { network, target } of nothing
    ? []
    : fillOptions(STATIC_STATEMENTS.fields, draft.options<StaticOptions>()).routes) {
    const { maxLength, asn } = network.network;
    if (target?.kind === 'providers') aspas.push({ customer: asn, providers: target.providers });
    else roas.push({ prefix: prefixOfNetwork(network.network), maxLength, asn });
  }
  return { ...finishBase(draft), kind: 'origins', table, roas, aspas };
}

export const STATIC: ProtocolKind = {
  word: 'static',
  statements: STATIC_STATEMENTS,
  channels: { types: plainChannelTypes(), statements: CHANNEL_STATEMENTS, single: true },
  finish: (context, draft): ProtocolConfig | undefined => {
    const channel = draft.channels[0];
    if (channel === undefined) {
      context.notes.errorAt(draft.token, 'Channel not specified', 'A static protocol needs "ipv4;" or "ipv6;".');
      return undefined;
    }
    const table = channelTable(context, channel);
    if (table === undefined) return undefined;
    const options = fillOptions(STATIC_STATEMENTS.fields, draft.options<StaticOptions>());
    const { net } = channel.type;
    if (!options.routes.map((route) => fits(context, route, net)).every((fitting) => fitting)) return undefined;
    if (net === 'roa4' || net === 'roa6' || net === 'aspa') return finishOrigins(context, draft, channel, table.name);
    const family = familyOfNetType(net);
    if (family === undefined) return finishInactive(context, draft, `static protocol ${draft.name} for ${net}`);
    const defaults = { preference: PREFERENCE, debug: draft.defaults.channelDebug };
    return {
      ...options,
      ...finishBase(draft),
      kind: 'static',
      channel: finishChannel(channel, family, table, defaults),
      routes: options.routes.map(staticRoute).filter((route) => route !== undefined),
    };
  },
};
