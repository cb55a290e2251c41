import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  AttributeCode,
  AttributeEditor,
  IPV6_UNICAST,
  PolicyReads,
  REJECT_ALL,
  RouteScope,
  RouteSourceKind,
  WellKnownCommunity,
} from '../../bgp/index.ts';
import { type AdjRibIn, INELIGIBLE, IncomingSet, type RouteLimitAction } from '../../rib/index.ts';
import {
  Accept,
  bgpFacts,
  direct,
  Failed,
  Lab,
  NOTHING_LEFT,
  nlri,
  type Peer,
  policy,
  prefix,
  Reject,
  segment,
} from './lab.ts';

const NET = '198.51.100.0/24';
const OTHER = '203.0.113.0/24';

/** `received rejected filtered ignored accepted` of both lines, then what is there. */
function stats(adjIn: AdjRibIn): string {
  const s = adjIn.stats;
  const updates = [s.updatesReceived, s.updatesInvalid, s.updatesFiltered, s.updatesIgnored, s.updatesAccepted];
  const withdraws = [s.withdrawsReceived, s.withdrawsInvalid, s.withdrawsIgnored, s.withdrawsAccepted];
  return `${updates.join(' ')} | ${withdraws.join(' ')} | ${s.routesImported} ${s.routesFiltered} ${s.routesHeld}`;
}

describe('from the wire', () => {
  test('a field is applied whole; the same again is ignored; a withdrawal takes away', () => {
    const lab = new Lab();
    const peer = lab.peer('p');
    const set = lab.set({ asPath: [1] });
    const field = nlri(['0.0.0.0/0', '10.0.0.0/8', '192.0.2.128/25', '198.51.100.7/32']);
    assert.equal(peer.announceNlri(field, false, set, 1000), 4);
    assert.equal(peer.announceNlri(field, false, set, 2000), 4);
    lab.settle();
    assert.equal(stats(peer.in), '8 0 0 4 4 | 0 0 0 0 | 4 0 0');
    assert.equal(lab.table.routes.arrival(peer.route('10.0.0.0/8')), 1000);
    const gone = nlri(['10.0.0.0/8', '10.0.0.0/9']);
    assert.equal(peer.in.withdrawNlri(gone, 0, gone.length, false), 2);
    lab.settle();
    assert.equal(stats(peer.in), '8 0 0 4 4 | 2 0 1 1 | 3 0 0');
    assert.equal(lab.bestOf('10.0.0.0/8'), '');
    assert.equal(lab.bestOf('192.0.2.128/25'), 'p');
    assert.equal(peer.announceNlri(field.subarray(0, 0), false, set, 1000), 0, 'an empty field');
    peer.clear();
    lab.attributes.release(set);
    lab.settle();
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
  });

  test('IPv6 with path identifiers', () => {
    const lab = new Lab(IPV6_UNICAST);
    const peer = lab.peer('p');
    const one = lab.set({ asPath: [1] });
    const two = lab.set({ asPath: [1, 2] });
    const texts = ['2001:db8::/32', '::/0', '2001:db8:1:2:3:4:5:6/128'];
    for (const [pathId, set] of [
      [7, one],
      [4_000_000_000, two],
    ] as const) {
      const field = nlri(texts, pathId);
      assert.equal(peer.announceNlri(field, true, set, 1000), 3);
    }
    lab.settle();
    assert.equal(lab.table.counts.networks, 3);
    assert.equal(lab.table.counts.routes, 6);
    const best = lab.table.best(lab.row('2001:db8::/32'));
    assert.equal(lab.table.routes.pathId(best), 7);
    const gone = nlri(texts, 7);
    peer.in.withdrawNlri(gone, 0, gone.length, true);
    lab.settle();
    assert.equal(lab.table.routes.pathId(lab.table.best(lab.row('::/0'))), 4_000_000_000);
    assert.equal(lab.table.counts.routes, 3);
    peer.clear();
    lab.attributes.release(one);
    lab.attributes.release(two);
    lab.settle();
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
  });

  test('prefixes that nobody may have count as rejected, wherever they come from', () => {
    const lab = new Lab();
    const peer = lab.peer('p');
    const set = lab.set({ asPath: [1] });
    const field = nlri(['127.0.0.0/8', '10.0.0.0/8', '224.0.0.0/4', '255.255.255.255/32']);
    assert.equal(peer.announceNlri(field, false, set, 1000), 4);
    assert.equal(stats(peer.in), '4 3 0 0 1 | 0 0 0 0 | 1 0 0');
    peer.in.withdrawNlri(field, 0, field.length, false);
    assert.equal(stats(peer.in), '4 3 0 0 1 | 4 3 0 1 | 0 0 0');
    peer.announce('127.0.0.0/8');
    assert.equal(stats(peer.in), '5 4 0 0 1 | 4 3 0 1 | 0 0 0');
  });
});

