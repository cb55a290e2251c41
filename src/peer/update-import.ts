/**
 * One session's way from the octets of an UPDATE to Adj-RIB-In: decode, look for loops, intern the next hop, hand whole
 * NLRI fields over with their attributes. Nothing is allocated while the peer behaves, and nothing throws whatever it sends.
 *
 * Loops end as withdrawals without a fuss (RFC 4271 section 9.1.2, RFC 4456 section 8, RFC 5065 section 4): our AS in
 * AS_PATH more often than allowed, the confederation's, our identifier as ORIGINATOR_ID, our cluster in CLUSTER_LIST.
 */
import {
  type AddressFamily,
  AttributeCode,
  attributeEnd,
  copyBytes,
  countAs,
  decodeUpdate,
  ExtensionAttribute,
  findAttribute,
  IPV4_UNICAST,
  type NlriField,
  type NotificationError,
  readU32,
  type SessionOptions,
  Update,
  type UpdateProblem,
  UpdateSubcode,
  UpdateVerdict,
  valueStart,
  writeU16,
  writeU32,
} from '../../bgp/index.ts';
import {
  type AdjRibIn,
  type AttributeTable,
  IncomingSet,
  type InterfaceTable,
  LONGEST_RECORD,
  type NextHopTable,
} from '../../rib/index.ts';
import { NextHopCache, type NextHopRules } from './next-hop-cache.ts';
import { Refusals } from './refusals.ts';

/** Where one family's routes go. */
export interface ImportTarget {
  readonly adjRibIn: AdjRibIn;
  readonly nextHopRules: NextHopRules;
  /** Distance of next hops that are neighbours (BIRD `cost`); 0: none. */
  readonly cost: number;
  /** AIGP is taken from this peer. */
  readonly aigp: boolean;
  /** Routes changed: the table has something to decide. */
  changed(): void;
}

export interface LoopFacts {
  readonly localAs: number;
  readonly confederation: number | undefined;
  /** Occurrences of our AS that are no loop. */
  readonly allowLocalAs: number;
  readonly routerId: number;
  readonly clusterId: number;
}

/** What the whole daemon shares. */
export interface ImportTables {
  readonly attributes: AttributeTable;
  readonly nextHops: NextHopTable;
  readonly interfaces: InterfaceTable;
}

export interface UpdateImportPorts {
  /** `undefined`: nobody takes that family's routes. */
  target(family: AddressFamily): ImportTarget | undefined;
  /** Something about an UPDATE, which is `[start, end)` of its `bytes`, is worth a line in the log. */
  report(problems: readonly UpdateProblem[], verdict: UpdateVerdict, update: Update, start: number, end: number): void;
  /** The first path with an AS_SET of this session. */
  asSet(update: Update): void;
  endOfRib(family: AddressFamily): void;
  /** Milliseconds since 1970. */
  wallClock(): number;
}

function withdrawal(attribute: AttributeCode, subcode: number, clause: string, text: string): UpdateProblem {
  return { attribute, action: UpdateVerdict.Withdraw, subcode, clause, text };
}

const OWN_NEXT_HOP = withdrawal(
  AttributeCode.NextHop,
  UpdateSubcode.InvalidNextHop,
  'RFC 4271 5.1.3',
  'is an address of our own',
);
const OWN_AS = withdrawal(AttributeCode.AsPath, 0, 'RFC 4271 9.1.2', 'our own AS is in it');
const OWN_CONFEDERATION = withdrawal(AttributeCode.AsPath, 0, 'RFC 5065 4', 'our confederation is in it');
const OWN_ROUTE = withdrawal(AttributeCode.OriginatorId, 0, 'RFC 4456 8', 'is our own identifier');
const OWN_CLUSTER = withdrawal(AttributeCode.ClusterList, 0, 'RFC 4456 8', 'our cluster is in it');
const LOOPS: ReadonlySet<UpdateProblem> = new Set([OWN_AS, OWN_CONFEDERATION, OWN_ROUTE, OWN_CLUSTER]);
/** The attribute table takes no record of that length. */
const TOO_LONG: UpdateProblem = {
  attribute: -1,
  action: UpdateVerdict.Withdraw,
  subcode: UpdateSubcode.MalformedAttributeList,
  clause: 'RFC 8654 5',
  text: 'attributes are too long to be kept',
};
/** Octets of an extension attribute that holds a u32: id 2, length 2, value 4. */
const EXTENSION_U32 = 8;

