/**
 * Every attribute that filters can name: its type, whether it can be written, and where it lives. The checker asks for
 * types, the generator for places, and the analysis for what a filter that reads it depends on.
 */
import { ExtensionAttribute, PolicyReads } from '../../bgp/index.ts';
import {
  BGPPATH,
  BOOL,
  BYTESTRING,
  CLIST,
  ECLIST,
  ENUM_MPLS_POLICY,
  ENUM_ORIGIN,
  ENUM_RA_PREFERENCE,
  ENUM_RTC,
  ENUM_RTD,
  ENUM_RTD_OF_1,
  ENUM_RTS,
  ENUM_SCOPE,
  INT,
  IP,
  isList,
  LCLIST,
  OPAQUE,
  PAIR,
  PREFIX,
  QUAD,
  STRING,
  type Type,
} from './types.ts';

/** Facts of the route that are not in its attribute set; each has accessors in `Evaluation`. */
export type RouteField =
  | 'net'
  | 'proto'
  | 'source'
  | 'from'
  | 'gw'
  | 'dest'
  | 'ifname'
  | 'ifindex'
  | 'scope'
  | 'preference'
  | 'weight'
  | 'onlink'
  // As BIRD 1 has them.
  | 'source of 1'
  | 'gw of 1'
  | 'dest of 1'
  | 'ifname of 1'
  | 'cast';

export type AttributePlace =
  | { readonly in: 'route'; readonly field: RouteField }
  /** A path attribute whose value is a number (RFC 4271 section 5). */
  | { readonly in: 'number'; readonly code: number }
  | { readonly in: 'list'; readonly code: number }
  | { readonly in: 'path' }
  | { readonly in: 'next hop' }
  /** Any path attribute as octets. */
  | { readonly in: 'octets'; readonly code: number }
  | { readonly in: 'extension'; readonly id: number }
  /** One bit of an extension attribute. */
  | { readonly in: 'extension bit'; readonly id: number; readonly bit: number };

export interface AttributeDefinition {
  readonly name: string;
  readonly type: Type;
  readonly place: AttributePlace;
  readonly writable: boolean;
  readonly removable: boolean;
  /** A route can lack it; lists are empty then instead. */
  readonly mayBeVoid: boolean;
  /** Bits of `PolicyReads`. */
  readonly reads: number;
}

function routeField(
  field: RouteField,
  type: Type,
  writable: boolean,
  reads: number,
  name: string = field,
): AttributeDefinition {
  return { name, type, place: { in: 'route', field }, writable, removable: false, mayBeVoid: false, reads };
}

function attribute(name: string, type: Type, place: AttributePlace): AttributeDefinition {
  return {
    name,
    type,
    place,
    writable: type !== OPAQUE,
    removable: true,
    mayBeVoid: !isList(type),
    reads: PolicyReads.Nothing,
  };
}

function number(name: string, type: Type, code: number): AttributeDefinition {
  return attribute(name, type, { in: 'number', code });
}

function list(name: string, type: Type, code: number): AttributeDefinition {
  return attribute(name, type, { in: 'list', code });
}

function opaque(name: string, code: number): AttributeDefinition {
  return attribute(name, OPAQUE, { in: 'octets', code });
}

function extension(name: string, type: Type, id: number): AttributeDefinition {
  return attribute(name, type, { in: 'extension', id });
}

/** RTAX_* metrics of Linux (linux/rtnetlink.h), as `krt_NAME`. */
const KERNEL_METRICS: readonly (readonly [string, number])[] = [
  ['mtu', 2],
  ['window', 3],
  ['rtt', 4],
  ['rttvar', 5],
  ['sstresh', 6],
  ['cwnd', 7],
  ['advmss', 8],
  ['reordering', 9],
  ['hoplimit', 10],
  ['initcwnd', 11],
  ['rto_min', 13],
  ['initrwnd', 14],
  ['quickack', 15],
  ['fastopen_no_cookie', 17],
];
/** RTAX_CC_ALGO: the name of an algorithm. */
const KERNEL_CONGESTION = 16;
/** Both spellings are in use. */
const KERNEL_ALIASES: ReadonlyMap<string, string> = new Map([['sstresh', 'ssthresh']]);
/** RTAX_LOCK: bit n stands for metric n. */
const KERNEL_LOCK = 1;
const KERNEL_LOCKS: ReadonlySet<string> = new Set([
  'mtu',
  'window',
  'rtt',
  'rttvar',
  'sstresh',
  'cwnd',
  'advmss',
  'reordering',
  'hoplimit',
  'rto_min',
]);
/** RTAX_FEATURES and its bits. */
const KERNEL_FEATURES = 12;
const KERNEL_FEATURE_BITS: readonly (readonly [string, number])[] = [
  ['ecn', 0],
  ['allfrag', 3],
];

function kernelAttributes(): AttributeDefinition[] {
  const base = ExtensionAttribute.KrtMetricBase;
  const found = [
    extension('krt_source', INT, ExtensionAttribute.KrtSource),
    extension('krt_metric', INT, ExtensionAttribute.KrtMetric),
    extension('krt_prefsrc', IP, ExtensionAttribute.KrtPrefSrc),
    extension('krt_realm', INT, ExtensionAttribute.KrtRealm),
    extension('krt_scope', INT, ExtensionAttribute.KrtScope),
    extension('krt_congctl', STRING, base + KERNEL_CONGESTION),
  ];
  for (const [name, id] of KERNEL_METRICS) {
    for (const word of [name, KERNEL_ALIASES.get(name)]) {
      if (word === undefined) continue;
      found.push(extension(`krt_${word}`, INT, base + id));
      if (KERNEL_LOCKS.has(name)) {
        found.push(attribute(`krt_lock_${word}`, BOOL, { in: 'extension bit', id: base + KERNEL_LOCK, bit: id }));
      }
    }
  }
  for (const [name, bit] of KERNEL_FEATURE_BITS) {
    found.push(attribute(`krt_feature_${name}`, BOOL, { in: 'extension bit', id: base + KERNEL_FEATURES, bit }));
  }
  return found;
}

