/**
 * The RIB against a naive one: plain maps and objects, everything worked out anew whenever it is asked for. Several
 * peers announce, withdraw, come and go, change their policies and grow stale, links flap, readers read at their own
 * pace; whenever all is quiet both have to agree on routes, selected routes, counters and on what readers have put
 * together from what they were told.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ACCEPT_ALL,
  type AddressFamily,
  AttributeCode,
  IPV4_UNICAST,
  IPV6_UNICAST,
  type NextHop,
  type Policy,
  PolicyReads,
  RouteSourceKind,
} from '../../bgp/index.ts';
import type { PrefixId, RoutingTable, TableReader } from '../../rib/index.ts';
import {
  Accept,
  direct,
  ip,
  Lab,
  NOTHING_LEFT,
  type Peer,
  policy,
  prefix,
  Reject,
  recursive,
  type SetFields,
} from './lab.ts';

// ------------------------------------------------------------------------------------------------- the naive one

interface ModelRoute {
  readonly raw: SetFields;
  readonly accepted: SetFields | undefined;
  readonly arrival: number;
  readonly stale: boolean;
}

/** What a policy does, once for the machine and once for the model. */
interface Rule {
  readonly machine: Policy;
  readonly model: (text: string, fields: SetFields) => SetFields | undefined;
}

const RULES: readonly Rule[] = [
  { machine: ACCEPT_ALL, model: (_, fields) => fields },
  {
    machine: policy('no med 2', (r) => (r.attributes.u32(AttributeCode.MultiExitDisc) === 2 ? Reject : Accept), 0),
    model: (_, fields) => (fields.med === 2 ? undefined : fields),
  },
  {
    machine: policy(
      'prefer',
      (r) => {
        r.attributes.setU32(AttributeCode.LocalPref, 150);
        return Accept;
      },
      PolicyReads.Nothing,
    ),
    model: (_, fields) => ({ ...fields, localPref: 150 }),
  },
  {
    machine: policy('by length', (r) => {
      if (r.length % 2 === 1) return Reject;
      r.preference = 90;
      return Accept;
    }),
    model: (text, fields) => (prefix(text).length % 2 === 1 ? undefined : { ...fields, preference: 90 }),
  },
  {
    machine: policy(
      'by class of length',
      (r) => {
        r.attributes.setU32(AttributeCode.LocalPref, 100 + r.length);
        return r.length % 3 === 0 ? Reject : Accept;
      },
      PolicyReads.Prefix,
      (r) => r.length,
    ),
    model: (text, fields) => {
      const { length } = prefix(text);
      return length % 3 === 0 ? undefined : { ...fields, localPref: 100 + length };
    },
  },
  {
    machine: policy(
      'blackhole med 1',
      (r) => {
        if (r.attributes.u32(AttributeCode.MultiExitDisc) === 1) r.nextHop = { kind: 'blackhole' };
        return Accept;
      },
      PolicyReads.Nothing,
    ),
    model: (_, fields) => (fields.med === 1 ? { ...fields, via: { kind: 'blackhole' } } : fields),
  },
];

class ModelPeer {
  readonly routes = new Map<string, ModelRoute>();
  rule = 0;
  readonly name: string;
  readonly index: number;
  readonly keepFiltered: boolean;
  readonly importTable: boolean;

  constructor(name: string, index: number, keepFiltered: boolean, importTable: boolean) {
    this.name = name;
    this.index = index;
    this.keepFiltered = keepFiltered;
    this.importTable = importTable;
  }

  put(text: string, pathId: number, raw: SetFields, now: number, stale: boolean): void {
    const key = `${text}#${pathId}`;
    const accepted = RULES[this.rule]?.model(text, raw);
    if (accepted === undefined && !this.keepFiltered && !this.importTable) {
      this.routes.delete(key);
      return;
    }
    const old = this.routes.get(key);
    const shown = (r: { raw: SetFields; accepted: SetFields | undefined }): string =>
      JSON.stringify(r.accepted === undefined ? ['refused', sorted(r.raw)] : ['accepted', sorted(r.accepted)]);
    const same = old !== undefined && shown(old) === shown({ raw, accepted });
    this.routes.set(key, { raw, accepted, arrival: same ? old.arrival : now, stale });
  }
}