export class UpdateImport {
  /** UPDATEs that were taken in. */
  messages = 0;
  /** Prefixes announced and withdrawn in them. */
  announced = 0;
  withdrawn = 0;
  /** Prefixes that were refused because of an error in their attributes, or because they looped. */
  treatedAsWithdrawn = 0;
  looped = 0;
  readonly refusals: Refusals;
  readonly #options: SessionOptions;
  readonly #loops: LoopFacts;
  readonly #ports: UpdateImportPorts;
  readonly #tables: ImportTables;
  readonly #update = new Update();
  readonly #caches = new Map<AddressFamily, NextHopCache>();
  /** The attributes of the last NLRI field, if there was any, and why they were refused, if they were. */
  readonly #lastNlri: IncomingSet;
  #hasLast = false;
  #lastRefusal: UpdateProblem | undefined = undefined;
  readonly #reach: IncomingSet;
  #interfacesSeen = -1;
  #asSetTold = false;
  #scratch = new Uint8Array(0);
  /** The message that is being taken in. */
  #start = 0;
  #end = 0;

  constructor(options: SessionOptions, loops: LoopFacts, tables: ImportTables, ports: UpdateImportPorts) {
    this.#options = options;
    this.#loops = loops;
    this.#tables = tables;
    this.#ports = ports;
    this.#lastNlri = new IncomingSet(tables.attributes, tables.nextHops);
    this.#reach = new IncomingSet(tables.attributes, tables.nextHops);
    this.refusals = new Refusals(() => ports.wallClock());
  }

