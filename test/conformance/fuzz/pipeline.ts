/**
 * A session without sockets: octets go through framing, decoding, import and decision into tables, and what was
 * selected goes out again. Whatever comes in, nothing throws, and what goes out is without fault.
 */
import assert from 'node:assert/strict';
import {
  ACCEPT_ALL,
  type AddressFamily,
  AttributeBlock,
  decodeNotification,
  decodeOpen,
  decodeRouteRefresh,
  decodeShutdownText,
  EncodeFault,
  encodeNotification,
  encodeOpen,
  type FamilyOptions,
  FrameResult,
  formatCapabilities,
  formatProblem,
  IPV4_UNICAST,
  IPV6_UNICAST,
  innerError,
  MessageType,
  NotificationError,
  ReceiveWindow,
  RouteSourceKind,
  type SessionOptions,
  Update,
  UpdateEncoder,
  type UpdateProblem,
  UpdateVerdict,
} from '../../../bgp/index.ts';
import {
  AdjRibIn,
  type AttributeId,
  AttributeTable,
  InterfaceTable,
  NextHopTable,
  RoutingTable,
  SourceTable,
  TableReader,
} from '../../../rib/index.ts';
import { type ImportTarget, UpdateImport } from '../../../src/peer/update-import.ts';

const PLAIN: FamilyOptions = {
  family: IPV4_UNICAST,
  addPathReceive: false,
  addPathSend: false,
  extendedNextHop: false,
};
const EXTERNAL: SessionOptions = {
  internal: false,
  confederationMember: false,
  localAs: 65001,
  peerAs: 65002,
  peerId: 2,
  as4: true,
  maxReceiveLength: 65535,
  maxSendLength: 65535,
  ipv4: PLAIN,
  ipv6: { ...PLAIN, family: IPV6_UNICAST },
  enforceFirstAs: false,
  allowLocalPref: false,
  allowAsSets: true,
  aigp: false,
  defaultLocalPref: 100,
  localRole: -1,
  linkScope: true,
};
const PATHS = { addPathReceive: true, addPathSend: true };
/** Sessions of every kind that changes how octets are read. */
export const SESSIONS: readonly SessionOptions[] = [
  EXTERNAL,
  { ...EXTERNAL, internal: true, peerAs: 65001 },
  { ...EXTERNAL, as4: false },
  { ...EXTERNAL, enforceFirstAs: true, allowAsSets: false, localRole: 4, linkScope: false },
  {
    ...EXTERNAL,
    internal: true,
    peerAs: 65001,
    confederationMember: true,
    aigp: true,
    as4: false,
    ipv4: { ...PLAIN, extendedNextHop: true },
  },
  { ...EXTERNAL, ipv4: { ...PLAIN, ...PATHS }, ipv6: { ...PLAIN, ...PATHS, family: IPV6_UNICAST } },
];

/** Takes whatever a record may hold. */
const LIBERAL: SessionOptions = {
  ...EXTERNAL,
  internal: true,
  peerAs: 65001,
  confederationMember: true,
  aigp: true,
  defaultLocalPref: -1,
  ipv4: { ...PLAIN, extendedNextHop: true },
  ipv6: { ...PLAIN, family: IPV6_UNICAST, extendedNextHop: true },
};
const RULES: ImportTarget['nextHopRules'] = {
  gateway: 'recursive',
  prefer: 'global',
  onlink: false,
  linkInterface: 'eth0',
  igpTable4: 'master4',
  igpTable6: 'master6',
};
const TALLY_OF: Readonly<Record<UpdateVerdict, keyof Tally>> = {
  [UpdateVerdict.Ok]: 'applied',
  [UpdateVerdict.Discard]: 'discarded',
  [UpdateVerdict.Withdraw]: 'withdrawn',
  [UpdateVerdict.Reset]: 'resets',
};
/** What became of the inputs, to show that all ways were gone. */
export interface Tally {
  inputs: number;
  framingErrors: number;
  opens: number;
  refused: number;
  applied: number;
  discarded: number;
  withdrawn: number;
  resets: number;
  sentAgain: number;
}

interface Shared {
  readonly interfaces: InterfaceTable;
  readonly nextHops: NextHopTable;
  readonly attributes: AttributeTable;
  readonly sources: SourceTable;
}

/** The tables of one family. */
class Way {
  readonly table: RoutingTable;
  readonly reader: TableReader;
  readonly adjRibIn: AdjRibIn;
  readonly target: ImportTarget;

  constructor(name: string, family: AddressFamily, shared: Shared) {
    this.table = new RoutingTable(name, family, shared);
    shared.nextHops.addTable(this.table);
    const source = shared.sources.add({
      protocol: 'fuzz',
      channel: `fuzz.${family.name}`,
      kind: RouteSourceKind.Bgp,
      preference: 100,
      bgp: undefined,
    });
    assert.ok(source !== undefined);
    this.adjRibIn = new AdjRibIn(this.table, source, {
      policy: ACCEPT_ALL,
      keepFiltered: false,
      importTable: false,
      receiveLimit: undefined,
      importLimit: undefined,
      onLimit() {},
      report() {},
      print() {},
    });
    this.reader = new TableReader(this.table);
    this.target = { adjRibIn: this.adjRibIn, nextHopRules: RULES, cost: 0, aigp: true, changed() {} };
  }

  decide(): void {
    while (this.table.decide(1024));
  }

  clear(): void {
    while (this.adjRibIn.clear(1024));
    this.decide();
    while (this.reader.next() !== 0);
  }
}