function sorted(fields: SetFields): unknown {
  return Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
}

interface Candidate {
  readonly peer: ModelPeer;
  readonly pathId: number;
  readonly fields: SetFields;
  readonly arrival: number;
}

class Model {
  readonly peers: ModelPeer[] = [];
  readonly up = new Map([
    ['eth0', true],
    ['eth1', true],
  ]);
  readonly family: AddressFamily;

  constructor(family: AddressFamily) {
    this.family = family;
  }

  /** Where packets go by this next hop: the interface, 'blackhole', or nowhere. */
  way(via: NextHop): string | undefined {
    if (via.kind === 'blackhole') return 'blackhole';
    if (via.kind === 'hops') return via.hops.map((h) => this.#link(h.gateway ?? '')).find((link) => link !== undefined);
    if (via.kind !== 'gateway') return undefined;
    if (via.resolve === 'direct') return this.#link(via.address);
    // The only prefix that covers the recursive gateways is the static peer's.
    const cover = this.family === IPV4_UNICAST ? '192.0.2.0/24' : '2001:db8:99::/48';
    const best = this.best(cover);
    return best === undefined ? undefined : this.way(best.fields.via ?? { kind: 'unreachable' });
  }

  /** Of unknown distance: the covering route tells none, or there is no way at all. */
  isFar(via: NextHop | undefined): boolean {
    if (via === undefined || this.way(via) === undefined) return true;
    return via.kind === 'gateway' && via.resolve === 'recursive';
  }

  #link(address: string): string | undefined {
    const name = /^(10\.0\.0|2001:db8::)/.test(address)
      ? 'eth0'
      : /^(10\.1\.0|2001:db8:1::)/.test(address)
        ? 'eth1'
        : '';
    return this.up.get(name) === true ? name : undefined;
  }

  candidates(text: string): Candidate[] {
    const found: Candidate[] = [];
    for (const peer of this.peers) {
      for (const [key, route] of peer.routes) {
        const [net, pathId] = key.split('#');
        if (net !== text || route.accepted === undefined) continue;
        const fields = route.accepted;
        const dormant = fields.via?.kind === 'hops' && this.way(fields.via) === undefined;
        if (!dormant) found.push({ peer, pathId: Number(pathId), fields, arrival: route.arrival });
      }
    }
    return found.sort((a, b) => a.peer.index - b.peer.index || a.pathId - b.pathId);
  }

  best(text: string): Candidate | undefined {
    return this.candidates(text).reduce<Candidate | undefined>(
      (best, next) => (best === undefined || this.better(next, best) ? next : best),
      undefined,
    );
  }

  /** The steps as one list of numbers for each side, lower is better. */
  better(a: Candidate, b: Candidate): boolean {
    const neighbour = (c: Candidate): number => c.fields.asPath?.[0] ?? 65000;
    const medCounts = neighbour(a) === neighbour(b);
    const key = (c: Candidate): number[] => {
      const isStatic = c.peer.name === 'static1';
      const preference = c.fields.preference ?? (isStatic ? 200 : 100);
      if (isStatic) return [-preference, 0];
      return [
        -preference,
        1,
        this.way(c.fields.via ?? { kind: 'unreachable' }) === undefined ? 1 : 0,
        -(c.fields.localPref ?? 100),
        c.fields.asPath?.length ?? 0xffff,
        c.fields.origin ?? 2,
        medCounts ? (c.fields.med ?? 0) : 0,
        this.isFar(c.fields.via) ? 1 : 0,
        c.peer.index,
        c.arrival,
        c.pathId,
      ];
    };
    const x = key(a);
    const y = key(b);
    for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return (x[i] ?? 0) < (y[i] ?? 0);
    return a.arrival !== b.arrival ? a.arrival < b.arrival : a.pathId < b.pathId;
  }
}

// ----------------------------------------------------------------------------------------------------- a reader

/** Puts together what it is told, and notices a row that changes its name without a withdrawal. */
class Follower {
  readonly reader: TableReader;
  readonly held = new Map<PrefixId, { text: string; state: string }>();
  readonly #table: RoutingTable;
  readonly #bestOnly: boolean;

