/** Options of sessions that only show when two daemons meet: limits, names, policies, listeners, goodbyes on demand. */
import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { AttributeCode } from '../../../bgp/index.ts';
import { message, RawSpeaker } from '../../support/raw-speaker.ts';
import { freshPort, Node, type NodeOptions, until } from './node.ts';

const nodes: Node[] = [];
const speakers: RawSpeaker[] = [];

afterEach(async () => {
  for (const speaker of speakers.splice(0)) speaker.destroy();
  for (const node of nodes.splice(0)) assert.deepEqual(await node.stop(), [], 'no task failed');
});
after(() => {
  setTimeout(() => process.exit(99), 5000).unref();
});

function node(text: string, options: NodeOptions): Node {
  const made = new Node(text, options);
  nodes.push(made);
  return made.start();
}

const FAST = 'connect delay time 0; connect retry time 1; error wait time 1, 2; strict bind;';
const STATICS = (count: number): string =>
  `protocol static s { ipv4; ${Array.from({ length: count }, (_, i) => `route 10.${i + 1}.0.0/16 blackhole;`).join(' ')} }`;
/** GRACEFUL_SHUTDOWN and LOCAL_PREF 0, as octets. */
const LEAVING = 'ffff0000';
const LAST_CHOICE = '00000000';

interface Side {
  readonly bgp?: string;
  readonly channel?: string;
  readonly beside?: string;
}

/** A (AS 65001) and B (AS 65002, or what `as` says), both on loopback. */
function pair(a: Side, b: Side, as = 65002): { readonly a: Node; readonly b: Node; readonly port: number } {
  const port = freshPort();
  const text = (own: 1 | 2, { bgp = '', channel = 'import all; export all;', beside = '' }: Side): string => {
    const other = own === 1 ? 2 : 1;
    const [ownAs, otherAs] = own === 1 ? [65001, as] : [as, 65001];
    return `router id 10.0.0.${own}; ${beside}
      protocol bgp bgp1 { local 127.2.0.${own} port ${port} as ${ownAs};
        neighbor 127.2.0.${other} port ${port} as ${otherAs}; direct; ${FAST} ${bgp}
        ipv4 { ${channel} next hop address 10.0.0.${own}; }; }`;
  };
  return {
    a: node(text(1, a), { address: '10.0.0.1' }),
    b: node(text(2, b), { address: '10.0.0.2' }),
    port,
  };
}

describe('dynamic neighbours', () => {
  const range = (port: number, options: string): string => `router id 10.0.0.1;
    protocol bgp clients { local 127.3.0.1 port ${port} as 65001; neighbor range 127.3.0.0/24 external; direct; ${FAST}
      ${options} ipv4 { import all; export all; next hop address 10.0.0.1; }; }`;

  async function call(port: number, last: number): Promise<RawSpeaker> {
    const speaker = new RawSpeaker({
      localAddress: `127.3.0.${last}`,
      remoteAddress: '127.3.0.1',
      port,
      as: 65000 + last,
      routerId: `10.0.1.${last}`,
    });
    speakers.push(speaker);
    await speaker.open();
    await speaker.wait(() => speaker.established || speaker.closed);
    return speaker;
  }

  it('are called after the pattern, and never more than the limit; a place that is left is free again', async () => {
    const port = freshPort();
    const a = node(range(port, 'dynamic limit 2; dynamic name pattern "node-%a"; '), { address: '10.0.0.1' });
    await delay(50);
    const [first, second] = [await call(port, 11), await call(port, 12)];
    assert.deepEqual([first.established, second.established], [true, true]);
    const third = await call(port, 13);
    assert.equal(third.established, false);
    assert.equal(third.lastNotification, '6/5');
    assert.ok(a.logged('Connection from 127.3.0.13 refused: 2 dynamic sessions are there already'));
    const names = (): string[] => a.protocols.map((protocol) => protocol.name).sort();
    assert.deepEqual(names(), ['clients', 'node-127.3.0.11', 'node-127.3.0.12']);
    second.destroy();
    await until('its place is free', () => names().length === 2);
    assert.equal((await call(port, 13)).established, true);
    assert.deepEqual(names(), ['clients', 'node-127.3.0.11', 'node-127.3.0.13']);
  });

  it('numbers have digits; a limit that is lowered lets those stay that are there', async () => {
    const port = freshPort();
    const text = (limit: number): string =>
      range(port, `dynamic limit ${limit}; dynamic name pattern "c%n"; dynamic name digits 3;`);
    const a = node(text(3), { address: '10.0.0.1' });
    await delay(50);
    await call(port, 11);
    await call(port, 12);
    assert.equal(a.reconfigure(text(1)), true);
    assert.deepEqual(a.protocols.map((protocol) => protocol.name).sort(), ['c001', 'c002', 'clients']);
    assert.equal((await call(port, 13)).lastNotification, '6/5');
  });

  it('share the key of their range (TCP-MD5)', async () => {
    const port = freshPort();
    const text = (password: string): string => `router id 10.0.0.2; ${STATICS(2)}
      protocol bgp bgp1 { local 127.3.0.2 as 65002; neighbor 127.3.0.1 port ${port} as 65001; direct; ${FAST}
        password "${password}"; ipv4 { import all; export all; next hop address 10.0.0.2; }; }`;
    const a = node(range(port, 'password "sesame";'), { address: '10.0.0.1' });
    const wrong = node(text('another').replaceAll('127.3.0.2', '127.3.0.3'), { address: '10.0.0.3' });
    const b = node(text('sesame').replace(' as 65002', ` port ${freshPort()} as 65002`), { address: '10.0.0.2' });
    await until('the right key', () => b.isUp() && a.routes().length === 2);
    await delay(1500);
    assert.equal(wrong.isUp(), false);
    assert.equal(a.protocols.length, 2);
  });
});

