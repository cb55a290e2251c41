/**
 * A set of attributes on its way in: octets of whoever decoded them, and their next hop. Most sets get an id at once;
 * one that a policy will rewrite or refuse never needs one. So the id comes when somebody asks for it, and the octets
 * have to stay as they are until the next `describe` or `clear`.
 */
import type { AttributeEditor } from '../bgp/index.ts';
import type { AttributeTable } from './attribute-table.ts';
import type { AttributeId, NextHopId } from './ids.ts';
import type { NextHopTable } from './next-hop-table.ts';

const NONE = 0 as AttributeId;
const NO_OCTETS = new Uint8Array(0);

export class IncomingSet {
  /** Tells sets apart as `AttributeTable.serial` does, whoever describes them. */
  serial = 0;
  #nextHop = 0 as NextHopId;
  readonly #attributes: AttributeTable;
  readonly #nextHops: NextHopTable;
  #bytes: Uint8Array = NO_OCTETS;
  #start = 0;
  #wireEnd = 0;
  #end = 0;
  #id = NONE;

  constructor(attributes: AttributeTable, nextHops: NextHopTable) {
    this.#attributes = attributes;
    this.#nextHops = nextHops;
  }

  /** A record (bgp/attribute/record.ts). The next hop gets one more reference. */
  describe(bytes: Uint8Array, start: number, wireEnd: number, end: number, nextHop: NextHopId): void {
    this.describeAgain(bytes, start, wireEnd, end, nextHop);
    this.serial = this.#attributes.takeSerial();
  }

  /** The same set once more: its octets may be somewhere else now. */
  describeAgain(bytes: Uint8Array, start: number, wireEnd: number, end: number, nextHop: NextHopId): void {
    this.#nextHops.retain(nextHop);
    this.clear();
    this.#bytes = bytes;
    this.#start = start;
    this.#wireEnd = wireEnd;
    this.#end = end;
    this.#nextHop = nextHop;
  }

  /** Lets go of everything. */
  clear(): void {
    if (this.#id !== NONE) this.#attributes.release(this.#id);
    if (this.#nextHop !== 0) this.#nextHops.release(this.#nextHop);
    this.#id = NONE;
    this.#nextHop = 0 as NextHopId;
    this.#bytes = NO_OCTETS;
    this.#start = this.#wireEnd = this.#end = 0;
  }

  get nextHopId(): NextHopId {
    return this.#nextHop;
  }

  get hasId(): boolean {
    return this.#id !== NONE;
  }

  /** The id; its reference stays with the set. 0 if there is no room for one more. */
  get id(): AttributeId {
    if (this.#id === NONE) {
      this.#id = this.#attributes.intern(this.#bytes, this.#start, this.#wireEnd, this.#end, this.#nextHop);
    }
    return this.#id;
  }

  /** Shows the set to an editor, which looks at these very octets. */
  load(editor: AttributeEditor): void {
    if (this.#id !== NONE) this.#attributes.load(this.#id, editor);
    else editor.load(this.#bytes, this.#start, this.#wireEnd, this.#end);
  }
}
