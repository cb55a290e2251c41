/**
 * The path attributes of one UPDATE as positions: which codes are there, where their values lie, with which flags.
 *
 *     flags 1   code 1   length 1 or 2 (Extended Length)   value
 *
 * One pass over the framing, before any value is looked at, makes decoding independent of the order in which attributes
 * came and finds the ones that other attributes need (AS4_PATH for AS_PATH). Of several with one code the first counts
 * (RFC 7606 section 3 g). Tables of 256 entries carry a generation number instead of being cleared for each message.
 */
import { readU16 } from '../bytes.ts';
import { NlriField } from '../nlri/field.ts';
import { NlriScan } from '../nlri/scan.ts';
import type { SessionOptions } from '../session-options.ts';
import { AttributeCode, AttributeFlag, knownFlags } from './code.ts';
import { RecordWriter } from './record-writer.ts';

const EMPTY = new Uint8Array(0);
const OPTIONAL_TRANSITIVE = AttributeFlag.Optional | AttributeFlag.Transitive;

export class AttributeScan {
  bytes: Uint8Array = EMPTY;
  /** Options of the session; set by `run`. */
  options!: SessionOptions;
  /** Codes that are there, ascending; the first `count` entries. MP_REACH_NLRI and MP_UNREACH_NLRI are not among them. */
  readonly codes = new Uint8Array(256);
  count = 0;
  /** What is wrong with the framing; '' if nothing. The attributes before that place stand. */
  framingFault = '';
  /** MP_REACH_NLRI or MP_UNREACH_NLRI came twice: its code; else 0. */
  repeated = 0;
  /** AS_PATH holds an AS_SET or AS_CONFED_SET, which the session allows. */
  asSet = false;
  /** The NLRI field behind the attributes holds prefixes that count, and so does NEXT_HOP. */
  hasNlri = false;
  /** MP_REACH_NLRI holds prefixes, of whatever family. */
  hasReachNlri = false;
  /** Where MP_REACH_NLRI and MP_UNREACH_NLRI put what they hold. */
  readonly reach = new NlriField();
  readonly unreach = new NlriField();
  /** The next hop of `reach` in canonical form. */
  readonly reachNextHop = new Uint8Array(32);
  reachNextHopLength = 0;
  /** The NEXT_HOP attribute in `record`: offset of its first octet, -1 if there is none. */
  nextHopAttribute = -1;
  readonly nlriScan = new NlriScan();
  /** Where decoded attributes go. */
  readonly record = new RecordWriter();
  readonly #flags = new Uint8Array(256);
  readonly #starts = new Int32Array(256);
  readonly #ends = new Int32Array(256);
  readonly #generations = new Uint32Array(256);
  #generation = 0;

  run(bytes: Uint8Array, start: number, end: number, options: SessionOptions): void {
    this.bytes = bytes;
    this.options = options;
    this.count = 0;
    this.repeated = 0;
    this.asSet = false;
    this.hasNlri = false;
    this.hasReachNlri = false;
    this.reach.clear();
    this.unreach.clear();
    this.reachNextHopLength = 0;
    this.nextHopAttribute = -1;
    this.#generation = (this.#generation + 1) >>> 0;
    if (this.#generation === 0) {
      this.#generations.fill(0);
      this.#generation = 1;
    }
    this.framingFault = this.#walk(start, end);
  }

  /** Answers what is wrong with the framing. */
  #walk(start: number, end: number): string {
    const { bytes } = this;
    for (let at = start; at < end; ) {
      if (at + 3 > end) return `${end - at} octets behind the last attribute`;
      const flags = bytes[at];
      const code = bytes[at + 1];
      let value = at + 3;
      let length = bytes[at + 2];
      if ((flags & AttributeFlag.ExtendedLength) !== 0) {
        if (at + 4 > end) return 'the last attribute has no room for its length';
        length = readU16(bytes, at + 2);
        value = at + 4;
      }
      at = value + length;
      if (at > end) return `attribute ${code} runs over the attributes`;
      if (!this.has(code)) this.#note(code, flags, value, at);
      else if (code === AttributeCode.MpReachNlri || code === AttributeCode.MpUnreachNlri) this.repeated = code;
    }
    return '';
  }

  has(code: number): boolean {
    return this.#generations[code] === this.#generation;
  }

  /** Only for attributes that are there. */
  flags(code: number): number {
    return this.#flags[code];
  }

  /** Are Optional and Transitive as this known attribute has them by definition (RFC 7606 section 3 c)? */
  hasKnownFlags(code: number): boolean {
    return ((this.#flags[code] ^ knownFlags(code)) & OPTIONAL_TRANSITIVE) === 0;
  }

  /** Offset of the value; -1 for a code that was only called for by `want`. */
  start(code: number): number {
    return this.#starts[code];
  }

  end(code: number): number {
    return this.#ends[code];
  }

  /** Has `code` decoded though the message lacks it, because the session gives it a value. */
  want(code: number): void {
    if (!this.has(code)) this.#note(code, 0, -1, -1);
  }

  /** Canonical flags of the attribute: `known` ones, and Partial if it travels through (RFC 4271 section 5). */
  keptFlags(code: number, known: number): number {
    const travels = (known & OPTIONAL_TRANSITIVE) === OPTIONAL_TRANSITIVE;
    return travels ? known | (this.#flags[code] & AttributeFlag.Partial) : known;
  }

  /** The whole attribute with its header, as it came: the data of a NOTIFICATION. */
  copyAttribute(code: number): Uint8Array {
    const header = (this.#flags[code] & AttributeFlag.ExtendedLength) !== 0 ? 4 : 3;
    return this.bytes.slice(this.#starts[code] - header, this.#ends[code]);
  }

  #note(code: number, flags: number, start: number, end: number): void {
    this.#generations[code] = this.#generation;
    this.#flags[code] = flags;
    this.#starts[code] = start;
    this.#ends[code] = end;
    if (code === AttributeCode.MpReachNlri || code === AttributeCode.MpUnreachNlri) return;
    // Senders order attributes nearly always, so this moves next to nothing.
    let i = this.count++;
    for (; i > 0 && this.codes[i - 1] > code; i--) this.codes[i] = this.codes[i - 1];
    this.codes[i] = code;
  }
}