describe('graceful shutdown (RFC 8326)', () => {
  it('on demand: both ends turn to other routes while these still work; taken back, or forgotten when it is done', async () => {
    const { a, b } = pair(
      { beside: STATICS(2) },
      { beside: 'protocol static s { ipv4; route 10.9.0.0/16 blackhole; }' },
    );
    await until('routes both ways', () => a.has('10.9.0.0/16') && b.has('10.2.0.0/16'));
    const communities = (one: Node, prefix: string): string => one.attribute(prefix, AttributeCode.Communities);
    assert.equal(communities(b, '10.1.0.0/16'), '');
    assert.equal(a.bgp().gracefulShutdown(true), true);
    await until('sent', () => communities(b, '10.1.0.0/16') === LEAVING && communities(b, '10.2.0.0/16') === LEAVING);
    await until('received', () => communities(a, '10.9.0.0/16') === LEAVING);
    assert.equal(a.attribute('10.9.0.0/16', AttributeCode.LocalPref), LAST_CHOICE);
    assert.equal(a.isUp() && b.isUp(), true, 'the session stands');
    assert.equal(a.bgp().detail().gracefulShutdown, true);
    a.bgp().gracefulShutdown(false);
    await until('taken back', () => communities(b, '10.1.0.0/16') === '' && communities(a, '10.9.0.0/16') === '');
    a.bgp().gracefulShutdown(true);
    await until('sent again', () => communities(b, '10.1.0.0/16') === LEAVING);
    a.bgp().disable('maintenance');
    await until('down', () => a.bgp().state === 'down' && b.routes().length === 1);
    a.bgp().enable();
    await until('back', () => b.has('10.1.0.0/16') && a.has('10.9.0.0/16'));
    assert.equal(communities(b, '10.1.0.0/16'), '');
    assert.equal(communities(a, '10.9.0.0/16'), '');
  });

  it('inside the AS, with LOCAL_PREF 0; written in the file it holds until it is taken out', async () => {
    const internal = { bgp: 'graceful shutdown;', beside: STATICS(1) };
    const { a, b, port } = pair(internal, {}, 65001);
    await until('the route', () => b.attribute('10.1.0.0/16', AttributeCode.LocalPref) === LAST_CHOICE);
    assert.equal(b.attribute('10.1.0.0/16', AttributeCode.Communities), LEAVING);
    const without = `router id 10.0.0.1; ${STATICS(1)}
      protocol bgp bgp1 { local 127.2.0.1 port ${port} as 65001; neighbor 127.2.0.2 port ${port} as 65001; direct; ${FAST}
        ipv4 { import all; export all; next hop address 10.0.0.1; }; }`;
    assert.equal(a.reconfigure(without), true);
    await until('an ordinary route', () => b.attribute('10.1.0.0/16', AttributeCode.LocalPref) === '00000064');
    assert.equal(b.attribute('10.1.0.0/16', AttributeCode.Communities), '');
  });
});

