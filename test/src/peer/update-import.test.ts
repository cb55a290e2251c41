import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ACCEPT_ALL,
  AttributeCode,
  attributeEnd,
  findAttribute,
  IPV4_UNICAST,
  IPV6_UNICAST,
  parseIp,
  parsePrefix,
  RouteSourceKind,
  type SessionOptions,
  type UpdateProblem,
  UpdateVerdict,
} from '../../../bgp/index.ts';
import {
  AdjRibIn,
  AttributeTable,
  InterfaceTable,
  NextHopTable,
  type PrefixId,
  RoutingTable,
  SourceTable,
} from '../../../rib/index.ts';
import { NextHopCache, type NextHopRules, readNextHop } from '../../../src/peer/next-hop-cache.ts';
import { type LoopFacts, UpdateImport } from '../../../src/peer/update-import.ts';

const RULES: NextHopRules = {
  gateway: 'recursive',
  prefer: 'global',
  onlink: false,
  linkInterface: undefined,
  igpTable4: 'master4',
  igpTable6: 'master6',
};

const octets = (...addresses: string[]): Uint8Array =>
  Uint8Array.from(
    addresses.flatMap((text) => {
      if (!text.includes(':')) return text.split('.').map(Number);
      const [head = '', tail = ''] = text.split('::');
      const groups = (part: string): number[] =>
        part === '' ? [] : part.split(':').map((word) => Number.parseInt(word, 16));
      const left = groups(head);
      const right = groups(tail);
      const words = [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
      return words.flatMap((word) => [word >> 8, word & 255]);
    }),
  );

describe('what a next hop means', () => {
  const read = (bytes: Uint8Array, rules: Partial<NextHopRules> = {}) =>
    readNextHop(bytes, 0, bytes.length, { ...RULES, ...rules });
  const direct = { gateway: 'direct', linkInterface: 'eth0' } as const;

  it('recursive: looked up in the table of its version', () => {
    const four = read(octets('10.0.0.1'));
    assert.deepEqual(four, {
      kind: 'gateway',
      address: '10.0.0.1',
      linkLocal: undefined,
      interfaceName: undefined,
      resolve: 'recursive',
      igpTable: 'master4',
    });
    const six = read(octets('2001:db8::1', 'fe80::1'), { prefer: 'local', linkInterface: 'eth0' });
    assert.ok(six.kind === 'gateway');
    assert.deepEqual([six.address, six.linkLocal, six.igpTable], ['2001:db8::1', 'fe80::1', 'master6']);
  });

  it('direct: the global address, or the link-local one where that is preferred', () => {
    const both = octets('2001:db8::1', 'fe80::1');
    const global = read(both, direct);
    const local = read(both, { ...direct, prefer: 'local' });
    assert.ok(global.kind === 'gateway' && local.kind === 'gateway');
    assert.deepEqual([global.address, global.linkLocal], ['2001:db8::1', 'fe80::1']);
    assert.deepEqual([local.address, local.linkLocal], ['fe80::1', undefined]);
  });

  it('a link-local address alone, twice, or behind :: can only be a neighbour', () => {
    for (const bytes of [octets('fe80::1'), octets('fe80::1', 'fe80::1'), octets('::', 'fe80::1')]) {
      const hop = read(bytes, { linkInterface: 'eth0' });
      assert.ok(hop.kind === 'gateway');
      assert.deepEqual([hop.address, hop.resolve, hop.interfaceName], ['fe80::1', 'direct', 'eth0']);
    }
  });

  it('onlink: no address of ours has to cover it', () => {
    const hop = read(octets('192.0.2.1'), { ...direct, onlink: true });
    assert.deepEqual(hop, {
      kind: 'hops',
      hops: [{ gateway: '192.0.2.1', interfaceName: 'eth0', weight: 1, onlink: true }],
    });
  });

  it('is remembered by its octets, and forgotten with all references', () => {
    const interfaces = new InterfaceTable();
    const table = new NextHopTable(interfaces);
    const cache = new NextHopCache(table, interfaces, RULES);
    const seen = new Set<number>();
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 300; i++) seen.add(cache.find(octets(`10.0.${i >> 8}.${i & 255}`), 0, 4));
    }
    assert.equal(cache.find(octets('10.0.0.9'), 0, 4), cache.find(octets('10.0.0.9'), 0, 4));
    cache.clear();
    assert.equal(table.count, 0);
  });
});

