import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  capability,
  capabilityAs4,
  capabilityIpv4,
  capabilityRefresh,
  message,
  RawSpeaker,
} from '../../support/raw-speaker.ts';
import { freshPort, Node, type NodeOptions, until } from './node.ts';

const nodes: Node[] = [];
const speakers: RawSpeaker[] = [];

afterEach(async () => {
  for (const speaker of speakers.splice(0)) speaker.destroy();
  for (const node of nodes.splice(0)) assert.deepEqual(await node.stop(), [], 'no task failed');
});
after(() => {
  // A handle that is left would keep the process alive for ever.
  setTimeout(() => process.exit(99), 5000).unref();
});

function node(text: string, options: NodeOptions): Node {
  const made = new Node(text, options);
  nodes.push(made);
  return made.start();
}

interface Pair {
  readonly port: number;
  readonly a: Node;
  readonly b: Node;
}

const FAST = 'connect delay time 0; connect retry time 1; error wait time 1, 2; strict bind;';

/** A (AS 65001, 127.1.0.1) and B (AS 65002, 127.1.0.2); the texts go into the protocol and beside it. */
function textOf(side: 'a' | 'b', port: number, bgp: string, beside = '', family = 'ipv4'): string {
  const [own, other] = side === 'a' ? [1, 2] : [2, 1];
  return `
    router id 10.0.0.${own};
    ${beside}
    protocol bgp bgp1 {
      local 127.1.0.${own} port ${port} as 6500${own};
      neighbor 127.1.0.${other} port ${port} as 6500${other};
      direct; ${FAST}
      ${bgp.includes('ipv4') || bgp.includes('ipv6') ? bgp : `${bgp} ${family} { import all; export all; next hop address 10.0.0.${own}; };`}
    }`;
}

function pair(bgpA = '', bgpB = bgpA, besideA = '', besideB = ''): Pair {
  const port = freshPort();
  const a = node(textOf('a', port, bgpA, besideA), { address: '10.0.0.1' });
  const b = node(textOf('b', port, bgpB, besideB), { address: '10.0.0.2' });
  return { port, a, b };
}

const up = ({ a, b }: Pair): Promise<void> => until('both ends are up', () => a.isUp() && b.isUp());

const STATICS = `protocol static s { ipv4;
  route 10.1.0.0/16 blackhole; route 10.2.0.0/16 blackhole; route 10.3.3.0/24 blackhole; }`;