describe('import policy', () => {
  test('what it refuses leaves nothing behind, and takes away what was there', () => {
    const lab = new Lab();
    const peer = lab.peer('p', {
      options: { policy: policy('no med', (r) => (r.attributes.has(4) ? Reject : Accept)) },
    });
    peer.announce(NET, { med: 1 });
    assert.equal(stats(peer.in), '1 0 1 0 0 | 0 0 0 0 | 0 0 0');
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
    peer.announce(NET, {});
    peer.announce(NET, { med: 1 });
    lab.settle();
    assert.equal(stats(peer.in), '3 0 2 0 1 | 0 0 0 1 | 0 0 0');
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
  });

  test('attributes for which there was no room refuse the route, also where refused ones are kept', () => {
    for (const keepFiltered of [false, true]) {
      const lab = new Lab();
      const peer = lab.peer('p', { options: { keepFiltered, importTable: keepFiltered } });
      peer.announce(NET);
      const nothing = lab.attributes.intern(
        new Uint8Array(2_000_000),
        0,
        0,
        2_000_000,
        lab.nextHops.intern(direct('10.0.0.1')),
      );
      assert.equal(nothing, 0);
      const field = nlri([NET, OTHER]);
      peer.announceNlri(field, false, nothing, 1000);
      lab.settle();
      assert.equal(stats(peer.in), '3 0 2 0 1 | 0 0 0 1 | 0 0 0');
      assert.equal(lab.table.prefixes.count, 0);
    }
  });

  test('import none', () => {
    const lab = new Lab();
    const peer = lab.peer('p', { options: { policy: REJECT_ALL } });
    peer.announce(NET, { med: 1 });
    assert.equal(stats(peer.in), '1 0 1 0 0 | 0 0 0 0 | 0 0 0');
  });

  test('with keep filtered a refused route stays to be shown', () => {
    const lab = new Lab();
    const peer = lab.peer('p', { options: { policy: policy('none', () => Reject), keepFiltered: true } });
    peer.announce(NET, { med: 1 });
    peer.announce(NET, { med: 1 });
    peer.announce(NET, { med: 2 });
    lab.settle();
    assert.equal(stats(peer.in), '3 0 3 0 0 | 0 0 2 0 | 0 1 0');
    assert.deepEqual(lab.table.counts, { networks: 1, routes: 1, filtered: 1 });
    assert.equal(lab.table.best(lab.row(NET)), 0);
    assert.equal(lab.attributes.med[lab.table.attributeOf(lab.table.first(lab.row(NET)))], 2);
    peer.withdraw(NET);
    lab.settle();
    assert.equal(stats(peer.in), '3 0 3 0 0 | 1 0 3 0 | 0 0 0');
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
  });

  test('it sees the route and its facts, and everything it writes counts', () => {
    const lab = new Lab();
    const seen: unknown[] = [];
    const peer = lab.peer('upstream', {
      options: {
        policy: policy('rewrite', (route) => {
          seen.push(route.version, route.word0, route.length, route.source, route.protocol, route.from === '');
          seen.push(route.preference, route.scope, route.nextHop);
          route.attributes.setU32(AttributeCode.LocalPref, 333);
          route.preference = 77;
          route.scope = RouteScope.Site;
          route.nextHop = { kind: 'blackhole' };
          return Accept;
        }),
      },
    });
    peer.announce(NET, { asPath: [1] });
    lab.settle();
    assert.deepEqual(seen, [4, 0xc6336400, 24, RouteSourceKind.Bgp, 'upstream', false, 100, 4, direct('10.0.0.1')]);
    const best = lab.table.best(lab.row(NET));
    const attribute = lab.table.attributeOf(best);
    assert.equal(lab.attributes.localPref[attribute], 333);
    assert.equal(lab.table.decision.preference(best), 77);
    assert.equal(lab.table.forwardingOf(best).kind, 'blackhole');
    const editor = new AttributeEditor();
    lab.attributes.load(attribute, editor);
    assert.equal(editor.extensionU32(3), RouteScope.Site);
    peer.withdraw(NET);
    lab.settle();
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
  });

  test('an error refuses the route and is reported; so is a value that no message can carry', () => {
    const lab = new Lab();
    const peer = lab.peer('p', {
      options: {
        policy: policy('bad', (route) => {
          if (route.attributes.has(4)) {
            route.error = 'line 3: division by zero';
            return Failed;
          }
          route.attributes.setRaw(77, 0xc0, new Uint8Array(70_000));
          return Accept;
        }),
      },
    });
    peer.announce(NET, { med: 1 });
    peer.announce(OTHER, {});
    assert.deepEqual(peer.reports, ['line 3: division by zero', 'an attribute became longer than a message can carry']);
    assert.equal(stats(peer.in), '2 0 2 0 0 | 0 0 0 0 | 0 0 0');
  });

  test('it is asked once for an UPDATE, and not at all for a set that it has seen, unless it looks at the prefix', () => {
    const field = nlri(['10.0.0.0/8', '11.0.0.0/8', '12.0.0.0/8']);
    for (const [reads, expected] of [
      [PolicyReads.Nothing, 1],
      [PolicyReads.Source, 1],
      [PolicyReads.Prefix, 6],
      [PolicyReads.Volatile, 6],
      [PolicyReads.Output, 6],
    ] as const) {
      const lab = new Lab();
      const counting = policy(
        'counting',
        (r) => {
          r.attributes.setU32(AttributeCode.LocalPref, 5);
          return Accept;
        },
        reads,
      );
      const peer = lab.peer('p', { options: { policy: counting } });
      const set = lab.set({ asPath: [1] });
      peer.announceNlri(field, false, set, 1000);
      peer.announceNlri(field, false, set, 1000);
      assert.equal(counting.runs, expected);
      assert.equal(stats(peer.in), '6 0 0 3 3 | 0 0 0 0 | 3 0 0');
      assert.equal(lab.attributes.count, 2);
      lab.attributes.release(set);
      assert.equal(lab.attributes.count, 1);
    }
  });

  test('it is asked once for a set and each class of prefixes that it knows', () => {
    const nets = ['10.0.0.0/8', '10.1.0.0/16', '11.0.0.0/8', '12.0.0.0/24', '12.0.1.0/24', '13.0.0.0/8'];
    const field = nlri(nets);
    const lab = new Lab();
    const counting = policy(
      'counting',
      (r) => {
        if (r.length === 16) return Reject;
        r.attributes.setU32(AttributeCode.LocalPref, r.length);
        return Accept;
      },
      PolicyReads.Prefix,
      (r) => r.length,
    );
    const peer = lab.peer('p', { options: { policy: counting } });
    const set = lab.set({ asPath: [1] });
    peer.announceNlri(field, false, set, 1000);
    assert.equal(counting.runs, 3);
    peer.announceNlri(field, false, set, 1000);
    assert.equal(counting.runs, 3);
    assert.equal(stats(peer.in), '12 0 2 5 5 | 0 0 0 0 | 5 0 0');
    lab.attributes.release(set);
    assert.equal(lab.attributes.count, 2);
    for (const net of nets) {
      const route = lab.table.first(lab.table.prefixes.findPrefix(prefix(net)));
      const wanted = net.endsWith('/16') ? undefined : Number(net.split('/')[1]);
      assert.equal(route === 0 ? undefined : lab.attributes.localPref[lab.table.attributeOf(route)], wanted);
    }
  });

  test('a cached answer does not outlive the sets that it speaks of', () => {
    const lab = new Lab();
    const counting = policy(
      'counting',
      (r) => {
        if (r.attributes.u32(AttributeCode.MultiExitDisc) === 9) return Reject;
        r.attributes.setU32(AttributeCode.LocalPref, 5);
        return Accept;
      },
      PolicyReads.Nothing,
    );
    const peer = lab.peer('p', { options: { policy: counting } });
    for (let med = 0; med < 20; med++) {
      peer.announce(NET, { med });
      lab.settle();
      assert.equal(lab.bestOf(NET), med === 9 ? '' : 'p');
      const best = lab.table.best(lab.row(NET));
      if (best !== 0) assert.equal(lab.attributes.med[lab.table.attributeOf(best)], med);
      peer.withdraw(NET);
      lab.settle();
      assert.deepEqual(lab.leftovers(), NOTHING_LEFT, 'so the next set gets the same ids');
    }
    assert.equal(counting.runs, 20);
  });

  test('a cached answer does not bring a result back to life that went meanwhile', () => {
    const lab = new Lab();
    const peer = lab.peer('p', {
      options: {
        policy: policy(
          'set',
          (r) => {
            r.attributes.setU32(AttributeCode.LocalPref, 5);
            return Accept;
          },
          PolicyReads.Nothing,
        ),
      },
    });
    const raw = lab.set({ med: 1 });
    const field = nlri([NET]);
    const announce = (): void => {
      peer.announceNlri(field, false, raw, 1000);
      lab.settle();
    };
    announce();
    const result = lab.table.attributeOf(peer.route(NET));
    peer.withdraw(NET);
    lab.settle();
    const usurper = lab.set({ med: 77 });
    assert.equal(usurper, result, 'the id is used again');
    announce();
    assert.equal(lab.attributes.med[lab.table.attributeOf(peer.route(NET))], 1);
    peer.withdraw(NET);
    lab.settle();
    announce();
    assert.equal(lab.attributes.localPref[lab.table.attributeOf(peer.route(NET))], 5);
    peer.withdraw(NET);
    lab.attributes.release(usurper);
    lab.attributes.release(raw);
    lab.settle();
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
  });

  test('a cached answer is that of one set, also where several describe sets: two fields of an UPDATE, two sessions', () => {
    const lab = new Lab();
    const raise = policy(
      'raise',
      ({ attributes }) => {
        const med = attributes.u32(AttributeCode.MultiExitDisc);
        if (med === 3) return Reject;
        attributes.setU32(AttributeCode.LocalPref, 100 + med);
        return Accept;
      },
      PolicyReads.Nothing,
    );
    const peer = lab.peer('p', { options: { policy: raise } });
    for (const [net, med] of [
      [NET, 1],
      [OTHER, 2],
      ['192.0.2.0/24', 3],
      ['192.0.2.0/25', 4],
    ] as const) {
      const set = lab.set({ med });
      const { attributes } = lab;
      const incoming = new IncomingSet(attributes, lab.nextHops);
      const place = [
        attributes.chunk(set),
        attributes.start(set),
        attributes.wireEnd(set),
        attributes.end(set),
      ] as const;
      incoming.describe(...place, attributes.nextHopId(set));
      const field = nlri([net]);
      peer.in.announceNlri(field, 0, field.length, false, incoming, 1000);
      incoming.clear();
      attributes.release(set);
      lab.settle();
      assert.equal(lab.bestOf(net), med === 3 ? '' : 'p');
      if (med === 3) continue;
      const accepted = lab.table.attributeOf(peer.route(net));
      assert.deepEqual([lab.attributes.med[accepted], lab.attributes.localPref[accepted]], [med, 100 + med]);
    }
    peer.clear();
    lab.settle();
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
  });

  test('lines that it prints reach the owner', () => {
    const lab = new Lab();
    const talking = policy(
      'talking',
      (r) => {
        r.print(`net ${r.length}`);
        return Accept;
      },
      PolicyReads.Output,
    );
    const peer = lab.peer('p', { options: { policy: talking } });
    peer.announce(NET);
    peer.announce(OTHER);
    assert.deepEqual(peer.printed, ['net 24', 'net 24']);
  });
});

