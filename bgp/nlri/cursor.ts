/**
 * Walks the prefixes of one NLRI field: an octet of length in bits, then as many octets as that needs (RFC 4271 section
 * 4.3, RFC 4760 section 5), with a four-octet path identifier before each where ADD-PATH was agreed (RFC 7911).
 *
 *     [ path identifier 4 ] length 1  prefix 0..16      [ path identifier 4 ] length 1 ...
 *
 * One cursor serves both families and any number of fields; the prefix stands in plain number fields, so walking a
 * full table allocates nothing. Bits beyond the length are cleared. Prefixes that can never be routed (martian.ts) are
 * skipped and counted. The field was validated (scan.ts); on one that was not, the walk ends early and never reads
 * beyond `end`.
 */
import { readU32 } from '../bytes.ts';
import { isMartianIpv4, isMartianIpv6 } from './martian.ts';

const EMPTY = new Uint8Array(0);

/** The `bits` high bits of a word, 0..32, as a signed mask. */
function highBits(bits: number): number {
  return bits === 0 ? 0 : -1 << (32 - bits);
}

export class NlriCursor {
  /** The current prefix: address words, most significant first, unsigned. IPv4 uses `word0` alone. */
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  /** Bits. */
  length = 0;
  /** 0 without ADD-PATH. */
  pathId = 0;
  /** Offset of the next prefix. */
  position = 0;
  end = 0;
  /** Martians met since `reset`. */
  skipped = 0;
  #bytes: Uint8Array = EMPTY;
  #addPath = false;
  #version: 4 | 6 = 4;

  reset(bytes: Uint8Array, start: number, end: number, addPath: boolean, version: 4 | 6): void {
    this.#bytes = bytes;
    this.position = start;
    this.end = end;
    this.#addPath = addPath;
    this.#version = version;
    this.skipped = 0;
    this.word1 = 0;
    this.word2 = 0;
    this.word3 = 0;
    this.pathId = 0;
  }

  /** Moves to the next prefix; false behind the last one. */
  next(): boolean {
    return this.#version === 4 ? this.#nextIpv4() : this.#nextIpv6();
  }

  #nextIpv4(): boolean {
    const bytes = this.#bytes;
    while (this.position < this.end) {
      let at = this.position;
      if (this.#addPath) {
        if (at + 5 > this.end) return this.#stop();
        this.pathId = readU32(bytes, at);
        at += 4;
      }
      const length = bytes[at++];
      const next = at + ((length + 7) >> 3);
      if (length > 32 || next > this.end) return this.#stop();
      let word = 0;
      if (length > 24) word = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
      else if (length > 16) word = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8);
      else if (length > 8) word = (bytes[at] << 24) | (bytes[at + 1] << 16);
      else if (length > 0) word = bytes[at] << 24;
      this.position = next;
      this.length = length;
      this.word0 = (word & highBits(length)) >>> 0;
      if (!isMartianIpv4(this.word0, length)) return true;
      this.skipped++;
    }
    return false;
  }

  #nextIpv6(): boolean {
    const bytes = this.#bytes;
    while (this.position < this.end) {
      let at = this.position;
      if (this.#addPath) {
        if (at + 5 > this.end) return this.#stop();
        this.pathId = readU32(bytes, at);
        at += 4;
      }
      const length = bytes[at++];
      const next = at + ((length + 7) >> 3);
      if (length > 128 || next > this.end) return this.#stop();
      this.position = next;
      this.length = length;
      this.word0 = this.#word(at, length);
      this.word1 = length > 32 ? this.#word(at + 4, length - 32) : 0;
      this.word2 = length > 64 ? this.#word(at + 8, length - 64) : 0;
      this.word3 = length > 96 ? this.#word(at + 12, length - 96) : 0;
      if (!isMartianIpv6(this.word0, this.word1, this.word2, length)) return true;
      this.skipped++;
    }
    return false;
  }

  /** The word at `at` of which `bits` bits are present (more than 32: all of it). */
  #word(at: number, bits: number): number {
    const bytes = this.#bytes;
    if (bits >= 32) return readU32(bytes, at);
    let word = 0;
    if (bits > 0) word = bytes[at] << 24;
    if (bits > 8) word |= bytes[at + 1] << 16;
    if (bits > 16) word |= bytes[at + 2] << 8;
    if (bits > 24) word |= bytes[at + 3];
    return (word & highBits(bits)) >>> 0;
  }

  #stop(): false {
    this.position = this.end;
    return false;
  }
}