/** A table, the way into it, and UPDATEs made of octets. */
class Lab {
  readonly interfaces = new InterfaceTable();
  readonly nextHops = new NextHopTable(this.interfaces);
  readonly attributes = new AttributeTable(this.nextHops);
  readonly sources = new SourceTable();
  readonly table = new RoutingTable('master4', IPV4_UNICAST, this);
  asSets = 0;
  readonly problems: [readonly UpdateProblem[], UpdateVerdict][] = [];
  readonly ended: string[] = [];
  readonly adjRibIn: AdjRibIn;
  readonly import: UpdateImport;

  constructor(options: Partial<SessionOptions>, loops: Partial<LoopFacts> = {}, target = {}) {
    const source = this.sources.add({
      protocol: 'bgp1',
      channel: 'bgp1.ipv4',
      kind: RouteSourceKind.Bgp,
      preference: 100,
      bgp: undefined,
    });
    assert.ok(source);
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
    const family = { family: IPV4_UNICAST, addPathReceive: false, addPathSend: false, extendedNextHop: false };
    this.import = new UpdateImport(
      {
        internal: true,
        confederationMember: false,
        localAs: 65001,
        peerAs: 65001,
        peerId: 2,
        as4: true,
        maxReceiveLength: 4096,
        maxSendLength: 4096,
        ipv4: family,
        ipv6: undefined,
        enforceFirstAs: false,
        allowLocalPref: false,
        allowAsSets: true,
        aigp: true,
        defaultLocalPref: 100,
        localRole: -1,
        linkScope: false,
        ...options,
      },
      {
        localAs: 65001,
        confederation: undefined,
        allowLocalAs: 0,
        routerId: 0x0a000001,
        clusterId: 0x0a0000ff,
        ...loops,
      },
      this,
      {
        target: (wanted) =>
          wanted === IPV4_UNICAST
            ? { adjRibIn: this.adjRibIn, nextHopRules: RULES, cost: 0, aigp: true, changed() {}, ...target }
            : undefined,
        report: (problems, verdict) => this.problems.push([problems, verdict]),
        asSet: () => this.asSets++,
        wallClock: () => 1_700_000_000_000,
        endOfRib: (ended) => this.ended.push(ended.name),
      },
    );
  }

  take(attributes: number[], nlri: number[] = [16, 10, 1], withdrawn: number[] = []): this {
    const u16 = (value: number): number[] => [value >> 8, value & 255];
    const body = [...u16(withdrawn.length), ...withdrawn, ...u16(attributes.length), ...attributes, ...nlri];
    const bytes = Uint8Array.from([...Array<number>(16).fill(255), ...u16(19 + body.length), 2, ...body]);
    assert.equal(this.import.take(bytes, 0, bytes.length, 1000), undefined);
    return this;
  }

  get count(): number {
    return this.adjRibIn.stats.routesImported;
  }

  /** The record of the only route. */
  attribute(code: number): number[] | undefined {
    const route = this.table.first(1 as PrefixId);
    const id = this.table.routes.attribute[route] as never;
    const bytes = this.attributes.chunk(id);
    const at = findAttribute(bytes, this.attributes.start(id), this.attributes.wireEnd(id), code);
    return at < 0 ? undefined : [...bytes.subarray(at, attributeEnd(bytes, at))];
  }
}

const attribute = (flags: number, code: number, ...value: number[]): number[] => [flags, code, value.length, ...value];
const path = (...numbers: number[]): number[] =>
  numbers.length === 0
    ? attribute(0x40, 2)
    : attribute(0x40, 2, 2, numbers.length, ...numbers.flatMap((as) => [0, 0, as >> 8, as & 255]));
