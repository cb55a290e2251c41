/**
 * What the tests of the RIB share: one machine with its tables, peers that announce into it, and attribute sets written
 * as fields.
 */
import {
  ACCEPT_ALL,
  type AddressFamily,
  AttributeCode,
  AttributeEditor,
  ExtensionAttribute,
  IPV4_UNICAST,
  type Ip,
  type NextHop,
  type Policy,
  PolicyReads,
  type PolicyRoute,
  PolicyVerdict,
  type Prefix,
  parseIp,
  parsePrefix,
  RouteSourceKind,
  writeNlri,
  writeNlriWithPath,
  writeU32,
} from '../../bgp/index.ts';
import {
  AdjRibIn,
  type AdjRibInOptions,
  type AttributeId,
  AttributeTable,
  type BgpSource,
  IncomingSet,
  InterfaceTable,
  LONGEST_RECORD,
  NextHopTable,
  type PrefixId,
  type RouteId,
  type RouteLimitKind,
  RoutingTable,
  type SourceFacts,
  SourceTable,
} from '../../rib/index.ts';

export function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`not a prefix: ${text}`);
  return parsed;
}

/** An attribute set as fields; what is left out is not in the set. */
export interface SetFields {
  readonly origin?: number;
  /** Sequence numbers; `undefined`: no AS_PATH at all. */
  readonly asPath?: readonly number[];
  readonly segments?: Uint8Array;
  readonly med?: number;
  readonly localPref?: number;
  readonly communities?: readonly number[];
  readonly originatorId?: number;
  readonly clusterList?: readonly number[];
  readonly aigp?: number;
  readonly preference?: number;
  readonly igpMetric?: number;
  readonly via?: NextHop;
}

export function direct(address: string, interfaceName?: string): NextHop {
  return {
    kind: 'gateway',
    address: ip(address),
    linkLocal: undefined,
    interfaceName,
    resolve: 'direct',
    igpTable: '',
  };
}

export function recursive(address: string, igpTable: string, linkLocal?: string): NextHop {
  return {
    kind: 'gateway',
    address: ip(address),
    linkLocal: linkLocal === undefined ? undefined : ip(linkLocal),
    interfaceName: undefined,
    resolve: 'recursive',
    igpTable,
  };
}

export function segment(type: number, ...numbers: number[]): Uint8Array {
  const bytes = new Uint8Array(2 + 4 * numbers.length);
  bytes[0] = type;
  bytes[1] = numbers.length;
  numbers.forEach((as, i) => {
    writeU32(bytes, 2 + 4 * i, as);
  });
  return bytes;
}

/** One machine: eth0 with 10.0.0.254/24 and 2001:db8::fe/64, eth1 with 10.1.0.254/24; a table of the family. */
export class Lab {
  readonly interfaces = new InterfaceTable();
  readonly nextHops: NextHopTable;
  readonly attributes: AttributeTable;
  readonly sources = new SourceTable();
  readonly table: RoutingTable;
  readonly #editor = new AttributeEditor();

  constructor(family: AddressFamily = IPV4_UNICAST, sorted = false) {
    this.setLink(2, 'eth0', true);
    this.setLink(3, 'eth1', true);
    this.setAddress(2, '10.0.0.254', 24);
    this.setAddress(2, '2001:db8::fe', 64);
    this.setAddress(3, '10.1.0.254', 24);
    this.nextHops = new NextHopTable(this.interfaces);
    this.attributes = new AttributeTable(this.nextHops);
    this.table = this.newTable(family === IPV4_UNICAST ? 'master4' : 'master6', family, sorted);
  }

  newTable(name: string, family: AddressFamily, sorted = false): RoutingTable {
    const shared = { attributes: this.attributes, nextHops: this.nextHops, sources: this.sources };
    return new RoutingTable(name, family, shared, sorted);
  }

  setLink(index: number, name: string, up: boolean): void {
    this.interfaces.set({
      index,
      name,
      up,
      linkUp: up,
      loopback: false,
      broadcast: true,
      multicast: true,
      pointToPoint: false,
      mtu: 1500,
      master: 0,
    });
  }

  setAddress(index: number, address: string, length: number, peer?: string): void {
    this.interfaces.setAddress(index, {
      address: ip(address),
      length,
      scope: 0,
      secondary: false,
      peer: peer === undefined ? undefined : ip(peer),
    });
  }

