/**
 * Decodes UPDATE (RFC 4271 section 4.3, RFC 4760) with the error handling of RFC 7606.
 *
 *     header 19   withdrawn length 2   withdrawn prefixes   attributes length 2   attributes   NLRI prefixes
 *
 * One `Update` per session takes in one message after the other and allocates nothing while the peer behaves. Everything
 * is checked before the caller sees anything, so a message that ends in a reset has changed nothing. Order of work:
 * outer framing, prefixes of the two classic fields, framing of the attributes, MP_REACH_NLRI and MP_UNREACH_NLRI (they
 * say which prefixes there are), then each attribute in ascending order, then what only the whole can tell: mandatory
 * attributes, route leaks. The strongest fault decides.
 */
import { AttributeCode } from './attribute/code.ts';
import { type AttributeDescriptor, type AttributeFault, UpdateVerdict } from './attribute/descriptor.ts';
import { putDefaultLocalPref } from './attribute/local-pref.ts';
import { mpReachNlri } from './attribute/mp-reach-nlri.ts';
import { mpUnreachNlri } from './attribute/mp-unreach-nlri.ts';
import { ignoresNextHop } from './attribute/next-hop.ts';
import { attachesOtc, isRouteLeak, ROUTE_LEAK } from './attribute/only-to-customer.ts';
import { attributeEnd, valueStart } from './attribute/record.ts';
import { AttributeScan } from './attribute/scan.ts';
import { attributeDescriptor } from './attribute/table.ts';
import { decodeUnknown } from './attribute/unknown.ts';
import { equalBytes, readU16 } from './bytes.ts';
import { familyName } from './capability/family-name.ts';
import { ErrorCode, UpdateSubcode } from './error-code.ts';
import type { AddressFamily } from './family.ts';
import { HEADER_LENGTH } from './message.ts';
import { formatNlri, NlriField } from './nlri/field.ts';
import { NO_DATA, NotificationError } from './notification.ts';
import type { SessionOptions } from './session-options.ts';
import { formatProblem, ProblemList, type UpdateProblem } from './update-problem.ts';

const EMPTY = new Uint8Array(0);
const NO_ATTRIBUTE = -1;

/** Attribute blocks up to this long are remembered, so that the next one with the same octets is not decoded again. */
const REMEMBERED_OCTETS = 1024;
/** Senders repeat attributes behind a message that was full, or do it all the time with one prefix a message. */
const LONG_MESSAGE_OCTETS = 1024;

export class Update {
  verdict: UpdateVerdict = UpdateVerdict.Ok;
  /** After `Reset`: what to send. */
  notification: NotificationError | undefined = undefined;
  /** The message is the End-of-RIB of this family (RFC 4724 section 2). */
  endOfRib: AddressFamily | undefined = undefined;
  /** The message; offsets of prefixes point into it. */
  bytes: Uint8Array = EMPTY;
  /**
   * To be applied in this order: a prefix that is withdrawn and announced in one message stays. After `Withdraw` the
   * prefixes of `nlri` and `reach` are withdrawn too. After `Reset` there are none.
   */
  readonly withdrawn = new NlriField();
  readonly unreach: NlriField;
  readonly nlri = new NlriField();
  readonly reach: NlriField;
  /** The record of `nlri` has the octets that it had when `nlri` last had one: an interned id can be used again. */
  sameAttributes = false;

  readonly #scan = new AttributeScan();
  /** The message announces something, even if nobody asked for it. */
  #reachable = false;
  readonly #problems = new ProblemList();
  readonly #remembered = new Uint8Array(REMEMBERED_OCTETS);
  #rememberedLength = 0;
  #previousLength = 0;
  #rememberedOptions: SessionOptions | undefined = undefined;
  #rememberedNextHop = -1;

  constructor() {
    this.unreach = this.#scan.unreach;
    this.reach = this.#scan.reach;
  }

  /** Everything noteworthy, not only what led to the verdict. Empty while the peer behaves. */
  get problems(): readonly UpdateProblem[] {
    return this.#problems.all;
  }

  /** RFC 9774 deprecates what the path holds: an AS_SET or AS_CONFED_SET. Counts where `nlri` or `reach` hold prefixes. */
  get holdsAsSet(): boolean {
    return this.#scan.asSet;
  }

  /** The scratch that holds canonical records, valid until the next `decode`. Their `wireEnd` is their end. */
  get record(): Uint8Array {
    return this.#scan.record.bytes;
  }

