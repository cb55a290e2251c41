/**
 * Which prefixes of a session were refused lately, and why: what was treated as withdrawn (RFC 7606), and what looped.
 * There is no trace of them in any table, so this is what `show route ... why` and `show protocols all` know them by.
 *
 * A ring of fixed size, made with the first refusal: the newest ones count, and a peer that sends nothing but nonsense
 * costs no more than one that errs once. Reasons are kept as they were found and become text when somebody asks.
 */
import {
  type AddressFamily,
  formatIp,
  formatProblem,
  IPV4_UNICAST,
  NlriCursor,
  type NlriField,
  type Prefix,
  readU32,
  type UpdateProblem,
  writeU32,
} from '../../bgp/index.ts';

/** Prefixes remembered. */
const SLOTS = 256;
/** Of one field of an UPDATE. */
const MOST_AT_ONCE = 32;
const WORDS = 4;

export interface Refusal {
  readonly prefix: string;
  /** `ORIGIN: unknown value (RFC 7606 7.1)` */
  readonly reason: string;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
}

interface Ring {
  readonly words: Uint32Array;
  readonly lengths: Uint8Array;
  readonly families: (AddressFamily | undefined)[];
  readonly problems: (UpdateProblem | undefined)[];
  readonly times: Float64Array;
}

export class Refusals {
  readonly #now: () => number;
  readonly #cursor = new NlriCursor();
  #ring: Ring | undefined;
  /** Refusals noted so far; the newest one is at `noted - 1` modulo SLOTS. */
  #noted = 0;

  /** @param now wall clock, milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now;
  }

  note(bytes: Uint8Array, field: NlriField, problem: UpdateProblem): void {
    const { family } = field;
    if (family === undefined || field.start === field.end) return;
    this.#ring ??= makeRing();
    const { words, lengths, families, problems, times } = this.#ring;
    const at = this.#now();
    const cursor = this.#cursor;
    cursor.reset(bytes, field.start, field.end, field.addPath, family.version);
    for (let count = 0; count < MOST_AT_ONCE && cursor.next(); count++) {
      const slot = this.#noted++ % SLOTS;
      words[WORDS * slot] = cursor.word0;
      words[WORDS * slot + 1] = cursor.word1;
      words[WORDS * slot + 2] = cursor.word2;
      words[WORDS * slot + 3] = cursor.word3;
      lengths[slot] = cursor.length;
      families[slot] = family;
      problems[slot] = problem;
      times[slot] = at;
    }
  }

  /** The newest refusal of this prefix. */
  of(family: AddressFamily, prefix: Prefix): Refusal | undefined {
    const ring = this.#ring;
    if (ring === undefined) return undefined;
    const { bytes } = prefix;
    const wanted = Array.from({ length: bytes.length / 4 }, (_, i) => readU32(bytes, 4 * i));
    for (let back = 1; back <= Math.min(this.#noted, SLOTS); back++) {
      const slot = (this.#noted - back) % SLOTS;
      if (ring.families[slot] !== family || ring.lengths[slot] !== prefix.length) continue;
      if (wanted.every((word, i) => ring.words[WORDS * slot + i] === word)) return this.#at(slot);
    }
    return undefined;
  }

  get last(): Refusal | undefined {
    return this.#noted === 0 ? undefined : this.#at((this.#noted - 1) % SLOTS);
  }

  #at(slot: number): Refusal | undefined {
    const ring = this.#ring;
    const problem = ring?.problems[slot];
    if (ring === undefined || problem === undefined) return undefined;
    const family = ring.families[slot] ?? IPV4_UNICAST;
    const octets = new Uint8Array(family.addressLength);
    for (let word = 0; 4 * word < octets.length; word++) writeU32(octets, 4 * word, ring.words[WORDS * slot + word]!);
    const address = formatIp(octets, 0, family.addressLength);
    return {
      prefix: `${address}/${ring.lengths[slot]}`,
      reason: formatProblem(problem),
      at: ring.times[slot] ?? 0,
    };
  }
}

function makeRing(): Ring {
  return {
    words: new Uint32Array(WORDS * SLOTS),
    lengths: new Uint8Array(SLOTS),
    families: Array<AddressFamily | undefined>(SLOTS).fill(undefined),
    problems: Array<UpdateProblem | undefined>(SLOTS).fill(undefined),
    times: new Float64Array(SLOTS),
  };
}