describe('import table', () => {
  const lowMed = (limit: number) =>
    policy(`med below ${limit}`, (r) => (r.attributes.u32(AttributeCode.MultiExitDisc) < limit ? Accept : Reject));

  function reevaluate(peer: Peer): void {
    while (peer.in.reevaluate(2, 9000)) {
      // Sliced on purpose.
    }
  }

  test('another policy is asked about everything that was received', () => {
    for (const keepFiltered of [false, true]) {
      const lab = new Lab();
      const peer = lab.peer('p', { options: { policy: lowMed(2), importTable: true, keepFiltered } });
      for (let i = 0; i < 5; i++) peer.announce(`10.${i}.0.0/16`, { med: i });
      lab.settle();
      const accepted = (): string[] =>
        [0, 1, 2, 3, 4].map((i) => `10.${i}.0.0/16`).filter((text) => lab.bestOf(text) === 'p');
      assert.deepEqual(accepted(), ['10.0.0.0/16', '10.1.0.0/16']);
      assert.equal(lab.table.counts.routes, keepFiltered ? 5 : 2);
      peer.in.setPolicy(lowMed(4));
      reevaluate(peer);
      lab.settle();
      assert.deepEqual(accepted().length, 4);
      peer.in.setPolicy(lowMed(1));
      reevaluate(peer);
      lab.settle();
      assert.deepEqual(accepted(), ['10.0.0.0/16']);
      const { routesImported, routesFiltered, routesHeld } = peer.in.stats;
      assert.deepEqual([routesImported, routesFiltered, routesHeld], keepFiltered ? [1, 4, 0] : [1, 0, 4]);
      peer.clear();
      lab.settle();
      assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
    }
  });

  test('rewritten attributes come from what was received, not from the last rewriting', () => {
    const lab = new Lab();
    const add = (n: number) =>
      policy(`+${n}`, (r) => {
        r.attributes.setU32(AttributeCode.MultiExitDisc, r.attributes.u32(AttributeCode.MultiExitDisc) + n);
        return Accept;
      });
    const peer = lab.peer('p', { options: { policy: add(1), importTable: true } });
    peer.announce(NET, { med: 10 });
    peer.in.setPolicy(add(5));
    reevaluate(peer);
    lab.settle();
    assert.equal(lab.attributes.med[lab.table.attributeOf(lab.table.best(lab.row(NET)))], 15);
    assert.equal(lab.table.routes.arrival(peer.route(NET)), 9000);
    reevaluate(peer);
    assert.equal(stats(peer.in), '3 0 0 1 2 | 0 0 0 0 | 1 0 0');
  });

  test('what only the import table keeps is counted as if it was not there', () => {
    const lab = new Lab();
    const peer = lab.peer('p', { options: { policy: REJECT_ALL, importTable: true } });
    peer.announce(NET, { med: 1 });
    peer.announce(NET, { med: 1 });
    lab.settle();
    assert.equal(stats(peer.in), '2 0 2 0 0 | 0 0 0 0 | 0 0 1');
    assert.deepEqual(lab.table.counts, { networks: 1, routes: 0, filtered: 0 });
  });

  test('without one there is nothing to ask about', () => {
    const lab = new Lab();
    const peer = lab.peer('p');
    peer.announce(NET);
    peer.in.setPolicy(REJECT_ALL);
    assert.equal(peer.in.reevaluate(100, 1000), false);
    lab.settle();
    assert.equal(lab.bestOf(NET), 'p');
  });
});