describe('two of our daemons', () => {
  it('exchange routes both ways, withdraw them, and say goodbye with a reason', async () => {
    const both = pair('', '', STATICS, 'protocol static s { ipv4; route 172.16.0.0/12 blackhole; }');
    const { a, b } = both;
    await up(both);
    await until('the routes', () => b.has('10.3.3.0/24') && a.has('172.16.0.0/12'));
    assert.deepEqual(b.routes(), [
      '10.1.0.0/16 via 10.0.0.1 path 65001 from bgp1',
      '10.2.0.0/16 via 10.0.0.1 path 65001 from bgp1',
      '10.3.3.0/24 via 10.0.0.1 path 65001 from bgp1',
      '172.16.0.0/12 from s',
    ]);
    const detail = b.bgp().detail();
    assert.equal(detail.state, 'Established');
    assert.equal(detail.neighborAs, 65001);
    assert.equal(detail.session?.neighborId, 0x0a000001);
    assert.equal(detail.session?.sourceAddress, '127.1.0.2');
    assert.equal(detail.session?.holdTimer?.totalSeconds, 240);
    a.bgp().disable('gone fishing');
    await until('the routes are gone', () => b.routes().length === 1);
    await until('the reason', () => b.bgp().message === 'gone fishing');
    assert.deepEqual(
      { ...b.bgp().detail().lastError, communication: '' },
      { class: 'received', text: 'Administrative shutdown', code: 6, subcode: 2, communication: '' },
    );
    await until('it is down', () => a.bgp().detail().state === 'Down');
    assert.ok(b.logged('<remote> bgp1: Received: Administrative shutdown: gone fishing'));
    a.bgp().enable();
    await until('up again', () => a.isUp() && b.isUp() && b.has('10.1.0.0/16'));
    assert.equal(b.bgp().detail().lastError.class, 'none');
  });

  it('IPv6 routes over an IPv4 session', async () => {
    const side = (own: number) => `ipv6 { import all; export all; next hop address fd00::${own}; };`;
    const both = pair(side(1), side(2), 'protocol static s { ipv6; route 2001:db8::/32 blackhole; }');
    await up(both);
    await until('the route', () => both.b.has('2001:db8::/32', 'ipv6'));
    assert.deepEqual(both.b.routes('ipv6'), ['2001:db8::/32 via fd00::1 path 65001 from bgp1']);
  });

  it('a wrong AS: both ends wait, and say whose fault it is', async () => {
    const port = freshPort();
    const a = node(textOf('a', port, ''), { address: '10.0.0.1' });
    const b = node(textOf('b', port, '').replace('as 65001', 'as 65009'), { address: '10.0.0.2' });
    const error = (one: Node) => one.bgp().detail().lastError;
    await until('the errors', () => error(a).class === 'received' && error(b).class === 'sent');
    assert.equal(error(a).text, 'Bad peer AS');
    assert.equal(error(b).text, 'Bad peer AS');
    await until('they wait', () => [a, b].every((one) => one.bgp().detail().errorWait !== undefined));
    assert.equal(a.bgp().detail().state, 'Idle');
    assert.equal(a.bgp().state, 'start');
  });

  it('an import limit with action restart: 6/1 with family and limit, back-off, back again', async () => {
    const limited = 'ipv4 { import all; import limit 2 action restart; export all; next hop address 10.0.0.2; };';
    const plain = 'ipv4 { import all; export all; next hop address 10.0.0.1; };';
    const both = pair(plain, limited, STATICS);
    await until('the limit is hit', () => both.a.logged('Received: Maximum number of prefixes reached'));
    assert.ok(both.b.logged('hits route import limit (2), action: restart'));
    await until('it waits', () => both.b.bgp().detail().errorWait !== undefined);
    assert.equal(both.b.bgp().detail().lastError.text, 'Route limit exceeded');
    assert.equal(both.b.bgp().detail().lastError.class, 'automatic');
    assert.equal(both.b.routes().length, 0);
  });

  it('an import limit with action disable stays down', async () => {
    const limited = 'ipv4 { import all; import limit 2 action disable; export all; next hop address 10.0.0.2; };';
    const plain = 'ipv4 { import all; export all; next hop address 10.0.0.1; };';
    const both = pair(plain, limited, STATICS);
    await until('down', () => both.b.bgp().state === 'down');
    assert.equal(both.b.bgp().detail().lastError.text, 'Route limit exceeded');
    assert.equal(both.b.bgp().disabled, true);
  });

  it('a changed filter is taken over in place; a changed hold time needs a new session', async () => {
    const both = pair('', '', STATICS);
    const { a, b, port } = both;
    await up(both);
    await until('the routes', () => b.has('10.3.3.0/24'));
    const since = b.bgp().since;
    const picky = 'ipv4 { import where net ~ [ 10.1.0.0/16 ]; export all; next hop address 10.0.0.2; };';
    assert.equal(b.reconfigure(textOf('b', port, picky)), true);
    await until('refused routes are gone', () => b.routes().length === 1);
    const narrow = 'ipv4 { import all; export where net ~ [ 10.2.0.0/16 ]; next hop address 10.0.0.1; };';
    assert.equal(a.reconfigure(textOf('a', port, narrow, STATICS)), true);
    await until('withdrawn by the sender', () => b.routes().length === 0);
    assert.equal(b.reconfigure(textOf('b', port, '')), true);
    await until('what the sender lets out', () => b.has('10.2.0.0/16'));
    assert.equal(b.bgp().since, since, 'the session was never lost');
    assert.equal(b.reconfigure(textOf('b', port, 'hold time 30;')), false);
  });

  it('the link goes: the session goes at once, and comes back with it', async () => {
    const both = pair('check link;', '', STATICS);
    const { a, b } = both;
    await up(both);
    await until('the routes', () => b.has('10.3.3.0/24'));
    a.link(1, 'lo', [], true, false);
    await until('down', () => !a.isUp());
    assert.equal(a.bgp().detail().lastError.text, 'Link down');
    await until('it waits', () => a.bgp().detail().state === 'Idle');
    await until('the other end heard', () => !b.isUp());
    a.link(1, 'lo', [], true, true);
    await until('up again', () => a.isUp() && b.isUp());
  });

  it('a neighbour on no link of ours is waited for', async () => {
    const port = freshPort();
    const a = node(textOf('a', port, '').replaceAll('127.1.0.2', '192.0.2.2'), { address: '10.0.0.1' });
    await delay(50);
    assert.equal(a.bgp().state, 'start');
    assert.equal(a.bgp().detail().state, 'Idle');
    a.link(3, 'eth1', ['192.0.2.1/24']);
    await until('it tries', () => a.bgp().detail().state === 'Active');
    a.interfaces.remove(3);
    await until('it waits again', () => a.bgp().detail().state === 'Idle');
    assert.equal(a.bgp().detail().lastError.text, 'Neighbor lost');
  });

  it('a port that is taken: no listening socket, no session, another try later', async () => {
    const both = pair();
    await up(both);
    const rival = node(textOf('a', both.port, ''), { address: '10.0.0.1' });
    await until('it says so', () => rival.logged('Cannot open listening socket: Address already in use'));
    await until('it shows', () => rival.bgp().detail().lastError.text === 'No listening socket');
    await until('it waits', () => rival.bgp().detail().state === 'Idle');
  });

  it('TCP-MD5 keys that agree connect; keys that do not never do', async () => {
    const good = pair('password "sesame";');
    await up(good);
    const bad = pair('password "sesame";', 'password "simsim";');
    await delay(1500);
    assert.equal(bad.a.isUp() || bad.b.isUp(), false);
  });

  it('a range bears neighbours, and buries them with their sessions', async () => {
    const port = freshPort();
    const parent = `router id 10.0.0.2;
      protocol bgp clients { local 127.1.0.2 port ${port} as 65002; neighbor range 127.1.0.0/24 as 65001; strict bind;
        dynamic name "dyn"; dynamic name digits 2; direct;
        ipv4 { import all; export all; next hop address 10.0.0.2; }; }`;
    const b = node(parent, { address: '10.0.0.2' });
    const a = node(textOf('a', port, '', STATICS), { address: '10.0.0.1' });
    await until('the child is up', () => b.isUp('dyn01') && a.isUp());
    await until('its routes', () => b.has('10.3.3.0/24'));
    assert.deepEqual(
      b.protocols.map((protocol) => protocol.name),
      ['clients', 'dyn01'],
    );
    assert.equal(b.bgp('clients').detail().state, 'Passive');
    assert.equal(b.bgp('clients').state, 'start');
    assert.equal(b.bgp('dyn01').detail().neighborAddress, '127.1.0.1');
    a.bgp().disable();
    await until('the child is gone', () => b.protocols.length === 1);
    assert.equal(b.routes().length, 0);
    a.bgp().enable();
    await until('another child', () => b.isUp('dyn02'));
    b.bgp('clients').disable();
    await until('all are gone', () => b.protocols.length === 1 && b.bgp('clients').state === 'down');
  });
});

