/**
 * Reads UPDATEs with as little work as possible and without the code that is measured: what a bench believes of a daemon
 * must not come from the daemon's own decoder.
 */

/** Puts whole messages together from what a socket gives. */
export class MessageReader {
  #pending: Buffer | undefined;

  /** `end` is behind the message; the octets are valid during the call. */
  push(chunk: Buffer, onMessage: (data: Buffer, start: number, end: number) => void): void {
    const data = this.#pending === undefined ? chunk : Buffer.concat([this.#pending, chunk]);
    let at = 0;
    while (data.length - at >= 19) {
      const length = (data[at + 16]! << 8) | data[at + 17]!;
      if (length < 19) throw new Error('a broken header arrived');
      if (data.length - at < length) break;
      onMessage(data, at, at + length);
      at += length;
    }
    this.#pending = at < data.length ? data.subarray(at) : undefined;
  }
}

/** Takes IPv4 prefixes of an UPDATE: those withdrawn first. */
export type PrefixSink = (address: number, length: number, announced: boolean) => void;

/** Walks all IPv4 prefixes of the UPDATE `[start, end)`. `onAttributes` is called before the announced ones. */
export function walkUpdate(
  data: Buffer,
  start: number,
  end: number,
  sink: PrefixSink,
  onAttributes?: (start: number, end: number) => void,
): void {
  const withdrawn = start + 21;
  const withdrawnEnd = withdrawn + ((data[withdrawn - 2]! << 8) | data[withdrawn - 1]!);
  const attributes = withdrawnEnd + 2;
  const attributesEnd = attributes + ((data[withdrawnEnd]! << 8) | data[withdrawnEnd + 1]!);
  if (withdrawnEnd > withdrawn) walkPrefixes(data, withdrawn, withdrawnEnd, false, sink);
  if (attributesEnd === attributes) return;
  let reach = 0;
  let reachEnd = 0;
  // Some daemons prefer MP_REACH_NLRI and MP_UNREACH_NLRI for IPv4, too; they come first where they are used.
  for (let at = attributes; at < attributesEnd; ) {
    const long = (data[at]! & 0x10) !== 0;
    const value = long ? at + 4 : at + 3;
    const next = value + (long ? (data[at + 2]! << 8) | data[at + 3]! : data[at + 2]!);
    const code = data[at + 1]!;
    if (code === 15 && data[value + 1] === 1) walkPrefixes(data, value + 3, next, false, sink);
    if (code === 14 && data[value + 1] === 1) {
      reach = value + 5 + data[value + 3]!;
      reachEnd = next;
    }
    at = next;
  }
  if (attributesEnd === end && reach === reachEnd) return;
  onAttributes?.(attributes, attributesEnd);
  walkPrefixes(data, reach, reachEnd, true, sink);
  walkPrefixes(data, attributesEnd, end, true, sink);
}

function walkPrefixes(data: Buffer, from: number, end: number, announced: boolean, sink: PrefixSink): void {
  for (let at = from; at < end; ) {
    const length = data[at++]!;
    let word = 0;
    if (length > 0) word = data[at]! << 24;
    if (length > 8) word |= data[at + 1]! << 16;
    if (length > 16) word |= data[at + 2]! << 8;
    if (length > 24) word |= data[at + 3]!;
    at += (length + 7) >> 3;
    sink(word >>> 0, length, announced);
  }
}

const NEW_SEGMENT = -1;

/** The attributes that a daemon has to pass on unharmed, taken apart. Used again for each message. */
export class RouteAttributes {
  origin = 0;
  /** Numbers of the path, sets included, with NEW_SEGMENT in front of each segment but a first sequence. */
  readonly path: number[] = [];
  /** As the decision counts: a set is one hop. */
  hops = 0;
  readonly communities: number[] = [];
  readonly largeCommunities: number[] = [];

  /** `asWidth`: octets of an AS number on that session. */
  read(data: Buffer, start: number, end: number, asWidth: 2 | 4): void {
    this.path.length = 0;
    this.communities.length = 0;
    this.largeCommunities.length = 0;
    this.hops = 0;
    for (let at = start; at < end; ) {
      const long = (data[at]! & 0x10) !== 0;
      const value = long ? at + 4 : at + 3;
      const next = value + (long ? (data[at + 2]! << 8) | data[at + 3]! : data[at + 2]!);
      const code = data[at + 1]!;
      if (code === 1) this.origin = data[value]!;
      else if (code === 2) this.#path(data, value, next, asWidth);
      else if (code === 8) words(data, value, next, this.communities);
      else if (code === 32) words(data, value, next, this.largeCommunities);
      at = next;
    }
  }

  /** A number that stands for the contents; communities count as a set. Never 0. */
  fingerprint(): number {
    this.communities.sort(ascending);
    let hash = step(0x811c_9dc5, this.origin);
    for (const as of this.path) hash = step(hash, as);
    hash = step(hash, 0xffff_fffe);
    let last = -1;
    for (const community of this.communities) {
      if (community !== last) hash = step(hash, community);
      last = community;
    }
    hash = step(hash, 0xffff_fffd);
    for (const word of this.largeCommunities) hash = step(hash, word);
    hash = (hash ^ (hash >>> 15)) >>> 0;
    return hash === 0 ? 1 : hash;
  }

  #path(data: Buffer, from: number, end: number, asWidth: 2 | 4): void {
    for (let at = from; at < end; ) {
      const isSet = data[at] === 1;
      const count = data[at + 1]!;
      if (isSet || at > from) this.path.push(NEW_SEGMENT);
      this.hops += isSet ? 1 : count;
      at += 2;
      const segmentEnd = at + count * asWidth;
      const first = this.path.length;
      for (; at < segmentEnd; at += asWidth) {
        this.path.push(asWidth === 4 ? data.readUInt32BE(at) : data.readUInt16BE(at));
      }
      if (isSet) this.path.splice(first, count, ...this.path.slice(first).sort(ascending));
    }
  }
}

const ascending = (a: number, b: number): number => a - b;

function words(data: Buffer, from: number, end: number, into: number[]): void {
  for (let at = from; at < end; at += 4) into.push(data.readUInt32BE(at));
}

function step(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x0100_0193);
  return Math.imul(h ^ (h >>> 13), 0x5bd1_e995);
}