describe('limits', () => {
  const announceMany = (peer: Peer, from: number, to: number): void => {
    for (let i = from; i <= to; i++) peer.announce(`10.${i}.0.0/16`);
  };

  test('warn lets everything in and tells each time the limit is met', () => {
    const lab = new Lab();
    const peer = lab.peer('p', { options: { importLimit: { count: 2, action: 'warn' } } });
    announceMany(peer, 1, 4);
    assert.deepEqual(peer.limits, ['import warn']);
    assert.ok(peer.in.importLimit.hit);
    assert.equal(peer.in.stats.routesImported, 4);
    peer.withdraw('10.4.0.0/16');
    peer.withdraw('10.3.0.0/16');
    announceMany(peer, 3, 3);
    assert.deepEqual(peer.limits, ['import warn', 'import warn']);
  });

  test('block refuses new routes only, and takes them when there is room', () => {
    const lab = new Lab();
    const peer = lab.peer('p', { options: { importLimit: { count: 2, action: 'block' } } });
    announceMany(peer, 1, 4);
    peer.announce('10.1.0.0/16', { med: 1 });
    lab.settle();
    assert.deepEqual(peer.limits, ['import block']);
    assert.equal(stats(peer.in), '5 0 0 2 3 | 0 0 0 0 | 2 0 0');
    assert.equal(lab.table.prefixes.count, 2);
    peer.withdraw('10.1.0.0/16');
    announceMany(peer, 5, 6);
    lab.settle();
    assert.equal(lab.bestOf('10.5.0.0/16'), 'p');
    assert.equal(lab.bestOf('10.6.0.0/16'), '');
    assert.deepEqual(peer.limits, ['import block'], 'told once');
    peer.in.resetLimits();
    assert.ok(!peer.in.importLimit.hit);
    announceMany(peer, 6, 6);
    assert.deepEqual(peer.limits, ['import block', 'import block']);
    peer.clear();
    lab.settle();
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
  });

  test('beyond the import limit a route is kept like a filtered one where those are kept', () => {
    const lab = new Lab();
    const peer = lab.peer('p', { options: { importLimit: { count: 1, action: 'block' }, keepFiltered: true } });
    announceMany(peer, 1, 3);
    lab.settle();
    assert.deepEqual(lab.table.counts, { networks: 3, routes: 3, filtered: 2 });
    assert.equal(stats(peer.in), '3 0 0 2 1 | 0 0 0 0 | 1 2 0');
  });

  test('the receive limit counts what is kept, refused or not', () => {
    const lab = new Lab();
    const peer = lab.peer('p', {
      options: {
        policy: policy('odd', (r) => ((r.word0 >>> 16) % 2 === 1 ? Accept : Reject)),
        receiveLimit: { count: 3, action: 'block' },
        keepFiltered: true,
      },
    });
    announceMany(peer, 1, 6);
    lab.settle();
    assert.deepEqual(peer.limits, ['receive block']);
    assert.equal(stats(peer.in), '6 0 3 3 2 | 0 0 1 0 | 2 1 0');
    assert.equal(lab.table.prefixes.count, 3);
  });

  test('restart and disable refuse and tell once', () => {
    for (const action of ['restart', 'disable'] satisfies RouteLimitAction[]) {
      const lab = new Lab();
      const peer = lab.peer('p', { options: { receiveLimit: { count: 1, action } } });
      announceMany(peer, 1, 3);
      assert.deepEqual(peer.limits, [`receive ${action}`]);
      assert.equal(peer.in.stats.routesImported, 1);
      assert.equal(peer.in.setLimits(undefined, undefined), 'other side');
      announceMany(peer, 2, 3);
      assert.equal(peer.in.stats.routesImported, 3);
    }
  });

  test('that are set below what is there tell at once and take nothing away', () => {
    const lab = new Lab();
    const peer = lab.peer('p');
    announceMany(peer, 1, 4);
    assert.equal(peer.in.setLimits({ count: 4, action: 'block' }, { count: 3, action: 'block' }), 'nothing');
    assert.deepEqual(peer.limits, ['import block']);
    assert.equal(peer.in.stats.routesImported, 4);
    peer.in.setLimits({ count: 4, action: 'block' }, { count: 3, action: 'block' });
    assert.deepEqual(peer.limits, ['import block'], 'the same again');
  });

  test('that are raised say where the refused routes are', () => {
    const at = (count: number) => ({ count, action: 'block' }) as const;
    for (const importTable of [false, true]) {
      const lab = new Lab();
      const peer = lab.peer('p', { options: { importLimit: at(2), receiveLimit: at(9), importTable } });
      announceMany(peer, 1, 4);
      assert.equal(peer.in.setLimits(at(9), at(1)), 'nothing', 'less room');
      assert.equal(peer.in.setLimits(at(8), at(3)), importTable ? 'kept' : 'other side');
      announceMany(peer, 5, 9);
      assert.equal(peer.in.setLimits(undefined, at(3)), importTable ? 'other side' : 'nothing');
    }
  });
});