  /** Interns a set; the reference is the caller's. Without `via`: 10.0.0.1, or 2001:db8::1 in IPv6 tables. */
  set(fields: SetFields = {}): AttributeId {
    const editor = this.#editor;
    editor.loadEmpty();
    if (fields.origin !== undefined) editor.setU32(AttributeCode.Origin, fields.origin);
    if (fields.segments !== undefined) editor.setAsPath(fields.segments);
    else if (fields.asPath !== undefined) {
      editor.setAsPath(fields.asPath.length === 0 ? new Uint8Array(0) : segment(2, ...fields.asPath));
    }
    if (fields.med !== undefined) editor.setU32(AttributeCode.MultiExitDisc, fields.med);
    if (fields.localPref !== undefined) editor.setU32(AttributeCode.LocalPref, fields.localPref);
    if (fields.communities !== undefined) {
      editor.setWords(AttributeCode.Communities, Uint32Array.from(fields.communities));
    }
    if (fields.originatorId !== undefined) editor.setU32(AttributeCode.OriginatorId, fields.originatorId);
    if (fields.clusterList !== undefined) {
      editor.setWords(AttributeCode.ClusterList, Uint32Array.from(fields.clusterList));
    }
    if (fields.aigp !== undefined) {
      const tlv = new Uint8Array(11);
      tlv.set([1, 0, 11]);
      writeU32(tlv, 3, Math.floor(fields.aigp / 2 ** 32));
      writeU32(tlv, 7, fields.aigp % 2 ** 32);
      editor.setRaw(AttributeCode.Aigp, 0x80, tlv);
    }
    if (fields.preference !== undefined) editor.setExtensionU32(ExtensionAttribute.Preference, fields.preference);
    if (fields.igpMetric !== undefined) editor.setExtensionU32(ExtensionAttribute.IgpMetric, fields.igpMetric);
    editor.encodeRecord();
    const fallback = this.table?.family.version === 6 ? direct('2001:db8::1') : direct('10.0.0.1');
    const nextHop = this.nextHops.intern(fields.via ?? fallback);
    const id = this.attributes.intern(editor.bytes, editor.start, editor.wireEnd, editor.end, nextHop);
    this.nextHops.release(nextHop);
    return id;
  }

  peer(name: string, options: PeerOptions = {}): Peer {
    return new Peer(this, this.table, name, options);
  }

  /** Runs everything that follows from changes, in small slices, until nothing is left to do. */
  settle(...tables: RoutingTable[]): void {
    const all = tables.length === 0 ? [this.table] : tables;
    for (;;) {
      let more = false;
      for (const table of all) while (table.decide(7)) more = true;
      while (this.nextHops.update(5)) more = true;
      for (const table of all) {
        while (table.nextHopsChanged(11)) more = true;
        if (table.isDirty) more = true;
      }
      if (!more) return;
    }
  }

  row(text: string): PrefixId {
    return this.table.prefixes.findPrefix(prefix(text));
  }

  /** Protocol names of the routes to a prefix, as the chain has them. */
  chain(text: string): string[] {
    const names: string[] = [];
    const table = this.table;
    for (let route = table.first(this.row(text)); route !== 0; route = table.next(route)) {
      names.push(table.sourceOf(route).protocol);
    }
    return names;
  }

  /** Protocol name of the selected route; '' if there is none. */
  bestOf(text: string): string {
    const best = this.table.best(this.row(text));
    return best === 0 ? '' : this.table.sourceOf(best).protocol;
  }

  /** Everything has to be gone. */
  leftovers(): Record<string, number> {
    const { table, attributes, nextHops } = this;
    return {
      networks: table.counts.networks,
      shown: table.counts.routes,
      filtered: table.counts.filtered,
      prefixes: table.prefixes.count,
      routes: table.routes.count,
      journal: table.journal.length,
      sets: attributes.count,
      octets: attributes.bytesUsed,
      nextHops: nextHops.count,
    };
  }
}

export const NOTHING_LEFT: Record<string, number> = Object.freeze({
  networks: 0,
  shown: 0,
  filtered: 0,
  prefixes: 0,
  routes: 0,
  journal: 0,
  sets: 0,
  octets: 0,
  nextHops: 0,
});

export type BgpFields = Partial<{ -readonly [Key in keyof BgpSource]: BgpSource[Key] }>;

export interface PeerOptions {
  readonly kind?: RouteSourceKind;
  readonly preference?: number;
  readonly bgp?: BgpFields;
  readonly table?: RoutingTable;
  readonly options?: Partial<AdjRibInOptions>;
}

let peerCount = 0;

/** Facts of an external peer, 10.0.0.N with router id N, where N grows with each peer. */
export function bgpFacts(name: string, fields: BgpFields = {}, preference = 100): SourceFacts {
  peerCount++;
  return {
    protocol: name,
    channel: `${name}.ipv4`,
    kind: RouteSourceKind.Bgp,
    preference,
    bgp: {
      internal: false,
      interior: false,
      localAs: 65000,
      peerAs: 65001,
      peerId: peerCount,
      peerAddress: ip(`10.0.0.${(peerCount % 250) + 1}`),
      localId: 1,
      rrClient: false,
      rsClient: false,
      clusterId: 1,
      defaultLocalPref: 100,
      defaultMed: 0,
      medMetric: false,
      deterministicMed: false,
      pathMetric: true,
      igpMetric: true,
      preferOlder: false,
      linkInterface: 'eth0',
      multihop: false,
      ...fields,
    },
  };
}

