/**
 * Asks, for an update group: is this route sent, and as which attribute set?
 *
 *     admits --> export filter --> rewrite --> fits into a message --> outgoing attribute id
 *     admits --> rewrite --> export filter --> finish --> ...          where the session prepares (BIRD 1)
 *
 * All answers but the filter's depend on the attribute set and the class of the source alone, and so does the filter's
 * if it reads no prefix and has no side effects. A direct-mapped cache keeps them; it holds no references, an entry
 * counts only while both sets still have their serial and the forwarding of the next hop is what it was.
 *
 * Cost: a known answer is three or four array reads. 33 octets a line; one line for each attribute set up to 2^18.
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
import type { AttributeId, NextHopId, PrefixId, RouteId, SourceId } from './ids.ts';
import type { Forwarding } from './next-hop-resolver.ts';
import type { RouteSource } from './route-source.ts';
import type { RoutingTable } from './routing-table.ts';

const NONE = 0 as AttributeId;
const NO_PREFIX = 0 as PrefixId;
const PER_PREFIX = PolicyReads.Prefix | PolicyReads.Volatile | PolicyReads.Output;
const FIRST_LINES = 256;
const MAX_LINES = 1 << 18;

/** Outgoing sets forward nowhere: they exist only on the wire. */
const NOWHERE: NextHop = Object.freeze({ kind: 'unreachable' });

export interface JudgeRules {
  readonly policy: Policy;
  readonly advertisement: Advertisement;
}

export interface JudgeHost {
  /** A message has room for these attributes and one prefix. */
  fits(bytes: Uint8Array, start: number, end: number): boolean;
  print(line: string): void;
  report(message: string): void;
}

export class UpdateGroupJudge {
  /** Why the last route was refused. */
  reason: AdvertisementReason = AdvertisementReason.None;
  readonly #table: RoutingTable;
  readonly #host: JudgeHost;
  readonly #filter: ExportPolicy;
  readonly #nowhere: NextHopId;
  readonly #route: OutgoingRoute;
  /** Next hop behind `#route.nextHop`; 0 if the filter made a new one. */
  #nextHopId = 0 as NextHopId;
  /** The answer depended on a next hop that no id stands for. */
  #volatile = false;
  #rules: JudgeRules;
  #perPrefix = false;
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

  #mask = 0;
  #lineAttribute = new Uint32Array(0);
  #lineSerial = new Uint32Array(0);
  #lineClass = new Uint32Array(0);
  /** Version of the next-hop table when the line was made. */
  #lineVersion = new Float64Array(0);
  #lineRefusal = new Uint8Array(0);
  /** The outgoing set and its serial; 0 and the reason of the refusal; 0 and 0: not worked out yet. */
  #lineResult = new Uint32Array(0);
  #lineResultSerial = new Uint32Array(0);

  constructor(table: RoutingTable, rules: JudgeRules, host: JudgeHost) {
    this.#table = table;
    this.#host = host;
    this.#rules = rules;
    this.#filter = new ExportPolicy(table, (line) => host.print(line));
    this.#nowhere = table.nextHops.intern(NOWHERE);
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
    return 33 * this.#lineAttribute.length;
  }

  setRules(rules: JudgeRules): void {
    this.#rules = rules;
    this.#perPrefix = (rules.policy.reads & PER_PREFIX) !== 0;
    this.#classPerSource = (rules.policy.reads & PolicyReads.Source) !== 0;
    this.#classes.clear();
    this.#classified.length = 0;
    this.#preparedAttribute = NONE;
    this.#makeLines(FIRST_LINES);
  }

  close(): void {
    this.#table.nextHops.release(this.#nowhere);
    this.#makeLines(1);
  }