describe('staleness', () => {
  function sweep(peer: Peer): void {
    while (peer.in.sweepStale(2)) {
      // Sliced on purpose.
    }
  }

  test('what is announced again stays, unchanged and unheard; the rest goes with the sweep', () => {
    const lab = new Lab();
    const peer = lab.peer('p');
    const other = lab.peer('q');
    for (let i = 1; i <= 6; i++) {
      peer.announce(`10.${i}.0.0/16`);
      other.announce(`10.${i}.0.0/16`, { localPref: 1 });
    }
    lab.settle();
    const reader = lab.table.openReader({ feed: false });
    peer.in.markStale();
    assert.ok(peer.in.isStale(peer.route('10.1.0.0/16')));
    for (const i of [1, 3, 5]) peer.announce(`10.${i}.0.0/16`);
    assert.ok(!peer.in.isStale(peer.route('10.1.0.0/16')));
    lab.settle();
    assert.equal(reader.next(), 0);
    sweep(peer);
    lab.settle();
    assert.deepEqual(
      [1, 2, 3, 4, 5, 6].map((i) => lab.bestOf(`10.${i}.0.0/16`)),
      ['p', 'q', 'p', 'q', 'p', 'q'],
    );
    assert.equal(peer.in.stats.routesImported, 3);
    assert.equal(peer.in.stats.withdrawsAccepted, 3);
    assert.equal(peer.in.sweepStale(100), false);
    reader.close();
  });

  test('marking twice, or twenty times, before a sweep keeps only what came after the last mark', () => {
    const lab = new Lab();
    const peer = lab.peer('p');
    for (let i = 0; i < 20; i++) {
      peer.announce(`10.${i}.0.0/16`);
      peer.in.markStale();
    }
    peer.announce('10.3.0.0/16');
    peer.announce('10.99.0.0/16');
    sweep(peer);
    lab.settle();
    assert.deepEqual(lab.table.counts.networks, 2);
    assert.equal(lab.bestOf('10.3.0.0/16'), 'p');
    assert.equal(lab.bestOf('10.99.0.0/16'), 'p');
  });

  test('a mark during a sweep starts it over', () => {
    const lab = new Lab();
    const peer = lab.peer('p');
    for (let i = 1; i <= 9; i++) peer.announce(`10.${i}.0.0/16`);
    peer.in.markStale();
    for (let i = 1; i <= 9; i++) peer.announce(`10.${i}.0.0/16`);
    assert.ok(peer.in.sweepStale(4));
    peer.in.markStale();
    peer.announce('10.9.0.0/16');
    sweep(peer);
    lab.settle();
    assert.equal(lab.table.counts.networks, 1);
  });

  test('clear takes what is there when it starts; a new session may announce meanwhile', () => {
    const lab = new Lab();
    const peer = lab.peer('p');
    for (let i = 1; i <= 9; i++) peer.announce(`10.${i}.0.0/16`);
    assert.ok(peer.in.clear(3));
    peer.announce('10.2.0.0/16');
    peer.announce('10.8.0.0/16');
    peer.clear();
    lab.settle();
    assert.equal(lab.table.counts.networks, 2);
    peer.clear();
    lab.settle();
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
  });

  test('re-evaluation is no sign of life', () => {
    const lab = new Lab();
    const peer = lab.peer('p', { options: { importTable: true } });
    peer.announce(NET);
    peer.in.markStale();
    peer.in.setPolicy(
      policy('set', (r) => {
        r.attributes.setU32(AttributeCode.LocalPref, 7);
        return Accept;
      }),
    );
    while (peer.in.reevaluate(10, 1000)) {
      // One slice is enough.
    }
    assert.ok(peer.in.isStale(peer.route(NET)));
    sweep(peer);
    lab.settle();
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
  });

  test('long-lived stale routes get the community, those with NO_LLGR go, fresh ones are left alone', () => {
    const lab = new Lab();
    const peer = lab.peer('p', { options: { importTable: true } });
    peer.announce('10.1.0.0/16', { communities: [5] });
    peer.announce('10.2.0.0/16', { communities: [5] });
    peer.announce('10.3.0.0/16', { communities: [WellKnownCommunity.NoLlgr] });
    peer.announce('10.4.0.0/16', { communities: [WellKnownCommunity.LlgrStale] });
    peer.in.markStale();
    peer.announce('10.2.0.0/16', { communities: [5] });
    while (peer.in.markLongLivedStale(1, 5000)) {
      // Sliced on purpose.
    }
    lab.settle();
    const communities = (text: string): number[] => {
      const editor = new AttributeEditor();
      lab.attributes.load(lab.table.attributeOf(lab.table.best(lab.row(text))), editor);
      return [...(editor.words(AttributeCode.Communities) ?? [])];
    };
    assert.deepEqual(communities('10.1.0.0/16'), [5, WellKnownCommunity.LlgrStale]);
    assert.deepEqual(communities('10.2.0.0/16'), [5]);
    assert.equal(lab.bestOf('10.3.0.0/16'), '');
    assert.deepEqual(communities('10.4.0.0/16'), [WellKnownCommunity.LlgrStale]);
    assert.ok(peer.in.isStale(peer.route('10.1.0.0/16')));
    sweep(peer);
    peer.clear();
    lab.settle();
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
  });
});

