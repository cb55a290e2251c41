/**
 * What an update group answered about attribute sets, so that it is not worked out for every prefix again: direct-mapped
 * lines of eight words, one line of the processor's cache for two of them.
 *
 *     | attribute | serial | class of the source | version of next hops | refusal | result | serial of the result | class of the prefix |
 *
 * No line holds a reference: it counts only while both sets still have their serial and the forwarding of the next hop
 * is what it was. Result 0 with a serial: the reason of a refusal; result 0 and serial 0: not worked out yet. Versions
 * are kept in 32 bits; beyond that a line is merely never found current.
 *
 * Cost: 32 octets a line; one line for each attribute set, up to a mebibyte.
 */
import type { AttributeId } from './ids.ts';

const FIRST_LINES = 256;
const MAX_LINES = 1 << 15;
const WORDS = 8;

/** Words of a line. */
export const Line = {
  Attribute: 0,
  Serial: 1,
  Class: 2,
  Version: 3,
  Refusal: 4,
  Result: 5,
  ResultSerial: 6,
  PrefixClass: 7,
} as const;

export class VerdictCache {
  /** A line begins at the offset that `at` gives. */
  words: Uint32Array = new Uint32Array(WORDS * FIRST_LINES);
  #mask = FIRST_LINES - 1;

  get bytes(): number {
    return this.words.byteLength;
  }

  /** Forgets everything and gives memory back. */
  clear(): void {
    this.words = new Uint32Array(WORDS * FIRST_LINES);
    this.#mask = FIRST_LINES - 1;
  }

  /** Offset of the line for a set, a class of sources and a class of prefixes. */
  at(attribute: AttributeId, sourceClass: number, prefixClass: number): number {
    if (attribute > this.#mask && this.#mask + 1 < MAX_LINES) this.#enlarge(attribute);
    return this.#offset(attribute, sourceClass, prefixClass);
  }

  #offset(attribute: number, sourceClass: number, prefixClass: number): number {
    const mixed = Math.imul(sourceClass, 0x9e37_79b1) ^ Math.imul(prefixClass, 0x85eb_ca6b);
    return ((attribute + mixed) & this.#mask) * WORDS;
  }

  #enlarge(attribute: AttributeId): void {
    let lines = this.#mask + 1;
    while (lines <= attribute && lines < MAX_LINES) lines *= 2;
    const old = this.words;
    this.words = new Uint32Array(WORDS * lines);
    this.#mask = lines - 1;
    for (let from = 0; from < old.length; from += WORDS) {
      if (old[from + Line.Attribute] === 0) continue;
      const to = this.#offset(old[from + Line.Attribute], old[from + Line.Class], old[from + Line.PrefixClass]);
      for (let i = 0; i < WORDS; i++) this.words[to + i] = old[from + i];
    }
  }
}
