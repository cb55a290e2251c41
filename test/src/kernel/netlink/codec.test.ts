import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FibBodies } from '../../../../src/kernel/fib-body.ts';
import { AddressMessage, encodeDumpAddresses } from '../../../../src/kernel/netlink/address.ts';
import { messageErrno, messageErrorText, routeFailure } from '../../../../src/kernel/netlink/error.ts';
import { encodeDumpLinks, LinkFlag, LinkMessage } from '../../../../src/kernel/netlink/link.ts';
import {
  type Destination,
  encodeDelRoute,
  encodeDumpRoutes,
  encodeNewRoute,
  HopFlag,
  hopGateway,
  RouteMessage,
  RouteProtocol,
  RouteScopeNumber,
} from '../../../../src/kernel/netlink/route.ts';
import { AF_INET, AF_INET6, AttributeCursor, MessageCursor, MessageType } from '../../../../src/kernel/netlink/wire.ts';
import { MessageWriter } from '../../../../src/kernel/netlink/writer.ts';
import { ADDRESSES, ERROR, LINKS, ROUTES4, ROUTES6 } from './captured.ts';

const TYPES = ['none', 'unicast', 'local', 'broadcast', 'anycast', 'multicast', 'blackhole', 'unreachable', 'prohibit'];

/** A route much as `ip route` prints it, with interface indexes for names. */
function show(route: RouteMessage): string {
  const address = hopGateway({
    interfaceIndex: 0,
    weight: 1,
    flags: 0,
    gatewayFamily: route.family,
    gateway0: route.word0,
    gateway1: route.word1,
    gateway2: route.word2,
    gateway3: route.word3,
  });
  let text = `${TYPES[route.type]} ${address}/${route.length} table ${route.table} proto ${route.protocol}`;
  if (route.scope !== 0) text += ` scope ${route.scope}`;
  if (route.priority !== 0) text += ` metric ${route.priority}`;
  const source = route.prefSrc();
  if (source !== undefined) text += ` src ${source}`;
  for (let metric = 1; metric <= 17; metric++) {
    if ((route.metricMask & (1 << metric)) === 0) continue;
    text += ` rtax${metric}=${metric === 16 ? route.congestionAlgorithm : route.metrics[metric]}`;
  }
  for (const hop of route.hops.slice(0, route.hopCount)) {
    text += `, via ${hopGateway(hop) ?? '-'} if ${hop.interfaceIndex} weight ${hop.weight}`;
    if ((hop.flags & HopFlag.OnLink) !== 0) text += ' onlink';
  }
  return text;
}

function messages(datagrams: readonly string[], visit: (cursor: MessageCursor) => void): number {
  const cursor = new MessageCursor();
  let count = 0;
  for (const datagram of datagrams) {
    cursor.open(Buffer.from(datagram, 'base64'));
    while (cursor.advance()) {
      count++;
      visit(cursor);
    }
  }
  return count;
}

function routesOf(datagrams: readonly string[]): string[] {
  const route = new RouteMessage();
  const lines: string[] = [];
  messages(datagrams, (cursor) => {
    if (cursor.type !== MessageType.NewRoute) return;
    assert.equal(route.decode(cursor.bytes, cursor.bodyStart, cursor.bodyEnd), true);
    lines.push(show(route));
  });
  return lines;
}