/**
 * Attributes of protocols, labels and tables that may stand in a configuration though no route here carries them from
 * its origin: what a filter writes stays on the route, and goes nowhere.
 */
function foreignAttributes(): AttributeDefinition[] {
  const base = ExtensionAttribute.ForeignBase;
  const names: readonly (readonly [string, Type])[] = [
    ['ospf_metric1', INT],
    ['ospf_metric2', INT],
    ['ospf_tag', INT],
    ['ospf_router_id', QUAD],
    ['rip_metric', INT],
    ['rip_tag', INT],
    ['babel_metric', INT],
    ['babel_router_id', INT],
    ['radv_preference', ENUM_RA_PREFERENCE],
    ['radv_lifetime', INT],
    ['gw_mpls', INT],
    ['gw_mpls_stack', CLIST],
    ['mpls_label', INT],
    ['mpls_policy', ENUM_MPLS_POLICY],
    ['mpls_class', INT],
    ['aspa_providers', CLIST],
    ['local_metric', INT],
  ];
  return names.map(([name, type], index) => extension(name, type, base + index));
}

const { Prefix, Source, Forwarding } = PolicyReads;

/** Attributes of BIRD 1 that BIRD 2 does not have, or has with another meaning. */
export const ATTRIBUTES_OF_1: readonly AttributeDefinition[] = [
  routeField('source of 1', ENUM_RTS, false, Source | Forwarding, 'source'),
  routeField('gw of 1', IP, true, Forwarding, 'gw'),
  routeField('dest of 1', ENUM_RTD_OF_1, true, Forwarding, 'dest'),
  routeField('ifname of 1', STRING, true, Forwarding, 'ifname'),
  routeField('cast', ENUM_RTC, false, PolicyReads.Nothing),
  extension('krt_tunnel', STRING, ExtensionAttribute.KrtTunnel),
];

const ALL: readonly AttributeDefinition[] = [
  routeField('net', PREFIX, false, Prefix),
  routeField('proto', STRING, false, Source),
  routeField('source', ENUM_RTS, false, Source),
  routeField('from', IP, true, Source),
  routeField('gw', IP, true, Forwarding),
  routeField('dest', ENUM_RTD, true, Forwarding),
  routeField('ifname', STRING, true, Forwarding),
  routeField('ifindex', INT, false, PolicyReads.Volatile),
  routeField('scope', ENUM_SCOPE, true, Source),
  routeField('preference', INT, true, Source),
  routeField('weight', INT, true, Forwarding),
  routeField('onlink', BOOL, true, Forwarding),
  extension('igp_metric', INT, ExtensionAttribute.IgpMetric),
  number('bgp_origin', ENUM_ORIGIN, 1),
  attribute('bgp_path', BGPPATH, { in: 'path' }),
  attribute('bgp_next_hop', IP, { in: 'next hop' }),
  number('bgp_med', INT, 4),
  number('bgp_local_pref', INT, 5),
  opaque('bgp_atomic_aggr', 6),
  opaque('bgp_aggregator', 7),
  list('bgp_community', CLIST, 8),
  number('bgp_originator_id', QUAD, 9),
  list('bgp_cluster_list', CLIST, 10),
  list('bgp_ext_community', ECLIST, 16),
  opaque('bgp_pmsi_tunnel', 22),
  opaque('bgp_aigp', 26),
  list('bgp_large_community', LCLIST, 32),
  number('bgp_otc', INT, 35),
  ...kernelAttributes(),
  ...foreignAttributes(),
];

/** The attributes of the language by name. */
export const ATTRIBUTES: ReadonlyMap<string, AttributeDefinition> = new Map(ALL.map((it) => [it.name, it]));

/** Types that `attribute TYPE NAME;` can give a route; each has an octet form (see `Evaluation`). */
const CUSTOM_TYPES: ReadonlySet<Type> = new Set([
  INT,
  PAIR,
  QUAD,
  IP,
  STRING,
  BYTESTRING,
  BGPPATH,
  CLIST,
  ECLIST,
  LCLIST,
]);

export function canBeCustom(type: Type): boolean {
  return CUSTOM_TYPES.has(type);
}

/** `attribute TYPE NAME;` */
export function customAttribute(name: string, type: Type, id: number): AttributeDefinition {
  return extension(name, type, id);
}

/** `attribute bgp CODE bytestring NAME;`: a path attribute that is carried without being understood. */
export function customBgpAttribute(name: string, code: number): AttributeDefinition {
  return attribute(name, BYTESTRING, { in: 'octets', code });
}

/** Ids of custom attributes by name and type, steady over reconfigurations: routes in the tables carry them. */
export class CustomAttributeIds {
  private readonly ids = new Map<string, number>();

  idOf(name: string, type: Type): number {
    const key = `${type.name} ${name}`;
    let id = this.ids.get(key);
    if (id === undefined) {
      id = ExtensionAttribute.CustomBase + this.ids.size;
      this.ids.set(key, id);
    }
    return id;
  }
}
