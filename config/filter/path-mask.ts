/**
 * AS path masks: `[= 65000 * [1, 2] ? 64512..65534 + =]`, matched against a whole AS_PATH.
 *
 * A mask of m items is an automaton with m + 1 states, state i meaning "the first i items are satisfied". Reading the
 * path from the left moves a set of states to the right:
 *
 *     AS number x in a sequence   i -> i + 1 if item i matches x;  i -> i if item i is `*`, or item i - 1 is a loop
 *                                 (`x +`) and matches x
 *     AS_SET                      stands for any sequence of its members, repeated or not, of one or more: after the
 *                                 first member states flow to the right through every item that matches some member
 *     `*`                         is satisfied by nothing: i -> i + 1 without reading
 *
 * The path matches if state m is reached at its end. Confederation segments count as plain ones (RFC 5065).
 *
 * Cost: path length x active states, whatever the mask: no backtracking. Masks of up to 31 items keep their states in
 * one number. `* x *`, which is what most masks are, asks for a member anywhere and needs no states at all.
 */
import type { ValueSet } from './value-set.ts';

export type MaskItem =
  /** AS numbers from..to. */
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'set'; readonly set: ValueSet }
  /** `?` */
  | { readonly kind: 'any' }
  /** `*` */
  | { readonly kind: 'star' }
  /** `+`: once more and again the item before it. Never first. */
  | { readonly kind: 'loop' };

/** AS_SET (RFC 4271) and AS_CONFED_SET (RFC 5065). */
const AS_SET = 1;
const AS_CONFED_SET = 4;

const WORD_ITEMS = 31;

export class PathMask {
  readonly items: readonly MaskItem[];
  /** One per state but the last; loops are folded into the item that they repeat. */
  private readonly from: Uint32Array;
  private readonly to: Uint32Array;
  private readonly sets: readonly (ValueSet | undefined)[];
  private readonly star: Uint8Array;
  private readonly loop: Uint8Array;
  private readonly length: number;
  /** Scratch of `itemsOfSet`. */
  private readonly taken: Uint8Array;
  private readonly starBits: number;
  private readonly loopBits: number;
  /** The mask is `* x *`. */
  private readonly anywhere: boolean;

  constructor(items: readonly MaskItem[]) {
    this.items = items;
    const from: number[] = [];
    const to: number[] = [];
    const sets: (ValueSet | undefined)[] = [];
    const star: number[] = [];
    const loop: number[] = [];
    for (const item of items) {
      if (item.kind === 'loop') {
        loop[loop.length - 1] = 1;
        continue;
      }
      // A star repeated is a star.
      from.push(item.kind === 'range' ? item.from : 0);
      to.push(item.kind === 'range' ? item.to : 0xffffffff);
      sets.push(item.kind === 'set' ? item.set : undefined);
      star.push(item.kind === 'star' ? 1 : 0);
      loop.push(0);
    }
    this.length = from.length;
    this.taken = new Uint8Array(from.length);
    this.from = Uint32Array.from(from);
    this.to = Uint32Array.from(to);
    this.sets = sets;
    this.star = Uint8Array.from(star);
    this.loop = Uint8Array.from(loop);
    this.starBits = bitsOf(star);
    this.loopBits = bitsOf(loop);
    this.anywhere = star.join('') === '101' && !loop.includes(1);
  }

  /** `path`: segments as in RFC 4271 section 4.3 with four-octet AS numbers. */
  matches(path: Uint8Array): boolean {
    if (this.anywhere) return this.matchesAnywhere(path);
    return this.length <= WORD_ITEMS ? this.matchesInWord(path) : this.matchesInArray(path);
  }

  private matchesAnywhere(path: Uint8Array): boolean {
    const from = this.from[1]!;
    const to = this.to[1]!;
    const set = this.sets[1];
    for (let at = 0; at + 2 <= path.length; ) {
      const next = at + 2 + 4 * path[at + 1]!;
      const end = Math.min(next, path.length - 3);
      for (let i = at + 2; i < end; i += 4) {
        const asn = asnAt(path, i);
        if (set === undefined ? asn >= from && asn <= to : set.hasNumber(asn)) return true;
      }
      at = next;
    }
    return false;
  }

  private itemMatches(item: number, asn: number): boolean {
    const set = this.sets[item];
    return set === undefined ? asn >= this.from[item]! && asn <= this.to[item]! : set.hasNumber(asn);
  }

  /** 1 for each item that matches a member of the segment whose numbers begin at `at`. */
  private itemsOfSet(path: Uint8Array, at: number, end: number): Uint8Array {
    const { taken } = this;
    for (let item = 0; item < this.length; item++) {
      taken[item] = 0;
      for (let i = at; i < end && taken[item] === 0; i += 4)
        if (this.itemMatches(item, asnAt(path, i))) taken[item] = 1;
    }
    return taken;
  }

  // ------------------------------------------------------------------------------------------------- states as bits