  constructor(table: RoutingTable, bestOnly: boolean) {
    this.#table = table;
    this.#bestOnly = bestOnly;
    this.reader = table.openReader({ bestOnly });
  }

  read(count: number): boolean {
    for (let i = 0; i < count; i++) {
      const row = this.reader.next();
      if (row === 0) return false;
      const text = this.#table.prefixes.format(row);
      const known = this.held.get(row);
      const state = this.#bestOnly ? stateOf(this.#table, this.#table.best(row)) : allOf(this.#table, row);
      if (known !== undefined && known.text !== text) assert.fail(`${known.text} became ${text} unheard`);
      if (state === '') this.held.delete(row);
      else this.held.set(row, { text, state });
    }
    return true;
  }

  states(): Map<string, string> {
    return new Map([...this.held.values()].map(({ text, state }) => [text, state]));
  }
}

function stateOf(table: RoutingTable, route: number): string {
  if (route === 0) return '';
  const id = route as Parameters<RoutingTable['attributeOf']>[0];
  const { kind, hops } = table.forwardingOf(id);
  const way = kind === 'unicast' ? (hops[0]?.interfaceName ?? '') : kind === 'unresolved' ? 'none' : kind;
  const med = table.attributes.has(table.attributeOf(id), 2) ? table.attributes.med[table.attributeOf(id)] : '-';
  return `${table.sourceOf(id).protocol}#${table.routes.pathId(id)} med ${med} ${way}`;
}

function allOf(table: RoutingTable, row: PrefixId): string {
  const states: string[] = [];
  for (let route = table.first(row); route !== 0; route = table.next(route)) {
    if (table.isEligible(route)) states.push(stateOf(table, route));
  }
  return states.sort().join(', ');
}

function modelState(model: Model, candidate: Candidate | undefined): string {
  if (candidate === undefined) return '';
  const way = model.way(candidate.fields.via ?? { kind: 'unreachable' }) ?? 'none';
  return `${candidate.peer.name}#${candidate.pathId} med ${candidate.fields.med ?? '-'} ${way}`;
}

// ------------------------------------------------------------------------------------------------- the comparison

const NETS4 = ['10.128.0.0/9', '10.129.0.0/16', '10.129.1.0/24', '10.129.1.0/25', '172.16.0.0/13', '192.0.2.0/24'];
const NETS6 = [
  '2001:db8:8000::/33',
  '2001:db8:8000::/48',
  '2001:db8:8001::/49',
  'fc00::/7',
  '2001:db8:99::/48',
  'fd00::/8',
];

class World {
  readonly lab: Lab;
  readonly model: Model;
  readonly peers: Peer[] = [];
  readonly followers: Follower[];
  readonly nets: readonly string[];
  #now = 1000;
  readonly #wide: boolean;

  constructor(family: AddressFamily) {
    this.#wide = family === IPV6_UNICAST;
    this.lab = new Lab(family);
    this.lab.setAddress(3, '2001:db8:1::fe', 64);
    this.lab.nextHops.addTable(this.lab.table);
    this.model = new Model(family);
    this.nets = this.#wide ? NETS6 : NETS4;
    const kinds = [
      { name: 'static1', keepFiltered: false, importTable: false },
      { name: 'plain', keepFiltered: false, importTable: false },
      { name: 'shows', keepFiltered: true, importTable: false },
      { name: 'keeps', keepFiltered: false, importTable: true },
      { name: 'both', keepFiltered: true, importTable: true },
    ];
    kinds.forEach(({ name, keepFiltered, importTable }, index) => {
      const options = { keepFiltered, importTable };
      const kind = index === 0 ? RouteSourceKind.Static : RouteSourceKind.Bgp;
      // Router ids and addresses ascend with the index, as the model has it.
      const bgp = { peerId: index, peerAddress: ip(`10.0.0.${index + 1}`) };
      this.peers.push(this.lab.peer(name, { kind, bgp, options }));
      this.model.peers.push(new ModelPeer(name, index, keepFiltered, importTable));
    });
    this.followers = [true, false, true, false].map((bestOnly) => new Follower(this.lab.table, bestOnly));
  }

