/**
 * Runs a policy on one route and turns the outcome into an attribute id. Shared by everything on the way in.
 *
 * A policy that looks at nothing but the attributes and the source is asked once for each attribute set of an UPDATE,
 * and a small direct-mapped cache remembers the last sets. The cache holds no references: an entry counts only while
 * both ids still have the serial they had (AttributeTable.serial).
 *
 *     line = id mod 512:   | id | serial | result | serial of the result |      result 0: refused
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
import { AttributeTrait } from './attribute-facts.ts';
import type { AttributeTable } from './attribute-table.ts';
import type { AttributeId, NextHopId } from './ids.ts';
import type { NextHopTable } from './next-hop-table.ts';
import type { PrefixKey } from './prefix-table.ts';
import type { RouteSource } from './route-source.ts';

const CACHE_LINES = 512;
const UNCACHEABLE = PolicyReads.Prefix | PolicyReads.Volatile | PolicyReads.Output;
const REFUSED = 0 as AttributeId;

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

  /** The result may differ from prefix to prefix: `evaluate` has to be called for each. */
  get isPerPrefix(): boolean {
    return (this.#policy.reads & UNCACHEABLE) !== 0;
  }

  set(policy: Policy, source: RouteSource): void {
    this.#policy = policy;
    this.#source = source;
    this.#cache = undefined;
  }

  /**
   * The attributes with which the route is accepted, with one more reference for the caller; 0: refused. The prefix is
   * only looked at if `isPerPrefix`.
   */
  evaluate(attribute: AttributeId, source: RouteSource, prefix: PrefixKey): AttributeId {
    if (attribute === REFUSED) return REFUSED;
    if (this.#policy === ACCEPT_ALL) {
      this.#attributes.retain(attribute);
      return attribute;
    }
    const reads = this.#policy.reads;
    // Derived sources differ from route to route; the cache speaks of the channel's own.
    if (
      (reads & (UNCACHEABLE | PolicyReads.Forwarding)) !== 0 ||
      ((reads & PolicyReads.Source) !== 0 && source !== this.#source)
    ) {
      return this.#run(attribute, source, prefix);
    }
    return this.#cached(attribute, source, prefix);
  }

  #cached(attribute: AttributeId, source: RouteSource, prefix: PrefixKey): AttributeId {
    const serials = this.#attributes.serial;
    if (this.#cache === undefined) this.#cache = new Uint32Array(4 * CACHE_LINES);
    const cache = this.#cache;
    const line = 4 * (attribute & (CACHE_LINES - 1));
    if (cache[line] === attribute && cache[line + 1] === serials[attribute]) {
      const known = cache[line + 2] as AttributeId;
      if (known === REFUSED) return REFUSED;
      if (cache[line + 3] === serials[known]) {
        this.#attributes.retain(known);
        return known;
      }
    }
    const result = this.#run(attribute, source, prefix);
    cache[line] = attribute;
    cache[line + 1] = this.#attributes.serial[attribute];
    cache[line + 2] = result;
    cache[line + 3] = result === REFUSED ? 0 : this.#attributes.serial[result];
    return result;
  }

  #run(attribute: AttributeId, source: RouteSource, prefix: PrefixKey): AttributeId {
    const attributes = this.#attributes;
    const route = this.#route;
    attributes.load(attribute, this.#editor);
    route.word0 = prefix.word0;
    route.word1 = prefix.word1;
    route.word2 = prefix.word2;
    route.word3 = prefix.word3;
    route.length = prefix.length;
    route.source = source.kind;
    route.protocol = source.protocol;
    route.from = source.bgp?.peerAddress ?? '';
    const preference = attributes.has(attribute, AttributeTrait.Preference)
      ? attributes.preference[attribute]
      : source.preference;
    const ownScope = this.#editor.extensionU32(ExtensionAttribute.Scope);
    const scope = ownScope < 0 ? RouteScope.Universe : ownScope;
    this.#nextHopId = attributes.nextHopId(attribute);
    const nextHop = this.#nextHops.value(this.#nextHopId);
    this.#nextHop = nextHop;
    route.preference = preference;
    route.scope = scope;
    route.nextHop = nextHop;
    route.error = '';

    const verdict = this.#policy.evaluate(route);
    if (verdict === PolicyVerdict.Accept) {
      if (route.preference !== preference) {
        this.#editor.setExtensionU32(ExtensionAttribute.Preference, route.preference);
      }
      if (route.scope !== scope) this.#editor.setExtensionU32(ExtensionAttribute.Scope, route.scope);
      if (!this.#editor.changed && route.nextHop === nextHop) {
        attributes.retain(attribute);
        return attribute;
      }
      return this.#rewritten(attribute, route.nextHop === nextHop);
    }
    if (verdict === PolicyVerdict.Error) this.#report(route.error);
    return REFUSED;
  }

  #rewritten(attribute: AttributeId, sameNextHop: boolean): AttributeId {
    const editor = this.#editor;
    if (!editor.encodeRecord()) {
      this.#report('an attribute became longer than a message can carry');
      return REFUSED;
    }
    const nextHop = sameNextHop ? this.#attributes.nextHopId(attribute) : this.#nextHops.intern(this.#route.nextHop);
    const result = this.#attributes.intern(editor.bytes, editor.start, editor.wireEnd, editor.end, nextHop);
    if (!sameNextHop) this.#nextHops.release(nextHop);
    return result;
  }
}
