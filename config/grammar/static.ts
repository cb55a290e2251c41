/**
 * protocol static: routes that are written down.
 *
 *     route  := 'route' anynet [ 'mpls' number ] [ target ] [ '{' commands '}' ]
 *     target := hop { hop } | 'recursive' address [ labels ]
 *             | 'blackhole' | 'drop' | 'unreachable' | 'reject' | 'prohibit' | providers
 *     hop    := 'via' ( address [ '%' name ] | STRING ) { hopopt }
 *     hopopt := 'dev' STRING | labels | 'onlink' switch | 'weight' number | 'bfd' switch
 *     labels := 'mpls' number { '/' number }
 *     providers := ( 'provider' | 'providers' ) number { ',' number } | 'transit'
 */
import { formatPrefix, type Hop, type Policy } from '../../bgp/index.ts';
import { readRouteBlock } from '../filter/reader.ts';
import type { ProtocolConfig, StaticRoute } from '../model.ts';
import { diagnosticAt } from '../syntax/diagnostic.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import { familyOfNetType } from '../table-definition.ts';
import { type AnyNetwork, readAnyNetwork } from './any-network.ts';
import { withoutKernelAttributes } from './bird1/temporary-attributes.ts';
import { CHANNEL_STATEMENTS, channelTable, finishChannel, plainChannelTypes } from './channel.ts';
import type { ReadContext } from './context.ts';
import { finishInactive } from './inactive.ts';
import { fillOptions, option, Statements, value } from './option-table.ts';
import type { ProtocolKind } from './protocol.ts';
import { COMMON_FIELDS, type CommonOptions, commonStatements, finishBase } from './protocol-draft.ts';
import { readTableName } from './table.ts';
import { readChoice, readIp, readNumber, readScopedIp, readSwitch, SWITCH } from './values.ts';

type StaticTarget = StaticRoute['target'];
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
  if (stream.acceptWords('transit')) return undefined;
  if (stream.acceptWords('provider') || stream.acceptWords('providers')) {
    do readNumber(context);
    while (stream.acceptPunct(','));
    return undefined;
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

function finishRoute(context: ReadContext, route: RouteDraft, net: string): StaticRoute | undefined {
  const { source, start } = route.token;
  const { prefix } = route.network;
  if (route.network.net !== net) {
    const shown =
      prefix === undefined ? source.text.slice(start, route.end).replace(/^route\s+/, '') : formatPrefix(prefix);
    const hint = `The channel is for ${net}, the route is for ${route.network.net}.`;
    context.notes.error(
      diagnosticAt(source, start, route.end, `Route ${shown} incompatible with channel type`, { hint }),
    );
    return undefined;
  }
  // ROA, flowspec and the like say everything in their network.
  const needsTarget = !['roa4', 'roa6', 'flow4', 'flow6', 'aspa'].includes(net);
  if (needsTarget !== (route.target !== undefined)) {
    context.notes.error(diagnosticAt(source, start, route.end, 'Unexpected or missing nexthop/type'));
    return undefined;
  }
  if (prefix === undefined || route.target === undefined) return undefined;
  return { prefix, target: route.target, policy: route.policy, place: source.place(start) };
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
    const routes = options.routes.map((route) => finishRoute(context, route, channel.type.net));
    const family = familyOfNetType(channel.type.net);
    if (family === undefined)
      return finishInactive(context, draft, `static protocol ${draft.name} for ${channel.type.net}`);
    const defaults = { preference: PREFERENCE, debug: draft.defaults.channelDebug };
    return {
      ...options,
      ...finishBase(draft),
      kind: 'static',
      channel: finishChannel(channel, family, table, defaults),
      routes: routes.filter((route) => route !== undefined),
    };
  },
};
