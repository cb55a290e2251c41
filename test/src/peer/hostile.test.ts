/** Peers and strangers that mean no good, or cannot do better. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import net from 'node:net';
import { afterEach, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import koffi from 'koffi';
import { MARKER, message } from '../../support/raw-speaker.ts';
import { freshPort, Node, until } from './node.ts';

const nodes: Node[] = [];
const sockets: net.Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const node of nodes.splice(0)) assert.deepEqual(await node.stop(), []);
});

function node(port: number, bgp: string, beside = ''): Node {
  const made = new Node(
    `router id 10.0.0.2; ${beside}
     protocol bgp bgp1 { local 127.2.0.2 port ${port} as 65002; neighbor 127.2.0.1 as 65001; direct; strict bind; passive;
       ${bgp} ipv4 { import all; export all; next hop address 10.0.0.2; }; }`,
    { address: '10.0.0.2' },
  );
  nodes.push(made);
  return made.start();
}

const OPEN = message(
  1,
  Buffer.from([4, 0xfd, 0xe9, 0, 3, 10, 0, 0, 1, 16, 2, 14, 1, 4, 0, 1, 0, 1, 2, 0, 65, 4, 0, 0, 0xfd, 0xe9]),
);
const KEEPALIVE = message(4, Buffer.alloc(0));
const REFRESH = message(5, Buffer.from([0, 1, 0, 1]));

function connect(port: number, from: string): net.Socket {
  const socket = net.connect({ host: '127.2.0.2', port, localAddress: from });
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

/** A connection whose receive buffer is as small as the kernel allows, so that a peer that does not read shows soon. */
function connectNarrow(port: number): net.Socket {
  const libc = koffi.load(null);
  const call = (declaration: string) => libc.func(declaration);
  const fd: number = call('int socket(int, int, int)')(2, 1, 0);
  call('int setsockopt(int, int, int, const uint8_t *, uint32_t)')(fd, 1, 8, Uint8Array.from([0, 16, 0, 0]), 4);
  const address = (host: number, at: number): Uint8Array =>
    Uint8Array.from([2, 0, at >> 8, at & 255, 127, 2, 0, host, 0, 0, 0, 0, 0, 0, 0, 0]);
  const bound: number = call('int bind(int, const uint8_t *, uint32_t)')(fd, address(1, 0), 16);
  const connected: number = call('int connect(int, const uint8_t *, uint32_t)')(fd, address(2, port), 16);
  assert.deepEqual([bound, connected], [0, 0]);
  const socket = new net.Socket({ fd });
  socket.on('error', () => {});
  sockets.push(socket);
  return socket;
}

describe('hostile and helpless', () => {
  it('a peer that sends KEEPALIVEs but reads nothing is ended by the send hold timer', {
    timeout: 30_000,
  }, async () => {
    const port = freshPort();
    const routes = Array.from({ length: 12_000 }, (_, i) => `route 10.${i >> 8}.${i & 255}.0/24 blackhole;`).join('\n');
    const b = node(port, 'send hold time 8; hold time 4;', `protocol static s { ipv4; ${routes} }`);
    await delay(1);
    const socket = connectNarrow(port);
    socket.write(Buffer.concat([OPEN, KEEPALIVE]));
    await until('up', () => b.isUp());
    socket.pause();
    const alive = setInterval(() => socket.write(KEEPALIVE), 500);
    const asking = setInterval(() => socket.write(REFRESH), 10);
    // Once the kernel's buffers are full nothing moves; hold time 3 was agreed on, so send hold shrank to 6 s.
    await until('it is ended', () => !b.isUp(), 25_000);
    clearInterval(asking);
    clearInterval(alive);
    assert.equal(b.bgp().detail().lastError.text, 'Send hold timer expired');
  });

  it('strangers and floods cost the session nothing and leave nothing behind', { timeout: 30_000 }, async () => {
    const port = freshPort();
    const b = node(port, 'hold time 4;');
    await delay(1);
    const peer = connect(port, '127.2.0.1');
    peer.on('data', () => {});
    peer.write(Buffer.concat([OPEN, KEEPALIVE]));
    await until('up', () => b.isUp());
    const alive = setInterval(() => peer.write(KEEPALIVE), 700);
    const before = readdirSync('/proc/self/fd').length;
    const since = b.bgp().since;
    let ended = 0;
    const TOTAL = 3000;
    for (let i = 0; i < TOTAL; i++) {
      // Every tenth comes from the neighbour's own address.
      const from = i % 10 === 0 ? '127.2.0.1' : `127.3.${i % 250}.${1 + (i % 200)}`;
      const socket = connect(port, from);
      socket.on('data', () => {});
      socket.write(i % 3 === 0 ? OPEN : MARKER);
      socket.on('close', () => ended++);
      if (i % 50 === 0) await delay(1);
    }
    await until('all are closed', () => ended === TOTAL, 20_000);
    clearInterval(alive);
    assert.equal(b.bgp().since, since, 'the session was never lost');
    assert.equal(b.isUp(), true);
    await until('descriptors are back', () => readdirSync('/proc/self/fd').length <= before + 5);
    assert.ok(b.lines.length < 100, `${b.lines.length} lines in the log`);
  });
});