export class Pipeline {
  readonly tally: Tally;
  readonly #shared: Shared;
  readonly #ipv4: Way;
  readonly #ipv6: Way;
  readonly #import: UpdateImport;
  readonly #block = new AttributeBlock();
  readonly #back = new Update();
  #problems: readonly UpdateProblem[] = [];
  #verdict: UpdateVerdict = UpdateVerdict.Ok;

  constructor(options: SessionOptions, tally: Tally) {
    this.tally = tally;
    const interfaces = new InterfaceTable();
    const nextHops = new NextHopTable(interfaces);
    this.#shared = { interfaces, nextHops, attributes: new AttributeTable(nextHops), sources: new SourceTable() };
    this.#ipv4 = new Way('master4', IPV4_UNICAST, this.#shared);
    this.#ipv6 = new Way('master6', IPV6_UNICAST, this.#shared);
    this.#import = new UpdateImport(
      options,
      { localAs: 65001, confederation: undefined, allowLocalAs: 0, routerId: 1, clusterId: 1 },
      this.#shared,
      {
        target: (family) => (family === IPV4_UNICAST ? this.#ipv4 : this.#ipv6).target,
        asSet() {},
        report: (problems, verdict) => {
          this.#problems = problems;
          this.#verdict = verdict;
        },
        endOfRib() {},
        wallClock: () => 0,
      },
    );
  }

  /** One message, on a connection of its own. True if it was read to its end. */
  take(bytes: Uint8Array): boolean {
    const { tally } = this;
    tally.inputs++;
    const window = new ReceiveWindow();
    window.maxReceiveLength = 65535;
    window.push(bytes);
    if (window.next() !== FrameResult.Message) {
      tally.framingErrors++;
      if (window.error !== undefined) encodeNotification(window.error);
      return false;
    }
    return this.#message(window.type, window.bytes, window.start, window.end);
  }

  #message(type: number, bytes: Uint8Array, start: number, end: number): boolean {
    switch (type) {
      case MessageType.Open:
        return this.#open(bytes, start, end);
      case MessageType.Update:
        return this.#update(bytes, start, end);
      case MessageType.Notification: {
        const inner = innerError(decodeNotification(bytes, start, end));
        decodeShutdownText(inner.data);
        String(inner);
        break;
      }
      case MessageType.RouteRefresh:
        decodeRouteRefresh(bytes, start, end, true);
        break;
    }
    return true;
  }

  /** What was selected goes out as to a peer that takes everything, in both widths, and is read again. */
  sendAgain(): void {
    for (const way of [this.#ipv4, this.#ipv6]) {
      way.decide();
      for (let prefix = way.reader.next(); prefix !== 0; prefix = way.reader.next()) {
        const route = way.table.best(prefix);
        if (route !== 0) this.#send(way.table, way.table.attributeOf(route));
      }
    }
  }

  /** Everything goes; nothing may be left of it. */
  clear(): void {
    this.#import.forget();
    for (const way of [this.#ipv4, this.#ipv6]) way.clear();
    const { attributes, nextHops } = this.#shared;
    assert.deepEqual([attributes.count, nextHops.count], [0, 0], 'attributes and next hops are released');
    assert.equal(this.#ipv4.table.counts.routes + this.#ipv6.table.counts.routes, 0);
  }

  #open(bytes: Uint8Array, start: number, end: number): boolean {
    const opened = decodeOpen(bytes, start, end);
    if (opened instanceof NotificationError) {
      this.tally.refused++;
      encodeNotification(opened);
      return false;
    }
    this.tally.opens++;
    for (const line of formatCapabilities(opened.capabilities)) assert.doesNotMatch(line, /undefined|NaN/);
    const again = encodeOpen(opened);
    assert.ok(!(decodeOpen(again, 0, again.length) instanceof NotificationError), 'what was taken can be sent');
    return true;
  }

  #update(bytes: Uint8Array, start: number, end: number): boolean {
    this.#problems = [];
    this.#verdict = UpdateVerdict.Ok;
    const error = this.#import.take(bytes, start, end, 1);
    for (const problem of this.#problems) assert.doesNotMatch(formatProblem(problem), /undefined|NaN/);
    if (error !== undefined) {
      this.tally.resets++;
      assert.equal(error.code, 3);
      assert.ok(encodeNotification(error).length <= 4096);
      return false;
    }
    this.tally[TALLY_OF[this.#reported()]]++;
    return true;
  }

  /** What the import has told about the last UPDATE. */
  #reported(): UpdateVerdict {
    return this.#verdict;
  }

  #send(table: RoutingTable, id: AttributeId): void {
    const { attributes } = this.#shared;
    const record = attributes.chunk(id);
    const start = attributes.start(id);
    const end = attributes.wireEnd(id);
    const family = table.family === IPV4_UNICAST ? LIBERAL.ipv4 : LIBERAL.ipv6;
    assert.ok(family !== undefined);
    for (const as4 of [true, false]) {
      const fault = this.#block.encode(record, start, end, family, as4);
      assert.equal(fault, EncodeFault.None);
      const encoder = new UpdateEncoder();
      // Widening a path that came in two octets may be what makes it too long for one message.
      if (encoder.beginReach(family, this.#block, 65535) === EncodeFault.TooLong) continue;
      encoder.add(0x0a000000, 0, 0, 0, 8, 0);
      for (const sent of encoder.drain()) {
        this.#back.decode(sent, 0, sent.length, { ...LIBERAL, as4 });
        this.tally.sentAgain++;
        assert.deepEqual(this.#back.problems.map(formatProblem), [], 'what is sent is without fault');
      }
    }
  }
}