  /** `[start, end)` is a whole message that framing let pass: at least 23 octets. */
  decode(bytes: Uint8Array, start: number, end: number, options: SessionOptions): UpdateVerdict {
    this.#clear(bytes);
    const withdrawn = start + HEADER_LENGTH + 2;
    const withdrawnEnd = withdrawn + readU16(bytes, withdrawn - 2);
    const attributes = withdrawnEnd + 2;
    if (attributes > end) return this.#misframed('withdrawn routes run over the message');
    const nlri = attributes + readU16(bytes, withdrawnEnd);
    if (nlri > end) return this.#misframed('path attributes run over the message');
    if (withdrawn === withdrawnEnd && attributes === end) {
      this.endOfRib = options.ipv4?.family;
      return UpdateVerdict.Ok;
    }
    if (!this.#classicField(this.withdrawn, withdrawn, withdrawnEnd, options)) return this.verdict;
    if (!this.#classicField(this.nlri, nlri, end, options)) return this.verdict;
    if (attributes < nlri && this.#isRemembered(attributes, nlri, options)) {
      this.sameAttributes = this.nlri.family !== undefined;
      this.#place(this.nlri, 0, this.#scan.record.at, this.#rememberedNextHop);
      if (this.withdrawn.martians + this.nlri.martians > 0) this.#noteMartians();
      return UpdateVerdict.Ok;
    }
    this.#reachable = nlri < end;
    if (attributes === end) return this.#conclude();
    return this.#decodeAttributes(attributes, nlri, end, options) ? this.#conclude() : this.verdict;
  }

  /** The prefixes of one of the two fields of RFC 4271; false if they ended in a reset. */
  #classicField(field: NlriField, start: number, end: number, options: SessionOptions): boolean {
    if (start === end) return true;
    const { ipv4 } = options;
    if (ipv4 === undefined) {
      this.#problems.note(NO_ATTRIBUTE, UpdateVerdict.Ok, 0, 'RFC 4760 7', 'ipv4: family was not agreed on');
      return true;
    }
    const check = this.#scan.nlriScan;
    if (!check.run(this.bytes, start, end, ipv4.addPathReceive, 4)) {
      const text = check.fault === 'truncated' ? 'last prefix is cut off' : 'prefix length above 32';
      this.#reset(NO_ATTRIBUTE, UpdateSubcode.InvalidNetworkField, 'RFC 7606 5.3', text, NO_DATA);
      return false;
    }
    field.set(start, end, ipv4, check);
    return true;
  }

  /** False if the attributes `[start, end)` ended in a reset. */
  #decodeAttributes(start: number, end: number, messageEnd: number, options: SessionOptions): boolean {
    const scan = this.#scan;
    this.#rememberedLength = 0;
    scan.run(this.bytes, start, end, options);
    scan.hasNlri = this.nlri.family !== undefined;
    if (scan.framingFault !== '') {
      const subcode = UpdateSubcode.MalformedAttributeList;
      this.#problems.note(NO_ATTRIBUTE, UpdateVerdict.Withdraw, subcode, 'RFC 7606 4', scan.framingFault);
    }
    if (scan.repeated !== 0) {
      this.#reset(scan.repeated, UpdateSubcode.MalformedAttributeList, 'RFC 7606 3(g)', 'comes twice', NO_DATA);
      return false;
    }
    if (!this.#decodeMp(mpReachNlri) || !this.#decodeMp(mpUnreachNlri)) return false;
    if (scan.hasReachNlri) this.#reachable = true;
    const alone = scan.count === 0 && !scan.has(AttributeCode.MpReachNlri) && start < end;
    if (alone && this.withdrawn.start === this.withdrawn.end && end === messageEnd) {
      if (this.unreach.start === this.unreach.end) this.endOfRib = this.unreach.family;
      return true;
    }

    const announces = scan.hasNlri || (scan.hasReachNlri && this.reach.family !== undefined);
    if (announces) this.#wantDefaults(options);
    // Two-octet paths double at most, AS4_PATH comes on top, and a second record may follow the first.
    scan.record.reset(8 * (end - start) + 256);
    for (let i = 0; i < scan.count; i++) this.#decodeAttribute(scan.codes[i], options);
    if (announces) {
      this.#checkMandatory();
      if (isRouteLeak(scan)) this.#fault(AttributeCode.OnlyToCustomer, ROUTE_LEAK);
    }
    if (this.#problems.strongest === undefined) this.#remember(start, end, messageEnd, options);
    return true;
  }

  /** Attributes that the session gives to routes which come without. */
  #wantDefaults(options: SessionOptions): void {
    const scan = this.#scan;
    if (scan.reachNextHopLength > 0 && !scan.hasNlri) scan.want(AttributeCode.NextHop);
    if (options.defaultLocalPref >= 0) scan.want(AttributeCode.LocalPref);
    if (attachesOtc(options)) scan.want(AttributeCode.OnlyToCustomer);
  }

  /** MP_REACH_NLRI or MP_UNREACH_NLRI, if there; false if it ended in a reset. */
  #decodeMp(row: AttributeDescriptor): boolean {
    const scan = this.#scan;
    const { code } = row;
    if (!scan.has(code)) return true;
    const start = scan.start(code);
    const found = scan.hasKnownFlags(code) ? row.decode(scan, start, scan.end(code)) : row.flagsFault;
    if (found === undefined) return true;
    if (found.action === UpdateVerdict.Reset) {
      this.#reset(code, found.subcode, found.clause, found.text, scan.copyAttribute(code));
      return false;
    }
    const ignored = found.action === UpdateVerdict.Ok;
    const family = ignored ? `${familyName(readU16(this.bytes, start), this.bytes[start + 2])}: ` : '';
    this.#problems.note(code, found.action, found.subcode, found.clause, `${family}${found.text}`);
    return true;
  }

