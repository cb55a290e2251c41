/**
 * Who brings routes. One source is one channel of one protocol instance (`bgp1.ipv4`), with the facts that the decision
 * process, the reflector and filters ask for. Objects: counted in peers. A route row carries the two-octet id only.
 *
 * A pipe brings routes of other sources into a second table; there each (pipe, original source) pair is a derived
 * source: the facts of the original, and `via` naming the pipe.
 */
import { type Ip, ipBytes, type RouteSourceKind } from '../bgp/index.ts';
import type { SourceId } from './ids.ts';
import { FreeList } from './storage/free-list.ts';

/** Facts of a BGP session that outlive the session: they are needed as long as its routes are (RFC 4271 section 9.1). */
export interface BgpSource {
  /** Same AS at both ends. */
  readonly internal: boolean;
  /** iBGP or member of our confederation (RFC 5065). */
  readonly interior: boolean;
  readonly localAs: number;
  readonly peerAs: number;
  /** BGP Identifier of the peer, unsigned. */
  readonly peerId: number;
  readonly peerAddress: Ip;
  /** Our BGP Identifier on this session, unsigned. */
  readonly localId: number;
  /** The peer is our route reflection client (RFC 4456). */
  readonly rrClient: boolean;
  readonly rsClient: boolean;
  readonly clusterId: number;
  readonly defaultLocalPref: number;
  readonly defaultMed: number;
  readonly medMetric: boolean;
  readonly deterministicMed: boolean;
  readonly pathMetric: boolean;
  readonly igpMetric: boolean;
  readonly preferOlder: boolean;
  /** Interface of a directly connected peer. */
  readonly linkInterface: string | undefined;
  readonly multihop: boolean;
}

export interface SourceFacts {
  /** Name of the protocol instance: `bgp1`. */
  readonly protocol: string;
  /** `bgp1.ipv4`. */
  readonly channel: string;
  readonly kind: RouteSourceKind;
  /** Of the channel, 0..65535; a route's own preference, set by a filter, wins. */
  readonly preference: number;
  readonly bgp: BgpSource | undefined;
}

/** How a route came from another table. */
export interface Via {
  /** Name of the pipe. */
  readonly pipe: string;
  /** The source in the table that the pipe read from. */
  readonly origin: SourceId;
}

export interface RouteSource extends SourceFacts {
  readonly id: SourceId;
  readonly via: Via | undefined;
  /** The first source of the chain of pipes; its own id where no pipe is between. */
  readonly root: SourceId;
}

/** Ids fit into the two-octet column of route rows. */
const MAX_SOURCES = 0xffff;

export class SourceTable {
  readonly #ids = new FreeList();
  readonly #sources: (RouteSource | undefined)[] = [];
  /** Id of the source whose channel owns the rows: itself, or for a derived source the pipe's own. */
  owner: Uint16Array = new Uint16Array(MAX_SOURCES + 1);
  /** Route rows that carry the id or belong to its channel, all tables together. */
  rows: Uint32Array = new Uint32Array(MAX_SOURCES + 1);
  /** Selected routes of the owner, all tables together; a channel lives in one table. */
  preferred: Uint32Array = new Uint32Array(MAX_SOURCES + 1);
  /** Routes of the owner of which no hop is usable. */
  dormant: Uint32Array = new Uint32Array(MAX_SOURCES + 1);
  /** Peer address of BGP sources as four words (IPv4 mapped into IPv6), for the last tie breaker. */
  readonly addressWords: Uint32Array = new Uint32Array(4 * (MAX_SOURCES + 1));
  readonly #removed: boolean[] = [];

  get count(): number {
    return this.#ids.count;
  }

  /** `undefined` when all 65535 ids are taken. */
  add(facts: SourceFacts): RouteSource | undefined {
    return this.#add(facts, undefined, undefined);
  }

  /** The source of `origin`'s routes behind a pipe whose own source is `pipe`. Goes with its last route. */
  derive(origin: RouteSource, pipe: RouteSource): RouteSource | undefined {
    return this.#add(origin, { pipe: pipe.protocol, origin: origin.id }, pipe);
  }

  /** Takes over changed facts (a reload, a new session of the peer). The id stays. */
  update(id: SourceId, facts: SourceFacts): RouteSource {
    const old = this.#sources[id]!;
    const source = sourceOf(id, facts, old.via, old.root);
    this.#sources[id] = source;
    this.#setAddress(source);
    return source;
  }

  /** The id is used again once no route row has it. */
  remove(id: SourceId): void {
    this.#removed[id] = true;
    if (this.rows[id] === 0) this.#drop(id);
  }

  /** A removed source is still found as long as it has rows. */
  get(id: SourceId): RouteSource {
    return this.#sources[id]!;
  }

  has(source: RouteSource): boolean {
    return this.#sources[source.id] === source;
  }

  retain(id: SourceId): void {
    this.rows[id]++;
    const owner = this.owner[id];
    if (owner !== id) this.rows[owner]++;
  }

  /** Takes `count` more rows at once. */
  retainMany(id: SourceId, count: number): void {
    this.rows[id] += count;
    const owner = this.owner[id];
    if (owner !== id) this.rows[owner] += count;
  }

  release(id: SourceId): void {
    const owner = this.owner[id] as SourceId;
    if (owner !== id) this.#releaseRow(owner);
    this.#releaseRow(id);
  }

  #releaseRow(id: SourceId): void {
    if (--this.rows[id] === 0 && this.#removed[id]) this.#drop(id);
  }

  #add(facts: SourceFacts, via: Via | undefined, pipe: RouteSource | undefined): RouteSource | undefined {
    if (this.#ids.count >= MAX_SOURCES) return undefined;
    const id = this.#ids.take() as SourceId;
    const root = via === undefined ? id : this.get(via.origin).root;
    const source = sourceOf(id, facts, via, root);
    this.#sources[id] = source;
    this.#removed[id] = pipe !== undefined;
    this.owner[id] = pipe === undefined ? id : pipe.id;
    this.rows[id] = 0;
    this.preferred[id] = 0;
    this.dormant[id] = 0;
    this.#setAddress(source);
    return source;
  }

  #drop(id: SourceId): void {
    this.#sources[id] = undefined;
    this.#ids.giveBack(id);
  }

  #setAddress(source: RouteSource): void {
    const words = this.addressWords.subarray(4 * source.id, 4 * source.id + 4);
    words.fill(0);
    if (source.bgp === undefined) return;
    const bytes = ipBytes(source.bgp.peerAddress);
    if (bytes.length === 4) words[2] = 0xffff;
    const first = bytes.length === 4 ? 3 : 0;
    for (let i = 0; i < bytes.length; i++) words[first + (i >> 2)] |= bytes[i] << (24 - 8 * (i & 3));
  }
}

function sourceOf(id: SourceId, facts: SourceFacts, via: Via | undefined, root: SourceId): RouteSource {
  return {
    id,
    protocol: facts.protocol,
    channel: facts.channel,
    kind: facts.kind,
    preference: facts.preference,
    bgp: facts.bgp,
    via,
    root,
  };
}
