/**
 * Asks, for an update group: is this route sent, and as which attribute set?
 *
 *     admits --> export filter --> rewrite --> fits into a message --> outgoing attribute id
 *     admits --> rewrite --> export filter --> finish --> ...          where the session prepares (BIRD 1)
 *
 * All answers but the filter's depend on the attribute set and the class of the source alone, and so does the filter's
 * if it has no side effects and reads nothing of the prefix but its class (Policy.prefixClass). VerdictCache keeps them,
 * and the last one stands by itself, since prefixes with one set often come in a row.
 */
import {
  ACCEPT_ALL,
  AttributeCode,
  copyBytes,
  type NextHop,
  type Policy,
  PolicyReads,
  PolicyVerdict,
} from '../bgp/index.ts';
import { ADVERTISEMENT_REASONS, type Advertisement, AdvertisementReason, type OutgoingRoute } from './advertisement.ts';
import { ExportPolicy } from './export-policy.ts';
import type { ExportVerdict } from './export-stats.ts';
import type { AttributeId, NextHopId, OutgoingId, PrefixId, RouteId, SourceId } from './ids.ts';
import type { Forwarding } from './next-hop-resolver.ts';
import type { OutgoingSets } from './outgoing-sets.ts';
import type { RouteSource } from './route-source.ts';
import type { RoutingTable } from './routing-table.ts';
import { Line, VerdictCache } from './verdict-cache.ts';

const NONE = 0 as AttributeId;
const REFUSED = 0 as OutgoingId;
const NO_PREFIX = 0 as PrefixId;
/** Every route may get another answer. */
const SINGULAR = PolicyReads.Volatile | PolicyReads.Output;

const NOWHERE: NextHop = Object.freeze({ kind: 'unreachable' });

export interface JudgeRules {
  readonly policy: Policy;
  readonly advertisement: Advertisement;
}

export interface JudgeHost {
  /** A message has room for these attributes and one prefix. */
  fits(bytes: Uint8Array, start: number, end: number): boolean;
  /** It has room for any attributes of that many octets. */
  fitsAny(octets: number): boolean;
  print(line: string): void;
  report(message: string): void;
}

export class UpdateGroupJudge {
  /** Why the last route was refused. */
  reason: AdvertisementReason = AdvertisementReason.None;
  readonly #table: RoutingTable;
  readonly #host: JudgeHost;
  readonly #filter: ExportPolicy;
  readonly #sets: OutgoingSets;
  readonly #isSingle: boolean;
  readonly #route: OutgoingRoute;
  /** Next hop behind `#route.nextHop`; 0 if the filter made a new one. */
  #nextHopId = 0 as NextHopId;
  /** The answer depended on a next hop that no id stands for. */
  #volatile = false;
  #rules: JudgeRules;
  #perPrefix = false;
  /** The filter does the same for all prefixes of a class. */
  #classed = false;
  /** What the session would carry of a set of a source; valid while serial and forwarding are the same. */
  #prepared = new Uint8Array(256);
  #preparedWireEnd = 0;
  #preparedEnd = 0;
  #preparedAttribute = NONE;
  #preparedSerial = 0;
  #preparedSource: RouteSource | undefined;
  #preparedVersion = 0;
  #classPerSource = false;
  readonly #classes = new Map<string, number>();
  #classCount = 0;
  readonly #classified: (RouteSource | undefined)[] = [];
  readonly #classOf: number[] = [];

  readonly #cache = new VerdictCache();
  /** The last answer that prefixes share, with all that it depends on; attribute 0: there is none. */
  #lastAttribute = NONE;
  #lastSerial = 0;
  #lastSource: RouteSource | undefined;
  #lastPrefixClass = 0;
  #lastVersion = 0;
  #lastResult = REFUSED;
  #lastResultSerial = 0;

