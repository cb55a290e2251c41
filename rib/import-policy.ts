/**
 * Runs a policy on one route and turns the outcome into an attribute id. Shared by everything on the way in.
 *
 * A policy that looks at nothing but the attributes and the source is asked once for each attribute set of an UPDATE;
 * one that asks little about the prefix, once for each class of prefixes in it (Policy.prefixClass). A small
 * direct-mapped cache remembers the last sets. It holds no references: an entry counts only while both ids still have
 * the serial they had (AttributeTable.serial).
 *
 *     | id | serial | class of the prefix | result | serial of the result | - - - |      result 0: refused
 *
 * What an UPDATE brings need not have an id (IncomingSet): if the policy writes it is asked about the octets as they
 * came, and only what it makes of them is interned. In the cache id 0 and the serial of the set stand for it.
 */
import {
  ACCEPT_ALL,
  AttributeEditor,
  ExtensionAttribute,
  type NextHop,
  type Policy,
  PolicyReads,
  type PolicyRoute,
  PolicyVerdict,
  RouteScope,
} from '../bgp/index.ts';
import type { AttributeTable } from './attribute-table.ts';
import type { AttributeId, NextHopId } from './ids.ts';
import type { IncomingSet } from './incoming-set.ts';
import type { NextHopTable } from './next-hop-table.ts';
import type { PrefixKey } from './prefix-table.ts';
import type { RouteSource } from './route-source.ts';

const CACHE_LINES = 1024;
const LINE_WORDS = 8;
/** Words of a line. */
const Line = { Attribute: 0, Serial: 1, Class: 2, Result: 3, ResultSerial: 4 } as const;
/** Every route may get another answer. */
const SINGULAR = PolicyReads.Volatile | PolicyReads.Output;
const REFUSED = 0 as AttributeId;
/** Accepted as it is. */
const UNCHANGED = -1 as AttributeId;

export class ImportPolicy {
  readonly #attributes: AttributeTable;
  readonly #nextHops: NextHopTable;
  readonly #report: (message: string) => void;
  readonly #editor = new AttributeEditor();
  readonly #route: PolicyRoute;
  /** Next hop before the filter, and its id. */
  #nextHop: NextHop = { kind: 'unreachable' };
  #nextHopId = 0 as NextHopId;
  #policy: Policy;
  #source: RouteSource;
  #cache: Uint32Array | undefined;

  constructor(
    attributes: AttributeTable,
    nextHops: NextHopTable,
    version: 4 | 6,
    policy: Policy,
    source: RouteSource,
    print: (line: string) => void,
    report: (message: string) => void,
  ) {
    this.#attributes = attributes;
    this.#nextHops = nextHops;
    this.#policy = policy;
    this.#source = source;
    this.#report = report;
    this.#route = {
      version,
      word0: 0,
      word1: 0,
      word2: 0,
      word3: 0,
      length: 0,
      source: source.kind,
      protocol: source.protocol,
      attributes: this.#editor,
      from: '',
      preference: 0,
      scope: RouteScope.Universe,
      nextHop: this.#nextHop,
      forwarding: () => (this.#route.nextHop === this.#nextHop ? nextHops.forwarding(this.#nextHopId) : undefined),
      error: '',
      print,
    };
  }

  get policy(): Policy {
    return this.#policy;
  }

  /** The result may be another one for each prefix: `evaluate` has to be called for all of them. */
  get isPerPrefix(): boolean {
    const { reads, prefixClass } = this.#policy;
    return (reads & SINGULAR) !== 0 || ((reads & PolicyReads.Prefix) !== 0 && prefixClass === undefined);
  }