describe('preferred routes and changed facts', () => {
  test('each channel knows how many of its routes are selected', () => {
    const lab = new Lab();
    const a = lab.peer('a');
    const b = lab.peer('b');
    for (let i = 1; i <= 4; i++) {
      a.announce(`10.${i}.0.0/16`, { localPref: 100 + i });
      b.announce(`10.${i}.0.0/16`, { localPref: 102 });
    }
    lab.settle();
    assert.deepEqual([a.in.routesPreferred, b.in.routesPreferred], [3, 1]);
    a.clear();
    lab.settle();
    assert.deepEqual([a.in.routesPreferred, b.in.routesPreferred], [0, 4]);
    b.clear();
    lab.settle();
    assert.deepEqual([a.in.routesPreferred, b.in.routesPreferred], [0, 0]);
  });

  test('another preference of the channel decides anew', () => {
    const lab = new Lab();
    const a = lab.peer('a');
    const b = lab.peer('b');
    a.announce(NET, { localPref: 200 });
    b.announce(NET);
    lab.settle();
    assert.equal(lab.bestOf(NET), 'a');
    b.in.updateSource(bgpFacts('b', {}, 150));
    while (b.in.reselect(1)) {
      // Sliced on purpose.
    }
    lab.settle();
    assert.equal(lab.bestOf(NET), 'b');
  });

  test('a source id is used again only when its last route is gone', () => {
    const lab = new Lab();
    const peer = lab.peer('p');
    peer.announce(NET);
    lab.settle();
    lab.sources.remove(peer.in.source.id);
    const next = lab.peer('next');
    assert.notEqual(next.in.source.id, peer.in.source.id);
    assert.equal(lab.bestOf(NET), 'p');
    peer.clear();
    lab.settle();
    assert.equal(lab.peer('third').in.source.id, peer.in.source.id);
  });
});

