/**
 * The way in of one session, from a chunk of the socket to the table: framing, decoding, loop checks, interning, import.
 * One iteration is one chunk of 64 KiB; the table is full, so nothing changes and the decision has nothing to do.
 */
import { bench, run, summary } from 'mitata';
import { ACCEPT_ALL, IPV4_UNICAST, MessageType, RouteSourceKind, type SessionOptions } from '../../bgp/index.ts';
import { AdjRibIn, AttributeTable, InterfaceTable, NextHopTable, RoutingTable, SourceTable } from '../../rib/index.ts';
import { PeerConnection } from '../../src/peer/peer-connection.ts';
import { UpdateImport } from '../../src/peer/update-import.ts';
import { Scheduler } from '../../src/scheduler.ts';

const CHUNK = 65_536;

const interfaces = new InterfaceTable();
const nextHops = new NextHopTable(interfaces);
const attributes = new AttributeTable(nextHops);
const sources = new SourceTable();
const table = new RoutingTable('master4', IPV4_UNICAST, { attributes, nextHops, sources });
const source = sources.add({
  protocol: 'bgp1',
  channel: 'bgp1.ipv4',
  kind: RouteSourceKind.Bgp,
  preference: 100,
  bgp: undefined,
});
if (source === undefined) throw new Error('no source id');
const adjRibIn = new AdjRibIn(table, source, {
  policy: ACCEPT_ALL,
  keepFiltered: false,
  importTable: false,
  receiveLimit: undefined,
  importLimit: undefined,
  onLimit() {},
  report() {},
  print() {},
});
const options: SessionOptions = {
  internal: false,
  confederationMember: false,
  localAs: 65001,
  peerAs: 65002,
  peerId: 2,
  as4: true,
  maxReceiveLength: 4096,
  maxSendLength: 4096,
  ipv4: { family: IPV4_UNICAST, addPathReceive: false, addPathSend: false, extendedNextHop: false },
  ipv6: undefined,
  enforceFirstAs: false,
  allowLocalPref: false,
  allowAsSets: true,
  aigp: false,
  defaultLocalPref: 100,
  localRole: -1,
  linkScope: false,
};
const loops = { localAs: 65001, confederation: undefined, allowLocalAs: 0, routerId: 1, clusterId: 1 };
const nextHopRules = {
  gateway: 'recursive',
  prefer: 'global',
  onlink: false,
  linkInterface: undefined,
  igpTable4: 'master4',
  igpTable6: 'master6',
} as const;
const target = { adjRibIn, nextHopRules, cost: 0, aigp: false, changed() {} };
const wayIn = new UpdateImport(
  options,
  loops,
  { attributes, nextHops, interfaces },
  { target: () => target, report() {}, asSet() {}, endOfRib() {}, wallClock: () => 0 },
);
const connection = new PeerConnection(
  1,
  'bench',
  {
    connected() {},
    received() {},
    message: (_connection, type, bytes, start, end) => {
      if (type === MessageType.Update) wayIn.take(bytes, start, end, 0);
      return true;
    },
    framingError() {},
    written() {},
    drained() {},
    closed() {},
  },
  new Scheduler(() => {}),
);

/** UPDATEs with `perMessage` prefixes each, every one with another path, until the chunk is full. */
function chunkOf(perMessage: number): { readonly bytes: Uint8Array; readonly prefixes: number } {
  const octets: number[] = [];
  let prefixes = 0;
  for (let message = 0; octets.length < CHUNK - 4096; message++) {
    const path = [65002, 3356, 60_000 + (message % 5000), 61_000 + ((message * 7) % 4000)];
    const attributeOctets = [
      ...[0x40, 1, 1, 0],
      ...[0x40, 2, 2 + 4 * path.length, 2, path.length],
      ...path.flatMap((as) => [0, 0, as >> 8, as & 255]),
      ...[0x40, 3, 4, 10, 0, 0, 1],
      ...[0xc0, 8, 8, 0x0d, 0x1c, 0, 100, 0x0d, 0x1c, message & 15, 7],
    ];
    const nlri: number[] = [];
    for (let i = 0; i < perMessage; i++, prefixes++)
      nlri.push(24, 20 + (prefixes >> 16), (prefixes >> 8) & 255, prefixes & 255);
    const length = 23 + attributeOctets.length + nlri.length;
    octets.push(...Array<number>(16).fill(255), length >> 8, length & 255, 2, 0, 0, 0, attributeOctets.length);
    octets.push(...attributeOctets, ...nlri);
  }
  return { bytes: Uint8Array.from(octets), prefixes };
}

summary(() => {
  for (const perMessage of [1, 6, 100]) {
    const { bytes, prefixes } = chunkOf(perMessage);
    connection.data(bytes);
    while (table.decide(10_000));
    bench(`${prefixes} known prefixes, ${perMessage} in each UPDATE`, () => connection.data(bytes));
  }
});

await run();
