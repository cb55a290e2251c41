/**
 * The hot files of the RIB: prefixes and attribute sets coming in, whole NLRI fields, the decision, the journal. The
 * load is a full table: 1,000,000 IPv4 prefixes in 175,000 attribute sets, from a fixed seed.
 */
import { bench, do_not_optimize, run, summary } from 'mitata';
import {
  ACCEPT_ALL,
  AttributeCode,
  AttributeEditor,
  IPV4_UNICAST,
  type Ip,
  parseIp,
  RouteSourceKind,
  writeNlri,
  writeU32,
} from '../../bgp/index.ts';
import {
  AdjRibIn,
  AttributeTable,
  IncomingSet,
  InterfaceTable,
  NextHopTable,
  PrefixTable,
  type RouteId,
  RoutingTable,
  SourceTable,
} from '../../rib/index.ts';

const PREFIXES = 1_000_000;
const SETS = 175_000;
const LENGTHS = [24, 24, 24, 24, 24, 24, 24, 23, 22, 22, 21, 20, 19, 16];

let state = 20260101;
function random(): number {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return state >>> 3;
}

/** Distinct prefixes: word and length in turns. */
const load = new Uint32Array(2 * PREFIXES);
{
  const table = new PrefixTable(IPV4_UNICAST);
  while (table.count < PREFIXES) {
    const length = LENGTHS[random() % LENGTHS.length]!;
    const word = (((random() << 8) ^ random()) & (-1 << (32 - length))) >>> 0;
    if (word >>> 24 === 0 || word >>> 24 === 127 || word >>> 24 >= 224) continue;
    const row = table.count;
    if (table.intern(word, 0, 0, 0, length) <= row) continue;
    load[2 * row] = word;
    load[2 * row + 1] = length;
  }
}

/** Attribute records one behind the other, and the NLRI field of each. */
const records = new Uint8Array(128 * SETS);
const recordEnd = new Uint32Array(SETS + 1);
const fields = new Uint8Array(5 * PREFIXES);
const fieldEnd = new Uint32Array(SETS + 1);
{
  const editor = new AttributeEditor();
  let record = 0;
  let field = 0;
  let prefix = 0;
  for (let set = 0; set < SETS; set++) {
    const hops = 2 + (random() % 5);
    const path = new Uint8Array(2 + 4 * hops);
    path[0] = 2;
    path[1] = hops;
    for (let i = 0; i < hops; i++)
      writeU32(path, 2 + 4 * i, i === 0 ? 65001 : i === hops - 1 ? set : random() % 70_000);
    editor.loadEmpty();
    editor.setU32(AttributeCode.Origin, 0);
    editor.setAsPath(path);
    editor.setNextHop('10.0.0.1' as Ip);
    editor.setWords(AttributeCode.Communities, Uint32Array.of(0xfde80000 + (set % 100), 0xfde90000 + (random() % 50)));
    editor.encodeRecord();
    records.set(editor.bytes.subarray(editor.start, editor.end), record);
    record += editor.end - editor.start;
    recordEnd[set + 1] = record;
    for (const last = Math.floor(((set + 1) * PREFIXES) / SETS); prefix < last; prefix++) {
      field = writeNlri(fields, field, load[2 * prefix]!, 0, 0, 0, load[2 * prefix + 1]!);
    }
    fieldEnd[set + 1] = field;
  }
}

interface World {
  readonly table: RoutingTable;
  readonly attributes: AttributeTable;
  readonly nextHops: NextHopTable;
  readonly sources: SourceTable;
}

function world(): World {
  const interfaces = new InterfaceTable();
  interfaces.set({
    index: 2,
    name: 'eth0',
    up: true,
    linkUp: true,
    loopback: false,
    broadcast: true,
    multicast: true,
    pointToPoint: false,
    mtu: 1500,
    master: 0,
  });
  interfaces.setAddress(2, { address: '10.0.0.254' as Ip, length: 24, scope: 0, secondary: false, peer: undefined });
  const nextHops = new NextHopTable(interfaces);
  const attributes = new AttributeTable(nextHops);
  const sources = new SourceTable();
  return {
    table: new RoutingTable('master4', IPV4_UNICAST, { attributes, nextHops, sources }),
    attributes,
    nextHops,
    sources,
  };
}

