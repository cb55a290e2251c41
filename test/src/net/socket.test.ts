import assert from 'node:assert/strict';
import net from 'node:net';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { parsePrefix } from '../../../bgp/index.ts';
import { Connection } from '../../../src/net/connection.ts';
import { parseEndpoint } from '../../../src/net/endpoint.ts';
import { hopFilter } from '../../../src/net/hop-filter.ts';
import { Listeners } from '../../../src/net/listener.ts';
import { errorText, SocketError } from '../../../src/net/socket-error.ts';
import { loadNativeSockets } from '../../../src/net/socket-options.ts';
import { freshPort, Host, ip, place, Recorder, request, until } from './harness.ts';

const native = loadNativeSockets();
const cleanups: (() => void)[] = [];
after(() => {
  for (const cleanup of cleanups) cleanup();
});

function listeners(withNative = native): Listeners & { readonly unexpected: string[] } {
  const unexpected: string[] = [];
  const result = Object.assign(new Listeners((address) => unexpected.push(address), withNative), { unexpected });
  cleanups.push(() => result.close());
  return result;
}

/** A connected pair: our dialling end and the accepted end. */
async function pair(hostOptions = {}, dialOptions = {}, withNative = native) {
  const port = freshPort();
  const host = new Host(ip('127.0.0.1'), hostOptions);
  const all = listeners(withNative);
  const lease = all.open(place({ port }), host);
  const handler = new Recorder();
  await delay(1);
  const connection = Connection.dial(request({ port, ...dialOptions }), handler, withNative);
  cleanups.push(() => {
    connection.reset();
    host.close();
  });
  await until('both ends are connected', () => handler.isConnected && host.handlers.length === 1);
  const [accepted] = host.connections;
  const [acceptedHandler] = host.handlers;
  assert.ok(accepted && acceptedHandler);
  return { port, host, all, lease, connection, handler, accepted, acceptedHandler };
}

for (const [kind, sockets] of [
  ['with calls of the C library', native],
  ['with Node alone', undefined],
] as const) {
  describe(`a connection, ${kind}`, { skip: kind.includes('C library') && native === undefined }, () => {
    it('carries octets both ways', async () => {
      const { connection, handler, accepted, acceptedHandler } = await pair({}, {}, sockets);
      connection.write(Buffer.from('OPEN '));
      connection.write(Buffer.from('KEEPALIVE'));
      accepted.write(Buffer.from('hello'));
      await until('all has arrived', () => acceptedHandler.text === 'OPEN KEEPALIVE' && handler.text === 'hello');
      assert.equal(acceptedHandler.chunks.length, 1, 'one turn is one segment');
      assert.ok(handler.writes > 0);
      assert.equal(connection.localAddress, '127.0.0.1');
    });

    it('a refused connection says so once, after dial has returned', async () => {
      const handler = new Recorder();
      const connection = Connection.dial(request({ port: 1 }), handler, sockets);
      assert.deepEqual(handler.ends, []);
      await until('the refusal', () => handler.ends.length > 0);
      await delay(5);
      assert.deepEqual(handler.ends, ['Connection refused']);
      assert.equal(handler.isConnected, false);
      connection.write(Buffer.from('x'));
      connection.close();
    });

    it('a source address that is not ours fails with the reason', async () => {
      const handler = new Recorder();
      Connection.dial(request({ port: 1, local: ip('198.51.100.7') }), handler, sockets);
      await until('the failure', () => handler.ends.length > 0);
      assert.deepEqual(handler.ends, ['Cannot assign requested address']);
    });

    it('comes from the source address that was asked for', async () => {
      const port = freshPort();
      const host = new Host(ip('127.7.0.9'));
      listeners(sockets).open(place({ port }), host);
      await delay(1);
      const connection = Connection.dial(request({ port, local: ip('127.7.0.9') }), new Recorder(), sockets);
      await until('accepted', () => host.offers.length === 1);
      assert.equal(host.offers[0]?.remoteAddress, '127.7.0.9');
      connection.reset();
      host.close();
    });

    it('the orderly end of the peer is heard once', async () => {
      const { accepted, handler } = await pair({}, {}, sockets);
      accepted.close();
      await until('the end', () => handler.ends.length > 0);
      await delay(5);
      assert.deepEqual(handler.ends, ['Connection closed']);
    });

    it('an RST of the peer is heard once', async () => {
      const { accepted, handler } = await pair({}, {}, sockets);
      accepted.reset();
      await until('the end', () => handler.ends.length > 0);
      await delay(5);
      assert.deepEqual(handler.ends, ['Connection reset by peer']);
    });

    it('IPv6', async () => {
      const port = freshPort();
      const host = new Host(ip('::1'));
      listeners(sockets).open(place({ port, version: 6, address: ip('::1') }), host);
      await delay(1);
      const handler = new Recorder();
      const connection = Connection.dial(request({ port, remote: ip('::1'), local: ip('::1') }), handler, sockets);
      await until('connected', () => handler.isConnected && host.handlers.length === 1);
      assert.equal(connection.localAddress, '::1');
      connection.reset();
      host.close();
    });
  });
}

