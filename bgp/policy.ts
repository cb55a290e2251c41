/**
 * The port between routes and filters. `config/filter` implements `Policy`; the RIB holds one and asks it. Neither
 * knows the other: what passes between them is one reusable `PolicyRoute` per caller.
 *
 * Cost: a policy that reads neither the prefix, the route's source nor its forwarding gives the same verdict for every
 * route that has the same attribute id, so the caller may cache verdict and rewritten attributes by that id (see
 * `PolicyReads`). One that asks little about the prefix does so for all prefixes of a class (`Policy.prefixClass`).
 */
import type { Ip } from './address.ts';
import type { Hop, NextHop } from './next-hop.ts';

/** Where a route came from: BIRD's RTS_* numbers. */
export const RouteSourceKind = {
  Static: 1,
  Inherit: 2,
  Device: 3,
  Bgp: 11,
  Pipe: 12,
} as const;
export type RouteSourceKind = (typeof RouteSourceKind)[keyof typeof RouteSourceKind];

/** BIRD's SCOPE_* numbers. */
export const RouteScope = { Host: 0, Link: 1, Site: 2, Organization: 3, Universe: 4 } as const;

export const PolicyVerdict = { Reject: 0, Accept: 1, Error: 2 } as const;
export type PolicyVerdict = (typeof PolicyVerdict)[keyof typeof PolicyVerdict];

/** What a policy's result depends on besides the attribute set; a bit set. */
export const PolicyReads = {
  Nothing: 0,
  /** `net`, prefix functions, roa_check of the own prefix. */
  Prefix: 1,
  /** `proto`, `source`, `from`, `preference` default: facts of the source, not of the attributes. */
  Source: 2,
  /** Anything that changes under it (a ROA table): never cached. */
  Volatile: 4,
  /** Prints: runs every time. */
  Output: 8,
  /** `gw`, `ifname`, `dest`: where packets go now, which changes without the attribute set. */
  Forwarding: 16,
} as const;

/**
 * Typed access to one attribute set. Values are copies; arrays of `words` and `asPath` are lent: they hold until the same
 * attribute is asked for again, or another set is looked at. Setting marks the set as changed; the owner interns the
 * result. Codes are path attribute type codes (RFC 4271 section 5 and IANA bgp-parameters).
 */
export interface RouteAttributes {
  has(code: number): boolean;
  unset(code: number): void;
  /** ORIGIN, MULTI_EXIT_DISC, LOCAL_PREF, ORIGINATOR_ID, ONLY_TO_CUSTOMER as an unsigned number; -1 when absent. */
  u32(code: number): number;
  setU32(code: number, value: number): void;
  /**
   * COMMUNITIES and CLUSTER_LIST: one word an element; EXTENDED COMMUNITIES: two; LARGE_COMMUNITY: three.
   * `undefined` when absent.
   */
  words(code: number): Uint32Array | undefined;
  setWords(code: number, words: Uint32Array): void;
  /** AS_PATH as segments with four-octet AS numbers, wire form (RFC 4271 section 4.3, RFC 6793); undefined if absent. */
  asPath(): Uint8Array | undefined;
  setAsPath(segments: Uint8Array): void;
  /** The value octets of any attribute. */
  raw(code: number): Uint8Array | undefined;
  setRaw(code: number, flags: number, value: Uint8Array): void;
  /** The BGP next hop: NEXT_HOP or the next hop field of MP_REACH_NLRI, with its link-local companion. */
  nextHop(): Ip | undefined;
  nextHopLinkLocal(): Ip | undefined;
  setNextHop(address: Ip, linkLocal?: Ip): void;
  /** Attributes that are not BGP's (krt_*, custom ones); ids of `ExtensionAttribute`. `undefined` when absent. */
  extension(id: number): Uint8Array | undefined;
  setExtension(id: number, value: Uint8Array): void;
  unsetExtension(id: number): void;
  extensionU32(id: number): number;
  setExtensionU32(id: number, value: number): void;
}

/**
 * Ids of attributes that stay inside the daemon. Kernel metrics take `KrtMetricBase` + RTAX_* (linux/rtnetlink.h);
 * attributes declared by `attribute TYPE NAME` take numbers from `CustomBase` up, given by the configuration.
 */
