/**
 * Judges routes that leave a table as whole routes, not as messages (kernel, pipes): the protocol's own rule first, the
 * export filter after it. The result is the attribute set that the filter left.
 *
 * A filter that looks at neither the prefix nor anything that changes under it, forwarding included, gives one answer for each attribute set
 * and source; the last answers are kept in a direct-mapped cache. The cache holds no references: an entry counts only
 * while both ids still have the serial they had (AttributeTable.serial).
 *
 *     line = id mod 512:   | id | serial | source | result | serial of the result |      result 0: refused
 */
import { ACCEPT_ALL, type Policy, PolicyReads, PolicyVerdict } from '../../bgp/index.ts';
import {
  AdvertisementReason,
  type AttributeId,
  ExportPolicy,
  type ExportVerdict,
  type PrefixId,
  type RouteId,
  type RoutingTable,
} from '../../rib/index.ts';

const CACHE_LINES = 512;
const LINE = 5;
const UNCACHEABLE = PolicyReads.Prefix | PolicyReads.Volatile | PolicyReads.Output | PolicyReads.Forwarding;
const REFUSED = 0 as AttributeId;
const ANY_PREFIX = 0 as PrefixId;

export interface ExportRules {
  /** What the protocol says before the filter is asked; `None`: nothing against it. */
  admits(route: RouteId): AdvertisementReason;
  /** Something is wrong with a route or the filter; to be logged, not too often. */
  report(text: string): void;
  /** A line that the filter prints. */
  print(line: string): void;
}

export class ExportJudge {
  /** After `judge` said no. */
  reason: AdvertisementReason = AdvertisementReason.None;
  readonly #table: RoutingTable;
  readonly #rules: ExportRules;
  readonly #runner: ExportPolicy;
  #policy: Policy;
  #cache: Uint32Array | undefined;

  constructor(table: RoutingTable, policy: Policy, rules: ExportRules) {
    this.#table = table;
    this.#policy = policy;
    this.#rules = rules;
    this.#runner = new ExportPolicy(table, (line) => rules.print(line));
  }

  setPolicy(policy: Policy): void {
    this.#policy = policy;
    this.#cache = undefined;
  }

  /** The attributes with which the route goes out, with one reference for the caller; 0: it does not (see `reason`). */
  judge(route: RouteId): AttributeId {
    this.reason = this.#rules.admits(route);
    if (this.reason !== AdvertisementReason.None) return REFUSED;
    const { attributes } = this.#table;
    const attribute = this.#table.attributeOf(route);
    if (this.#policy === ACCEPT_ALL) {
      attributes.retain(attribute);
      return attribute;
    }
    if ((this.#policy.reads & UNCACHEABLE) !== 0)
      return this.#run(route, attribute, this.#table.prefixOf(route), this.#policy);
    return this.#cached(route, attribute);
  }

  /**
   * For the control side: the same as an answer with reasons, not from the cache.
   *
   * @param policy asked instead of its own, which it equals: one that tells more about itself.
   */
  verdict(route: RouteId, policy = this.#policy): ExportVerdict {
    const table = this.#table;
    this.reason = this.#rules.admits(route);
    const result =
      this.reason === AdvertisementReason.None
        ? this.#run(route, table.attributeOf(route), table.prefixOf(route), policy)
        : REFUSED;
    if (result !== REFUSED) return { stage: 'accepted', reason: AdvertisementReason.None, attributes: result };
    const filtered = this.reason === AdvertisementReason.Filter || this.reason === AdvertisementReason.FilterError;
    return { stage: filtered ? 'filtered' : 'rejected', reason: this.reason, attributes: REFUSED };
  }

  #cached(route: RouteId, attribute: AttributeId): AttributeId {
    const { attributes, routes } = this.#table;
    const serials = attributes.serial;
    const source = routes.source[route]!;
    if (this.#cache === undefined) this.#cache = new Uint32Array(LINE * CACHE_LINES);
    const cache = this.#cache;
    const line = LINE * (attribute & (CACHE_LINES - 1));
    if (cache[line] === attribute && cache[line + 1] === serials[attribute] && cache[line + 2] === source) {
      const known = cache[line + 3]! as AttributeId;
      if (known === REFUSED) {
        this.reason = AdvertisementReason.Filter;
        return REFUSED;
      }
      if (cache[line + 4] === serials[known]) {
        attributes.retain(known);
        return known;
      }
    }
    const result = this.#run(route, attribute, ANY_PREFIX, this.#policy);
    // Errors are told each time.
    if (result === REFUSED && this.reason !== AdvertisementReason.Filter) return REFUSED;
    cache[line] = attribute;
    cache[line + 1] = attributes.serial[attribute]!;
    cache[line + 2] = source;
    cache[line + 3] = result;
    cache[line + 4] = result === REFUSED ? 0 : attributes.serial[result]!;
    return result;
  }

  #run(route: RouteId, attribute: AttributeId, prefix: PrefixId, policy: Policy): AttributeId {
    const runner = this.#runner;
    const verdict = runner.run(policy, prefix, attribute, this.#table.sourceOf(route));
    if (verdict === PolicyVerdict.Accept) {
      const result = runner.result(attribute);
      if (result === REFUSED) this.reason = AdvertisementReason.AttributesTooLong;
      return result;
    }
    this.reason = verdict === PolicyVerdict.Error ? AdvertisementReason.FilterError : AdvertisementReason.Filter;
    if (verdict === PolicyVerdict.Error) this.#rules.report(runner.error);
    return REFUSED;
  }
}