  /** The class of a prefix, where the result depends on no more of it; 0 where it does not depend on it at all. */
  classOf(prefix: PrefixKey): number {
    const { reads, prefixClass } = this.#policy;
    if ((reads & PolicyReads.Prefix) === 0 || prefixClass === undefined) return 0;
    this.#setPrefix(prefix);
    return prefixClass(this.#route);
  }

  set(policy: Policy, source: RouteSource): void {
    this.#policy = policy;
    this.#source = source;
    this.#cache = undefined;
  }

  /**
   * The attributes with which the route is accepted, with one more reference for the caller; 0: refused. The result holds
   * for all prefixes of the class, and if there are no classes and it is not `isPerPrefix`, for all.
   */
  evaluate(attribute: AttributeId, source: RouteSource, prefix: PrefixKey, prefixClass: number): AttributeId {
    if (attribute === REFUSED) return REFUSED;
    if (this.#policy === ACCEPT_ALL) {
      this.#attributes.retain(attribute);
      return attribute;
    }
    const attributes = this.#attributes;
    const cacheable = this.#isCacheable(source);
    const serial = attributes.serial[attribute];
    const known = cacheable ? this.#known(attribute, serial, prefixClass) : UNCHANGED;
    if (known !== UNCHANGED) return known;
    attributes.load(attribute, this.#editor);
    const made = this.#run(attributes.nextHopId(attribute), source, prefix);
    const result = made === UNCHANGED ? attribute : made;
    if (made === UNCHANGED) attributes.retain(attribute);
    if (cacheable) this.#remember(attribute, serial, prefixClass, result);
    return result;
  }

  /** The same for what an UPDATE brings. */
  evaluateIncoming(set: IncomingSet, prefix: PrefixKey, prefixClass: number): AttributeId {
    const source = this.#source;
    if (!this.#policy.writes) {
      return this.evaluate(this.#idOf(set), source, prefix, prefixClass);
    }
    const cacheable = this.#isCacheable(source);
    const known = cacheable ? this.#known(REFUSED, set.serial, prefixClass) : UNCHANGED;
    if (known !== UNCHANGED) return known;
    set.load(this.#editor);
    const made = this.#run(set.nextHopId, source, prefix);
    const result = made === UNCHANGED ? this.#idOf(set) : made;
    if (made === UNCHANGED && result !== REFUSED) this.#attributes.retain(result);
    if (cacheable) this.#remember(REFUSED, set.serial, prefixClass, result);
    return result;
  }

  /** The id of a set that is kept as it is. */
  #idOf(set: IncomingSet): AttributeId {
    const { id } = set;
    if (id === REFUSED) this.#report('there is no room for more attributes');
    return id;
  }

  /** Derived sources differ from route to route; the cache speaks of the channel's own. */
  #isCacheable(source: RouteSource): boolean {
    const { reads } = this.#policy;
    if ((reads & PolicyReads.Forwarding) !== 0 || this.isPerPrefix) return false;
    return (reads & PolicyReads.Source) === 0 || source === this.#source;
  }

  // ------------------------------------------------------------------------------------------------------------ cache

  #lineOf(attribute: AttributeId, prefixClass: number): number {
    return LINE_WORDS * ((attribute + Math.imul(prefixClass, 0x9e37_79b1)) & (CACHE_LINES - 1));
  }

  /** The result, with one more reference for the caller; UNCHANGED if it is not there. */
  #known(attribute: AttributeId, serial: number, prefixClass: number): AttributeId {
    const cache = this.#cache;
    const line = this.#lineOf(attribute, prefixClass);
    if (
      cache === undefined ||
      cache[line + Line.Attribute] !== attribute ||
      cache[line + Line.Serial] !== serial ||
      cache[line + Line.Class] !== prefixClass
    ) {
      return UNCHANGED;
    }
    const known = cache[line + Line.Result] as AttributeId;
    if (known === REFUSED) return REFUSED;
    if (cache[line + Line.ResultSerial] !== this.#attributes.serial[known]) return UNCHANGED;
    this.#attributes.retain(known);
    return known;
  }

  #remember(attribute: AttributeId, serial: number, prefixClass: number, result: AttributeId): void {
    if (this.#cache === undefined) this.#cache = new Uint32Array(LINE_WORDS * CACHE_LINES);
    const cache = this.#cache;
    const line = this.#lineOf(attribute, prefixClass);
    cache[line + Line.Attribute] = attribute;
    cache[line + Line.Serial] = serial;
    cache[line + Line.Class] = prefixClass;
    cache[line + Line.Result] = result;
    cache[line + Line.ResultSerial] = result === REFUSED ? 0 : this.#attributes.serial[result];
  }

  // -------------------------------------------------------------------------------------------------------------- run

  #setPrefix(prefix: PrefixKey): void {
    const route = this.#route;
    route.word0 = prefix.word0;
    route.word1 = prefix.word1;
    route.word2 = prefix.word2;
    route.word3 = prefix.word3;
    route.length = prefix.length;
  }

  /** About the set that stands in the editor. A new set comes with one reference for the caller. */
  #run(nextHopId: NextHopId, source: RouteSource, prefix: PrefixKey): AttributeId {
    const editor = this.#editor;
    const route = this.#route;
    this.#setPrefix(prefix);
    route.source = source.kind;
    route.protocol = source.protocol;
    route.from = source.bgp?.peerAddress ?? '';
    const ownPreference = editor.extensionU32(ExtensionAttribute.Preference);
    const preference = ownPreference < 0 ? source.preference : ownPreference;
    const ownScope = editor.extensionU32(ExtensionAttribute.Scope);
    const scope = ownScope < 0 ? RouteScope.Universe : ownScope;
    this.#nextHopId = nextHopId;
    const nextHop = this.#nextHops.value(nextHopId);
    this.#nextHop = nextHop;
    route.preference = preference;
    route.scope = scope;
    route.nextHop = nextHop;
    route.error = '';

    const verdict = this.#policy.evaluate(route);
    if (verdict === PolicyVerdict.Accept) {
      if (route.preference !== preference) {
        editor.setExtensionU32(ExtensionAttribute.Preference, route.preference);
      }
      if (route.scope !== scope) editor.setExtensionU32(ExtensionAttribute.Scope, route.scope);
      if (!editor.changed && route.nextHop === nextHop) return UNCHANGED;
      return this.#rewritten(nextHopId, route.nextHop === nextHop);
    }
    if (verdict === PolicyVerdict.Error) this.#report(route.error);
    return REFUSED;
  }

  #rewritten(oldNextHop: NextHopId, sameNextHop: boolean): AttributeId {
    const editor = this.#editor;
    if (!editor.encodeRecord()) {
      this.#report('an attribute became longer than a message can carry');
      return REFUSED;
    }
    const nextHop = sameNextHop ? oldNextHop : this.#nextHops.intern(this.#route.nextHop);
    const result = this.#attributes.intern(editor.bytes, editor.start, editor.wireEnd, editor.end, nextHop);
    if (!sameNextHop) this.#nextHops.release(nextHop);
    return result;
  }
}