describe('decoding what the kernel sent', () => {
  it('reads IPv4 routes of every kind', () => {
    const lines = routesOf(ROUTES4).filter((line) => !line.includes('table 255'));
    assert.deepEqual(lines, [
      'unicast 20.0.9.0/24 table 1000 proto 12, via 10.0.0.2 if 3 weight 1',
      'unicast 0.0.0.0/0 table 254 proto 4, via 10.0.0.2 if 3 weight 1',
      'unicast 10.0.0.0/24 table 254 proto 2 scope 253 src 10.0.0.1, via - if 3 weight 1',
      'unicast 10.9.0.2/32 table 254 proto 2 scope 253 src 10.9.0.1, via - if 4 weight 1',
      'unicast 20.0.0.0/24 table 254 proto 12 metric 32, via 10.0.0.2 if 3 weight 1',
      'unicast 20.0.1.0/24 table 254 proto 12 metric 32, via 10.0.0.2 if 3 weight 3, via 10.0.0.3 if 3 weight 1',
      'blackhole 20.0.2.0/24 table 254 proto 12 metric 32',
      'unreachable 20.0.3.0/24 table 254 proto 12',
      'prohibit 20.0.4.0/24 table 254 proto 12 metric 4294967295',
      'unicast 20.0.5.0/24 table 254 proto 12 scope 253 metric 32, via - if 3 weight 1',
      'unicast 20.0.6.0/24 table 254 proto 12, via fd00::9 if 3 weight 1',
      'unicast 20.0.7.0/24 table 254 proto 12, via 1.2.3.4 if 3 weight 1 onlink',
      'unicast 20.0.8.0/24 table 254 proto 12 metric 9 src 10.0.0.7 rtax2=1400 rtax8=1300 rtax11=20 rtax16=cubic, via 10.0.0.2 if 3 weight 1',
      'unicast 20.0.10.0/24 table 254 proto 12, via fd00::9 if 3 weight 1, via 10.0.0.3 if 3 weight 1',
    ]);
    assert.equal(routesOf(ROUTES4).length, lines.length + 7, 'and those of table local');
  });

  it('reads IPv6 routes of every kind', () => {
    const lines = routesOf(ROUTES6).filter((line) => line.includes('proto 12') || line.includes('proto 4'));
    assert.deepEqual(lines, [
      'unicast 2001:db8:1::/48 table 254 proto 12 metric 32, via fd00::2 if 3 weight 1',
      'unicast 2001:db8:2::/48 table 254 proto 12 metric 32, via fd00::2 if 3 weight 3, via fd00::3 if 3 weight 1',
      'blackhole 2001:db8:3::/48 table 254 proto 12 metric 32, via - if 1 weight 1',
      'unreachable 2001:db8:4::/48 table 254 proto 12 metric 1024, via - if 1 weight 1',
      'unicast 2001:db8:5::/48 table 254 proto 12 metric 1024, via - if 3 weight 1',
      'unicast 2001:db8:6::/48 table 254 proto 12 metric 1024, via fe80::2 if 3 weight 1',
      'unicast 2001:db8:7::/48 table 254 proto 12 metric 1024, via 2001:db8:ff::1 if 3 weight 1 onlink',
      'unicast 2001:db8:8::/48 table 254 proto 12 metric 1024 src fd00::1 rtax2=1400, via fd00::2 if 3 weight 1',
      'unicast ::/0 table 254 proto 4 metric 1024, via fd00::2 if 3 weight 1',
    ]);
  });

  it('reads links with their flags and master', () => {
    const link = new LinkMessage();
    const seen: unknown[] = [];
    messages(LINKS, (cursor) => {
      if (cursor.type !== MessageType.NewLink) return;
      assert.equal(link.decode(cursor.bytes, cursor.bodyStart, cursor.bodyEnd), true);
      const { index, name, mtu, master, flags } = link;
      seen.push([index, name, mtu, master, (flags & LinkFlag.Up) !== 0, (flags & LinkFlag.LowerUp) !== 0]);
    });
    assert.deepEqual(seen, [
      [1, 'lo', 65536, 0, true, true],
      [2, 'v1', 1500, 4, true, true],
      [3, 'v0', 1500, 0, true, true],
      [4, 'br0', 1500, 0, true, true],
    ]);
  });

  it('reads addresses: the own one, the one opposite, secondary and tentative ones', () => {
    const address = new AddressMessage();
    const seen: string[] = [];
    messages(ADDRESSES, (cursor) => {
      if (cursor.type !== MessageType.NewAddress) return;
      assert.equal(address.decode(cursor.bytes, cursor.bodyStart, cursor.bodyEnd), true);
      const { index, length, flags, scope, peer } = address;
      seen.push(`${index} ${address.address}/${length} peer ${peer ?? '-'} scope ${scope} flags ${flags}`);
    });
    assert.deepEqual(seen, [
      '1 127.0.0.1/8 peer - scope 254 flags 128',
      '3 10.0.0.1/24 peer - scope 0 flags 128',
      '3 10.0.0.7/24 peer - scope 0 flags 129',
      '4 10.9.0.1/32 peer 10.9.0.2 scope 0 flags 128',
      '1 ::1/128 peer - scope 254 flags 128',
      '2 fe80::506d:a4ff:fefa:510a/64 peer - scope 253 flags 128',
      '3 fd00::1/64 peer - scope 0 flags 130',
      '3 fe80::f8c5:36ff:feb9:eb45/64 peer - scope 253 flags 128',
      '4 fd09::1/128 peer fd09::2 scope 0 flags 130',
      '4 fe80::506d:a4ff:fefa:510a/64 peer - scope 253 flags 192',
    ]);
  });

  it("reads the kernel's own words behind an error", () => {
    const seen: unknown[] = [];
    messages(ERROR, (cursor) => {
      seen.push([cursor.type, cursor.sequence, messageErrno(cursor), messageErrorText(cursor)]);
    });
    assert.deepEqual(seen, [[MessageType.Error, 5, 101, 'Nexthop has invalid gateway']]);
    assert.equal(routeFailure(101), 'unreachable');
    assert.equal(routeFailure(113), 'unreachable');
    assert.equal(routeFailure(3), 'missing');
    assert.equal(routeFailure(17), 'exists');
    assert.equal(routeFailure(105), 'busy');
    assert.equal(routeFailure(1), 'denied');
    assert.equal(routeFailure(22), 'refused');
  });
});

