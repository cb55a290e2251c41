/**
 * What the routes of an update group are sent with. An OutgoingId says it in one of two ways:
 *
 *     4 * row               a record of its own in the RecordTable that all groups share
 *     4 * attribute + form  what the session makes of an attribute set that nothing but the session's own facts changes,
 *                           written when it is encoded; `form` says what becomes of the next hop (RewriteForm)
 *
 * Most sets of a full table are of the second kind: nothing is hashed, compared, copied or kept for them but a reference
 * to the attribute set. Two ids of one group may stand for the same octets; `isSame` tells. Ids of the second kind mean
 * nothing beyond the group and its present rules: `keep` makes one of the first kind out of them.
 */
import { type Advertisement, RewriteForm } from './advertisement.ts';
import type { AttributeTable } from './attribute-table.ts';
import type { AttributeId, OutgoingId } from './ids.ts';
import type { RecordTable } from './record-table.ts';

const NONE = 0 as OutgoingId;
const NO_OCTETS = new Uint8Array(0);

export class OutgoingSets {
  /** After `load`: the record is `bytes[start, end)`, valid until the next `load` and the next question to the rules. */
  bytes: Uint8Array = NO_OCTETS;
  start = 0;
  end = 0;
  readonly #records: RecordTable;
  readonly #attributes: AttributeTable;
  #rules: Advertisement;
  #copy = new Uint8Array(256);
  /** The last two that were compared, and the outcome; no reference is held, so serials are kept. */
  #left = NONE;
  #right = NONE;
  #leftSerial = 0;
  #rightSerial = 0;
  #wereSame = false;

  constructor(records: RecordTable, attributes: AttributeTable, rules: Advertisement) {
    this.#records = records;
    this.#attributes = attributes;
    this.#rules = rules;
  }

  /** Other rules. Ids made by `rewritten` must not be left. */
  setRules(rules: Advertisement): void {
    this.#rules = rules;
    this.#left = NONE;
  }

  /** The id of a record, with one more reference; 0 if there is no room for it. */
  intern(bytes: Uint8Array, start: number, end: number): OutgoingId {
    return (4 * this.#records.intern(bytes, start, end, end, 0)) as OutgoingId;
  }

  /** What the rules make of an attribute set, with one more reference. `form` is what `formOf` said about it. */
  rewritten(attribute: AttributeId, form: RewriteForm): OutgoingId {
    this.#attributes.retain(attribute);
    return (4 * attribute + form) as OutgoingId;
  }

  retain(id: OutgoingId): void {
    if ((id & 3) === 0) this.#records.retain(id >>> 2);
    else this.#attributes.retain((id >>> 2) as AttributeId);
  }

  release(id: OutgoingId): void {
    if ((id & 3) === 0) this.#records.release(id >>> 2);
    else this.#attributes.release((id >>> 2) as AttributeId);
  }

  /** Another set under the same id has another serial; 0 while the id stands for nothing. */
  serial(id: OutgoingId): number {
    return (id & 3) === 0 ? this.#records.serial[id >>> 2] : this.#attributes.serial[id >>> 2];
  }

  load(id: OutgoingId): void {
    const number = id >>> 2;
    if ((id & 3) === 0) {
      this.bytes = this.#records.chunk(number);
      this.start = this.#records.start(number);
      this.end = this.#records.wireEnd(number);
      return;
    }
    const attributes = this.#attributes;
    const attribute = number as AttributeId;
    const rules = this.#rules;
    rules.rewriteAs(
      (id & 3) as RewriteForm,
      attributes.chunk(attribute),
      attributes.start(attribute),
      attributes.wireEnd(attribute),
    );
    this.bytes = rules.record;
    this.start = 0;
    this.end = rules.recordEnd;
  }

  /** Shows octets with the NEXT_HOP that is sent, where it can be that of a member; false if it is our own. */
  loadNextHop(id: OutgoingId): boolean {
    const form = (id & 3) as RewriteForm | 0;
    if (form === RewriteForm.OwnNextHop) return false;
    if (form !== RewriteForm.SameNextHop) {
      this.load(id);
      return true;
    }
    const attribute = (id >>> 2) as AttributeId;
    this.bytes = this.#attributes.chunk(attribute);
    this.start = this.#attributes.start(attribute);
    this.end = this.#attributes.wireEnd(attribute);
    return true;
  }

  /** Two sets that are referenced have the same octets. `others`: whose id the second one is. */
  isSame(left: OutgoingId, right: OutgoingId, others: OutgoingSets = this): boolean {
    const bothKept = ((left | right) & 3) === 0;
    if (bothKept || (left === right && others.#rules === this.#rules)) return left === right;
    if (others !== this) return this.#compare(left, right, others);
    const leftSerial = this.serial(left);
    const rightSerial = this.serial(right);
    // Prefixes whose sets change often have the same ones before and after.
    const known = left === this.#left && right === this.#right;
    if (!known || leftSerial !== this.#leftSerial || rightSerial !== this.#rightSerial) {
      this.#wereSame = this.#compare(left, right, this);
      this.#left = left;
      this.#right = right;
      this.#leftSerial = leftSerial;
      this.#rightSerial = rightSerial;
    }
    return this.#wereSame;
  }

  /** One that stands for the same octets whatever becomes of the rules, with a reference of its own. */
  keep(id: OutgoingId): OutgoingId {
    if ((id & 3) === 0) {
      this.retain(id);
      return id;
    }
    this.load(id);
    return this.intern(this.bytes, this.start, this.end);
  }

  #compare(left: OutgoingId, right: OutgoingId, others: OutgoingSets): boolean {
    this.load(left);
    const length = this.end - this.start;
    if (this.#copy.length < length) this.#copy = new Uint8Array(2 * length);
    const copy = this.#copy;
    for (let i = 0; i < length; i++) copy[i] = this.bytes[this.start + i];
    others.load(right);
    const { bytes, start, end } = others;
    if (end - start !== length) return false;
    for (let i = 0; i < length; i++) if (copy[i] !== bytes[start + i]) return false;
    return true;
  }
}