describe('policies and limits', () => {
  it('RFC 8212: without a policy nothing passes, and it is said why', async () => {
    const { a, b } = pair(
      { bgp: 'require policy deny;', channel: '', beside: STATICS(2) },
      { beside: 'protocol static s { ipv4; route 10.9.0.0/16 blackhole; }' },
    );
    await until('up', () => a.isUp() && b.isUp());
    await delay(200);
    assert.deepEqual([a.routes().length, b.routes().length], [2, 1], 'each has its own');
    const [channel] = a.bgp().channels;
    const label = 'REJECT (no policy, RFC 8212)';
    assert.deepEqual([channel?.config.importPolicy.label, channel?.config.exportPolicy.label], [label, label]);
  });

  for (const [limit, where] of [
    ['receive limit 3', 'b'],
    ['import limit 3', 'b'],
    ['export limit 3', 'a'],
  ] as const) {
    const sides = (action: string): [Side, Side] => {
      const limited = { channel: `import all; export all; ${limit} action ${action};` };
      const full = { beside: STATICS(5) };
      return where === 'a' ? [{ ...limited, ...full }, {}] : [full, limited];
    };
    const kind = limit.split(' ')[0];

    it(`${kind} limit: warn only tells`, async () => {
      const { a, b } = pair(...sides('warn'));
      await until('all routes', () => b.routes().length === 5);
      const limited = where === 'a' ? a : b;
      assert.ok(limited.logged(`Protocol bgp1 hits route ${kind} limit (3), action: warn`));
      assert.equal(a.isUp() && b.isUp(), true);
    });

    it(`${kind} limit: block keeps what is there and takes no more`, async () => {
      const { a, b } = pair(...sides('block'));
      const limited = where === 'a' ? a : b;
      await until('told', () => limited.logged(`Protocol bgp1 hits route ${kind} limit (3), action: block`));
      await until('three', () => b.routes().filter((line) => !line.endsWith('filtered')).length === 3);
      assert.equal(a.isUp() && b.isUp(), true);
    });

    it(`${kind} limit: restart waits and tries again, disable does not`, async () => {
      const { a, b } = pair(...sides('restart'));
      const limited = where === 'a' ? a : b;
      const hits = (): number => limited.lines.filter((line) => line.includes('action: restart')).length;
      await until('again and again', () => hits() >= 2);
      const second = pair(...sides('disable'));
      const stopped = where === 'a' ? second.a : second.b;
      await until('down', () => stopped.bgp().state === 'down' && stopped.bgp().disabled);
      await delay(300);
      assert.equal(stopped.lines.filter((line) => line.includes('action: disable')).length, 1);
    });
  }

  it('AS_SETs are refused where the option says so (RFC 9774)', async () => {
    for (const option of ['', 'allow as sets off;']) {
      const port = freshPort();
      const b = node(
        `router id 10.0.0.2; protocol bgp bgp1 { local 127.6.0.2 port ${port} as 65002; neighbor 127.6.0.1 as 65001; passive;
          direct; ${FAST} ${option} ipv4 { import all; export none; }; }`,
        { address: '10.0.0.2' },
      );
      await delay(20);
      const raw = new RawSpeaker({ localAddress: '127.6.0.1', remoteAddress: '127.6.0.2', port, as: 65001 });
      speakers.push(raw);
      await raw.open();
      await raw.wait(() => raw.established);
      // 65001 {65098 65099}
      const path = [2, 1, 0, 0, 0xfd, 0xe9, 1, 2, 0, 0, 0xfe, 0x4a, 0, 0, 0xfe, 0x4b];
      const attributes = (segments: number[]): number[] => [
        ...[0x40, 1, 1, 0, 0x40, 2, segments.length, ...segments],
        ...[0x40, 3, 4, 10, 0, 0, 1],
      ];
      const update = (segments: number[], third: number): Buffer => {
        const octets = attributes(segments);
        return message(2, Buffer.from([0, 0, 0, octets.length, ...octets, 24, 10, 7, third]));
      };
      raw.write(update(path, 1));
      raw.write(update(path.slice(0, 6), 2));
      await until('a path without a set is fine', () => b.has('10.7.2.0/24'));
      assert.equal(b.has('10.7.1.0/24'), option === '', option);
    }
  });

  it('our own AS is let in as often as allowed', async () => {
    const loop = 'import all; export filter { bgp_path.prepend(65002); accept; };';
    const refused = pair({ channel: loop, beside: STATICS(1) }, {});
    await until('up', () => refused.a.isUp() && refused.b.isUp());
    await delay(200);
    assert.equal(refused.b.routes().length, 0);
    const allowed = pair({ channel: loop, beside: STATICS(1) }, { bgp: 'allow local as 1;' });
    await until('let in', () => allowed.b.has('10.1.0.0/16 via 10.0.0.1 path 65001 65002'));
  });

  it('the first AS has to be the neighbour, unless it is a route server or nobody asks', async () => {
    // A route server does not put itself in front.
    const server = {
      bgp: 'rs client;',
      beside: STATICS(1),
      channel: 'import all; export filter { bgp_path.prepend(65077); accept; };',
    };
    for (const bgp of ['', 'local role rs_client; enforce first as;']) {
      const strict = pair(server, { bgp });
      await until('up', () => strict.a.isUp() && strict.b.isUp());
      await delay(200);
      assert.equal(strict.b.routes().length, 0, bgp);
    }
    for (const bgp of ['local role rs_client;', 'enforce first as off;']) {
      const lenient = pair(server, { bgp });
      await until('let in', () => lenient.b.has('10.1.0.0/16 via 10.0.0.1 path 65077'));
    }
  });
});

