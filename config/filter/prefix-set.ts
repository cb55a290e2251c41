/**
 * Prefix sets: `[ 10.0.0.0/8, 10.0.0.0/8+, 172.16.0.0/12-, 192.168.0.0/16{24,32} ]`.
 *
 * An item is a base prefix P and a set of lengths. A route prefix R of length n is in the set if n is one of the
 * lengths and P and R agree in their first min(n, length of P) bits: longer ones are inside P, shorter ones cover it.
 *
 * The items live in a path-compressed binary trie in typed arrays. Each node has a prefix and a bit per length n:
 *
 *     n > node length    some item at or above this node takes prefixes of length n below its base
 *     n <= node length   some item at or below this node takes the covering prefix of length n; or one above, as before
 *
 * so a search walks down once and looks at one bit of the last node. Cost: one step a branch on the way, at most 32 or
 * 128 of them, about log2 of the number of items in practice; nothing is allocated. Larger IPv4 sets know for each first
 * octet how far down it leads: half of the way of a set of hundreds.
 */
import { formatIpv4Word, formatIpv6Words, type PolicyRoute } from '../../bgp/index.ts';
import { NetType } from './types.ts';
import { type Network, wordMask } from './value.ts';

export interface PrefixSetItem {
  readonly net: Network;
  /** Lengths, both included. */
  readonly low: number;
  readonly high: number;
}

/** A base prefix with all its lengths, as bits; what is left of the items after sorting. */
interface Base {
  readonly words: readonly number[];
  readonly length: number;
  readonly lengths: Uint32Array;
}

const NONE = -1;
/** Smaller tries are as fast without entries. */
const ENTRIES_FROM_NODES = 16;
const MASK = new Uint32Array(33);
for (let bits = 0; bits <= 32; bits++) MASK[bits] = wordMask(bits);

export class PrefixSet {
  /** 0: the empty set, which belongs to no family. */
  readonly version: 0 | 4 | 6;
  private readonly bases: readonly Base[];
  /** Words of a prefix: 1 or 4. */
  private readonly stride: number;
  /** Words of a set of lengths: 2 or 5. */
  private readonly span: number;
  /** Per node: length, prefix words, children for a 0 and a 1 bit, lengths. Node 0 is the root, of length 0. */
  private readonly length: Uint8Array;
  private readonly prefix: Uint32Array;
  private readonly child: Int32Array;
  private readonly lengths: Uint32Array;
  /** Last node with up to 8 bits on the way of each first octet; empty where every search begins at the root. */
  private readonly entries: Int32Array;

  /** All items are of one family. */
  constructor(items: readonly PrefixSetItem[]) {
    this.version = items.length === 0 ? 0 : items[0]!.net.version;
    this.stride = this.version === 6 ? 4 : 1;
    this.span = this.version === 6 ? 5 : 2;
    this.bases = mergeItems(items, this.stride, this.span);
    const trie = new TrieBuilder(this.stride, this.span);
    for (const base of this.bases) trie.add(base);
    trie.fillLengths(this.bases);
    this.length = Uint8Array.from(trie.length);
    this.prefix = Uint32Array.from(trie.prefix);
    this.child = Int32Array.from(trie.child);
    this.lengths = trie.lengths;
    this.entries = new Int32Array(this.version === 4 && this.length.length >= ENTRIES_FROM_NODES ? 256 : 0);
    for (let octet = 0; octet < this.entries.length; octet++) this.entries[octet] = this.entryOf(octet << 24);
  }

  private entryOf(word: number): number {
    const { length, prefix, child } = this;
    let entry = 0;
    for (
      let node = 0;
      node !== NONE && length[node]! <= 8;
      node = child[2 * node + ((word >>> (31 - length[node]!)) & 1)]!
    ) {
      if (((word ^ prefix[node]!) & MASK[length[node]!]!) !== 0) break;
      entry = node;
    }
    return entry;
  }

  matchesRoute(route: PolicyRoute): boolean {
    if (route.version !== this.version) return false;
    return this.version === 4
      ? this.matches4(route.word0, route.length)
      : this.matches6(route.word0, route.word1, route.word2, route.word3, route.length);
  }

  /** Networks with more than one prefix, and those without any, are in no set. */
  matches(net: Network): boolean {
    if (net.version !== this.version || net.type > NetType.Roa6) return false;
    return this.version === 4
      ? this.matches4(net.w0, net.length)
      : this.matches6(net.w0, net.w1, net.w2, net.w3, net.length);
  }

  private matches4(word: number, bits: number): boolean {
    const { length, prefix, child, lengths } = this;
    const first = bits >= 8 && this.entries.length !== 0 ? this.entries[word >>> 24]! : 0;
    let covering = first;
    let node = first;
    while (node !== NONE) {
      const own = length[node]!;
      if (bits <= own) {
        if (((word ^ prefix[node]!) & MASK[bits]!) === 0) covering = node;
        break;
      }
      if (((word ^ prefix[node]!) & MASK[own]!) !== 0) break;
      covering = node;
      node = child[2 * node + ((word >>> (31 - own)) & 1)]!;
    }
    return ((lengths[2 * covering + (bits >>> 5)]! >>> (bits & 31)) & 1) !== 0;
  }