export const ExtensionAttribute = {
  Preference: 1,
  IgpMetric: 2,
  Scope: 3,
  KrtSource: 16,
  KrtMetric: 17,
  KrtPrefSrc: 18,
  KrtRealm: 19,
  KrtScope: 20,
  /** Name of a tunnel interface that packets to the BGP next hop take (`krt_tunnel`). */
  KrtTunnel: 21,
  KrtMetricBase: 32,
  /** Attributes of protocols that do not run here (OSPF, RIP, Babel, router advertisements): names without an origin. */
  ForeignBase: 256,
  CustomBase: 1024,
} as const;

/** Where packets of a route go now. */
export interface PolicyForwarding {
  /** `unresolved`: nowhere at the moment. */
  readonly kind: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'unresolved';
  /** Empty for all kinds but `unicast`. */
  readonly hops: readonly Hop[];
}

/** What one evaluation sees and may change. The caller owns it, fills every field, and reads the results from it. */
export interface PolicyRoute {
  /** The prefix: address words, most significant first; IPv4 uses `word0` alone. Unsigned. */
  version: 4 | 6;
  word0: number;
  word1: number;
  word2: number;
  word3: number;
  length: number;
  /** Facts of the source, read only for filters. */
  source: RouteSourceKind;
  protocol: string;
  attributes: RouteAttributes;
  /** Advertising router; '' when there is none. */
  from: Ip | '';
  /** Preference (BIRD), 0..65535, writable. */
  preference: number;
  /** One of RouteScope, writable. */
  scope: number;
  /** Where packets go; a filter that writes gw, dest or ifname puts a new value here. */
  nextHop: NextHop;
  /**
   * What `nextHop` comes to; `undefined` where the filter has put another one there. Without the method nobody can
   * tell, and next hops are seen as they are written.
   */
  forwarding?(): PolicyForwarding | undefined;
  /** After `PolicyVerdict.Error`: what went wrong, with the line of the filter. */
  error: string;
  /** Receives one finished line of `print`, or the arguments of `accept`/`reject`. */
  print(line: string): void;
}

/** A line of an operator's file. */
export interface PolicyPlace {
  readonly file: string;
  readonly line: number;
}

export interface PolicyExplanation {
  readonly verdict: PolicyVerdict;
  /** Of the statement that gave the verdict; `undefined` where none did (`import all`, an error, the end of a filter). */
  readonly place: PolicyPlace | undefined;
}

/** A compiled filter. Immutable; shared by all channels that name it. */
export interface Policy {
  /** For people: `ACCEPT`, `REJECT`, the filter's name or `(unnamed)`. */
  readonly label: string;
  /** Bits of `PolicyReads`. */
  readonly reads: number;
  /** False if no path through the filter writes anything: the route can be kept as it is. */
  readonly writes: boolean;
  evaluate(route: PolicyRoute): PolicyVerdict;
  /**
   * All that the policy wants to know about the prefix, as a number: for two prefixes with the same one, and everything
   * else equal, it does the same. `undefined`: it may do something else for each.
   */
  readonly prefixClass?: ((route: PolicyRoute) => number) | undefined;
  /** The same with its reason, for people. */
  explain?(route: PolicyRoute): PolicyExplanation;
  /** The same code, wherever it stands: a reload with equal policies re-runs nothing. */
  equals(other: Policy): boolean;
}

/** `Policy.explain` of any policy. */
export function explainPolicy(policy: Policy, route: PolicyRoute): PolicyExplanation {
  return policy.explain?.(route) ?? { verdict: policy.evaluate(route), place: undefined };
}

/** `import all` and its like. */
export const ACCEPT_ALL: Policy = Object.freeze({
  label: 'ACCEPT',
  reads: PolicyReads.Nothing,
  writes: false,
  evaluate: (): PolicyVerdict => PolicyVerdict.Accept,
  equals: (other: Policy): boolean => other === ACCEPT_ALL,
});

/** `import none` and its like. */
export const REJECT_ALL: Policy = Object.freeze({
  label: 'REJECT',
  reads: PolicyReads.Nothing,
  writes: false,
  evaluate: (): PolicyVerdict => PolicyVerdict.Reject,
  equals: (other: Policy): boolean => other === REJECT_ALL,
});