  #decodeAttribute(code: number, options: SessionOptions): void {
    const scan = this.#scan;
    const row = attributeDescriptor(code);
    if (row === undefined) {
      this.#fault(code, decodeUnknown(scan, code));
      return;
    }
    const start = scan.start(code);
    const refused = start < 0 ? undefined : row.refuse?.(options);
    if (refused !== undefined) this.#fault(code, refused);
    if (code === AttributeCode.LocalPref && (start < 0 || refused !== undefined)) {
      putDefaultLocalPref(scan);
    } else if (refused === undefined) {
      const judged = start >= 0 && !(code === AttributeCode.NextHop && ignoresNextHop(scan));
      this.#fault(code, judged && !scan.hasKnownFlags(code) ? row.flagsFault : row.decode(scan, start, scan.end(code)));
    }
  }

  #checkMandatory(): void {
    const scan = this.#scan;
    if (!scan.has(AttributeCode.Origin)) this.#missing(AttributeCode.Origin);
    if (!scan.has(AttributeCode.AsPath)) this.#missing(AttributeCode.AsPath);
    if (scan.hasNlri && !scan.has(AttributeCode.NextHop)) this.#missing(AttributeCode.NextHop);
  }

  #missing(code: number): void {
    this.#problems.note(code, UpdateVerdict.Withdraw, UpdateSubcode.MissingWellKnown, 'RFC 7606 3(d)', 'is missing');
  }

  #fault(code: number, found: AttributeFault | undefined): void {
    if (found === undefined || (found.ofRoutes && !this.#reachable)) return;
    this.#problems.note(code, found.action, found.subcode, found.clause, found.text);
  }

  #conclude(): UpdateVerdict {
    const strongest = this.#problems.strongest;
    if (strongest?.action === UpdateVerdict.Withdraw && !this.#reachable) {
      // RFC 7606 section 5.2: with no route to withdraw, what is broken may have been the route.
      return this.#end(strongest, this.#errorData(strongest.attribute, strongest.subcode));
    }
    this.verdict = strongest?.action ?? UpdateVerdict.Ok;
    if (this.#reachable && this.verdict < UpdateVerdict.Withdraw) this.#placeRecords();
    if (this.reach.start === this.reach.end) this.reach.clear();
    const martians = this.withdrawn.martians + this.unreach.martians + this.nlri.martians + this.reach.martians;
    if (martians > 0) this.#noteMartians();
    return this.verdict;
  }

  /** Tells `nlri` and `reach` where their records are; with both there, the second record is made here. */
  #placeRecords(): void {
    const scan = this.#scan;
    const { record } = scan;
    const end = record.at;
    if (this.nlri.family !== undefined) this.#place(this.nlri, 0, end, scan.nextHopAttribute);
    if (this.reach.family === undefined || this.reach.start === this.reach.end) return;
    if (!scan.hasNlri) {
      this.#place(this.reach, 0, end, scan.nextHopAttribute);
      return;
    }
    const behind = attributeEnd(record.bytes, scan.nextHopAttribute);
    record.bytes.copyWithin(end, 0, scan.nextHopAttribute);
    record.at = end + scan.nextHopAttribute;
    const nextHop = record.at;
    record.put(
      record.bytes[scan.nextHopAttribute],
      AttributeCode.NextHop,
      scan.reachNextHop,
      0,
      scan.reachNextHopLength,
    );
    record.bytes.copyWithin(record.at, behind, end);
    record.at += end - behind;
    this.#place(this.reach, end, record.at, nextHop);
  }

  #place(field: NlriField, start: number, end: number, nextHop: number): void {
    if (field.family === undefined) return;
    const { bytes } = this.#scan.record;
    field.recordStart = start;
    field.recordEnd = end;
    field.nextHopStart = valueStart(bytes, nextHop);
    field.nextHopLength = attributeEnd(bytes, nextHop) - field.nextHopStart;
  }

  #isRemembered(start: number, end: number, options: SessionOptions): boolean {
    return (
      this.#rememberedLength === end - start &&
      this.#rememberedOptions === options &&
      equalBytes(this.bytes, start, this.#remembered, 0, end - start)
    );
  }

  /**
   * Only blocks without prefixes in them: the others are never the same again. And only where it is likely to pay, since
   * copying is a sixth of the work for a short message: behind a long message, or the second time with one length.
   */
  #remember(start: number, end: number, messageEnd: number, options: SessionOptions): void {
    const scan = this.#scan;
    if (end - start > REMEMBERED_OCTETS || !scan.hasNlri) return;
    const likely = end - start === this.#previousLength || messageEnd - end > LONG_MESSAGE_OCTETS;
    this.#previousLength = end - start;
    if (!likely) return;
    if (scan.has(AttributeCode.MpReachNlri) || scan.has(AttributeCode.MpUnreachNlri)) return;
    for (let i = start, j = 0; i < end; i++, j++) this.#remembered[j] = this.bytes[i];
    this.#rememberedLength = end - start;
    this.#rememberedOptions = options;
    this.#rememberedNextHop = scan.nextHopAttribute;
  }

  #noteMartians(): void {
    for (const field of [this.withdrawn, this.unreach, this.nlri, this.reach]) {
      if (field.martians === 0 || field.family === undefined) continue;
      const first = formatNlri(this.bytes, field.firstMartian, field.family);
      const more = field.martians > 1 ? ` and ${field.martians - 1} more` : '';
      const text = `prefix ${first}${more} can never be routed and is ignored`;
      this.#problems.note(NO_ATTRIBUTE, UpdateVerdict.Ok, UpdateSubcode.InvalidNetworkField, 'RFC 4271 6.3', text);
    }
  }

  #misframed(text: string): UpdateVerdict {
    return this.#reset(NO_ATTRIBUTE, UpdateSubcode.MalformedAttributeList, 'RFC 4271 6.3', text, NO_DATA);
  }

  #reset(attribute: number, subcode: number, clause: string, text: string, data: Uint8Array): UpdateVerdict {
    return this.#end(this.#problems.note(attribute, UpdateVerdict.Reset, subcode, clause, text), data);
  }

  /** Ends the session over `problem`. */
  #end(problem: UpdateProblem, data: Uint8Array): UpdateVerdict {
    this.notification = new NotificationError(ErrorCode.Update, problem.subcode, data, formatProblem(problem));
    this.endOfRib = undefined;
    this.#clearFields();
    this.verdict = UpdateVerdict.Reset;
    return this.verdict;
  }

  /** RFC 4271 section 6.3: the attribute as it came, or the type code of one that is missing, or nothing. */
  #errorData(attribute: number, subcode: number): Uint8Array {
    if (subcode === UpdateSubcode.MissingWellKnown) return Uint8Array.of(attribute);
    if (attribute < 0 || subcode === UpdateSubcode.MalformedAsPath) return NO_DATA;
    return this.#scan.copyAttribute(attribute);
  }

  #clear(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.verdict = UpdateVerdict.Ok;
    this.notification = undefined;
    this.endOfRib = undefined;
    this.sameAttributes = false;
    this.#problems.clear();
    this.#clearFields();
  }

  #clearFields(): void {
    this.withdrawn.clear();
    this.unreach.clear();
    this.nlri.clear();
    this.reach.clear();
  }
}

/** Decodes into `update`, which belongs to one session and is used for all its messages. */
export function decodeUpdate(
  bytes: Uint8Array,
  start: number,
  end: number,
  options: SessionOptions,
  update: Update,
): UpdateVerdict {
  return update.decode(bytes, start, end, options);
}