describe('graceful restart', () => {
  const restarting = 'graceful restart on; ipv4 { import all; export all; next hop address 10.0.0.1; };';
  const helping = 'ipv4 { import all; export all; next hop address 10.0.0.2; };';

  it('routes survive the loss of TCP and are refreshed by the next session', async () => {
    const both = pair(restarting, helping, STATICS);
    const { a, b, port } = both;
    await up(both);
    await until('the routes', () => b.has('10.3.3.0/24'));
    // A ends as a daemon does that restarts gracefully.
    a.bgp().remove('graceful-restart');
    await until('A is gone', () => a.gone.includes('bgp1'));
    await until('B keeps the routes', () => b.bgp().detail().neighborRestarting);
    assert.equal(b.bgp().state, 'start');
    assert.equal(b.routes().length, 3);
    assert.ok((b.bgp().detail().restartTimerMs ?? 0) > 100_000);
    const [channel] = b.bgp().channels;
    assert.ok(channel);
    assert.equal(channel.state, 'START');
    assert.equal(b.bgp().channelDetail(channel)?.neighborRestart, 'regular');
    nodes.splice(nodes.indexOf(a), 1);
    assert.deepEqual(await a.stop(), []);
    const fewer = 'protocol static s { ipv4; route 10.1.0.0/16 blackhole; }';
    const again = node(textOf('a', port, restarting, fewer), { address: '10.0.0.1', recover: true });
    await until('up again', () => again.isUp() && b.isUp());
    await until('what was not announced again is gone', () => b.routes().length === 1);
    assert.deepEqual(b.routes(), ['10.1.0.0/16 via 10.0.0.1 path 65001 from bgp1']);
    await until('recovery ended with End-of-RIB', () => !again.recovery.active);
  });

  it('a peer that does not come back loses its routes when its restart time is over', async () => {
    const both = pair(`graceful restart time 1; ${restarting}`, helping, STATICS);
    const { a, b } = both;
    await up(both);
    await until('the routes', () => b.has('10.3.3.0/24'));
    a.bgp().remove('graceful-restart');
    await until('B keeps the routes', () => b.bgp().detail().neighborRestarting);
    assert.equal(b.routes().length, 3);
    await until('time is over', () => b.routes().length === 0);
    await until('a neighbour like any other', () => b.bgp().channels[0]?.state === 'DOWN');
    assert.equal(b.bgp().detail().neighborRestarting, false);
  });

  it('long-lived stale routes follow the restart time, and last for their own', async () => {
    const longLived = 'long lived graceful restart on; long lived stale time 2; graceful restart time 1;';
    const both = pair(`${longLived} ${restarting}`, helping, STATICS);
    const { a, b } = both;
    await up(both);
    await until('the routes', () => b.has('10.3.3.0/24'));
    a.bgp().remove('graceful-restart');
    const [channel] = b.bgp().channels;
    assert.ok(channel);
    const phase = (): string | undefined => b.bgp().channelDetail(channel)?.neighborRestart;
    await until('regular', () => phase() === 'regular');
    await until('long-lived', () => phase() === 'longlived');
    assert.equal(b.routes().length, 3);
    assert.ok((b.bgp().channelDetail(channel)?.staleTimerMs ?? 0) > 1000);
    await until('time is over', () => b.routes().length === 0);
  });

  it('recovery does not wait for a peer that is not there', async () => {
    const port = freshPort();
    const text = textOf('a', port, 'graceful restart on;', STATICS);
    const a = node(text, { address: '10.0.0.1', recover: true });
    assert.equal(a.recovery.active, true);
    await until('given up', () => !a.recovery.active, 15_000);
  });
});

