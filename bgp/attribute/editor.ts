/**
 * Typed reading and writing of one canonical attribute record (record.ts): what a filter or an export rule holds while
 * it looks at a route. One editor serves any number of records, one after the other.
 *
 * `bytes`, `start`, `wireEnd` and `end` always name the record as it was last loaded or encoded. Loading costs four
 * stores; values are looked up and decoded when somebody asks; writes collect in a change list and meet the record in
 * `encodeRecord`, which leaves a new record in the editor's own scratch buffer. The owner of that record copies it
 * (interns it) before the editor is used again.
 */
import { formatIp, type Ip, ipBytes, isLinkLocal } from '../address.ts';
import { copyBytes, equalBytes, readU16, readU32, writeU16, writeU32 } from '../bytes.ts';
import type { RouteAttributes } from '../policy.ts';
import { ChangeList } from './change-list.ts';
import { AttributeCode, AttributeFlag, canonicalFlags, elementWords, knownFlags } from './code.ts';
import { LentArrays } from './lent-arrays.ts';
import {
  attributeEnd,
  extensionEnd,
  findAttribute,
  findExtension,
  MAX_ATTRIBUTE_LENGTH,
  valueStart,
  writeAttributeHeader,
} from './record.ts';
import { isWordSet, readWords, sortWordSet, writeWords } from './word-set.ts';

const EMPTY = new Uint8Array(0);

const OPTIONAL_TRANSITIVE = AttributeFlag.Optional | AttributeFlag.Transitive;

/** Extension attributes have no flags of their own. */
const NO_FLAGS = 0;

export class AttributeEditor implements RouteAttributes {
  /** The record as last loaded or encoded. */
  bytes: Uint8Array = EMPTY;
  start = 0;
  wireEnd = 0;
  end = 0;
  /** Something was written since `load` that differs from what was there. */
  changed = false;

  /** Codes below 32 that were written since `load`, one bit each. */
  #written = 0;
  readonly #attributes = new ChangeList();
  readonly #extensions = new ChangeList();
  readonly #lists = new LentArrays((length) => new Uint32Array(length));
  readonly #paths = new LentArrays((length) => new Uint8Array(length));
  #scratch = new Uint8Array(512);
  #otherScratch = new Uint8Array(512);
  /** Result of the last successful `#locate` or `#locateExtension`. */
  #valueBytes: Uint8Array = EMPTY;
  #valueStart = 0;
  #valueEnd = 0;
  #valueFlags = 0;

  /** Starts over with a record. The octets have to stay as they are while the editor looks at them. */
  load(bytes: Uint8Array, start: number, wireEnd: number, end: number): void {
    this.bytes = bytes;
    this.start = start;
    this.wireEnd = wireEnd;
    this.end = end;
    this.changed = false;
    this.#written = 0;
    this.#attributes.clear();
    this.#extensions.clear();
  }

