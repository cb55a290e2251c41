/**
 * Packs routes into UPDATEs (RFC 4271 section 4.3, RFC 4760), as many prefixes into one message as it takes, many messages
 * into one chunk, so that a peer, or a group of peers that hear the same, gets few large buffers and one writev.
 *
 *     encoder.beginReach(family, block, maxLength) ... add(prefix) ... add(prefix)
 *     encoder.beginUnreach(family, maxLength)      ... add(prefix)
 *     encoder.endOfRib(family)
 *     encoder.drain()  ->  chunks of whole messages, to be written in order and never to be changed
 *
 * Each message has one field that holds prefixes, and MP_REACH_NLRI or MP_UNREACH_NLRI stands in front of the other
 * attributes (RFC 7606 section 5.1). Prefixes come in as numbers; nothing is allocated but chunks.
 */
import { type AttributeBlock, EncodeFault } from './attribute/block.ts';
import { AttributeCode, AttributeFlag } from './attribute/code.ts';
import { copyBytes, writeU16, writeU32 } from './bytes.ts';
import type { AddressFamily } from './family.ts';
import { HEADER_LENGTH, MessageType, writeHeader } from './message.ts';
import { nlriLength, writeNlri } from './nlri/write.ts';
import type { FamilyOptions } from './session-options.ts';

/** Chunks are kept alive by whoever still sends a piece of them, so they are not large. */
const CHUNK_OCTETS = 65536;
/** Each new message needs room for the longest one, so a chunk holds at least some of those. */
const MESSAGES_PER_CHUNK = 4;

/** Where the prefixes of the message go. */
const Field = { None: 0, Nlri: 1, Reach: 2, Withdrawn: 3, Unreach: 4 } as const;
type Field = (typeof Field)[keyof typeof Field];

/** Octets of MP_REACH_NLRI before its next hop and MP_UNREACH_NLRI before its prefixes; always with Extended Length. */
const REACH_HEAD = 4 + 4;
const UNREACH_HEAD = 4 + 3;

export class UpdateEncoder {
  /** Messages and prefixes since the encoder was made. */
  messages = 0;
  prefixes = 0;
  #chunk = new Uint8Array(0);
  /** Offset behind what has been written. */
  #at = 0;
  /** Offset from which on the chunk was not drained yet. */
  #drained = 0;
  #chunks: Uint8Array[] = [];

  #field: Field = Field.None;
  #family!: FamilyOptions;
  #block!: AttributeBlock;
  #maxLength = 0;
  #ipv4 = true;
  #addPath = false;
  /** Of the open message: its first octet, its first prefix, and where prefixes have to end. */
  #start = 0;
  #firstPrefix = 0;
  #limit = 0;
  #isOpen = false;

  /**
   * The prefixes that follow are announced with the attributes of `block`, which has to stay as it is until `end` or the
   * next begin: with MP_REACH_NLRI it is copied behind the prefixes. `maxLength`: the longest message that the peer
   * takes. With `TooLong` the routes cannot be told to this peer and have to be withdrawn from it (RFC 8654 section 4).
   */
  beginReach(family: FamilyOptions, block: AttributeBlock, maxLength: number): EncodeFault {
    this.#close();
    const head = block.multiprotocol ? REACH_HEAD + block.nextHopLength + 1 : 0;
    const longestPrefix = nlriLength(family.family.maxPrefixLength) + (family.addPathSend ? 4 : 0);
    if (HEADER_LENGTH + 4 + head + block.end + longestPrefix > maxLength) {
      this.#field = Field.None;
      return EncodeFault.TooLong;
    }
    this.#block = block;
    this.#begin(block.multiprotocol ? Field.Reach : Field.Nlri, family, maxLength);
    return EncodeFault.None;
  }

  /** The prefixes that follow are withdrawn. */
  beginUnreach(family: FamilyOptions, maxLength: number): void {
    this.#close();
    this.#begin(family.family.version === 4 ? Field.Withdrawn : Field.Unreach, family, maxLength);
  }