describe('pipes', () => {
  function world() {
    const lab = new Lab();
    const aux = lab.newTable('aux4', lab.table.family);
    const peer = lab.peer('bgp1');
    const pipe = lab.peer('pipe1', { kind: RouteSourceKind.Pipe, preference: 70, table: aux });
    peer.announce(NET, { asPath: [1], med: 5 }, 1000, 3);
    lab.settle(lab.table, aux);
    const carry = (from = lab.table, by = pipe): boolean => {
      const row = from.prefixes.findPrefix({ version: 4, bytes: Uint8Array.of(198, 51, 100, 0), length: 24 });
      const route = from.first(row);
      const pathId = from.routes.pathId(route);
      return by.in.announceFrom(
        from.sourceOf(route),
        from.prefixes.word0[row] ?? 0,
        0,
        0,
        0,
        24,
        pathId,
        from.attributeOf(route),
        2000,
      );
    };
    return { lab, aux, peer, pipe, carry };
  }

  test('the route keeps the facts of its source and says by which pipe it came', () => {
    const { lab, aux, peer, pipe, carry } = world();
    assert.ok(carry());
    assert.ok(carry());
    lab.settle(lab.table, aux);
    assert.equal(stats(pipe.in), '2 0 0 1 1 | 0 0 0 0 | 1 0 0');
    assert.equal(pipe.in.routesPreferred, 1);
    const best = aux.best(aux.prefixes.findPrefix({ version: 4, bytes: Uint8Array.of(198, 51, 100, 0), length: 24 }));
    const source = aux.sourceOf(best);
    assert.equal(source.protocol, 'bgp1');
    assert.equal(source.kind, RouteSourceKind.Bgp);
    assert.equal(source.preference, 100);
    assert.deepEqual(source.via, { pipe: 'pipe1', origin: peer.in.source.id });
    assert.equal(source.root, peer.in.source.id);
    assert.ok(pipe.in.owns(best));
    assert.equal(aux.routes.pathId(best), 3);
    pipe.in.withdrawRoute(best);
    peer.clear();
    lab.settle(lab.table, aux);
    assert.deepEqual(lab.leftovers(), NOTHING_LEFT);
    assert.equal(aux.prefixes.count, 0);
    assert.equal(lab.sources.count, 2, 'the derived source went with its last route');
  });

  test('clearing a pipe takes the routes of all its sources and no others', () => {
    const { lab, aux, pipe, carry } = world();
    carry();
    const own = lab.peer('own', { table: aux });
    own.announce(NET);
    lab.settle(lab.table, aux);
    assert.equal(aux.counts.routes, 2);
    pipe.clear();
    lab.settle(lab.table, aux);
    assert.equal(aux.counts.routes, 1);
    assert.equal(pipe.in.stats.routesImported, 0);
  });

  test('a pipe that is removed keeps its id as long as its sources have routes', () => {
    const { lab, aux, pipe, carry } = world();
    carry();
    lab.settle(lab.table, aux);
    lab.sources.remove(pipe.in.source.id);
    assert.notEqual(lab.peer('next').in.source.id, pipe.in.source.id);
    pipe.clear();
    lab.settle(lab.table, aux);
    assert.equal(aux.counts.routes, 0);
    const ids = [lab.peer('x'), lab.peer('y')].map((peer) => peer.in.source.id);
    assert.ok(ids.includes(pipe.in.source.id));
  });

  test('changed facts of the source reach what the pipe brought', () => {
    const { lab, aux, peer, pipe, carry } = world();
    carry();
    const rival = lab.peer('rival', { table: aux, preference: 110 });
    rival.announce(NET);
    rival.announce(OTHER);
    peer.announce(OTHER, { asPath: [1] });
    lab.settle(lab.table, aux);
    assert.equal(pipe.in.routesPreferred, 0);
    peer.in.updateSource(bgpFacts('bgp1', {}, 123));
    carry();
    lab.settle(lab.table, aux);
    assert.equal(pipe.in.routesPreferred, 1);
    rival.clear();
    lab.settle(lab.table, aux);
    const row = aux.prefixes.findPrefix({ version: 4, bytes: Uint8Array.of(198, 51, 100, 0), length: 24 });
    assert.equal(aux.sourceOf(aux.first(row)).preference, 123);
    assert.equal(aux.counts.routes, 1);
    pipe.clear();
  });

  test('a route that is there by another way is not taken again', () => {
    const { lab, aux, pipe, carry } = world();
    assert.ok(carry());
    lab.settle(lab.table, aux);
    const back = lab.peer('pipe2', { kind: RouteSourceKind.Pipe });
    assert.ok(!carry(aux, back));
    assert.deepEqual(back.reports, ['pipe collision: 198.51.100.0/24 of bgp1 is in the table already']);
    const second = lab.peer('pipe3', { kind: RouteSourceKind.Pipe, table: aux });
    assert.ok(!carry(lab.table, second));
    pipe.clear();
  });

  test('a policy that reads the source sees that of the route, not of the pipe', () => {
    const lab = new Lab();
    const aux = lab.newTable('aux4', lab.table.family);
    const seen: string[] = [];
    const pipe = lab.peer('pipe1', {
      kind: RouteSourceKind.Pipe,
      table: aux,
      options: {
        policy: policy(
          'source',
          (r) => {
            seen.push(r.protocol);
            return Accept;
          },
          PolicyReads.Source,
        ),
      },
    });
    const set = lab.set({ asPath: [1] });
    for (const name of ['x', 'y', 'x']) {
      const peer = lab.peer(name);
      pipe.in.announceFrom(peer.in.source, 0x0a000000, 0, 0, 0, 8, 0, set, 1000);
    }
    assert.deepEqual(seen, ['x', 'y', 'x']);
  });
});