  /** @param isSingle a prefix has one route at most, so `sets` may say what it is sent with by what it has. */
  constructor(table: RoutingTable, sets: OutgoingSets, isSingle: boolean, rules: JudgeRules, host: JudgeHost) {
    this.#isSingle = isSingle;
    this.#table = table;
    this.#host = host;
    this.#rules = rules;
    this.#filter = new ExportPolicy(table, (line) => host.print(line));
    this.#sets = sets;
    this.#route = {
      bytes: new Uint8Array(0),
      start: 0,
      wireEnd: 0,
      end: 0,
      source: undefined as unknown as RouteSource,
      nextHop: NOWHERE,
      medWritten: false,
      nextHopWritten: false,
      forwarding: () => this.#forwarding(),
    };
    this.setRules(rules);
  }

  get rules(): JudgeRules {
    return this.#rules;
  }

  get bytes(): number {
    return this.#cache.bytes;
  }

  setRules(rules: JudgeRules): void {
    this.#rules = rules;
    const { reads, prefixClass } = rules.policy;
    const seesPrefix = (reads & PolicyReads.Prefix) !== 0;
    this.#perPrefix = (reads & SINGULAR) !== 0 || (seesPrefix && prefixClass === undefined);
    this.#classed = seesPrefix && !this.#perPrefix;
    this.#classPerSource = (rules.policy.reads & PolicyReads.Source) !== 0;
    this.#classes.clear();
    this.#classified.length = 0;
    this.#preparedAttribute = NONE;
    this.#lastAttribute = NONE;
    this.#cache.clear();
  }

  close(): void {
    this.#lastAttribute = NONE;
    this.#cache.clear();
  }

  /** The set to send, with one more reference for the caller; 0: refused, see `reason`. */
  judge(prefix: PrefixId, route: RouteId): OutgoingId {
    const { routes, attributes, nextHops } = this.#table;
    const attribute = routes.attribute[route] as AttributeId;
    const source = this.#table.sources.get(routes.source[route] as SourceId);
    const prefixClass = this.#classed ? this.#filter.classOf(this.#rules.policy, prefix) : 0;
    if (
      attribute === this.#lastAttribute &&
      prefixClass === this.#lastPrefixClass &&
      source === this.#lastSource &&
      attributes.serial[attribute] === this.#lastSerial &&
      nextHops.version === this.#lastVersion
    ) {
      if (this.#lastResult === REFUSED) return this.#refuse(this.#lastResultSerial as AdvertisementReason);
      if (this.#sets.serial(this.#lastResult) === this.#lastResultSerial) {
        this.#sets.retain(this.#lastResult);
        return this.#lastResult;
      }
    }
    this.#lastAttribute = NONE;
    this.#lastPrefixClass = prefixClass;
    return this.#judgeLine(prefix, attribute, source, prefixClass);
  }

  #judgeLine(prefix: PrefixId, attribute: AttributeId, source: RouteSource, prefixClass: number): OutgoingId {
    const { attributes, nextHops } = this.#table;
    const sourceClass = this.#classified[source.id] === source ? this.#classOf[source.id] : this.#classify(source);
    const line = this.#cache.at(attribute, sourceClass, prefixClass);
    const { words } = this.#cache;
    if (
      words[line + Line.Attribute] !== attribute ||
      words[line + Line.Class] !== sourceClass ||
      words[line + Line.PrefixClass] !== prefixClass ||
      words[line + Line.Serial] !== attributes.serial[attribute] ||
      nextHops.changedAt[attributes.nextHop[attribute]] > words[line + Line.Version]
    ) {
      words[line + Line.PrefixClass] = prefixClass;
      this.#openLine(line, attribute, sourceClass, source);
    }
    const refusal = words[line + Line.Refusal] as AdvertisementReason;
    if (refusal !== AdvertisementReason.None) {
      this.#setLast(attribute, source, REFUSED, refusal);
      return this.#refuse(refusal);
    }
    if (this.#perPrefix) return this.#judgePrefix(line, prefix, attribute, source);
    if (!this.#isKnown(line)) {
      const result = this.#ask(prefix, attribute, source);
      // A filter that failed is asked again next time: the failure may have been of the moment.
      if (this.#volatile || this.reason === AdvertisementReason.FilterError) return result;
      this.#remember(line, result);
      this.#setLast(attribute, source, result, words[line + Line.ResultSerial]);
      return result;
    }
    this.#setLast(attribute, source, words[line + Line.Result] as OutgoingId, words[line + Line.ResultSerial]);
    return this.#recall(line);
  }

  #setLast(attribute: AttributeId, source: RouteSource, result: OutgoingId, resultSerial: number): void {
    this.#lastAttribute = attribute;
    this.#lastSerial = this.#table.attributes.serial[attribute];
    this.#lastSource = source;
    this.#lastVersion = this.#table.nextHops.version;
    this.#lastResult = result;
    this.#lastResultSerial = resultSerial;
  }

  /**
   * What rules and filter say now, without any cache.
   *
   * @param policy asked instead of its own, which it equals: one that tells more about itself.
   */
  verdict(prefix: PrefixId, route: RouteId, policy?: Policy): ExportVerdict {
    const table = this.#table;
    const attribute = table.attributeOf(route);
    const source = table.sourceOf(route);
    this.#load(attribute, source);
    const admission = this.#rules.advertisement.admits(this.#route);
    if (admission !== AdvertisementReason.None) return { stage: 'rejected', reason: admission, attributes: NONE };
    const prepares = this.#rules.advertisement.prepares;
    const unprepared = prepares ? this.#prepare(attribute, source) : AdvertisementReason.None;
    if (unprepared !== AdvertisementReason.None) return { stage: 'rejected', reason: unprepared, attributes: NONE };
    const answer = this.#runFilter(prefix, attribute, source, policy);
    if (answer !== PolicyVerdict.Accept) {
      const reason = answer === PolicyVerdict.Error ? AdvertisementReason.FilterError : AdvertisementReason.Filter;
      return { stage: 'filtered', reason, attributes: NONE };
    }
    const accepted = this.#filter.result(attribute);
    const reason = accepted === NONE ? AdvertisementReason.AttributesTooLong : this.#tryOut(attribute, source);
    if (reason === AdvertisementReason.None) return { stage: 'accepted', reason, attributes: accepted };
    if (accepted !== NONE) table.attributes.release(accepted);
    return { stage: 'rejected', reason, attributes: NONE };
  }

  #judgePrefix(line: number, prefix: PrefixId, attribute: AttributeId, source: RouteSource): OutgoingId {
    if (this.#rules.advertisement.prepares) return this.#askPrepared(prefix, attribute, source);
    const answer = this.#filter.run(this.#rules.policy, prefix, attribute, source);
    if (answer !== PolicyVerdict.Accept) return this.#filterRefuses(answer, prefix);
    if (this.#filterTouched()) return this.#rewriteFiltered(prefix, attribute, source);
    // The filter left the set alone: it is rewritten as for every other prefix that has it.
    if (this.#isKnown(line)) return this.#recall(line);
    const result = this.#rewriteUntouched(prefix, attribute, source);
    this.#remember(line, result);
    return result;
  }

  /** The filter accepted, and left something else than it found or wrote what it need not. */
  #filterTouched(): boolean {
    const { editor, nextHopChanged } = this.#filter;
    return (
      editor.changed ||
      nextHopChanged ||
      editor.wasWritten(AttributeCode.MultiExitDisc) ||
      editor.wasWritten(AttributeCode.NextHop)
    );
  }

  /** Filter and rewriting of an admitted route. */
  #ask(prefix: PrefixId, attribute: AttributeId, source: RouteSource): OutgoingId {
    if (this.#rules.advertisement.prepares) return this.#askPrepared(prefix, attribute, source);
    if (this.#rules.policy === ACCEPT_ALL) return this.#rewriteUntouched(prefix, attribute, source);
    const answer = this.#filter.run(this.#rules.policy, prefix, attribute, source);
    if (answer !== PolicyVerdict.Accept) return this.#filterRefuses(answer, prefix);
    if (this.#filterTouched()) return this.#rewriteFiltered(prefix, attribute, source);
    return this.#rewriteUntouched(prefix, attribute, source);
  }

  /** The session's attributes first, the filter over them, then what may not be sent after all. */
  #askPrepared(prefix: PrefixId, attribute: AttributeId, source: RouteSource): OutgoingId {
    const reason = this.#prepare(attribute, source);
    if (reason !== AdvertisementReason.None) return this.#refuse(reason, prefix);
    const answer = this.#runFilter(prefix, attribute, source);
    if (answer !== PolicyVerdict.Accept) return this.#filterRefuses(answer, prefix);
    if (!this.#filter.editor.encodeRecord()) return this.#refuse(AdvertisementReason.AttributesTooLong, prefix);
    const { advertisement } = this.#rules;
    this.#load(attribute, source);
    this.#showFiltered();
    const unfinished = advertisement.finish(this.#route);
    if (unfinished !== AdvertisementReason.None) return this.#refuse(unfinished, prefix);
    return this.#intern(advertisement.finished, advertisement.finishedEnd, prefix);
  }

  /** Leaves in `#prepared` what the session would carry; prefixes in a row often have the same set. */
  #prepare(attribute: AttributeId, source: RouteSource): AdvertisementReason {
    const { attributes, nextHops } = this.#table;
    const known =
      this.#preparedAttribute === attribute &&
      this.#preparedSerial === attributes.serial[attribute] &&
      this.#preparedSource === source &&
      nextHops.changedAt[attributes.nextHop[attribute]] <= this.#preparedVersion;
    if (known) return AdvertisementReason.None;
    this.#preparedAttribute = NONE;
    this.#load(attribute, source);
    const { advertisement } = this.#rules;
    const reason = advertisement.rewrite(this.#route);
    if (reason !== AdvertisementReason.None) return reason;
    const end = advertisement.extensionEnd;
    if (this.#prepared.length < end) this.#prepared = new Uint8Array(2 * end);
    copyBytes(advertisement.record, 0, end, this.#prepared, 0);
    this.#preparedWireEnd = advertisement.recordEnd;
    this.#preparedEnd = end;
    this.#preparedAttribute = attribute;
    this.#preparedSerial = attributes.serial[attribute];
    this.#preparedSource = source;
    this.#preparedVersion = nextHops.version;
    return reason;
  }

  #runFilter(
    prefix: PrefixId,
    attribute: AttributeId,
    source: RouteSource,
    policy = this.#rules.policy,
  ): PolicyVerdict {
    const { advertisement } = this.#rules;
    if (!advertisement.prepares) return this.#filter.run(policy, prefix, attribute, source);
    const bytes = this.#prepared;
    return this.#filter.runPrepared(policy, prefix, attribute, source, bytes, this.#preparedWireEnd, this.#preparedEnd);
  }

  #filterRefuses(answer: PolicyVerdict, prefix: PrefixId): OutgoingId {
    if (answer !== PolicyVerdict.Error) return this.#refuse(AdvertisementReason.Filter);
    this.#host.report(`${this.#table.prefixes.format(prefix)}: ${this.#filter.error}`);
    return this.#refuse(AdvertisementReason.FilterError);
  }

  /** Goes on with what the filter left in its editor. */
  #rewriteFiltered(prefix: PrefixId, attribute: AttributeId, source: RouteSource): OutgoingId {
    const filter = this.#filter;
    if (!filter.editor.encodeRecord()) return this.#refuse(AdvertisementReason.AttributesTooLong, prefix);
    this.#load(attribute, source);
    this.#showFiltered();
    return this.#rewrite(prefix);
  }

  #showFiltered(): void {
    const { editor, nextHop, nextHopChanged } = this.#filter;
    const route = this.#route;
    route.bytes = editor.bytes;
    route.start = editor.start;
    route.wireEnd = editor.wireEnd;
    route.end = editor.end;
    route.medWritten = editor.wasWritten(AttributeCode.MultiExitDisc);
    route.nextHopWritten = editor.wasWritten(AttributeCode.NextHop);
    if (nextHopChanged) {
      route.nextHop = nextHop;
      this.#nextHopId = 0 as NextHopId;
    }
  }

  /** The set in the table's own octets. */
  #load(attribute: AttributeId, source: RouteSource): void {
    const { attributes, nextHops } = this.#table;
    const route = this.#route;
    route.bytes = attributes.chunk(attribute);
    route.start = attributes.start(attribute);
    route.wireEnd = attributes.wireEnd(attribute);
    route.end = attributes.end(attribute);
    route.source = source;
    route.medWritten = false;
    route.nextHopWritten = false;
    this.#nextHopId = attributes.nextHopId(attribute);
    this.#volatile = false;
    route.nextHop = nextHops.value(this.#nextHopId);
  }

  /** The set as the table has it. Mostly it suffices to say so. */
  #rewriteUntouched(prefix: PrefixId, attribute: AttributeId, source: RouteSource): OutgoingId {
    this.#load(attribute, source);
    const { advertisement } = this.#rules;
    const form = this.#isSingle ? advertisement.formOf(this.#route) : 0;
    const octets = this.#route.wireEnd - this.#route.start + advertisement.addedOctets;
    if (form === 0 || this.#volatile || !this.#host.fitsAny(octets)) return this.#rewrite(prefix);
    this.reason = AdvertisementReason.None;
    return this.#sets.rewritten(attribute, form);
  }

  #rewrite(prefix: PrefixId): OutgoingId {
    const { advertisement } = this.#rules;
    const reason = advertisement.rewrite(this.#route);
    if (reason !== AdvertisementReason.None) return this.#refuse(reason, prefix);
    return this.#intern(advertisement.record, advertisement.recordEnd, prefix);
  }

  #intern(bytes: Uint8Array, end: number, prefix: PrefixId): OutgoingId {
    const result = this.#host.fits(bytes, 0, end) ? this.#sets.intern(bytes, 0, end) : REFUSED;
    if (result === REFUSED) return this.#refuse(AdvertisementReason.AttributesTooLong, prefix);
    this.reason = AdvertisementReason.None;
    return result;
  }

  /** After a filter that accepted: what would come of the rest. */
  #tryOut(attribute: AttributeId, source: RouteSource): AdvertisementReason {
    const { advertisement } = this.#rules;
    const { prepares } = advertisement;
    if (!this.#filter.editor.encodeRecord()) return AdvertisementReason.AttributesTooLong;
    this.#load(attribute, source);
    this.#showFiltered();
    const reason = prepares ? advertisement.finish(this.#route) : advertisement.rewrite(this.#route);
    if (reason !== AdvertisementReason.None) return reason;
    const bytes = prepares ? advertisement.finished : advertisement.record;
    const end = prepares ? advertisement.finishedEnd : advertisement.recordEnd;
    return this.#host.fits(bytes, 0, end) ? AdvertisementReason.None : AdvertisementReason.AttributesTooLong;
  }

  /** `prefix`: the reason is a fault that the operator should hear of. */
  #refuse(reason: AdvertisementReason, prefix: PrefixId = NO_PREFIX): OutgoingId {
    this.reason = reason;
    if (prefix !== NO_PREFIX) {
      this.#host.report(`${this.#table.prefixes.format(prefix)} is not sent: ${ADVERTISEMENT_REASONS[reason]}`);
    }
    return REFUSED;
  }

  #forwarding(): Forwarding {
    const { nextHops } = this.#table;
    if (this.#nextHopId !== 0) return nextHops.forwarding(this.#nextHopId);
    this.#volatile = true;
    const id = nextHops.intern(this.#route.nextHop);
    const forwarding = nextHops.forwarding(id);
    nextHops.release(id);
    return forwarding;
  }

  // ---------------------------------------------------------------------------------------------------------- cache

  /** A new line: admission is asked at once, the rest when it is needed. */
  #openLine(line: number, attribute: AttributeId, sourceClass: number, source: RouteSource): void {
    this.#load(attribute, source);
    const { words } = this.#cache;
    words[line + Line.Attribute] = attribute;
    words[line + Line.Serial] = this.#table.attributes.serial[attribute];
    words[line + Line.Class] = sourceClass;
    words[line + Line.Version] = this.#table.nextHops.version;
    words[line + Line.Refusal] = this.#rules.advertisement.admits(this.#route);
    words[line + Line.Result] = REFUSED;
    words[line + Line.ResultSerial] = 0;
  }

  #isKnown(line: number): boolean {
    const { words } = this.#cache;
    const result = words[line + Line.Result] as OutgoingId;
    const serial = words[line + Line.ResultSerial];
    return result === REFUSED ? serial !== 0 : this.#sets.serial(result) === serial;
  }

  #recall(line: number): OutgoingId {
    const { words } = this.#cache;
    const result = words[line + Line.Result] as OutgoingId;
    if (result === REFUSED) this.reason = words[line + Line.ResultSerial] as AdvertisementReason;
    else this.#sets.retain(result);
    return result;
  }

  #remember(line: number, result: OutgoingId): void {
    const { words } = this.#cache;
    words[line + Line.Result] = result;
    words[line + Line.ResultSerial] = result === REFUSED ? this.reason : this.#sets.serial(result);
  }

  #classify(source: RouteSource): number {
    const key = this.#classPerSource ? '' : this.#rules.advertisement.sourceClass(source);
    let known = this.#classPerSource ? undefined : this.#classes.get(key);
    if (known === undefined) {
      known = this.#classCount++;
      if (!this.#classPerSource) this.#classes.set(key, known);
    }
    this.#classified[source.id] = source;
    this.#classOf[source.id] = known;
    return known;
  }
}