  fields(choice: number): SetFields {
    const pick = <T>(values: readonly T[]): T => {
      const value = values[choice % values.length] as T;
      choice = Math.floor(choice / values.length);
      return value;
    };
    const localPref = pick([undefined, 90, 110]);
    const asPath = pick([[1], [2], [1, 3], [2, 3], []]);
    const med = pick([undefined, 1, 2]);
    const origin = pick([0, 1]);
    const via = pick([
      ...this.#directs(),
      recursive(this.#wide ? '2001:db8:99::1' : '192.0.2.1', this.lab.table.name),
      hopsOver(this.#directs()),
    ]);
    return {
      asPath,
      origin,
      via,
      ...(localPref === undefined ? {} : { localPref }),
      ...(med === undefined ? {} : { med }),
    };
  }

  /** What the static peer sends has one level only. */
  staticFields(choice: number): SetFields {
    const [a, b] = this.#directs();
    const options: NextHop[] = [
      a as NextHop,
      b as NextHop,
      hopsOver([a as NextHop]),
      hopsOver([b as NextHop]),
      { kind: 'blackhole' },
    ];
    return { via: options[choice % options.length] as NextHop };
  }

  #directs(): NextHop[] {
    return this.#wide ? [direct('2001:db8::1'), direct('2001:db8:1::1')] : [direct('10.0.0.1'), direct('10.1.0.1')];
  }

  announce(index: number, net: number, choice: number): void {
    const text = this.nets[net % this.nets.length] as string;
    const cover = this.nets[this.#wide ? 4 : 5];
    // Only the static peer sends the covering route, and it sends nothing else: one level, no loops.
    const at = text === cover ? 0 : 1 + (index % (this.peers.length - 1));
    const fields = at === 0 ? this.staticFields(choice) : this.fields(choice);
    const pathId = at === 1 ? choice % 3 : 0;
    this.#now += 10;
    this.peers[at]?.announce(text, fields, this.#now, pathId);
    this.model.peers[at]?.put(text, pathId, fields, this.#now, false);
  }

  withdraw(index: number, net: number, pathId: number): void {
    const at = index % this.peers.length;
    const text = this.nets[net % this.nets.length] as string;
    const path = at === 1 ? pathId % 3 : 0;
    this.peers[at]?.withdraw(text, path);
    this.model.peers[at]?.routes.delete(`${text}#${path}`);
  }

  clear(index: number): void {
    const at = index % this.peers.length;
    this.peers[at]?.clear();
    this.model.peers[at]?.routes.clear();
  }

  setRule(index: number, rule: number): void {
    const at = 1 + (index % (this.peers.length - 1));
    const peer = this.peers[at] as Peer;
    const model = this.model.peers[at] as ModelPeer;
    model.rule = rule % RULES.length;
    peer.in.setPolicy((RULES[model.rule] as Rule).machine);
    this.#now += 10;
    while (peer.in.reevaluate(2, this.#now)) this.lab.table.decide(1);
    if (!model.importTable) return;
    for (const [key, route] of [...model.routes]) {
      const [text = '', pathId] = key.split('#');
      model.put(text, Number(pathId), route.raw, this.#now, route.stale);
    }
  }

  stale(index: number, sweep: boolean): void {
    const at = index % this.peers.length;
    const peer = this.peers[at] as Peer;
    const model = this.model.peers[at] as ModelPeer;
    if (sweep) {
      while (peer.in.sweepStale(3)) this.lab.table.decide(1);
      for (const [key, route] of [...model.routes]) if (route.stale) model.routes.delete(key);
    } else {
      peer.in.markStale();
      for (const [key, route] of [...model.routes]) model.routes.set(key, { ...route, stale: true });
    }
  }

  flap(name: 'eth0' | 'eth1', up: boolean): void {
    this.lab.setLink(name === 'eth0' ? 2 : 3, name, up);
    this.model.up.set(name, up);
  }

  follow(index: number, count: number): void {
    const follower = this.followers[index % this.followers.length] as Follower;
    if (count === 0) follower.reader.refeed();
    else follower.read(count);
  }

  compare(): void {
    const { lab, model } = this;
    const { table } = lab;
    lab.settle();
    for (const follower of this.followers)
      while (follower.read(50)) {
        // To the end.
      }
    const best = new Map<string, string>();
    const all = new Map<string, string>();
    for (const text of this.nets) {
      const row = lab.row(text);
      const expected = modelState(model, model.best(text));
      assert.equal(stateOf(table, table.best(row)), expected, `selected for ${text}`);
      const everything = model
        .candidates(text)
        .map((c) => modelState(model, c))
        .sort()
        .join(', ');
      assert.equal(allOf(table, row), everything, `routes to ${text}`);
      if (expected !== '') best.set(text, expected);
      if (everything !== '') all.set(text, everything);
    }
    this.followers.forEach((follower, i) => {
      assert.deepEqual(
        new Map([...follower.states()].sort()),
        new Map([...(i % 2 === 0 ? best : all)].sort()),
        `reader ${i}`,
      );
    });
    let networks = new Set<string>();
    this.peers.forEach((peer, i) => {
      const modelPeer = model.peers[i] as ModelPeer;
      const routes = [...modelPeer.routes];
      const refused = routes.filter(([, route]) => route.accepted === undefined).length;
      const { routesImported, routesFiltered, routesHeld } = peer.in.stats;
      assert.deepEqual(
        [routesImported, routesFiltered, routesHeld],
        [routes.length - refused, modelPeer.keepFiltered ? refused : 0, modelPeer.keepFiltered ? 0 : refused],
        peer.in.source.protocol,
      );
      const preferred = this.nets.filter((text) => model.best(text)?.peer === modelPeer).length;
      assert.equal(peer.in.routesPreferred, preferred, `preferred of ${modelPeer.name}`);
      networks = new Set([...networks, ...routes.map(([key]) => key.split('#')[0] ?? '')]);
    });
    assert.equal(table.counts.networks, networks.size);
    assert.equal(table.prefixes.count, networks.size, 'rows of prefixes that are gone');
  }

  close(): void {
    for (let i = 0; i < this.peers.length; i++) this.clear(i);
    this.compare();
    for (const follower of this.followers) follower.reader.close();
    this.lab.settle();
    assert.deepEqual(this.lab.leftovers(), NOTHING_LEFT);
  }
}

function hopsOver(directs: readonly NextHop[]): NextHop {
  return {
    kind: 'hops',
    hops: directs.map((via) => ({
      gateway: via.kind === 'gateway' ? via.address : undefined,
      interfaceName: undefined,
      weight: 1,
      onlink: false,
    })),
  };
}

const small = fc.nat(40);
const action = fc.oneof(
  { weight: 30, arbitrary: fc.record({ do: fc.constant('announce' as const), a: small, b: small, c: fc.nat(5000) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('withdraw' as const), a: small, b: small, c: small }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('decide' as const), a: fc.nat(4) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('follow' as const), a: small, b: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('clear' as const), a: small }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('rule' as const), a: small, b: small }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('stale' as const), a: small, b: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('flap' as const), a: fc.boolean(), b: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('nextHops' as const), a: fc.nat(4) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('compare' as const) }) },
);

for (const family of [IPV4_UNICAST, IPV6_UNICAST]) {
  test(`whatever happens, the ${family.name} table and its readers agree with the naive model`, () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 220, size: 'max' }), (actions) => {
        const world = new World(family);
        for (const step of actions) {
          switch (step.do) {
            case 'announce':
              world.announce(step.a, step.b, step.c);
              break;
            case 'withdraw':
              world.withdraw(step.a, step.b, step.c);
              break;
            case 'decide':
              world.lab.table.decide(step.a);
              break;
            case 'follow':
              world.follow(step.a, step.b);
              break;
            case 'clear':
              world.clear(step.a);
              break;
            case 'rule':
              world.setRule(step.a, step.b);
              break;
            case 'stale':
              world.stale(step.a, step.b);
              break;
            case 'flap':
              world.flap(step.a ? 'eth0' : 'eth1', step.b);
              break;
            case 'nextHops':
              world.lab.nextHops.update(step.a);
              world.lab.table.nextHopsChanged(step.a);
              break;
            default:
              world.compare();
          }
        }
        world.compare();
        world.close();
      }),
      { seed: 49, numRuns: 250 },
    );
  });
}