  private matches6(w0: number, w1: number, w2: number, w3: number, bits: number): boolean {
    const { length, child, lengths } = this;
    let covering = 0;
    let node = 0;
    while (node !== NONE) {
      const own = length[node]!;
      if (bits <= own) {
        if (this.agrees6(node, w0, w1, w2, w3, bits)) covering = node;
        break;
      }
      if (!this.agrees6(node, w0, w1, w2, w3, own)) break;
      covering = node;
      const word = own < 32 ? w0 : own < 64 ? w1 : own < 96 ? w2 : w3;
      node = child[2 * node + ((word >>> (31 - (own & 31))) & 1)]!;
    }
    return ((lengths[5 * covering + (bits >>> 5)]! >>> (bits & 31)) & 1) !== 0;
  }

  private agrees6(node: number, w0: number, w1: number, w2: number, w3: number, bits: number): boolean {
    const { prefix } = this;
    const at = 4 * node;
    if (bits <= 32) return ((w0 ^ prefix[at]!) & MASK[bits]!) === 0;
    if (((w0 ^ prefix[at]!) | 0) !== 0) return false;
    if (bits <= 64) return ((w1 ^ prefix[at + 1]!) & MASK[bits - 32]!) === 0;
    if (((w1 ^ prefix[at + 1]!) | 0) !== 0) return false;
    if (bits <= 96) return ((w2 ^ prefix[at + 2]!) & MASK[bits - 64]!) === 0;
    return ((w2 ^ prefix[at + 2]!) | 0) === 0 && ((w3 ^ prefix[at + 3]!) & MASK[bits - 96]!) === 0;
  }

  /** The same bases with the same lengths. */
  equals(other: PrefixSet): boolean {
    return this.key() === other.key();
  }

  /** Canonical text of the content: equal sets have equal keys, however they were written. */
  key(): string {
    return this.bases
      .map((base) => `${base.words.join('.')}/${base.length}{${Array.from(base.lengths).join('.')}}`)
      .join(' ');
  }

  /**
   * BIRD's form: each base with its lengths as a bit mask, the most significant bit standing for length 1. Length 0
   * stands alone, and covering prefixes of lengths 1 to 3 each get an entry of their own.
   */
  toString(): string {
    const entries = new Map<string, Base>();
    const put = (base: Base, length: number, n: number): void => {
      const words = base.words.map((word, i) => (word & wordMask(length - 32 * i)) >>> 0);
      // The entry for length 0 has no mask; it must not merge with the masks of the same base.
      const key = `${words.join('.')}/${length}${n === 0 ? '!' : ''}`;
      let entry = entries.get(key);
      if (entry === undefined) {
        entry = { words, length, lengths: new Uint32Array(this.span) };
        entries.set(key, entry);
      }
      entry.lengths[n >>> 5]! |= 1 << (n & 31);
    };
    for (const base of this.bases) {
      for (let n = 0; n < 32 * this.span; n++) {
        if (!hasBit(base.lengths, n)) continue;
        if (n < 4 && n < base.length) put(base, n, n);
        if (n > 0) put(base, base.length, n);
        else if (base.length === 0) put(base, 0, 0);
      }
    }
    const texts = [...entries.values()].sort(compareBases).map((entry) => this.entryText(entry));
    return `[${texts.join(', ')}]`;
  }

  private entryText(entry: Base): string {
    const base = `${this.addressText(entry.words)}/${entry.length}`;
    if (hasBit(entry.lengths, 0)) return base;
    const mask = entry.words.map(() => 0);
    for (let n = 1; n <= 32 * this.stride; n++) {
      if (hasBit(entry.lengths, n)) mask[(n - 1) >>> 5]! |= 0x80000000 >>> ((n - 1) & 31);
    }
    return `${base}{${this.addressText(mask.map((word) => word >>> 0))}}`;
  }

  private addressText(words: readonly number[]): string {
    if (this.version === 4) return formatIpv4Word(words[0]!);
    return formatIpv6Words(words.flatMap((word) => [word >>> 16, word & 0xffff]));
  }
}

function hasBit(lengths: Uint32Array, n: number): boolean {
  return ((lengths[n >>> 5]! >>> (n & 31)) & 1) !== 0;
}

function compareBases(a: Base, b: Base): number {
  for (let i = 0; i < a.words.length; i++) {
    if (a.words[i] !== b.words[i]) return a.words[i]! - b.words[i]!;
  }
  // An entry for length 0 comes before the masks of the same base.
  return a.length - b.length || (hasBit(a.lengths, 0) ? -1 : hasBit(b.lengths, 0) ? 1 : 0);
}

