/**
 * What the members of one update group have been sent, one route a prefix (RFC 4271 section 3.2, Adj-RIBs-Out).
 *
 *     sent       the set that went out (OutgoingSets, referenced); 0: the prefix is not announced
 *     except     where sent: the members that were left out, as slots: the one that the route came from, and in the
 *                high half the one that is the next hop. Elsewhere: the AdvertisementReason of the refusal, or 0 for
 *                a prefix without a route
 *
 * Cost: 6 octets a prefix and group, 8 once a member was a next hop, however many members. Rows are those of the table's PrefixTable; a row that is
 * announced cannot be used for another prefix, as the reader of the group has not passed the withdrawal yet.
 */
import type { OutgoingId, PrefixId } from './ids.ts';
import { capacityFor, resized } from './storage/columns.ts';

/** Nobody is left out. */
export const NOBODY = 0;

/** The members that are not sent a route: who brought it, and who would be its next hop; 0: nobody. */
export function exclusion(ownerSlot: number, nextHopSlot: number): number {
  return nextHopSlot === ownerSlot ? ownerSlot : (ownerSlot | (nextHopSlot << 16)) >>> 0;
}

export function isExcluded(except: number, slot: number): boolean {
  return (except & 0xffff) === slot || except >>> 16 === slot;
}

/** `except` without that member. */
export function withoutSlot(except: number, slot: number): number {
  const owner = except & 0xffff;
  const nextHop = except >>> 16;
  return exclusion(owner === slot ? 0 : owner, nextHop === slot ? 0 : nextHop);
}

export class AdjRibOut {
  sent: Uint32Array = new Uint32Array(64);
  /** The low half of `except`, and the high half once there is one that is not 0. */
  #low = new Uint16Array(64);
  #high: Uint16Array | undefined;
  /** Announced prefixes. */
  count = 0;
  /** The largest row that was ever written. */
  highWater = 0;

  get bytes(): number {
    return this.sent.byteLength + this.#low.byteLength + (this.#high?.byteLength ?? 0);
  }

  sentFor(prefix: PrefixId): OutgoingId {
    return (prefix <= this.highWater ? this.sent[prefix] : 0) as OutgoingId;
  }

  /** The refusal, or who was left out; see above. */
  exceptFor(prefix: PrefixId): number {
    if (prefix > this.highWater) return 0;
    const low = this.#low[prefix];
    return this.#high === undefined ? low : (low | (this.#high[prefix] << 16)) >>> 0;
  }

  /** References are the caller's affair. */
  set(prefix: PrefixId, sent: OutgoingId, except: number): void {
    if (prefix > this.highWater) {
      if (sent === 0 && except === 0) return;
      this.#extend(prefix);
    }
    const before = this.sent[prefix];
    if (before === 0) {
      if (sent !== 0) this.count++;
    } else if (sent === 0) this.count--;
    this.sent[prefix] = sent;
    this.#low[prefix] = except;
    if (this.#high !== undefined) this.#high[prefix] = except >>> 16;
    else if (except > 0xffff) this.#withHigh()[prefix] = except >>> 16;
  }

  #withHigh(): Uint16Array {
    this.#high = new Uint16Array(this.sent.length);
    return this.#high;
  }

  #extend(prefix: PrefixId): void {
    this.highWater = prefix;
    if (prefix < this.sent.length) return;
    const capacity = capacityFor(prefix, this.sent.length);
    this.sent = resized(this.sent, capacity);
    this.#low = resized(this.#low, capacity);
    if (this.#high !== undefined) this.#high = resized(this.#high, capacity);
  }
}