describe('a peer made of octets', () => {
  const u16 = (value: number): number[] => [value >> 8, value & 255];
  const attribute = (flags: number, code: number, ...value: number[]): number[] => [
    flags,
    code,
    value.length,
    ...value,
  ];
  const path = (...numbers: number[]): number[] =>
    attribute(
      0x40,
      2,
      2,
      numbers.length,
      ...numbers.flatMap((as) => [as >>> 24, (as >>> 16) & 255, ...u16(as & 0xffff)]),
    );
  const good = (...numbers: number[]): number[] => [
    ...attribute(0x40, 1, 0),
    ...path(...numbers),
    ...attribute(0x40, 3, 10, 0, 0, 1),
  ];
  const update = (attributes: number[], nlri: number[], withdrawn: number[] = []): Buffer =>
    message(
      2,
      Buffer.from([...u16(withdrawn.length), ...withdrawn, ...u16(attributes.length), ...attributes, ...nlri]),
    );
  const refresh = (subtype: number): Buffer => message(5, Buffer.from([0, 1, subtype, 1]));
  const END_OF_RIB = update([], []);

  async function speaker(bgp = '', capabilities?: Buffer, beside = ''): Promise<{ b: Node; raw: RawSpeaker }> {
    const port = freshPort();
    const b = node(textOf('b', port, `passive; ${bgp}`, beside), { address: '10.0.0.2' });
    await delay(1);
    const raw = new RawSpeaker({
      localAddress: '127.1.0.1',
      remoteAddress: '127.1.0.2',
      port,
      as: 65001,
      ...(capabilities === undefined ? {} : { capabilities }),
    });
    speakers.push(raw);
    await raw.connect();
    await until('up', () => b.isUp());
    return { b, raw };
  }

  it('its routes come and go; our own AS in the path is a withdrawal', async () => {
    const { b, raw } = await speaker();
    raw.write(update(good(65001), [16, 10, 1, 16, 10, 2]));
    await until('two routes', () => b.routes().length === 2);
    raw.write(update(good(65001, 65002), [16, 10, 1]));
    await until('one looped', () => b.routes().length === 1);
    raw.write(update([], [], [16, 10, 2]));
    await until('none', () => b.routes().length === 0);
    assert.equal(b.isUp(), true);
  });

  it('a broken attribute takes the route away, is told with its clause, and costs no session', async () => {
    const { b, raw } = await speaker();
    raw.write(update(good(65001), [16, 10, 1]));
    await until('a route', () => b.routes().length === 1);
    raw.write(update([...attribute(0x40, 1, 7), ...path(65001), ...attribute(0x40, 3, 10, 0, 0, 1)], [16, 10, 1]));
    await until('gone', () => b.routes().length === 0);
    assert.ok(b.logged('<remote> bgp1: UPDATE treated as withdrawal: ORIGIN'), b.lines.join('\n'));
    assert.equal(b.isUp(), true);
  });

  it('an UPDATE that cannot be read ends the session with its NOTIFICATION', async () => {
    const { b, raw } = await speaker();
    raw.write(update(good(65001), [16, 10, 1]));
    raw.write(message(2, Buffer.from([0, 0, 0, 99])));
    await raw.wait(() => raw.closed);
    assert.equal(raw.lastNotification, '3/1');
    assert.equal(b.bgp().detail().lastError.text, 'Malformed attribute list');
    await until('no route is left', () => b.routes().length === 0);
  });

  it('garbage after a good message: the message counts, then 1/1', async () => {
    const { raw } = await speaker();
    raw.write(Buffer.concat([update(good(65001), [16, 10, 1]), Buffer.alloc(19)]));
    await raw.wait(() => raw.closed);
    assert.equal(raw.lastNotification, '1/1');
  });

  it('what stands behind a NOTIFICATION is not heard', async () => {
    const { b, raw } = await speaker();
    raw.write(Buffer.concat([message(3, Buffer.from([6, 4])), update(good(65001), [16, 10, 1])]));
    await until('down', () => !b.isUp());
    await delay(20);
    assert.equal(b.routes().length, 0);
    assert.equal(b.bgp().detail().lastError.text, 'Administrative reset');
  });

  it('a NOTIFICATION behind a long backlog is heard before the FIN', async () => {
    const { b, raw } = await speaker();
    const many = Array.from({ length: 3000 }, (_, i) =>
      update(good(65001, 65100 + (i % 50)), [24, 10, i >> 8, i & 255]),
    );
    raw.write(Buffer.concat([...many, message(3, Buffer.from([6, 2, 3, ...Buffer.from('bye')]))]));
    raw.destroy();
    await until('down', () => !b.isUp() && b.bgp().detail().lastError.class !== 'none');
    assert.equal(b.bgp().detail().lastError.text, 'Administrative shutdown');
    assert.equal(b.bgp().message, 'bye');
    await until('no route is left', () => b.routes().length === 0);
  });

  it('a refresh brings everything again, with markers where both know them', async () => {
    const enhanced = Buffer.concat([capabilityIpv4, capabilityRefresh, capabilityAs4(65001), capability(70)]);
    for (const capabilities of [undefined, enhanced]) {
      const { raw } = await speaker('', capabilities, STATICS);
      await raw.wait(() => raw.heard.some((one) => one.type === 2 && one.body.length === 4));
      raw.heard.length = 0;
      raw.write(refresh(0));
      await raw.wait(() => raw.heard.some((one) => one.type === 2));
      if (capabilities === undefined) continue;
      await raw.wait(() => raw.heard.at(-1)?.type === 5);
      const kinds = raw.heard.map((one) => (one.type === 5 ? one.body[2] : 'update'));
      assert.deepEqual([kinds[0], kinds.at(-1)], [1, 2]);
      assert.ok(kinds.includes('update'));
    }
  });

  it('a marked refresh by the peer removes what it did not announce again', async () => {
    const enhanced = Buffer.concat([capabilityIpv4, capabilityRefresh, capabilityAs4(65001), capability(70)]);
    const { b, raw } = await speaker('', enhanced);
    raw.write(update(good(65001), [16, 10, 1, 16, 10, 2, 16, 10, 3]));
    raw.write(END_OF_RIB);
    await until('three routes', () => b.routes().length === 3);
    raw.write(Buffer.concat([refresh(1), update(good(65001), [16, 10, 2]), refresh(2)]));
    await until('one is left', () => b.routes().length === 1);
    assert.ok(b.has('10.2.0.0/16'));
  });

  it('reload in asks for the routes; a peer that cannot be asked is an error for the operator', async () => {
    const { b, raw } = await speaker();
    assert.equal(b.bgp().reload('in'), undefined);
    await raw.wait(() => raw.heard.some((one) => one.type === 5));
    assert.deepEqual([...(raw.heard.find((one) => one.type === 5)?.body ?? [])], [0, 1, 0, 1]);
    const deaf = await speaker('', Buffer.concat([capabilityIpv4, capabilityAs4(65001)]));
    assert.match(deaf.b.bgp().reload('in') ?? '', /cannot be asked/);
    const keeping = 'ipv4 { import all; export all; import table; next hop address 10.0.0.2; };';
    const kept = await speaker(keeping, Buffer.concat([capabilityIpv4, capabilityAs4(65001)]));
    assert.equal(kept.b.bgp().reload('in'), undefined);
  });

  it('the import limit tells family and limit', async () => {
    const limited = 'ipv4 { import all; import limit 2 action disable; export all; next hop address 10.0.0.2; };';
    const { raw } = await speaker(limited);
    raw.write(update(good(65001), [16, 10, 1, 16, 10, 2, 16, 10, 3]));
    await raw.wait(() => raw.closed);
    assert.equal(raw.lastNotification, '6/1 00010100000002');
  });

  it('a peer that is disabled with words hears them', async () => {
    const { b, raw } = await speaker();
    b.bgp().disable('maintenance');
    await raw.wait(() => raw.closed);
    assert.equal(raw.lastNotification, `6/2 0b${Buffer.from('maintenance').toString('hex')}`);
  });

  it('nobody who is not a neighbour gets an answer', async () => {
    const { b } = await speaker();
    const stranger = new RawSpeaker({
      localAddress: '127.1.0.99',
      remoteAddress: '127.1.0.2',
      port: b.bgp().detail().neighborPort ?? Number(/port (\d+)/.exec(textOf('b', 0, ''))?.[1]),
      as: 65001,
    });
    speakers.push(stranger);
    const { config } = b.bgp();
    assert.ok(config.kind === 'bgp');
    Object.assign(stranger.options, { port: config.localPort });
    await stranger.open();
    await stranger.wait(() => stranger.closed);
    assert.deepEqual(stranger.heard, []);
    assert.deepEqual(b.unexpected, ['127.1.0.99']);
  });
});