  /** `[start, end)` is a whole UPDATE that framing let pass. The NOTIFICATION if the session has to end. */
  take(bytes: Uint8Array, start: number, end: number, now: number): NotificationError | undefined {
    const update = this.#update;
    const verdict = decodeUpdate(bytes, start, end, this.#options, update);
    this.#start = start;
    this.#end = end;
    this.messages++;
    if (update.problems.length > 0) this.#ports.report(update.problems, verdict, update, start, end);
    if (verdict === UpdateVerdict.Reset) return update.notification;
    this.#withdraw(update.withdrawn);
    this.#withdraw(update.unreach);
    if (verdict === UpdateVerdict.Withdraw) {
      const problem = update.problems.find((one) => one.action === UpdateVerdict.Withdraw) ?? TOO_LONG;
      this.#refuse(update.nlri, problem);
      this.#refuse(update.reach, problem);
    } else {
      if (update.holdsAsSet && !this.#asSetTold && (update.nlri.family ?? update.reach.family) !== undefined) {
        this.#asSetTold = true;
        this.#ports.asSet(update);
      }
      if (update.nlri.family !== undefined) this.#announceNlri(update.nlri, update.sameAttributes, now);
      if (update.reach.family !== undefined) this.#announceReach(update.reach, now);
    }
    if (update.endOfRib !== undefined) this.#ports.endOfRib(update.endOfRib);
    return undefined;
  }

  /** The session or its rules ended: what is remembered goes. */
  forget(): void {
    this.#lastNlri.clear();
    this.#hasLast = false;
    this.#reach.clear();
    for (const cache of this.#caches.values()) cache.clear();
    this.#caches.clear();
  }

  #withdraw(field: NlriField): number {
    const target = field.family === undefined ? undefined : this.#ports.target(field.family);
    if (target === undefined) return 0;
    const count = target.adjRibIn.withdrawNlri(this.#update.bytes, field.start, field.end, field.addPath);
    this.withdrawn += count;
    if (count > 0) target.changed();
    return count;
  }

  /** Takes away what was there before (RFC 7606 section 2, RFC 4271 section 9.1.2). */
  #refuse(field: NlriField, problem: UpdateProblem): void {
    if (field.family === undefined || this.#ports.target(field.family) === undefined) return;
    const prefixes = field.count - field.martians;
    if (LOOPS.has(problem)) this.looped += prefixes;
    else this.treatedAsWithdrawn += prefixes;
    this.refusals.note(this.#update.bytes, field, problem);
    this.#withdraw(field);
  }

  /** The classic field: the same attributes often come in many messages one after the other. */
  #announceNlri(field: NlriField, same: boolean, now: number): void {
    const target = this.#ports.target(IPV4_UNICAST);
    if (target === undefined) return;
    const interfaces = this.#tables.interfaces.version;
    const set = this.#lastNlri;
    // Which addresses are our own may have changed.
    if (!same || !this.#hasLast || interfaces !== this.#interfacesSeen) {
      this.#interfacesSeen = interfaces;
      this.#hasLast = true;
      this.#lastRefusal = this.#loopOf(field) ?? this.#describe(field, target, set);
    } else if (this.#lastRefusal === undefined && !set.hasId) {
      this.#lastRefusal = this.#describe(field, target, set, true);
    }
    if (this.#lastRefusal !== undefined) this.#refuse(field, this.#lastRefusal);
    else this.#announce(field, target, set, now);
  }

  #announceReach(field: NlriField, now: number): void {
    const target = field.family === undefined ? undefined : this.#ports.target(field.family);
    if (target === undefined) return;
    const refusal = this.#loopOf(field) ?? this.#describe(field, target, this.#reach);
    if (refusal !== undefined) this.#refuse(field, refusal);
    else this.#announce(field, target, this.#reach, now);
    this.#reach.clear();
  }

  #announce(field: NlriField, target: ImportTarget, set: IncomingSet, now: number): void {
    const { bytes } = this.#update;
    this.announced += target.adjRibIn.announceNlri(bytes, field.start, field.end, field.addPath, set, now);
    target.changed();
  }

  #loopOf(field: NlriField): UpdateProblem | undefined {
    const { record } = this.#update;
    const { recordStart, recordEnd } = field;
    const loops = this.#loops;
    const path = findAttribute(record, recordStart, recordEnd, AttributeCode.AsPath);
    if (path >= 0) {
      const start = valueStart(record, path);
      const end = attributeEnd(record, path);
      if (countAs(record, start, end, loops.localAs) > loops.allowLocalAs) return OWN_AS;
      const { confederation } = loops;
      if (confederation !== undefined && countAs(record, start, end, confederation) > loops.allowLocalAs) {
        return OWN_CONFEDERATION;
      }
    }
    if (!this.#options.internal) return undefined;
    const originator = findAttribute(record, recordStart, recordEnd, AttributeCode.OriginatorId);
    if (originator >= 0 && readU32(record, valueStart(record, originator)) === loops.routerId) return OWN_ROUTE;
    const clusters = findAttribute(record, recordStart, recordEnd, AttributeCode.ClusterList);
    if (clusters < 0) return undefined;
    const end = attributeEnd(record, clusters);
    for (let at = valueStart(record, clusters); at < end; at += 4) {
      if (readU32(record, at) === loops.clusterId) return OWN_CLUSTER;
    }
    return undefined;
  }

  /**
   * Puts the field's attributes into `set`; `again`: it has had them before. The reason if they cannot be used: we are the
   * next hop, or they are too long.
   */
  #describe(field: NlriField, target: ImportTarget, set: IncomingSet, again = false): UpdateProblem | undefined {
    const family = field.family ?? IPV4_UNICAST;
    let cache = this.#caches.get(family);
    if (cache === undefined) {
      cache = new NextHopCache(this.#tables.nextHops, this.#tables.interfaces, target.nextHopRules);
      this.#caches.set(family, cache);
    }
    const { record } = this.#update;
    const nextHop = cache.find(record, field.nextHopStart, field.nextHopLength);
    if (nextHop === 0) {
      this.#ports.report([OWN_NEXT_HOP], UpdateVerdict.Withdraw, this.#update, this.#start, this.#end);
      return OWN_NEXT_HOP;
    }
    const { recordStart, recordEnd } = field;
    const unwantedAigp = target.aigp ? -1 : findAttribute(record, recordStart, recordEnd, AttributeCode.Aigp);
    const cost = target.nextHopRules.gateway === 'direct' ? target.cost : 0;
    let bytes = record;
    let start = recordStart;
    let wireEnd = recordEnd;
    let end = recordEnd;
    if (unwantedAigp >= 0 || cost > 0) {
      if (this.#scratch.length < recordEnd - recordStart + EXTENSION_U32) {
        this.#scratch = new Uint8Array(2 * (recordEnd - recordStart) + 64);
      }
      bytes = this.#scratch;
      start = 0;
      if (unwantedAigp < 0) {
        wireEnd = copyBytes(record, recordStart, recordEnd, bytes, 0);
      } else {
        wireEnd = copyBytes(record, recordStart, unwantedAigp, bytes, 0);
        wireEnd = copyBytes(record, attributeEnd(record, unwantedAigp), recordEnd, bytes, wireEnd);
      }
      end = wireEnd;
      if (cost > 0) {
        writeU16(bytes, end, ExtensionAttribute.IgpMetric);
        writeU16(bytes, end + 2, 4);
        writeU32(bytes, end + 4, cost);
        end += EXTENSION_U32;
      }
    }
    if (end - start > LONGEST_RECORD) return TOO_LONG;
    if (again) set.describeAgain(bytes, start, wireEnd, end, nextHop);
    else set.describe(bytes, start, wireEnd, end, nextHop);
    return undefined;
  }
}