describe('encoding', () => {
  it('writes each captured route as a body and reads it back the same', () => {
    const bodies = new FibBodies();
    const route = new RouteMessage();
    const again = new RouteMessage();
    let checked = 0;
    messages([...ROUTES4, ...ROUTES6], (cursor) => {
      if (cursor.type !== MessageType.NewRoute) return;
      route.decode(cursor.bytes, cursor.bodyStart, cursor.bodyEnd);
      if (route.protocol !== RouteProtocol.Bird) return;
      const id = bodies.intern(route);
      const body = bodies.get(id);
      const writer = new MessageWriter(4096);
      const to: Destination = {
        family: route.family === AF_INET ? AF_INET : AF_INET6,
        word0: route.word0,
        word1: route.word1,
        word2: route.word2,
        word3: route.word3,
        length: route.length,
      };
      encodeNewRoute(writer, 1, 7, to, route.table, 12, body.scope, body.type, body.flags, body.attributes);
      const written = new MessageCursor();
      written.open(writer.written());
      assert.equal(written.advance(), true);
      assert.equal(written.sequence, 7);
      assert.equal(again.decode(written.bytes, written.bodyStart, written.bodyEnd), true);
      assert.equal(bodies.intern(again), id, show(route));
      const expected = route.type === 1 ? show(route) : show(route).replace(/, via - .*/, '');
      assert.deepEqual(show(again).split(', ').sort(), expected.split(', ').sort());
      assert.equal(written.advance(), false);
      checked++;
    });
    assert.equal(checked, 19);
  });

  it('asks and removes with messages of the right length', () => {
    const writer = new MessageWriter(4096);
    const to: Destination = { family: AF_INET6, word0: 0xfd000000, word1: 0, word2: 0, word3: 0, length: 8 };
    encodeDelRoute(writer, 1, 1, to, 1000, 12, 32);
    encodeDumpRoutes(writer, 0x301, 2, AF_INET, 254, 12);
    encodeDumpLinks(writer, 0x301, 3);
    encodeDumpAddresses(writer, 0x301, 4);
    const seen: number[][] = [];
    const cursor = new MessageCursor();
    cursor.open(writer.written());
    while (cursor.advance()) seen.push([cursor.type, cursor.sequence, cursor.bodyEnd - cursor.bodyStart]);
    assert.deepEqual(seen, [
      [MessageType.DelRoute, 1, 12 + 20 + 8 + 8],
      [MessageType.GetRoute, 2, 12],
      [MessageType.GetLink, 3, 16 + 8],
      [MessageType.GetAddress, 4, 8],
    ]);
    const route = new RouteMessage();
    cursor.open(writer.written());
    cursor.advance();
    assert.equal(route.decode(cursor.bytes, cursor.bodyStart, cursor.bodyEnd), true);
    assert.deepEqual([route.table, route.priority, route.scope], [1000, 32, RouteScopeNumber.Nowhere]);
  });
});

