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
    this.#attributes.put(code, 0, undefined);
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
    const bytes = new Uint8Array(code === AttributeCode.Origin ? 1 : 4);
    if (bytes.length === 1) bytes[0] = value;
    else writeU32(bytes, 0, value);
    this.#set(code, canonicalFlags(code), bytes);
  }

  words(code: number): Uint32Array | undefined {
    return this.#locate(code) ? readWords(this.#valueBytes, this.#valueStart, this.#valueEnd) : undefined;
  }

  /** An empty list is an attribute as well, though none of these may be empty on the wire: export rules leave it out. */
  setWords(code: number, words: Uint32Array): void {
    const bytes = new Uint8Array(4 * words.length);
    writeWords(words, words.length, bytes, 0);
    this.#set(code, canonicalFlags(code), canonicalWords(code, bytes));
  }

  asPath(): Uint8Array | undefined {
    return this.raw(AttributeCode.AsPath);
  }

  setAsPath(segments: Uint8Array): void {
    this.#set(AttributeCode.AsPath, AttributeFlag.Transitive, segments.slice());
  }

  raw(code: number): Uint8Array | undefined {
    return this.#locate(code) ? this.#valueBytes.slice(this.#valueStart, this.#valueEnd) : undefined;
  }

  /** Flags count for attributes that this daemon does not know; the others have theirs by definition. */
  setRaw(code: number, flags: number, value: Uint8Array): void {
    const own = flags & (AttributeFlag.Optional | AttributeFlag.Transitive | AttributeFlag.Partial);
    const known = knownFlags(code);
    this.#set(code, known === 0 ? own : known | (own & AttributeFlag.Partial), canonicalWords(code, value.slice()));
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
      this.#set(AttributeCode.NextHop, AttributeFlag.Transitive, global);
      return;
    }
    const pair = new Uint8Array(32);
    pair.set(global);
    pair.set(ipBytes(linkLocal), 16);
    this.#set(AttributeCode.NextHop, AttributeFlag.Transitive, pair);
  }

  extension(id: number): Uint8Array | undefined {
    return this.#locateExtension(id) ? this.#valueBytes.slice(this.#valueStart, this.#valueEnd) : undefined;
  }

  setExtension(id: number, value: Uint8Array): void {
    if (this.#locateExtension(id) && this.#valueIs(value)) return;
    this.#extensions.put(id, NO_FLAGS, value.slice());
    this.changed = true;
  }

  unsetExtension(id: number): void {
    if (!this.#locateExtension(id)) return;
    this.#extensions.put(id, NO_FLAGS, undefined);
    this.changed = true;
  }

  extensionU32(id: number): number {
    if (!this.#locateExtension(id) || this.#valueEnd - this.#valueStart !== 4) return -1;
    return readU32(this.#valueBytes, this.#valueStart);
  }

  setExtensionU32(id: number, value: number): void {
    if (this.extensionU32(id) === value) return;
    const bytes = new Uint8Array(4);
    writeU32(bytes, 0, value);
    this.#extensions.put(id, NO_FLAGS, bytes);
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

  #set(code: number, flags: number, value: Uint8Array): void {
    this.#noteWritten(code);
    let own = flags;
    if (this.#locate(code)) {
      // RFC 4271 section 5: Partial, once set, is never cleared by an AS that passes the attribute on.
      if (own >= OPTIONAL_TRANSITIVE) own |= this.#valueFlags & AttributeFlag.Partial;
      if (own === this.#valueFlags && this.#valueIs(value)) return;
    }
    this.#attributes.put(code, own, value);
    this.changed = true;
  }

  #valueIs(value: Uint8Array): boolean {
    const length = this.#valueEnd - this.#valueStart;
    return length === value.length && equalBytes(this.#valueBytes, this.#valueStart, value, 0, length);
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
    const value = changes.values[index];
    if (value === undefined) return false;
    this.#valueBytes = value;
    this.#valueStart = 0;
    this.#valueEnd = value.length;
    this.#valueFlags = changes.flags[index];
    return true;
  }
}

/** Communities of each kind are sets: sorted, each once. Other values, and ragged ones, stay as they are. */
function canonicalWords(code: number, value: Uint8Array): Uint8Array {
  const width = elementWords(code);
  if (width === 0 || code === AttributeCode.ClusterList || value.length % (4 * width) !== 0) return value;
  if (isWordSet(value, 0, value.length, width)) return value;
  return value.subarray(0, sortWordSet(value, 0, value.length, width));
}

/** Octets that the changes add at most; NaN if a value cannot be an attribute. */
function roomFor(changes: ChangeList): number {
  let room = 0;
  for (let i = 0; i < changes.count; i++) {
    const value = changes.values[i];
    if (value === undefined) continue;
    if (value.length > MAX_ATTRIBUTE_LENGTH) return Number.NaN;
    room += 4 + value.length;
  }
  return room;
}

function putAttribute(target: Uint8Array, at: number, changes: ChangeList, index: number): number {
  const value = changes.values[index];
  if (value === undefined) return at;
  const out = writeAttributeHeader(target, at, changes.flags[index], changes.ids[index], value.length);
  return copyBytes(value, 0, value.length, target, out);
}

function putExtension(target: Uint8Array, at: number, changes: ChangeList, index: number): number {
  const value = changes.values[index];
  if (value === undefined) return at;
  writeU16(target, at, changes.ids[index]);
  writeU16(target, at + 2, value.length);
  return copyBytes(value, 0, value.length, target, at + 4);
}