  /** The set to send, with one more reference for the caller; 0: refused, see `reason`. */
  judge(prefix: PrefixId, route: RouteId): AttributeId {
    const { routes, attributes, nextHops } = this.#table;
    const attribute = routes.attribute[route] as AttributeId;
    const sourceId = routes.source[route] as SourceId;
    const source = this.#table.sources.get(sourceId);
    const sourceClass = this.#classified[sourceId] === source ? this.#classOf[sourceId] : this.#classify(source);
    if (attribute > this.#mask && this.#mask + 1 < MAX_LINES) this.#enlarge(attribute);
    const line = (attribute + Math.imul(sourceClass, 0x9e37_79b1)) & this.#mask;
    if (
      this.#lineAttribute[line] !== attribute ||
      this.#lineClass[line] !== sourceClass ||
      this.#lineSerial[line] !== attributes.serial[attribute] ||
      nextHops.changedAt[attributes.nextHop[attribute]] > this.#lineVersion[line]
    ) {
      this.#openLine(line, attribute, sourceClass, source);
    }
    const refusal = this.#lineRefusal[line] as AdvertisementReason;
    if (refusal !== AdvertisementReason.None) return this.#refuse(refusal);
    if (this.#perPrefix) return this.#judgePrefix(line, prefix, attribute, source);
    if (this.#isKnown(line)) return this.#recall(line);
    const result = this.#ask(prefix, attribute, source);
    // A filter that failed is asked again next time: the failure may have been of the moment.
    if (!this.#volatile && this.reason !== AdvertisementReason.FilterError) this.#remember(line, result);
    return result;
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

  #judgePrefix(line: number, prefix: PrefixId, attribute: AttributeId, source: RouteSource): AttributeId {
    if (this.#rules.advertisement.prepares) return this.#askPrepared(prefix, attribute, source);
    const answer = this.#filter.run(this.#rules.policy, prefix, attribute, source);
    if (answer !== PolicyVerdict.Accept) return this.#filterRefuses(answer, prefix);
    const editor = this.#filter.editor;
    const touched =
      editor.changed ||
      this.#filter.nextHopChanged ||
      editor.wasWritten(AttributeCode.MultiExitDisc) ||
      editor.wasWritten(AttributeCode.NextHop);
    if (touched) return this.#rewriteFiltered(prefix, attribute, source);
    // The filter left the set alone: it is rewritten as for every other prefix that has it.
    if (this.#isKnown(line)) return this.#recall(line);
    this.#load(attribute, source);
    const result = this.#rewrite(prefix);
    this.#remember(line, result);
    return result;
  }

  /** Filter and rewriting of an admitted route. */
  #ask(prefix: PrefixId, attribute: AttributeId, source: RouteSource): AttributeId {
    if (this.#rules.advertisement.prepares) return this.#askPrepared(prefix, attribute, source);
    if (this.#rules.policy === ACCEPT_ALL) {
      this.#load(attribute, source);
      return this.#rewrite(prefix);
    }
    const answer = this.#filter.run(this.#rules.policy, prefix, attribute, source);
    if (answer !== PolicyVerdict.Accept) return this.#filterRefuses(answer, prefix);
    return this.#rewriteFiltered(prefix, attribute, source);
  }

  /** The session's attributes first, the filter over them, then what may not be sent after all. */
  #askPrepared(prefix: PrefixId, attribute: AttributeId, source: RouteSource): AttributeId {
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

  #filterRefuses(answer: PolicyVerdict, prefix: PrefixId): AttributeId {
    if (answer !== PolicyVerdict.Error) return this.#refuse(AdvertisementReason.Filter);
    this.#host.report(`${this.#table.prefixes.format(prefix)}: ${this.#filter.error}`);
    return this.#refuse(AdvertisementReason.FilterError);
  }

  /** Goes on with what the filter left in its editor. */
  #rewriteFiltered(prefix: PrefixId, attribute: AttributeId, source: RouteSource): AttributeId {
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

  #rewrite(prefix: PrefixId): AttributeId {
    const { advertisement } = this.#rules;
    const reason = advertisement.rewrite(this.#route);
    if (reason !== AdvertisementReason.None) return this.#refuse(reason, prefix);
    return this.#intern(advertisement.record, advertisement.recordEnd, prefix);
  }

  #intern(bytes: Uint8Array, end: number, prefix: PrefixId): AttributeId {
    const result = this.#host.fits(bytes, 0, end)
      ? this.#table.attributes.intern(bytes, 0, end, end, this.#nowhere)
      : NONE;
    if (result === NONE) return this.#refuse(AdvertisementReason.AttributesTooLong, prefix);
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
  #refuse(reason: AdvertisementReason, prefix: PrefixId = NO_PREFIX): AttributeId {
    this.reason = reason;
    if (prefix !== NO_PREFIX) {
      this.#host.report(`${this.#table.prefixes.format(prefix)} is not sent: ${ADVERTISEMENT_REASONS[reason]}`);
    }
    return NONE;
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
    this.#lineAttribute[line] = attribute;
    this.#lineSerial[line] = this.#table.attributes.serial[attribute];
    this.#lineClass[line] = sourceClass;
    this.#lineVersion[line] = this.#table.nextHops.version;
    this.#lineRefusal[line] = this.#rules.advertisement.admits(this.#route);
    this.#lineResult[line] = NONE;
    this.#lineResultSerial[line] = 0;
  }

  #isKnown(line: number): boolean {
    const result = this.#lineResult[line];
    if (result === NONE) return this.#lineResultSerial[line] !== 0;
    return this.#table.attributes.serial[result] === this.#lineResultSerial[line];
  }

  #recall(line: number): AttributeId {
    const result = this.#lineResult[line] as AttributeId;
    if (result === NONE) this.reason = this.#lineResultSerial[line] as AdvertisementReason;
    else this.#table.attributes.retain(result);
    return result;
  }

  #remember(line: number, result: AttributeId): void {
    this.#lineResult[line] = result;
    this.#lineResultSerial[line] = result === NONE ? this.reason : this.#table.attributes.serial[result];
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

  #makeLines(count: number): void {
    this.#mask = count - 1;
    this.#lineAttribute = new Uint32Array(count);
    this.#lineSerial = new Uint32Array(count);
    this.#lineClass = new Uint32Array(count);
    this.#lineVersion = new Float64Array(count);
    this.#lineRefusal = new Uint8Array(count);
    this.#lineResult = new Uint32Array(count);
    this.#lineResultSerial = new Uint32Array(count);
  }

  #enlarge(attribute: AttributeId): void {
    let count = this.#mask + 1;
    while (count <= attribute && count < MAX_LINES) count *= 2;
    const attributes = this.#lineAttribute;
    const serials = this.#lineSerial;
    const classes = this.#lineClass;
    const versions = this.#lineVersion;
    const refusals = this.#lineRefusal;
    const results = this.#lineResult;
    const resultSerials = this.#lineResultSerial;
    this.#makeLines(count);
    for (let i = 0; i < attributes.length; i++) {
      if (attributes[i] === 0) continue;
      const line = (attributes[i] + Math.imul(classes[i], 0x9e37_79b1)) & this.#mask;
      this.#lineAttribute[line] = attributes[i];
      this.#lineSerial[line] = serials[i];
      this.#lineClass[line] = classes[i];
      this.#lineVersion[line] = versions[i];
      this.#lineRefusal[line] = refusals[i];
      this.#lineResult[line] = results[i];
      this.#lineResultSerial[line] = resultSerials[i];
    }
  }
}
