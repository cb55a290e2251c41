/**
 * What the members of one update group have been sent, one route a prefix (RFC 4271 section 3.2, Adj-RIBs-Out).
 *
 *     sent       the set that went out (OutgoingSets, referenced); 0: the prefix is not announced
 *     except     where sent: the members that were left out, as slots: the one that the route came from, and in the
 *                high half the one that is the next hop. Elsewhere: the AdvertisementReason of the refusal, or 0 for
 *                a prefix without a route
 *
 * Cost: 8 octets a prefix and group, however many members. Rows are those of the table's PrefixTable; a row that is
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
  except: Uint32Array = new Uint32Array(64);
  /** Announced prefixes. */
  count = 0;
  /** The largest row that was ever written. */
  highWater = 0;

  get bytes(): number {
    return this.sent.byteLength + this.except.byteLength;
  }

  sentFor(prefix: PrefixId): OutgoingId {
    return (prefix <= this.highWater ? this.sent[prefix] : 0) as OutgoingId;
  }

  /** The refusal, or who was left out; see above. */
  exceptFor(prefix: PrefixId): number {
    return prefix <= this.highWater ? this.except[prefix] : 0;
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
    this.except[prefix] = except;
  }

  #extend(prefix: PrefixId): void {
    this.highWater = prefix;
    if (prefix < this.sent.length) return;
    const capacity = capacityFor(prefix, this.sent.length);
    this.sent = resized(this.sent, capacity);
    this.except = resized(this.except, capacity);
  }
}
