/**
 * Runs an export filter on a route of a table. Afterwards the editor holds what the filter wrote, for those who go on
 * rewriting (update groups); those who hand the route on as it is ask for the resulting attribute id (kernel, pipes).
 */
import {
  AttributeEditor,
  ExtensionAttribute,
  type NextHop,
  type Policy,
  PolicyReads,
  type PolicyRoute,
  type PolicyVerdict,
  RouteScope,
  RouteSourceKind,
} from '../bgp/index.ts';
import { AttributeTrait } from './attribute-facts.ts';
import type { AttributeTable } from './attribute-table.ts';
import type { AttributeId, NextHopId, PrefixId } from './ids.ts';
import type { NextHopTable } from './next-hop-table.ts';
import type { PrefixTable } from './prefix-table.ts';
import type { RouteSource } from './route-source.ts';

const NOWHERE: NextHop = Object.freeze({ kind: 'unreachable' });

/** The parts of a routing table that a filter looks at. */
export interface PolicyTables {
  readonly prefixes: PrefixTable;
  readonly attributes: AttributeTable;
  readonly nextHops: NextHopTable;
}

export class ExportPolicy {
  readonly editor: AttributeEditor = new AttributeEditor();
  /** The filter sent packets elsewhere. */
  nextHopChanged = false;
  readonly #tables: PolicyTables;
  readonly #route: PolicyRoute;
  #preference = 0;
  #scope = 0;
  /** Next hop before the filter, and its id. */
  #nextHop: NextHop = NOWHERE;
  #nextHopId = 0 as NextHopId;
  /** The filter saw another record than the table's. */
  #prepared = false;

  constructor(tables: PolicyTables, print: (line: string) => void) {
    this.#tables = tables;
    this.#route = {
      version: tables.prefixes.family.version,
      word0: 0,
      word1: 0,
      word2: 0,
      word3: 0,
      length: 0,
      source: RouteSourceKind.Static,
      protocol: '',
      attributes: this.editor,
      from: '',
      preference: 0,
      scope: RouteScope.Universe,
      nextHop: NOWHERE,
      forwarding: () =>
        this.#route.nextHop === this.#nextHop ? tables.nextHops.forwarding(this.#nextHopId) : undefined,
      error: '',
      print,
    };
  }

  /** Where packets go, as the filter left it. */
  get nextHop(): NextHop {
    return this.#route.nextHop;
  }

  /** After `PolicyVerdict.Error`. */
  get error(): string {
    return this.#route.error;
  }

  /** `prefix` 0: a policy that does not look at it. */
  run(policy: Policy, prefix: PrefixId, attribute: AttributeId, source: RouteSource): PolicyVerdict {
    this.#tables.attributes.load(attribute, this.editor);
    this.#prepared = false;
    return this.#evaluate(policy, prefix, attribute, source);
  }

  /**
   * The same on a record that was made of the set: `[0, wireEnd)` of `bytes` are path attributes, `[wireEnd, end)` the
   * others.
   */
  runPrepared(
    policy: Policy,
    prefix: PrefixId,
    attribute: AttributeId,
    source: RouteSource,
    bytes: Uint8Array,
    wireEnd: number,
    end: number,
  ): PolicyVerdict {
    this.editor.load(bytes, 0, wireEnd, end);
    this.#prepared = true;
    return this.#evaluate(policy, prefix, attribute, source);
  }

  /** The class of a prefix for a policy that has such; 0 for one that does not look at prefixes. */
  classOf(policy: Policy, prefix: PrefixId): number {
    if ((policy.reads & PolicyReads.Prefix) === 0 || policy.prefixClass === undefined) return 0;
    this.#setPrefix(prefix);
    return policy.prefixClass(this.#route);
  }

  #evaluate(policy: Policy, prefix: PrefixId, attribute: AttributeId, source: RouteSource): PolicyVerdict {
    const { attributes, nextHops } = this.#tables;
    const route = this.#route;
    if (prefix !== 0) this.#setPrefix(prefix);
    route.source = source.kind;
    route.protocol = source.protocol;
    route.from = source.bgp?.peerAddress ?? '';
    this.#preference = attributes.has(attribute, AttributeTrait.Preference)
      ? attributes.preference[attribute]
      : source.preference;
    const scope = attributes.end(attribute) === attributes.wireEnd(attribute) ? -1 : this.#ownScope();
    this.#scope = scope < 0 ? RouteScope.Universe : scope;
    this.#nextHopId = attributes.nextHopId(attribute);
    this.#nextHop = nextHops.value(this.#nextHopId);
    route.preference = this.#preference;
    route.scope = this.#scope;
    route.nextHop = this.#nextHop;
    route.error = '';
    const verdict = policy.evaluate(route);
    this.nextHopChanged = route.nextHop !== this.#nextHop;
    return verdict;
  }

  /**
   * After an accepting `run` on `attribute`: the set that the filter left, with one more reference for the caller; 0 if
   * it grew longer than a message can carry.
   */
  result(attribute: AttributeId): AttributeId {
    const { attributes, nextHops } = this.#tables;
    const { editor } = this;
    const route = this.#route;
    if (route.preference !== this.#preference) {
      editor.setExtensionU32(ExtensionAttribute.Preference, route.preference);
    }
    if (route.scope !== this.#scope) editor.setExtensionU32(ExtensionAttribute.Scope, route.scope);
    if (!editor.changed && !this.nextHopChanged && !this.#prepared) {
      attributes.retain(attribute);
      return attribute;
    }
    if (!editor.encodeRecord()) return 0 as AttributeId;
    const nextHop = this.nextHopChanged ? nextHops.intern(route.nextHop) : attributes.nextHopId(attribute);
    const result = attributes.intern(editor.bytes, editor.start, editor.wireEnd, editor.end, nextHop);
    if (this.nextHopChanged) nextHops.release(nextHop);
    return result;
  }

  #setPrefix(prefix: PrefixId): void {
    const { prefixes } = this.#tables;
    const route = this.#route;
    route.word0 = prefixes.word0[prefix];
    if (route.version === 6) {
      route.word1 = prefixes.word1[prefix];
      route.word2 = prefixes.word2[prefix];
      route.word3 = prefixes.word3[prefix];
    }
    route.length = prefixes.length[prefix];
  }

  #ownScope(): number {
    return this.editor.extensionU32(ExtensionAttribute.Scope);
  }
}