const good = (...extra: number[]): number[] => [
  ...attribute(0x40, 1, 0),
  ...path(65002),
  ...attribute(0x40, 3, 10, 0, 0, 9),
  ...extra,
];

describe('the way in', () => {
  it('a loop is a withdrawal of what was there', () => {
    const loops: [string, Partial<LoopFacts>, number[], Partial<SessionOptions>][] = [
      ['own AS', {}, [...attribute(0x40, 1, 0), ...path(65002, 65001), ...attribute(0x40, 3, 10, 0, 0, 9)], {}],
      [
        'confederation',
        { confederation: 100 },
        [...attribute(0x40, 1, 0), ...path(65002, 100), ...attribute(0x40, 3, 10, 0, 0, 9)],
        {},
      ],
      ['ORIGINATOR_ID', {}, good(...attribute(0x80, 9, 10, 0, 0, 1)), {}],
      ['CLUSTER_LIST', {}, good(...attribute(0x80, 10, 1, 2, 3, 4, 10, 0, 0, 255)), {}],
    ];
    for (const [name, facts, looped, options] of loops) {
      const lab = new Lab(options, facts).take(good());
      assert.equal(lab.count, 1);
      lab.take(looped);
      assert.equal(lab.count, 0, name);
      assert.equal(lab.import.looped, 1, name);
      assert.deepEqual(lab.problems, [], `${name} is not worth a line`);
    }
  });

  it('AS_SETs are told of once in a session', () => {
    const lab = new Lab({});
    const withSet = [
      ...attribute(0x40, 1, 0),
      ...attribute(0x40, 2, 1, 1, 0, 0, 0xfd, 0xea),
      ...attribute(0x40, 3, 10, 0, 0, 9),
    ];
    assert.equal(lab.take(good()).asSets, 0);
    lab.take(withSet, [24, 10, 7, 1]).take(good(), [24, 10, 7, 2]).take(withSet, [24, 10, 7, 3]);
    assert.equal(lab.asSets, 1);
    assert.equal(lab.count, 4);
  });

  it('our AS may be there as often as is allowed', () => {
    const twice = [...attribute(0x40, 1, 0), ...path(65001, 65002, 65001), ...attribute(0x40, 3, 10, 0, 0, 9)];
    assert.equal(new Lab({}, { allowLocalAs: 1 }).take(twice).count, 0);
    assert.equal(new Lab({}, { allowLocalAs: 2 }).take(twice).count, 1);
    assert.equal(new Lab({}, { allowLocalAs: Number.POSITIVE_INFINITY }).take(twice).count, 1);
  });

  it('the same attributes in message after message are interned once and released at the end', () => {
    const lab = new Lab({});
    for (let i = 0; i < 100; i++) lab.take(good(), [24, 10, 7, i]);
    assert.equal(lab.count, 100);
    assert.equal(lab.attributes.count, 1);
    lab.take(good(...attribute(0x40, 5, 0, 0, 0, 7)), [24, 10, 7, 1]);
    assert.equal(lab.attributes.count, 2);
    lab.import.forget();
    while (lab.adjRibIn.clear(1000));
    assert.equal(lab.attributes.count, 0);
    assert.equal(lab.nextHops.count, 0);
  });

  it('a loop that comes again with the same octets is a loop again', () => {
    const lab = new Lab({});
    const looped = [...attribute(0x40, 1, 0), ...path(65001), ...attribute(0x40, 3, 10, 0, 0, 9)];
    lab.take(good(), [24, 10, 7, 1, 24, 10, 7, 2]).take(looped, [24, 10, 7, 1]).take(looped, [24, 10, 7, 2]);
    assert.equal(lab.count, 0);
    assert.equal(lab.import.looped, 2);
  });

  it('our own address as next hop is an error of the route, as long as it is ours', () => {
    const lab = new Lab({});
    lab.interfaces.set({
      index: 1,
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
    lab.take(good());
    assert.equal(lab.count, 1);
    const address = parseIp('10.0.0.9');
    assert.ok(address);
    // The same octets each time: what is remembered of them must not outlive the address.
    lab.interfaces.setAddress(1, { address, length: 24, scope: 4, secondary: false, peer: undefined });
    lab.take(good());
    assert.equal(lab.count, 0);
    assert.equal(lab.problems[0]?.[1], UpdateVerdict.Withdraw);
    assert.equal(lab.import.refusals.last?.reason, 'NEXT_HOP: is an address of our own (RFC 4271 5.1.3)');
    lab.interfaces.removeAddress(1, address, 24);
    lab.take(good());
    assert.equal(lab.count, 1);
  });

  it('what was refused is known by its prefix, the newest reason first, and costs no more than a ring', () => {
    const lab = new Lab({}).take(good(), [16, 10, 1, 16, 10, 2]);
    const reason = (text: string) => {
      const prefix = parsePrefix(text);
      assert.ok(prefix);
      return lab.import.refusals.of(IPV4_UNICAST, prefix)?.reason;
    };
    assert.equal(reason('10.1.0.0/16'), undefined);
    lab.take([...good().slice(4), ...attribute(0x40, 1, 9)], [16, 10, 1]);
    const looped = [...attribute(0x40, 1, 0), ...path(65001), ...attribute(0x40, 3, 10, 0, 0, 9)];
    lab.take(looped, [16, 10, 2, 17, 10, 2, 127]);
    assert.equal(reason('10.1.0.0/16'), 'ORIGIN: value above 2 (RFC 7606 7.1)');
    assert.equal(reason('10.2.0.0/16'), 'AS_PATH: our own AS is in it (RFC 4271 9.1.2)');
    assert.equal(reason('10.2.0.0/17'), 'AS_PATH: our own AS is in it (RFC 4271 9.1.2)');
    assert.equal(reason('10.2.0.0/18'), undefined);
    assert.deepEqual([lab.import.treatedAsWithdrawn, lab.import.looped, lab.count], [1, 2, 0]);
    lab.take(looped, [16, 10, 1]);
    assert.equal(reason('10.1.0.0/16'), 'AS_PATH: our own AS is in it (RFC 4271 9.1.2)');
    for (let i = 0; i < 300; i++) lab.take(looped, [24, 11, i >> 8, i & 255]);
    assert.equal(reason('10.1.0.0/16'), undefined, 'long ago');
    assert.equal(lab.import.refusals.last?.prefix, '11.1.43.0/24');
  });

  it('cost becomes the IGP distance of a direct next hop; AIGP goes where the channel does not take it', () => {
    const aigp = attribute(0x80, 26, 1, 0, 11, 0, 0, 0, 0, 0, 0, 0, 5);
    const kept = new Lab({}).take(good(...aigp));
    assert.ok(kept.attribute(AttributeCode.Aigp));
    const lab = new Lab({}, {}, { aigp: false, cost: 7, nextHopRules: { ...RULES, gateway: 'direct' } });
    lab.take(good(...aigp, ...attribute(0xc0, 8, 0, 1, 0, 2)));
    assert.equal(lab.attribute(AttributeCode.Aigp), undefined);
    assert.deepEqual(lab.attribute(8), [0xc0, 8, 4, 0, 1, 0, 2]);
    const route = lab.table.first(1 as PrefixId);
    assert.equal(lab.attributes.igpMetric[lab.table.routes.attribute[route]!], 7);
  });

  it('End-of-RIB is told; a family that nobody takes is left alone', () => {
    const lab = new Lab({
      ipv6: { family: IPV6_UNICAST, addPathReceive: false, addPathSend: false, extendedNextHop: false },
    });
    lab.take([], []);
    lab.take(attribute(0x80, 15, 0, 2, 1), []);
    assert.deepEqual(lab.ended, ['ipv4', 'ipv6']);
  });
});