  /**
   * One prefix of the family of the last begin: address words without bits beyond `length`. Dropped after a begin that
   * failed.
   */
  add(word0: number, word1: number, word2: number, word3: number, length: number, pathId: number): void {
    const octets = 1 + ((length + 7) >> 3) + (this.#addPath ? 4 : 0);
    if (!this.#isOpen) {
      if (this.#field === Field.None) return;
      this.#open();
    } else if (this.#at + octets > this.#limit) {
      this.#close();
      this.#open();
    }
    const bytes = this.#chunk;
    let at = this.#at;
    if (this.#addPath) {
      writeU32(bytes, at, pathId);
      at += 4;
    }
    if (this.#ipv4) {
      bytes[at] = length;
      if (length > 0) bytes[at + 1] = word0 >>> 24;
      if (length > 8) bytes[at + 2] = word0 >>> 16;
      if (length > 16) bytes[at + 3] = word0 >>> 8;
      if (length > 24) bytes[at + 4] = word0;
      this.#at += octets;
    } else {
      this.#at = writeNlri(bytes, at, word0, word1, word2, word3, length);
    }
    this.prefixes++;
  }

  /** Ends the open message: the block of the last begin may change from now on. */
  end(): void {
    this.#close();
    this.#field = Field.None;
  }

  /** The marker after the first full advertisement of a family (RFC 4724 section 2). */
  endOfRib(family: AddressFamily): void {
    this.end();
    const length = HEADER_LENGTH + 4 + (family.version === 4 ? 0 : 6);
    this.#makeRoom(length);
    const bytes = this.#chunk;
    const at = writeHeader(bytes, this.#at, length, MessageType.Update);
    writeU16(bytes, at, 0);
    writeU16(bytes, at + 2, length - HEADER_LENGTH - 4);
    if (family.version === 6) {
      bytes[at + 4] = AttributeFlag.Optional;
      bytes[at + 5] = AttributeCode.MpUnreachNlri;
      bytes[at + 6] = 3;
      writeU16(bytes, at + 7, family.afi);
      bytes[at + 9] = family.safi;
    }
    this.#at += length;
    this.messages++;
  }

  /** Ends the open message and hands over everything since the last time, in order. */
  drain(): Uint8Array[] {
    this.#close();
    this.#takePiece();
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  #begin(field: Field, family: FamilyOptions, maxLength: number): void {
    this.#field = field;
    this.#family = family;
    this.#maxLength = maxLength;
    this.#ipv4 = family.family.version === 4;
    this.#addPath = family.addPathSend;
  }

  /** Writes everything in front of the first prefix. Lengths follow when the message is closed. */
  #open(): void {
    this.#makeRoom(this.#maxLength);
    const bytes = this.#chunk;
    this.#start = this.#at;
    this.#limit = this.#start + this.#maxLength;
    let at = writeHeader(bytes, this.#start, 0, MessageType.Update);
    writeU16(bytes, at, 0);
    if (this.#field === Field.Withdrawn) {
      at += 2;
      this.#limit -= 2;
    } else if (this.#field === Field.Nlri) {
      writeU16(bytes, at + 2, this.#block.end);
      at = copyBytes(this.#block.bytes, 0, this.#block.end, bytes, at + 4);
    } else if (this.#field === Field.Reach) {
      at = this.#openMp(at + 4, AttributeCode.MpReachNlri);
      bytes[at++] = this.#block.nextHopLength;
      at = copyBytes(this.#block.nextHop, 0, this.#block.nextHopLength, bytes, at);
      bytes[at++] = 0;
      this.#limit -= this.#block.end;
    } else {
      at = this.#openMp(at + 4, AttributeCode.MpUnreachNlri);
    }
    this.#firstPrefix = at;
    this.#at = at;
    this.#isOpen = true;
  }

  #openMp(at: number, code: number): number {
    const bytes = this.#chunk;
    bytes[at] = AttributeFlag.Optional | AttributeFlag.ExtendedLength;
    bytes[at + 1] = code;
    writeU16(bytes, at + 4, this.#family.family.afi);
    bytes[at + 6] = this.#family.family.safi;
    return at + UNREACH_HEAD;
  }

  /** Writes what comes behind the prefixes, and the lengths. */
  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const bytes = this.#chunk;
    const body = this.#start + HEADER_LENGTH;
    if (this.#field === Field.Withdrawn) {
      writeU16(bytes, body, this.#at - this.#firstPrefix);
      writeU16(bytes, this.#at, 0);
      this.#at += 2;
    } else if (this.#field !== Field.Nlri) {
      writeU16(bytes, body + 6, this.#at - body - 8);
      if (this.#field === Field.Reach) this.#at = copyBytes(this.#block.bytes, 0, this.#block.end, bytes, this.#at);
      writeU16(bytes, body + 2, this.#at - body - 4);
    }
    writeU16(bytes, this.#start + 16, this.#at - this.#start);
    this.messages++;
  }

  #makeRoom(octets: number): void {
    if (this.#at + octets <= this.#chunk.length) return;
    this.#takePiece();
    this.#chunk = new Uint8Array(Math.max(CHUNK_OCTETS, MESSAGES_PER_CHUNK * octets));
    this.#at = 0;
    this.#drained = 0;
  }

  /** Moves what was written into the chunk and not drained yet to the list. */
  #takePiece(): void {
    if (this.#at > this.#drained) this.#chunks.push(this.#chunk.subarray(this.#drained, this.#at));
    this.#drained = this.#at;
  }
}