/** Items to distinct bases in order of address and length, which is also the order of a walk through the trie. */
function mergeItems(items: readonly PrefixSetItem[], stride: number, span: number): Base[] {
  const all = items.map(({ net, low, high }): Base => {
    const lengths = new Uint32Array(span);
    for (let n = low; n <= high; n++) lengths[n >>> 5]! |= 1 << (n & 31);
    return { words: [net.w0, net.w1, net.w2, net.w3].slice(0, stride), length: net.length, lengths };
  });
  all.sort((a, b) => {
    for (let i = 0; i < stride; i++) if (a.words[i] !== b.words[i]) return a.words[i]! - b.words[i]!;
    return a.length - b.length;
  });
  const merged: Base[] = [];
  for (const base of all) {
    const last = merged.at(-1);
    if (last !== undefined && last.length === base.length && last.words.every((word, i) => word === base.words[i])) {
      for (let i = 0; i < span; i++) last.lengths[i]! |= base.lengths[i]!;
    } else {
      merged.push(base);
    }
  }
  return merged;
}

/** Builds the node arrays from bases that come in order. */
class TrieBuilder {
  readonly length: number[] = [0];
  readonly prefix: number[] = [];
  readonly child: number[] = [NONE, NONE];
  lengths = new Uint32Array(0);
  private readonly stride: number;
  private readonly span: number;
  /** Nodes that cover the base added last, from the root down. */
  private readonly path: number[] = [0];

  constructor(stride: number, span: number) {
    this.stride = stride;
    this.span = span;
    for (let i = 0; i < stride; i++) this.prefix.push(0);
  }

  add(base: Base): void {
    while (!this.covers(this.path.at(-1)!, base)) this.path.pop();
    const top = this.path.at(-1)!;
    if (this.length[top] === base.length) return; // the root, for a base of length 0
    const side = 2 * top + bitOf(base.words, this.length[top]!);
    const below = this.child[side]!;
    const node = this.newNode(base.words, base.length);
    if (below === NONE) {
      this.child[side] = node;
      this.path.push(node);
      return;
    }
    const common = this.commonLength(below, base);
    const branch = this.newNode(base.words, common);
    this.child[2 * branch + bitOf(this.wordsOf(below), common)] = below;
    this.child[2 * branch + bitOf(base.words, common)] = node;
    this.child[side] = branch;
    this.path.push(branch, node);
  }

  /** Sets the bits of every node, once all bases are in their places. */
  fillLengths(bases: readonly Base[]): void {
    this.lengths = new Uint32Array(this.length.length * this.span);
    for (const base of bases) this.markPath(base);
    // Children inherit what the nodes above take. Nodes that were made later may stand above earlier ones, so walk.
    const stack = [0];
    while (stack.length > 0) {
      const node = stack.pop()!;
      for (const below of [this.child[2 * node]!, this.child[2 * node + 1]!]) {
        if (below === NONE) continue;
        for (let n = this.length[node]! + 1; n <= 32 * this.stride; n++) if (this.has(node, n)) this.set(below, n);
        stack.push(below);
      }
    }
  }

  /** The lengths of one base: those below it at its own node, those above it at the nodes on the way. */
  private markPath(base: Base): void {
    let from = 0;
    for (let node = 0; ; node = this.child[2 * node + bitOf(base.words, this.length[node]!)]!) {
      const own = this.length[node]!;
      const to = own === base.length ? 32 * this.stride : own;
      for (let n = from; n <= to; n++) if (hasBit(base.lengths, n)) this.set(node, n);
      if (own === base.length) return;
      from = own + 1;
    }
  }

  private has(node: number, n: number): boolean {
    return ((this.lengths[node * this.span + (n >>> 5)]! >>> (n & 31)) & 1) !== 0;
  }

  private set(node: number, n: number): void {
    this.lengths[node * this.span + (n >>> 5)]! |= 1 << (n & 31);
  }

  private newNode(words: readonly number[], length: number): number {
    const node = this.length.length;
    this.length.push(length);
    for (let i = 0; i < this.stride; i++) this.prefix.push((words[i]! & wordMask(length - 32 * i)) >>> 0);
    this.child.push(NONE, NONE);
    return node;
  }

  private wordsOf(node: number): readonly number[] {
    return this.prefix.slice(this.stride * node, this.stride * (node + 1));
  }

  private covers(node: number, base: Base): boolean {
    return this.commonLength(node, base) === this.length[node];
  }

  /** Leading bits in which a node and a base agree, at most the length of the shorter. */
  private commonLength(node: number, base: Base): number {
    const limit = Math.min(this.length[node]!, base.length);
    let bits = 0;
    for (let i = 0; i < this.stride; i++) {
      const same = Math.clz32(this.prefix[this.stride * node + i]! ^ base.words[i]!);
      bits += same;
      if (same < 32) break;
    }
    return Math.min(bits, limit);
  }
}

function bitOf(words: readonly number[], index: number): number {
  return (words[index >>> 5]! >>> (31 - (index & 31))) & 1;
}