describe('listening', () => {
  it('several addresses and ports at once, each with its neighbours', async () => {
    const [first, second] = [freshPort(), freshPort()];
    const session = (name: string, own: string, port: number, other: string, as: number): string =>
      `protocol bgp ${name} { local ${own} port ${port} as 65001; neighbor ${other} as ${as}; passive; direct; ${FAST}
        ipv4 { import all; export all; }; }`;
    node(
      `router id 10.0.0.1; ${session('one', '127.4.0.1', first, '127.4.0.11', 65011)}
       ${session('two', '127.4.0.2', first, '127.4.0.12', 65012)} ${session('three', '127.4.0.1', second, '127.4.0.13', 65013)}`,
      { address: '10.0.0.1' },
    );
    await delay(50);
    const call = async (own: string, to: string, port: number, as: number): Promise<boolean> => {
      const speaker = new RawSpeaker({
        localAddress: own,
        remoteAddress: to,
        port,
        as,
        routerId: `10.0.9.${as % 256}`,
      });
      speakers.push(speaker);
      await speaker.open();
      await speaker.wait(() => speaker.established || speaker.closed);
      return speaker.established;
    };
    assert.equal(await call('127.4.0.11', '127.4.0.1', first, 65011), true);
    assert.equal(await call('127.4.0.12', '127.4.0.2', first, 65012), true);
    assert.equal(await call('127.4.0.13', '127.4.0.1', second, 65013), true);
    // Right caller, wrong door.
    assert.equal(await call('127.4.0.12', '127.4.0.1', first, 65012), false);
  });
});

describe('recovery', () => {
  it('waits for a peer that closes what it accepts: it is there', { timeout: 30_000 }, async () => {
    const port = freshPort();
    const { createServer } = await import('node:net');
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(port, '127.5.0.2', resolve));
    try {
      const a = node(
        `router id 10.0.0.1; protocol bgp bgp1 { local 127.5.0.1 port ${port} as 65001; neighbor 127.5.0.2 port ${port} as 65002;
          direct; graceful restart; ${FAST} ipv4 { import all; export all; }; }`,
        { address: '10.0.0.1', recover: true },
      );
      let calls = 0;
      server.on('connection', () => calls++);
      await until('it has called often', () => calls >= 4);
      assert.equal(a.recovery.active, true);
    } finally {
      server.close();
    }
  });
});