describe('closing', () => {
  it('a last message arrives though the peer still sends: no RST overtakes it', async () => {
    const { connection, acceptedHandler, accepted } = await pair();
    // Unread octets in our receive buffer would turn close into RST.
    connection.pause();
    for (let i = 0; i < 20; i++) accepted.write(new Uint8Array(10_000));
    await delay(20);
    let gone = false;
    connection.close(Buffer.from('NOTIFICATION'), () => {
      gone = true;
    });
    await until('the message', () => acceptedHandler.text === 'NOTIFICATION');
    await until('the end', () => gone);
    assert.deepEqual(acceptedHandler.ends, ['Connection closed']);
  });

  it('a peer that reads nothing is waited for 2 seconds, not longer', async () => {
    const { connection, accepted, handler } = await pair();
    accepted.pause();
    for (let i = 0; i < 100; i++) connection.write(new Uint8Array(100_000));
    let gone = false;
    const start = Date.now();
    connection.close(Buffer.from('last'), () => {
      gone = true;
    });
    await until('the end', () => gone);
    assert.ok(Date.now() - start >= 1900, `${Date.now() - start} ms`);
    assert.deepEqual(handler.ends, [], 'our own close is not reported');
  });

  it('a connection attempt is given up without a word', async () => {
    const handler = new Recorder();
    // TEST-NET-1 on loopback: SYNs are answered by nobody.
    const connection = Connection.dial(request({ remote: ip('127.0.0.1'), port: 1 }), handler);
    let gone = false;
    connection.close(undefined, () => {
      gone = true;
    });
    await until('gone', () => gone);
    await delay(5);
    assert.deepEqual(handler.ends, []);
  });

  it('what was closed stays silent, whatever is asked of it', async () => {
    const { connection, handler } = await pair();
    connection.close();
    connection.close();
    connection.write(Buffer.from('x'));
    connection.pause();
    connection.resume();
    connection.reset();
    await delay(10);
    assert.deepEqual(handler.ends, []);
  });
});

describe('a slow peer', () => {
  it('congests, drains, and shows progress of a large write while it lasts', async () => {
    const { connection, handler, accepted, acceptedHandler } = await pair();
    accepted.pause();
    assert.equal(connection.hasProgressed(), true, 'nothing waits');
    let sent = 0;
    while (!connection.congested) {
      connection.write(new Uint8Array(64 * 1024));
      sent += 64 * 1024;
      await delay(0);
    }
    // The kernel's buffers fill, then nothing moves any more.
    await until('a standstill', () => !connection.hasProgressed());
    assert.equal(connection.hasProgressed(), false);
    assert.equal(handler.drains, 0);
    accepted.resume();
    await until('everything has arrived', () => acceptedHandler.octets === sent);
    await until('drained', () => handler.drains === 1);
    assert.equal(connection.congested, false);
    assert.equal(connection.hasProgressed(), true);
  });
});