  private matchesInWord(path: Uint8Array): boolean {
    let states = this.throughStars(1);
    for (let at = 0; at + 2 <= path.length && states !== 0; ) {
      const type = path[at]!;
      const end = Math.min(at + 2 + 4 * path[at + 1]!, path.length - 3);
      at += 2;
      if (type === AS_SET || type === AS_CONFED_SET) {
        states = this.setInWord(states, this.itemsOfSet(path, at, end));
      } else {
        for (let i = at; i < end && states !== 0; i += 4) states = this.stepInWord(states, asnAt(path, i));
      }
      at = at + 4 * path[at - 1]!;
    }
    return ((states >>> this.length) & 1) !== 0;
  }

  /** States after one AS number. */
  private stepInWord(states: number, asn: number): number {
    let next = 0;
    const alive = states & ~(1 << this.length);
    for (let bits = alive; bits !== 0; bits &= bits - 1) {
      const item = 31 - Math.clz32(bits & -bits);
      if (((this.starBits >>> item) & 1) !== 0) next |= 1 << item;
      else if (this.itemMatches(item, asn)) next |= 2 << item;
    }
    for (let bits = (states >>> 1) & this.loopBits; bits !== 0; bits &= bits - 1) {
      const item = 31 - Math.clz32(bits & -bits);
      if (this.itemMatches(item, asn)) next |= 2 << item;
    }
    return this.throughStars(next);
  }

  /** States after a set, whose members match the items in `taken`. */
  private setInWord(states: number, taken: Uint8Array): number {
    let next = 0;
    for (let item = 0; item < this.length; item++) {
      const star = ((this.starBits >>> item) & 1) !== 0;
      const here = ((states >>> item) & 1) !== 0;
      const behind = ((states >>> (item + 1)) & 1) !== 0;
      const loops = ((this.loopBits >>> item) & 1) !== 0;
      if (star && here) next |= 1 << item;
      if (((next >>> item) & 1) !== 0 && (star || taken[item] !== 0)) next |= 2 << item;
      if (taken[item] !== 0 && ((here && !star) || (behind && loops))) next |= 2 << item;
    }
    return next;
  }

  private throughStars(states: number): number {
    for (let bits = states & this.starBits; bits !== 0; ) {
      const next = (bits << 1) & ~states;
      states |= next;
      bits = next & this.starBits;
    }
    return states;
  }

  // ------------------------------------------------------------------------------------------------- states as octets

  private matchesInArray(path: Uint8Array): boolean {
    let states = new Uint8Array(this.length + 1);
    let next = new Uint8Array(this.length + 1);
    states[0] = 1;
    this.throughStarsInArray(states);
    for (let at = 0; at + 2 <= path.length; ) {
      const type = path[at]!;
      const end = Math.min(at + 2 + 4 * path[at + 1]!, path.length - 3);
      at += 2;
      if (type === AS_SET || type === AS_CONFED_SET) {
        this.setInArray(states, next, this.itemsOfSet(path, at, end));
        [states, next] = [next, states];
      } else {
        for (let i = at; i < end; i += 4) {
          this.stepInArray(states, next, asnAt(path, i));
          [states, next] = [next, states];
        }
      }
      at = at + 4 * path[at - 1]!;
    }
    return states[this.length] !== 0;
  }

  private stepInArray(states: Uint8Array, next: Uint8Array, asn: number): void {
    next.fill(0);
    for (let item = 0; item < this.length; item++) {
      if (states[item] !== 0) {
        if (this.star[item] !== 0) next[item] = 1;
        else if (this.itemMatches(item, asn)) next[item + 1] = 1;
      }
      if (states[item + 1] !== 0 && this.loop[item] !== 0 && this.itemMatches(item, asn)) next[item + 1] = 1;
    }
    this.throughStarsInArray(next);
  }

  private setInArray(states: Uint8Array, next: Uint8Array, taken: Uint8Array): void {
    next.fill(0);
    for (let item = 0; item < this.length; item++) {
      const star = this.star[item] !== 0;
      if (star && states[item] !== 0) next[item] = 1;
      if (next[item] !== 0 && (star || taken[item] !== 0)) next[item + 1] = 1;
      if (taken[item] === 0) continue;
      if ((states[item] !== 0 && !star) || (states[item + 1] !== 0 && this.loop[item] !== 0)) next[item + 1] = 1;
    }
  }

  private throughStarsInArray(states: Uint8Array): void {
    for (let item = 0; item < this.length; item++) {
      if (states[item] !== 0 && this.star[item] !== 0) states[item + 1] = 1;
    }
  }

  equals(other: PathMask): boolean {
    return this.key() === other.key();
  }

  /** Canonical text: masks that are written alike have equal keys. */
  key(): string {
    return this.items
      .map((item) => {
        if (item.kind === 'range') return `${item.from}-${item.to}`;
        return item.kind === 'set' ? `[${item.set.key()}]` : item.kind;
      })
      .join(' ');
  }
}

function bitsOf(flags: readonly number[]): number {
  let bits = 0;
  for (let i = 0; i < Math.min(flags.length, WORD_ITEMS); i++) if (flags[i] === 1) bits |= 1 << i;
  return bits;
}

function asnAt(path: Uint8Array, at: number): number {
  return ((path[at]! << 24) | (path[at + 1]! << 16) | (path[at + 2]! << 8) | path[at + 3]!) >>> 0;
}
