/**
 * Octet strings of many lengths, kept in chunks of 1 MiB instead of one object each.
 *
 *     address = chunk number * 2^20 + offset          (one u32, 4 GiB in all)
 *
 * A string gets a block of its size class: multiples of 8 octets up to 512, then four classes to each power of two.
 * A freed block waits in the list of its class; its first four octets hold the address of the next one. Blocks are
 * never merged; when the last string is freed all chunks but one are dropped and the arena starts over.
 *
 * Cost: at most 7 octets of padding below 512, a quarter above; no per-string header, the owner keeps the length.
 */
const CHUNK_BITS = 20;
const CHUNK_SIZE = 1 << CHUNK_BITS;
const OFFSET_MASK = CHUNK_SIZE - 1;
const SMALL_LIMIT = 512;
const SMALL_CLASSES = SMALL_LIMIT / 8;
/** Marks the end of a free list; no block starts here, as blocks are multiples of 8. */
const END = 0xffff_ffff;

/** Chunks that an address of 32 bits can name. */
const MAX_CHUNKS = 4096;

/** Longest string an arena takes. */
export const ARENA_LIMIT = CHUNK_SIZE;

export class Arena {
  readonly #chunks: Uint8Array[] = [];
  /** The same chunks as words of the machine. */
  readonly #words: Uint32Array[] = [];
  /** Next unused octet of the last chunk. */
  #top = CHUNK_SIZE;
  #used = 0;
  readonly #free = new Uint32Array(SMALL_CLASSES + 4 * (CHUNK_BITS - 9) + 1).fill(END);

  /** Octets of all blocks in use, padding included. */
  get bytesUsed(): number {
    return this.#used;
  }

  /** Octets held from the system. */
  get bytes(): number {
    return this.#chunks.length * CHUNK_SIZE;
  }

  chunk(address: number): Uint8Array {
    return this.#chunks[address >>> CHUNK_BITS];
  }

  /** The chunk's words; the block's first one is at `offset / 4`. */
  words(address: number): Uint32Array {
    return this.#words[address >>> CHUNK_BITS];
  }

  offset(address: number): number {
    return address & OFFSET_MASK;
  }

  /** Room for `length` octets (1 to ARENA_LIMIT), with arbitrary contents; -1 if 4 GiB are in use. */
  allocate(length: number): number {
    const sizeClass = classOf(length);
    const size = classSize(sizeClass);
    const address = this.#free[sizeClass];
    if (address !== END) {
      this.#used += size;
      const chunk = this.#chunks[address >>> CHUNK_BITS];
      const at = address & OFFSET_MASK;
      this.#free[sizeClass] = (chunk[at] | (chunk[at + 1] << 8) | (chunk[at + 2] << 16) | (chunk[at + 3] << 24)) >>> 0;
      return address;
    }
    if (this.#top + size > CHUNK_SIZE) {
      if (this.#chunks.length === MAX_CHUNKS) return -1;
      const chunk = new Uint8Array(CHUNK_SIZE);
      this.#chunks.push(chunk);
      this.#words.push(new Uint32Array(chunk.buffer));
      this.#top = 0;
    }
    const offset = this.#top;
    this.#top += size;
    this.#used += size;
    return (this.#chunks.length - 1) * CHUNK_SIZE + offset;
  }

  /** Returns a block; `length` as it was allocated. */
  free(address: number, length: number): void {
    const sizeClass = classOf(length);
    this.#used -= classSize(sizeClass);
    if (this.#used === 0) {
      this.#chunks.length = 1;
      this.#words.length = 1;
      this.#top = 0;
      this.#free.fill(END);
      return;
    }
    const chunk = this.#chunks[address >>> CHUNK_BITS];
    const at = address & OFFSET_MASK;
    const next = this.#free[sizeClass];
    chunk[at] = next;
    chunk[at + 1] = next >>> 8;
    chunk[at + 2] = next >>> 16;
    chunk[at + 3] = next >>> 24;
    this.#free[sizeClass] = address;
  }
}

function classOf(length: number): number {
  if (length <= SMALL_LIMIT) return (length + 7) >>> 3;
  // 512 < length: the power of two below, and which quarter of the way to the next one is needed.
  const power = 31 - Math.clz32(length - 1);
  const quarter = (length - 1 - (1 << power)) >>> (power - 2);
  return SMALL_CLASSES + 1 + 4 * (power - 9) + quarter;
}

function classSize(sizeClass: number): number {
  if (sizeClass <= SMALL_CLASSES) return 8 * sizeClass;
  const step = sizeClass - SMALL_CLASSES - 1;
  const power = 9 + (step >>> 2);
  return (1 << power) + (((step & 3) + 1) << (power - 2));
}
