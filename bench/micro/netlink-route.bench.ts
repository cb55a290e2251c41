/** Routes to and from netlink messages: what one route costs besides the kernel's own work. */
import { bench, run } from 'mitata';
import { FibBodies } from '../../src/kernel/fib-body.ts';
import { type Destination, encodeDelRoute, encodeNewRoute, RouteMessage } from '../../src/kernel/netlink/route.ts';
import { AF_INET, AF_INET6, MessageCursor } from '../../src/kernel/netlink/wire.ts';
import { MessageWriter } from '../../src/kernel/netlink/writer.ts';

const BATCH = 64;
const bodies = new FibBodies();
const writer = new MessageWriter(65536);
const cursor = new MessageCursor();
const decoded = new RouteMessage();

function gateways(family: typeof AF_INET | typeof AF_INET6, count: number): number {
  const route = new RouteMessage();
  route.reset(family);
  route.priority = 32;
  for (let i = 0; i < count; i++) {
    const hop = route.addHop();
    hop.gatewayFamily = family;
    hop.gateway0 = 0x0a000001 + i;
    hop.interfaceIndex = 3;
  }
  return bodies.intern(route);
}

const v4 = bodies.get(gateways(AF_INET, 1));
const v4Ecmp = bodies.get(gateways(AF_INET, 16));
const v6 = bodies.get(gateways(AF_INET6, 1));
const to4: Destination = { family: AF_INET, word0: 0, word1: 0, word2: 0, word3: 0, length: 24 };
const to6: Destination = { family: AF_INET6, word0: 0x20010db8, word1: 0, word2: 0, word3: 0, length: 48 };

function encodeBatch(to: Destination, body: typeof v4): number {
  writer.clear();
  for (let i = 0; i < BATCH; i++) {
    to.word0 = 0x14000000 + (i << 8);
    encodeNewRoute(writer, 0x605, i, to, 254, 12, body.scope, body.type, body.flags, body.attributes);
  }
  return writer.length;
}

encodeBatch(to4, v4);
const dumped = writer.written().slice();

function decodeBatch(): number {
  let sum = 0;
  cursor.open(dumped);
  while (cursor.advance()) {
    decoded.decode(cursor.bytes, cursor.bodyStart, cursor.bodyEnd);
    sum += decoded.hopCount;
  }
  return sum;
}

bench(`encode ${BATCH} IPv4 routes`, () => encodeBatch(to4, v4));
bench(`encode ${BATCH} IPv6 routes`, () => encodeBatch(to6, v6));
bench(`encode ${BATCH} IPv4 routes of 16 hops`, () => encodeBatch(to4, v4Ecmp));
bench(`encode ${BATCH} removals`, () => {
  writer.clear();
  for (let i = 0; i < BATCH; i++) encodeDelRoute(writer, 1, i, to4, 254, 12, 32);
  return writer.length;
});
bench(`decode ${BATCH} IPv4 routes`, () => decodeBatch());
bench(`decode and intern ${BATCH} IPv4 routes`, () => {
  let sum = 0;
  cursor.open(dumped);
  while (cursor.advance()) {
    decoded.decode(cursor.bytes, cursor.bodyStart, cursor.bodyEnd);
    const id = bodies.intern(decoded);
    sum += id;
    bodies.release(id);
  }
  return sum;
});

await run();