  /**
   * True if the attribute (code below 32) was written since `load`, be it with the value that it had: what an operator
   * sets on purpose is not rewritten for him (MULTI_EXIT_DISC, NEXT_HOP).
   */
  wasWritten(code: number): boolean {
    return (this.#written & (1 << code)) !== 0;
  }

  /** Starts over with no attributes at all: for routes that BGP did not bring. */
  loadEmpty(): void {
    this.load(EMPTY, 0, 0, 0);
  }

  has(code: number): boolean {
    return this.#locate(code);
  }

  unset(code: number): void {
    if (code < 32) this.#written &= ~(1 << code);
    if (!this.#locate(code)) return;
    this.#attributes.takeAway(code);
    this.changed = true;
  }

  u32(code: number): number {
    if (!this.#locate(code)) return -1;
    const length = this.#valueEnd - this.#valueStart;
    if (length === 4) return readU32(this.#valueBytes, this.#valueStart);
    return length === 1 ? this.#valueBytes[this.#valueStart] : -1;
  }

  setU32(code: number, value: number): void {
    this.#noteWritten(code);
    if (this.u32(code) === value) return;
    const attributes = this.#attributes;
    const at = attributes.room(4);
    const length = code === AttributeCode.Origin ? 1 : 4;
    if (length === 1) attributes.bytes[at] = value;
    else writeU32(attributes.bytes, at, value);
    this.#set(code, canonicalFlags(code), at, length);
  }

  words(code: number): Uint32Array | undefined {
    if (!this.#locate(code)) return undefined;
    const words = this.#lists.take(code, (this.#valueEnd - this.#valueStart) >> 2);
    readWords(this.#valueBytes, this.#valueStart, words);
    return words;
  }

  /** An empty list is an attribute as well, though none of these may be empty on the wire: export rules leave it out. */
  setWords(code: number, words: Uint32Array): void {
    const attributes = this.#attributes;
    const at = attributes.room(4 * words.length);
    const end = writeWords(words, words.length, attributes.bytes, at);
    this.#set(code, canonicalFlags(code), at, canonicalWords(code, attributes.bytes, at, end) - at);
  }

  asPath(): Uint8Array | undefined {
    if (!this.#locate(AttributeCode.AsPath)) return undefined;
    const path = this.#paths.take(0, this.#valueEnd - this.#valueStart);
    copyBytes(this.#valueBytes, this.#valueStart, this.#valueEnd, path, 0);
    return path;
  }

  setAsPath(segments: Uint8Array): void {
    this.#setOctets(AttributeCode.AsPath, AttributeFlag.Transitive, segments);
  }

  raw(code: number): Uint8Array | undefined {
    return this.#locate(code) ? this.#valueBytes.slice(this.#valueStart, this.#valueEnd) : undefined;
  }

  /** Flags count for attributes that this daemon does not know; the others have theirs by definition. */
  setRaw(code: number, flags: number, value: Uint8Array): void {
    const own = flags & (AttributeFlag.Optional | AttributeFlag.Transitive | AttributeFlag.Partial);
    const known = knownFlags(code);
    this.#setOctets(code, known === 0 ? own : known | (own & AttributeFlag.Partial), value);
  }

  /** Flags of an attribute without Extended Length; -1 when absent. */
  flags(code: number): number {
    return this.#locate(code) ? this.#valueFlags : -1;
  }

  nextHop(): Ip | undefined {
    if (!this.#locate(AttributeCode.NextHop)) return undefined;
    return formatIp(this.#valueBytes, this.#valueStart, this.#valueEnd - this.#valueStart === 4 ? 4 : 16);
  }

  nextHopLinkLocal(): Ip | undefined {
    if (!this.#locate(AttributeCode.NextHop)) return undefined;
    const length = this.#valueEnd - this.#valueStart;
    if (length === 32) return formatIp(this.#valueBytes, this.#valueStart + 16, 16);
    if (length !== 16) return undefined;
    const only = formatIp(this.#valueBytes, this.#valueStart, 16);
    return isLinkLocal(only) ? only : undefined;
  }

  setNextHop(address: Ip, linkLocal?: Ip): void {
    const global = ipBytes(address);
    if (linkLocal === undefined || linkLocal === address || global.length === 4) {
      this.#setOctets(AttributeCode.NextHop, AttributeFlag.Transitive, global);
      return;
    }
    const pair = new Uint8Array(32);
    pair.set(global);
    pair.set(ipBytes(linkLocal), 16);
    this.#setOctets(AttributeCode.NextHop, AttributeFlag.Transitive, pair);
  }

  extension(id: number): Uint8Array | undefined {
    return this.#locateExtension(id) ? this.#valueBytes.slice(this.#valueStart, this.#valueEnd) : undefined;
  }

  setExtension(id: number, value: Uint8Array): void {
    if (this.#locateExtension(id) && this.#valueIs(value, 0, value.length)) return;
    const extensions = this.#extensions;
    const at = extensions.room(value.length);
    copyBytes(value, 0, value.length, extensions.bytes, at);
    extensions.put(id, NO_FLAGS, value.length);
    this.changed = true;
  }

  unsetExtension(id: number): void {
    if (!this.#locateExtension(id)) return;
    this.#extensions.takeAway(id);
    this.changed = true;
  }

  extensionU32(id: number): number {
    if (!this.#locateExtension(id) || this.#valueEnd - this.#valueStart !== 4) return -1;
    return readU32(this.#valueBytes, this.#valueStart);
  }

  setExtensionU32(id: number, value: number): void {
    if (this.extensionU32(id) === value) return;
    const extensions = this.#extensions;
    const at = extensions.room(4);
    writeU32(extensions.bytes, at, value);
    extensions.put(id, NO_FLAGS, 4);
    this.changed = true;
  }

  /**
   * Makes the record say what was written; afterwards `bytes`, `start`, `wireEnd` and `end` name it. False, with the
   * record as it was, if a value is longer than an attribute can be: such a route has to be refused.
   */
  encodeRecord(): boolean {
    const attributes = this.#attributes;
    const extensions = this.#extensions;
    if (attributes.count === 0 && extensions.count === 0) return true;
    const added = roomFor(attributes) + roomFor(extensions);
    if (Number.isNaN(added)) return false;
    const target = this.#freeScratch(this.end - this.start + added);
    const wireEnd = this.#mergeAttributes(target);
    this.end = this.#mergeExtensions(target, wireEnd);
    this.wireEnd = wireEnd;
    this.bytes = target;
    this.start = 0;
    attributes.clear();
    extensions.clear();
    return true;
  }

  #mergeAttributes(target: Uint8Array): number {
    const changes = this.#attributes;
    let out = 0;
    let i = 0;
    for (let at = this.start; at < this.wireEnd; ) {
      const code = this.bytes[at + 1];
      const next = attributeEnd(this.bytes, at);
      while (i < changes.count && changes.ids[i] < code) out = putAttribute(target, out, changes, i++);
      if (i < changes.count && changes.ids[i] === code) out = putAttribute(target, out, changes, i++);
      else out = copyBytes(this.bytes, at, next, target, out);
      at = next;
    }
    while (i < changes.count) out = putAttribute(target, out, changes, i++);
    return out;
  }

  #mergeExtensions(target: Uint8Array, from: number): number {
    const changes = this.#extensions;
    let out = from;
    let i = 0;
    for (let at = this.wireEnd; at < this.end; ) {
      const id = readU16(this.bytes, at);
      const next = extensionEnd(this.bytes, at);
      while (i < changes.count && changes.ids[i] < id) out = putExtension(target, out, changes, i++);
      if (i < changes.count && changes.ids[i] === id) out = putExtension(target, out, changes, i++);
      else out = copyBytes(this.bytes, at, next, target, out);
      at = next;
    }
    while (i < changes.count) out = putExtension(target, out, changes, i++);
    return out;
  }

  /** The scratch buffer that the current record does not live in, large enough for `room` octets. */
  #freeScratch(room: number): Uint8Array {
    let free = this.#otherScratch;
    this.#otherScratch = this.#scratch;
    if (free.length < room) free = new Uint8Array(2 * room);
    this.#scratch = free;
    return free;
  }

  #noteWritten(code: number): void {
    if (code < 32) this.#written |= 1 << code;
  }

  #setOctets(code: number, flags: number, value: Uint8Array): void {
    const attributes = this.#attributes;
    const at = attributes.room(value.length);
    const end = copyBytes(value, 0, value.length, attributes.bytes, at);
    this.#set(code, flags, at, canonicalWords(code, attributes.bytes, at, end) - at);
  }

  /** The value stands in the room of the change list, from `at`. */
  #set(code: number, flags: number, at: number, length: number): void {
    this.#noteWritten(code);
    let own = flags;
    if (this.#locate(code)) {
      // RFC 4271 section 5: Partial, once set, is never cleared by an AS that passes the attribute on.
      if (own >= OPTIONAL_TRANSITIVE) own |= this.#valueFlags & AttributeFlag.Partial;
      if (own === this.#valueFlags && this.#valueIs(this.#attributes.bytes, at, length)) return;
    }
    this.#attributes.put(code, own, length);
    this.changed = true;
  }

  #valueIs(bytes: Uint8Array, at: number, length: number): boolean {
    const own = this.#valueEnd - this.#valueStart;
    return own === length && equalBytes(this.#valueBytes, this.#valueStart, bytes, at, length);
  }

  #locate(code: number): boolean {
    const change = this.#attributes.count === 0 ? -1 : this.#attributes.indexOf(code);
    if (change >= 0) return this.#point(this.#attributes, change);
    const at = findAttribute(this.bytes, this.start, this.wireEnd, code);
    if (at < 0) return false;
    this.#valueBytes = this.bytes;
    this.#valueStart = valueStart(this.bytes, at);
    this.#valueEnd = attributeEnd(this.bytes, at);
    this.#valueFlags = this.bytes[at] & ~AttributeFlag.ExtendedLength;
    return true;
  }

  #locateExtension(id: number): boolean {
    const change = this.#extensions.count === 0 ? -1 : this.#extensions.indexOf(id);
    if (change >= 0) return this.#point(this.#extensions, change);
    const at = findExtension(this.bytes, this.wireEnd, this.end, id);
    if (at < 0) return false;
    this.#valueBytes = this.bytes;
    this.#valueStart = at + 4;
    this.#valueEnd = extensionEnd(this.bytes, at);
    return true;
  }

  #point(changes: ChangeList, index: number): boolean {
    if (changes.isTakenAway(index)) return false;
    this.#valueBytes = changes.bytes;
    this.#valueStart = changes.start(index);
    this.#valueEnd = changes.end(index);
    this.#valueFlags = changes.flags[index];
    return true;
  }
}

/**
 * Communities of each kind are sets: sorted, each once. Other values, and ragged ones, stay as they are. Returns the new
 * end of the value.
 */
function canonicalWords(code: number, bytes: Uint8Array, start: number, end: number): number {
  const width = elementWords(code);
  if (width === 0 || code === AttributeCode.ClusterList || (end - start) % (4 * width) !== 0) return end;
  return isWordSet(bytes, start, end, width) ? end : sortWordSet(bytes, start, end, width);
}

/** Octets that the changes add at most; NaN if a value cannot be an attribute. */
function roomFor(changes: ChangeList): number {
  let room = 0;
  for (let i = 0; i < changes.count; i++) {
    if (changes.isTakenAway(i)) continue;
    const length = changes.end(i) - changes.start(i);
    if (length > MAX_ATTRIBUTE_LENGTH) return Number.NaN;
    room += 4 + length;
  }
  return room;
}

function putAttribute(target: Uint8Array, at: number, changes: ChangeList, index: number): number {
  if (changes.isTakenAway(index)) return at;
  const start = changes.start(index);
  const end = changes.end(index);
  const out = writeAttributeHeader(target, at, changes.flags[index], changes.ids[index], end - start);
  return copyBytes(changes.bytes, start, end, target, out);
}

function putExtension(target: Uint8Array, at: number, changes: ChangeList, index: number): number {
  if (changes.isTakenAway(index)) return at;
  const start = changes.start(index);
  const end = changes.end(index);
  writeU16(target, at, changes.ids[index]);
  writeU16(target, at + 2, end - start);
  return copyBytes(changes.bytes, start, end, target, at + 4);
}