describe('listening', () => {
  it('neighbours share a socket and are told apart by address; a range takes the rest', async () => {
    const port = freshPort();
    const all = listeners();
    const range = parsePrefix('127.9.0.0/16');
    const narrow = parsePrefix('127.9.9.0/24');
    assert.ok(range && narrow);
    const hosts = [new Host(ip('127.9.9.9')), new Host(range), new Host(narrow)];
    for (const host of hosts) all.open(place({ port, address: undefined }), host);
    assert.equal([...all.places()].length, 1);
    const connections = ['127.9.9.9', '127.9.1.1', '127.9.9.1', '127.8.0.1'].map((local) =>
      Connection.dial(request({ port, local: ip(local) }), new Recorder()),
    );
    await until('all are sorted', () => hosts.every((host) => host.offers.length === 1) && all.unexpectedCount === 1);
    assert.deepEqual(
      hosts.map((host) => host.offers[0]?.remoteAddress),
      ['127.9.9.9', '127.9.1.1', '127.9.9.1'],
    );
    assert.deepEqual(all.unexpected, ['127.8.0.1']);
    for (const connection of connections) connection.reset();
    for (const host of hosts) host.close();
  });

  it('two neighbours with one address are told apart by ours', async () => {
    const port = freshPort();
    const all = listeners();
    const first = new Host(ip('127.0.0.1'), { local: ip('127.1.0.1') });
    const second = new Host(ip('127.0.0.1'), { local: ip('127.1.0.2') });
    for (const host of [first, second]) all.open(place({ port, address: undefined }), host);
    const connection = Connection.dial(
      request({ port, remote: ip('127.1.0.2'), local: ip('127.0.0.1') }),
      new Recorder(),
    );
    await until('the second is asked', () => second.offers.length === 1);
    assert.equal(first.offers.length, 0);
    connection.reset();
    second.close();
  });

  it('a connection that nobody expects is closed without an octet', async () => {
    const port = freshPort();
    const all = listeners();
    all.open(place({ port }), new Host(ip('127.5.5.5')));
    const handler = new Recorder();
    Connection.dial(request({ port }), handler);
    await until('the end', () => handler.ends.length === 1);
    assert.equal(handler.octets, 0);
    assert.equal(all.unexpectedCount, 1);
  });

  it('a refused neighbour gets the last message, a neglected one nothing', async () => {
    const port = freshPort();
    const host = new Host(ip('127.0.0.1'));
    listeners().open(place({ port }), host);
    host.reaction = 'refuse';
    host.last = Buffer.from('6/7');
    const handler = new Recorder();
    Connection.dial(request({ port }), handler);
    await until('the end', () => handler.ends.length === 1);
    assert.equal(handler.text, '6/7');
    host.reaction = 'nothing';
    const other = new Recorder();
    Connection.dial(request({ port }), other);
    await until('the end', () => other.ends.length === 1);
    assert.equal(other.octets, 0);
  });

  it('a port that is taken fails with the reason, for everybody who wanted it', async () => {
    const port = freshPort();
    const taken = net.createServer().listen(port, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const all = listeners();
    const hosts = [new Host(ip('127.0.0.1')), new Host(ip('127.0.0.2'), { password: 'x' })];
    for (const host of hosts) all.open(place({ port }), host);
    await until('the failures', () => hosts.every((host) => host.failures.length === 1));
    assert.deepEqual(hosts[0]?.failures, ['Address already in use']);
    assert.equal([...all.places()].length, 0);
    taken.close();
  });

  it('the last lease closes the socket, and the place can be taken again at once', async () => {
    const port = freshPort();
    const all = listeners();
    const first = all.open(place({ port }), new Host(ip('127.0.0.1')));
    const second = all.open(place({ port }), new Host(ip('127.0.0.2')));
    first.close();
    assert.equal([...all.places()].length, 1);
    second.close();
    assert.equal([...all.places()].length, 0);
    const host = new Host(ip('127.0.0.1'));
    all.open(place({ port }), host);
    const connection = Connection.dial(request({ port }), new Recorder());
    await until('accepted', () => host.offers.length === 1);
    assert.deepEqual(host.failures, []);
    connection.reset();
    host.close();
  });
});

describe('options of the kernel', { skip: native === undefined && 'no foreign function library' }, () => {
  it('TCP-MD5: the right key connects; a wrong one and none never do; the key can change', async () => {
    const port = freshPort();
    const all = listeners();
    const host = new Host(ip('127.0.0.1'), { password: 'sesame' });
    const lease = all.open(place({ port }), host);
    const attempt = (password: string | undefined) => {
      const handler = new Recorder();
      const connection = Connection.dial(request({ port, password }), handler);
      cleanups.push(() => connection.reset());
      return handler;
    };
    const right = attempt('sesame');
    await until('connected', () => right.isConnected);
    const wrong = [attempt('simsim'), attempt(undefined)];
    await delay(300);
    assert.ok(wrong.every((handler) => !handler.isConnected && handler.ends.length === 0));
    lease.setPassword('open');
    const late = attempt('open');
    await until('connected with the new key', () => late.isConnected);
    lease.setPassword(undefined);
    const bare = attempt(undefined);
    await until('connected without', () => bare.isConnected);
    host.close();
  });

  it('TCP-MD5 for a whole range', async (t) => {
    const port = freshPort();
    const range = parsePrefix('127.20.0.0/16');
    assert.ok(range);
    const host = new Host(range, { password: 'sesame' });
    listeners().open(place({ port, address: undefined }), host);
    await delay(5);
    if (host.failures.length > 0) {
      t.skip(`the kernel has no keys for ranges: ${host.failures[0]}`);
      return;
    }
    const handler = new Recorder();
    const connection = Connection.dial(request({ port, local: ip('127.20.3.4'), password: 'sesame' }), handler);
    await until('connected', () => handler.isConnected);
    connection.reset();
    host.close();
  });

  it('TTL security: who is near is heard', async () => {
    const near = await pair({ minTtl: 255, ttl: 255 }, { ttl: 255, minTtl: 255 });
    near.connection.write(Buffer.from('near'));
    await until('heard', () => near.acceptedHandler.text === 'near');
  });

  it('TTL security: who is too far away is not let in, on a socket that others may use from afar', async () => {
    const port = freshPort();
    const all = listeners();
    const range = parsePrefix('127.9.0.0/16');
    assert.ok(range);
    // In the order of the file, not of their precision.
    const anyone = new Host(ip('127.8.0.1'));
    const guarded = new Host(range, { minTtl: 254 });
    const spared = new Host(ip('127.9.9.8'));
    const strict = new Host(ip('127.9.9.9'), { minTtl: 255 });
    const hosts = [anyone, guarded, spared, strict];
    for (const host of hosts) all.open(place({ port, address: undefined }), host);
    // A crowd that nothing is demanded of takes no room in the filter.
    for (let i = 0; i < 3000; i++) {
      const bystander = new Host(ip(`127.7.${i >> 8}.${i & 255}`));
      all.open(place({ port, address: undefined }), bystander);
    }
    await delay(1);
    const dial = (local: string, ttl: number) => {
      const handler = new Recorder();
      const connection = Connection.dial(request({ port, local: ip(local), ttl }), handler);
      cleanups.push(() => connection.reset());
      return handler;
    };
    const far = [dial('127.9.9.9', 254), dial('127.9.1.1', 253), dial('127.9.9.9', 1)];
    const near = [dial('127.9.9.9', 255), dial('127.9.1.2', 254), dial('127.9.9.8', 3), dial('127.8.0.1', 3)];
    await until('the near ones are in', () => near.every((handler) => handler.isConnected));
    await until('and accepted', () => hosts.every((host) => host.offers.length === 1));
    await delay(200);
    assert.deepEqual(
      far.map((handler) => handler.isConnected),
      [false, false, false],
    );
    for (const host of hosts) host.close();
  });

  it('TTL security of IPv6, and the guard that goes with its neighbour', async () => {
    const port = freshPort();
    const all = listeners();
    const strict = new Host(ip('::1'), { minTtl: 255 });
    const lease = all.open(place({ version: 6, address: ip('::1'), port }), strict);
    const other = new Host(ip('fd00::1'));
    all.open(place({ version: 6, address: ip('::1'), port }), other);
    await delay(1);
    const dial = (ttl: number) => {
      const handler = new Recorder();
      const connection = Connection.dial(request({ remote: ip('::1'), port, ttl }), handler);
      cleanups.push(() => connection.reset());
      return handler;
    };
    const far = dial(254);
    const near = dial(255);
    await until('the near one is in', () => near.isConnected && strict.offers.length === 1);
    await delay(200);
    assert.equal(far.isConnected, false);
    lease.close();
    await delay(1);
    const stranger = dial(1);
    await until('let in, and sent away as a stranger', () => stranger.isConnected && stranger.ends.length === 1);
    strict.close();
  });

  it('a filter of hop limits never outgrows what the kernel takes', () => {
    const rule = { address: Uint8Array.of(10, 0, 0, 1), prefixLength: 32, minTtl: 255 };
    assert.equal(hopFilter(4, [{ ...rule, minTtl: undefined }]), undefined);
    assert.ok((hopFilter(4, Array(600).fill(rule)) ?? []).length < 4096);
    assert.equal(hopFilter(4, Array(1000).fill(rule)), undefined);
    const longest = { address: new Uint8Array(16).fill(0xab), prefixLength: 127, minTtl: 255 };
    for (const { jf } of hopFilter(6, [longest]) ?? []) assert.ok(jf < 256);
  });

  it('a listening address that is not there (yet), with free bind', async () => {
    const all = listeners();
    const strict = new Host(ip('127.0.0.1'));
    all.open(place({ port: freshPort(), address: ip('198.51.100.7') }), strict);
    await until('the failure', () => strict.failures.length === 1);
    assert.deepEqual(strict.failures, ['Cannot assign requested address']);
    const free = new Host(ip('127.0.0.1'));
    all.open(place({ port: freshPort(), address: ip('198.51.100.7'), freeBind: true }), free);
    await delay(5);
    assert.deepEqual(free.failures, []);
  });

  it('an interface that does not exist fails with the reason', async () => {
    const handler = new Recorder();
    Connection.dial(request({ port: 1, device: 'nothere0' }), handler);
    await until('the failure', () => handler.ends.length === 1);
    assert.deepEqual(handler.ends, ['No such device']);
    const scoped = new Recorder();
    Connection.dial(request({ remote: ip('fe80::1'), port: 1, zone: 'nothere0' }), scoped);
    await until('the failure', () => scoped.ends.length === 1);
    assert.deepEqual(scoped.ends, ['No such device']);
  });

  it('no descriptor is left behind by failures', async () => {
    assert.ok(native);
    const bad = request({ port: 1, local: ip('198.51.100.7') });
    const fds = new Set<number>();
    for (let i = 0; i < 50; i++) assert.throws(() => native.connect(bad), SocketError);
    for (let i = 0; i < 2; i++) {
      const fd = native.listen({ ...bad, version: 4, address: ip('127.0.0.1'), port: 0, backlog: 1 });
      fds.add(fd);
      native.close(fd);
    }
    assert.equal(fds.size, 1, 'the same number again');
  });
});

describe('addresses and errors as the system writes them', () => {
  it('mapped and scoped addresses', () => {
    assert.deepEqual(parseEndpoint('::ffff:10.0.0.1'), { address: '10.0.0.1', zone: undefined });
    assert.deepEqual(parseEndpoint('fe80::1%eth0'), { address: 'fe80::1', zone: 'eth0' });
    assert.deepEqual(parseEndpoint('2001:db8::1'), { address: '2001:db8::1', zone: undefined });
    assert.equal(parseEndpoint(undefined), undefined);
    assert.equal(parseEndpoint('/run/x.sock'), undefined);
  });
  it('strerror words', () => {
    assert.equal(errorText(Object.assign(new Error('x'), { code: 'EHOSTUNREACH' })), 'No route to host');
    assert.equal(errorText(new Error('plain')), 'plain');
    assert.equal(errorText(SocketError.fromErrno(111, 'connect')), 'Connection refused');
  });
});