describe('octets that make no sense', () => {
  it('never throw and never read beyond the message, whatever is changed in a captured datagram', () => {
    const originals = [...LINKS, ...ADDRESSES, ...ROUTES4, ...ROUTES6, ...ERROR].map((text) =>
      Buffer.from(text, 'base64'),
    );
    const cursor = new MessageCursor();
    const route = new RouteMessage();
    const link = new LinkMessage();
    const address = new AddressMessage();
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(
        fc.nat({ max: originals.length - 1 }),
        fc.array(change, { minLength: 1, maxLength: 8 }),
        fc.option(fc.nat()),
        (which, changes, cut) => {
          const bytes = Buffer.from(originals[which]!);
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          const datagram = cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
          cursor.open(datagram);
          let guard = 0;
          while (cursor.advance()) {
            assert.ok(cursor.bodyEnd <= datagram.length);
            assert.ok(guard++ < 1000);
            const { bodyStart, bodyEnd } = cursor;
            if (route.decode(datagram, bodyStart, bodyEnd)) show(route);
            link.decode(datagram, bodyStart, bodyEnd);
            address.decode(datagram, bodyStart, bodyEnd);
            messageErrno(cursor);
            messageErrorText(cursor);
          }
        },
      ),
      { seed: 7, numRuns: 4000 },
    );
  });

  it('stop an attribute walk where a length does not fit', () => {
    const cursor = new AttributeCursor();
    const bytes = Uint8Array.from([8, 0, 1, 0, 1, 2, 3, 4, 3, 0, 1, 0]);
    cursor.open(bytes, 0, bytes.length);
    assert.equal(cursor.advance(), true);
    assert.deepEqual([cursor.type, cursor.start, cursor.end], [1, 4, 8]);
    assert.equal(cursor.advance(), false);
    assert.equal(cursor.malformed, true);
  });

  it('refuse prefixes longer than their family allows', () => {
    const route = new RouteMessage();
    const bytes = Uint8Array.from([AF_INET, 33, 0, 0, 254, 12, 0, 1, 0, 0, 0, 0]);
    assert.equal(route.decode(bytes, 0, bytes.length), false);
    bytes[1] = 32;
    assert.equal(route.decode(bytes, 0, bytes.length), true);
  });
});

describe('FibBodies', () => {
  const hop = (route: RouteMessage, gateway: number, index: number, weight: number, flags = 0): void => {
    const added = route.addHop();
    added.gatewayFamily = AF_INET;
    added.gateway0 = gateway;
    added.interfaceIndex = index;
    added.weight = weight;
    added.flags = flags;
  };

  it('take the same hops in any order, and one twice, for one body', () => {
    const bodies = new FibBodies();
    const a = new RouteMessage();
    a.reset(AF_INET);
    hop(a, 1, 3, 1);
    hop(a, 2, 3, 5);
    const b = new RouteMessage();
    b.reset(AF_INET);
    hop(b, 2, 3, 5, HopFlag.LinkDown);
    hop(b, 1, 3, 1);
    hop(b, 1, 3, 1);
    const id = bodies.intern(a);
    assert.equal(bodies.intern(b), id);
    assert.equal(bodies.get(id).hopCount, 2);
    b.hops[0]!.weight = 6;
    assert.notEqual(bodies.intern(b), id);
  });

  it('do not mind the weight of a single hop, do mind onlink, metric and kind', () => {
    const bodies = new FibBodies();
    const route = new RouteMessage();
    route.reset(AF_INET);
    hop(route, 1, 3, 1);
    const id = bodies.intern(route);
    route.hops[0]!.weight = 9;
    assert.equal(bodies.intern(route), id);
    route.hops[0]!.flags = HopFlag.OnLink;
    const onlink = bodies.intern(route);
    route.priority = 32;
    const metric = bodies.intern(route);
    route.type = 6;
    const blackhole = bodies.intern(route);
    assert.equal(new Set([id, onlink, metric, blackhole]).size, 4);
    assert.equal(bodies.get(blackhole).hopCount, 0);
  });

  it('know the metric that the kernel gives to IPv6 routes without one', () => {
    const bodies = new FibBodies();
    const route = new RouteMessage();
    route.reset(AF_INET6);
    route.type = 6;
    const id = bodies.intern(route);
    route.priority = 1024;
    assert.equal(bodies.intern(route), id);
    assert.equal(bodies.get(id).metric, 1024);
  });

  it('use a number again only when nobody holds it', () => {
    const bodies = new FibBodies();
    const route = new RouteMessage();
    route.reset(AF_INET);
    hop(route, 1, 3, 1);
    const id = bodies.intern(route);
    bodies.retain(id);
    bodies.release(id);
    assert.equal(bodies.intern(route), id);
    bodies.release(id);
    bodies.release(id);
    assert.equal(bodies.count, 0);
    route.priority = 5;
    assert.equal(bodies.intern(route), id);
    assert.equal(bodies.get(id).metric, 5);
  });
});