/** One channel and its AdjRibIn, spoken to in text. */
export class Peer {
  readonly lab: Lab;
  readonly in: AdjRibIn;
  readonly limits: string[] = [];
  readonly reports: string[] = [];
  readonly printed: string[] = [];
  readonly #incoming: IncomingSet;
  #lastSerial = 0;

  constructor(lab: Lab, table: RoutingTable, name: string, options: PeerOptions) {
    this.lab = lab;
    this.#incoming = new IncomingSet(lab.attributes, lab.nextHops);
    const kind = options.kind ?? RouteSourceKind.Bgp;
    const facts: SourceFacts =
      kind === RouteSourceKind.Bgp
        ? bgpFacts(name, options.bgp, options.preference)
        : { protocol: name, channel: `${name}.ipv4`, kind, preference: options.preference ?? 200, bgp: undefined };
    const source = lab.sources.add(facts);
    if (source === undefined) throw new Error('no source id left');
    this.in = new AdjRibIn(options.table ?? table, source, {
      policy: ACCEPT_ALL,
      keepFiltered: false,
      importTable: false,
      receiveLimit: undefined,
      importLimit: undefined,
      onLimit: (limit: RouteLimitKind, setting) => this.limits.push(`${limit} ${setting.action}`),
      report: (message) => this.reports.push(message),
      print: (line) => this.printed.push(line),
      ...options.options,
    });
  }

  announce(text: string, fields: SetFields = {}, now = 1000, pathId = 0): void {
    const set = this.lab.set(fields);
    this.in.announce(prefix(text), pathId, set, now);
    this.lab.attributes.release(set);
  }

  /** A field of prefixes as it comes from the wire, like the one before if the set is; set 0: one for which there is no room. */
  announceNlri(field: Uint8Array, addPath: boolean, set: AttributeId, now: number): number {
    const { attributes, nextHops } = this.lab;
    const incoming = this.#incoming;
    if (set === 0) {
      const length = LONGEST_RECORD + 1;
      incoming.describe(new Uint8Array(length), 0, length, length, nextHops.intern({ kind: 'blackhole' }));
    } else {
      const place = [
        attributes.chunk(set),
        attributes.start(set),
        attributes.wireEnd(set),
        attributes.end(set),
      ] as const;
      const nextHop = attributes.nextHopId(set);
      if (this.#lastSerial === attributes.serial[set]) incoming.describeAgain(...place, nextHop);
      else incoming.describe(...place, nextHop);
    }
    this.#lastSerial = attributes.serial[set] ?? 0;
    const count = this.in.announceNlri(field, 0, field.length, addPath, incoming, now);
    incoming.clear();
    return count;
  }

  withdraw(text: string, pathId = 0): void {
    this.in.withdraw(prefix(text), pathId);
  }

  clear(): void {
    while (this.in.clear(3)) {
      // Sliced on purpose.
    }
  }

  route(text: string, pathId = 0): RouteId {
    const table = this.in.table;
    return table.findRoute(table.prefixes.findPrefix(prefix(text)), this.in.source.id, pathId);
  }
}

/** An NLRI field. */
export function nlri(prefixes: readonly string[], pathId?: number): Uint8Array {
  const bytes = new Uint8Array(21 * prefixes.length);
  let at = 0;
  for (const text of prefixes) {
    const parsed = prefix(text);
    const words = [0, 0, 0, 0];
    parsed.bytes.forEach((octet, i) => {
      words[i >> 2] = ((words[i >> 2] ?? 0) | (octet << (24 - 8 * (i & 3)))) >>> 0;
    });
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
    at =
      pathId === undefined
        ? writeNlri(bytes, at, w0, w1, w2, w3, parsed.length)
        : writeNlriWithPath(bytes, at, pathId, w0, w1, w2, w3, parsed.length);
  }
  return bytes.subarray(0, at);
}

/** A policy made of a function; it says that it reads everything unless told otherwise, or what classes of prefixes it knows. */
export function policy(
  label: string,
  evaluate: (route: PolicyRoute) => PolicyVerdict,
  reads: number = PolicyReads.Prefix,
  prefixClass?: (route: PolicyRoute) => number,
): Policy & { runs: number } {
  const made = {
    label,
    reads,
    writes: true,
    prefixClass,
    runs: 0,
    evaluate: (route: PolicyRoute): PolicyVerdict => {
      made.runs++;
      return evaluate(route);
    },
    equals: (other: Policy): boolean => other === made,
  };
  return made;
}

export const { Accept, Reject } = PolicyVerdict;
export const Failed = PolicyVerdict.Error;