test('an unreachable next hop loses but stays, and wins back when the link returns', () => {
  const lab = new Lab();
  const a = lab.peer('a');
  const b = lab.peer('b');
  a.announce(NET, { localPref: 200, via: direct('10.1.0.1') });
  b.announce(NET, { via: direct('10.0.0.1') });
  lab.settle();
  assert.equal(lab.bestOf(NET), 'a');
  lab.setLink(3, 'eth1', false);
  lab.settle();
  assert.equal(lab.bestOf(NET), 'b');
  lab.setLink(2, 'eth0', false);
  lab.settle();
  assert.equal(lab.bestOf(NET), 'a');
  assert.equal(lab.table.forwardingOf(lab.table.best(lab.row(NET))).kind, 'unresolved');
  lab.setLink(2, 'eth0', true);
  lab.setLink(3, 'eth1', true);
  lab.settle();
  assert.equal(lab.bestOf(NET), 'a');
  assert.equal(lab.table.forwardingOf(lab.table.best(lab.row(NET))).kind, 'unicast');
});

test('longest match finds usable routes only', () => {
  const lab = new Lab();
  const peer = lab.peer('p', {
    options: { policy: policy('short', (r) => (r.length < 24 ? Accept : Reject)), keepFiltered: true },
  });
  for (const text of ['0.0.0.0/0', '10.0.0.0/8', '10.1.0.0/16', '10.1.1.0/24']) peer.announce(text);
  lab.settle();
  const found = (word: number, maxLength?: number): string =>
    lab.table.prefixes.format(lab.table.lookup(word, 0, 0, 0, maxLength));
  assert.equal(found(0x0a010101), '10.1.0.0/16');
  assert.equal(found(0x0a010101, 15), '10.0.0.0/8');
  assert.equal(found(0x0b000000), '0.0.0.0/0');
  peer.withdraw('0.0.0.0/0');
  lab.settle();
  assert.equal(lab.table.lookup(0x0b000000, 0, 0, 0), 0);
  assert.equal(lab.table.routes.flags[peer.route('10.1.1.0/24')] ?? 0 & INELIGIBLE, 1);
});

test('segments survive as they were', () => {
  const lab = new Lab();
  const peer = lab.peer('p');
  const path = Uint8Array.of(...segment(2, 1, 2), ...segment(1, 3, 4));
  peer.announce(NET, { segments: path });
  const editor = new AttributeEditor();
  lab.attributes.load(lab.table.attributeOf(peer.route(NET)), editor);
  assert.deepEqual(editor.asPath(), path);
});
