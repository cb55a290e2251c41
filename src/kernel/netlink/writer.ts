/**
 * Builds netlink messages one after the other in one buffer, ready to leave as one datagram. Host byte order comes for
 * free from 16 and 32 bit views on the buffer: everything netlink puts there is aligned.
 *
 * The caller asks `fits` before it begins a message; inside a message nothing is checked.
 */
import { ATTRIBUTE_HEADER_LENGTH, align4, MESSAGE_HEADER_LENGTH } from './wire.ts';

const RTA_VIA = 18;

export class MessageWriter {
  readonly bytes: Uint8Array;
  /** Octets written. */
  length = 0;
  /** Messages written. */
  count = 0;
  readonly #u16: Uint16Array;
  readonly #u32: Uint32Array;
  #messageStart = 0;

  constructor(capacity: number) {
    const buffer = new ArrayBuffer(align4(capacity));
    this.bytes = new Uint8Array(buffer);
    this.#u16 = new Uint16Array(buffer);
    this.#u32 = new Uint32Array(buffer);
  }

  clear(): void {
    this.length = 0;
    this.count = 0;
  }

  fits(octets: number): boolean {
    return this.length + octets <= this.bytes.length;
  }

  /** What has to be sent. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  begin(type: number, flags: number, sequence: number): void {
    const at = this.length;
    this.#messageStart = at;
    this.#u16[(at + 4) >> 1] = type;
    this.#u16[(at + 6) >> 1] = flags;
    this.#u32[(at + 8) >> 2] = sequence;
    this.#u32[(at + 12) >> 2] = 0;
    this.length = at + MESSAGE_HEADER_LENGTH;
  }

  end(): void {
    this.#u32[this.#messageStart >> 2] = this.length - this.#messageStart;
    this.count++;
  }

  /** Adds a flag to the message that was begun last, open or ended. */
  addFlag(flag: number): void {
    this.#u16[(this.#messageStart + 6) >> 1]! |= flag;
  }

  /** Four octets of a fixed structure. */
  octets(a: number, b: number, c: number, d: number): void {
    const { bytes, length } = this;
    bytes[length] = a;
    bytes[length + 1] = b;
    bytes[length + 2] = c;
    bytes[length + 3] = d;
    this.length = length + 4;
  }

  u32(value: number): void {
    this.#u32[this.length >> 2] = value;
    this.length += 4;
  }

  /** Two halves of a word of a fixed structure, in order of address. */
  u16Pair(first: number, second: number): void {
    this.#u16[this.length >> 1] = first;
    this.#u16[(this.length + 2) >> 1] = second;
    this.length += 4;
  }

  /** The same for a half word and two octets. */
  u16Octets(half: number, a: number, b: number): void {
    const { bytes, length } = this;
    this.#u16[length >> 1] = half;
    bytes[length + 2] = a;
    bytes[length + 3] = b;
    this.length = length + 4;
  }

  attributeU32(type: number, value: number): void {
    this.#header(8, type);
    this.u32(value);
  }

  attribute(type: number, value: Uint8Array): void {
    this.#header(ATTRIBUTE_HEADER_LENGTH + value.length, type);
    this.bytes.set(value, this.length);
    this.#pad(value.length);
  }

  /** An address: `words` of them, most significant first. */
  attributeAddress(type: number, words: 1 | 4, word0: number, word1: number, word2: number, word3: number): void {
    this.#header(ATTRIBUTE_HEADER_LENGTH + 4 * words, type);
    this.networkWord(word0);
    if (words === 1) return;
    this.networkWord(word1);
    this.networkWord(word2);
    this.networkWord(word3);
  }

  /** RTA_VIA: the family in two octets, then the address. The words are not aligned, the attribute is padded. */
  attributeVia(family: number, words: 1 | 4, word0: number, word1: number, word2: number, word3: number): void {
    const start = this.length;
    this.#header(6 + 4 * words, RTA_VIA);
    this.#u16[this.length >> 1] = family;
    this.length += 2;
    this.networkWord(word0);
    if (words === 4) {
      this.networkWord(word1);
      this.networkWord(word2);
      this.networkWord(word3);
    }
    this.octets(0, 0, 0, 0);
    this.length = start + align4(6 + 4 * words);
  }

  networkWord(word: number): void {
    this.octets(word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255);
  }

  /** Opens a nested attribute; give what it returns to `endNested`, which sets the length that stands there. */
  beginNested(type: number): number {
    const at = this.length;
    this.#header(0, type);
    return at;
  }

  endNested(at: number): void {
    this.#u16[at >> 1] = this.length - at;
  }

  /** Octets that are whole attributes already. */
  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  #header(length: number, type: number): void {
    this.#u16[this.length >> 1] = length;
    this.#u16[(this.length + 2) >> 1] = type;
    this.length += ATTRIBUTE_HEADER_LENGTH;
  }

  #pad(valueLength: number): void {
    const end = this.length + align4(valueLength);
    this.bytes.fill(0, this.length + valueLength, end);
    this.length = end;
  }
}