function peer({ table, sources }: World, number: number): AdjRibIn {
  const source = sources.add({
    protocol: `bgp${number}`,
    channel: `bgp${number}.ipv4`,
    kind: RouteSourceKind.Bgp,
    preference: 100,
    bgp: {
      internal: false,
      interior: false,
      localAs: 65000,
      peerAs: 65001,
      peerId: number,
      peerAddress: parseIp(`10.0.0.${number}`)!,
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
    },
  })!;
  return new AdjRibIn(table, source, {
    policy: ACCEPT_ALL,
    keepFiltered: false,
    importTable: false,
    receiveLimit: undefined,
    importLimit: undefined,
    onLimit: () => {},
    report: () => {},
    print: () => {},
  });
}

/** The whole load into one peer, deciding after every 64 UPDATEs as a read burst does. */
function feed(here: World, adjIn: AdjRibIn): void {
  const { attributes, nextHops, table } = here;
  const nextHop = nextHops.intern({
    kind: 'gateway',
    address: '10.0.0.1' as Ip,
    linkLocal: undefined,
    interfaceName: undefined,
    resolve: 'direct',
    igpTable: '',
  });
  const incoming = new IncomingSet(attributes, nextHops);
  for (let set = 0; set < SETS; set++) {
    const end = recordEnd[set + 1]!;
    incoming.describe(records, recordEnd[set]!, end, end, nextHop);
    adjIn.announceNlri(fields, fieldEnd[set]!, fieldEnd[set + 1]!, false, incoming, 1000);
    if ((set & 63) === 63) table.decide(1 << 30);
  }
  incoming.clear();
  table.decide(1 << 30);
  nextHops.release(nextHop);
}

summary(() => {
  bench('1 M prefixes into an empty table', () => {
    const here = world();
    feed(here, peer(here, 1));
    return do_not_optimize(here.table.counts.routes);
  }).gc('inner');

  const full = world();
  const first = peer(full, 1);
  feed(full, first);
  bench('1 M prefixes again, unchanged', () => feed(full, first));

  const second = peer(full, 2);
  feed(full, second);
  bench('1 M prefixes gone and back, a second peer stays', () => {
    while (second.clear(100_000)) full.table.decide(1 << 30);
    full.table.decide(1 << 30);
    feed(full, second);
  });

  const reader = full.table.openReader();
  bench('1 M prefixes read by a walk', () => {
    reader.refeed();
    let count = 0;
    while (reader.next() !== 0) count++;
    return do_not_optimize(count);
  });
});

summary(() => {
  bench('1 M prefixes interned', () => {
    const table = new PrefixTable(IPV4_UNICAST);
    for (let i = 0; i < 2 * PREFIXES; i += 2) table.intern(load[i]!, 0, 0, 0, load[i + 1]!);
    return do_not_optimize(table.count);
  }).gc('inner');

  const table = new PrefixTable(IPV4_UNICAST);
  for (let i = 0; i < 2 * PREFIXES; i += 2) table.intern(load[i]!, 0, 0, 0, load[i + 1]!);
  bench('1 M prefixes found', () => {
    let sum = 0;
    for (let i = 0; i < 2 * PREFIXES; i += 2) sum += table.find(load[i]!, 0, 0, 0, load[i + 1]!);
    return do_not_optimize(sum);
  });

  const { attributes, nextHops } = world();
  const nextHop = nextHops.intern({ kind: 'blackhole' });
  for (let set = 0; set < SETS; set++) {
    attributes.intern(records, recordEnd[set]!, recordEnd[set + 1]!, recordEnd[set + 1]!, nextHop);
  }
  bench('175,000 attribute sets interned again', () => {
    for (let set = 0; set < SETS; set++) {
      const end = recordEnd[set + 1]!;
      attributes.release(attributes.intern(records, recordEnd[set]!, end, end, nextHop));
    }
  });
});

summary(() => {
  const here = world();
  const peers = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => peer(here, number));
  const nextHop = here.nextHops.intern({ kind: 'blackhole' });
  const end = recordEnd[1]!;
  const incoming = new IncomingSet(here.attributes, here.nextHops);
  incoming.describe(records, 0, end, end, nextHop);
  for (const adjIn of peers) adjIn.announceNlri(fields, 0, 4000, false, incoming, 1000);
  here.table.decide(1 << 30);
  const prefix = here.table.prefixes.find(load[0]!, 0, 0, 0, load[1]!);
  const routes: RouteId[] = [];
  for (let route = here.table.first(prefix); route !== 0; route = here.table.next(route)) routes.push(route);
  bench('two routes compared down to the router id', () => here.table.decision.compare(routes[0]!, routes[1]!));
  bench('one of eight routes selected', () => {
    here.table.markChanged(prefix, false);
    return here.table.decide(1);
  });
});

await run();
