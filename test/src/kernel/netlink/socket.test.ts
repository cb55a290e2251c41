import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import netlink from 'node-netlink';
import { DumpQueue } from '../../../../src/kernel/netlink/dump.ts';
import { encodeDumpLinks } from '../../../../src/kernel/netlink/link.ts';
import { RequestQueue } from '../../../../src/kernel/netlink/requests.ts';
import { encodeDelRoute, encodeNewRoute, RouteType } from '../../../../src/kernel/netlink/route.ts';
import { NetlinkSocket } from '../../../../src/kernel/netlink/socket.ts';
import { netlinkDescriptor } from '../../../../src/kernel/netlink/socket-option.ts';
import { AF_INET, type MessageCursor, MessageFlag, RouteGroup } from '../../../../src/kernel/netlink/wire.ts';
import { Lab, type LabNode, until } from '../../../../src/lab/namespace.ts';
import { inNamespace, noKernelReason } from '../in-namespace.ts';

const NO_OCTETS = new Uint8Array(0);
const ADD = MessageFlag.Request | MessageFlag.Create | MessageFlag.Exclusive;

/** A listener that keeps what it hears. */
function ear() {
  const heard = {
    datagrams: 0,
    overruns: 0,
    failures: [] as Error[],
    datagram(): void {
      heard.datagrams++;
    },
    overrun(): void {
      heard.overruns++;
    },
    failed(error: Error): void {
      heard.failures.push(error);
    },
  };
  return heard;
}

describe('netlink sockets', { skip: noKernelReason() }, () => {
  let lab: Lab;
  let node: LabNode;
  before(async () => {
    lab = new Lab('pgs');
    node = await lab.node('s');
  });
  after(async () => {
    await lab?.destroy();
  });

  function batchOfBlackholes(count: number, verb: 'add' | 'del'): string {
    return Array.from({ length: count }, (_, i) => `route ${verb} blackhole 20.${i >> 8}.${i & 255}.0/24`).join('\n');
  }

  it('hear notifications, and that some were dropped; hearing goes on afterwards', async () => {
    const heard = ear();
    const socket = inNamespace(
      node.namespace,
      () =>
        new NetlinkSocket(heard, {
          role: 'events',
          receiveBufferOctets: 4096,
          groups: [RouteGroup.Ipv4Route],
        }),
    );
    await node.ip('route add blackhole 30.0.0.0/24');
    await until('a notification', () => heard.datagrams === 1);
    assert.equal(heard.overruns, 0);
    // This process does not read while the routes are added: a buffer of 4 KB cannot hold them.
    execFileSync('ip', ['-n', node.namespace, '-batch', '-'], { input: batchOfBlackholes(3000, 'add') });
    await until('to learn of the loss', () => heard.overruns > 0);
    await until('silence', () => {
      const { datagrams } = heard;
      return new Promise<boolean>((resolve) => setTimeout(() => resolve(heard.datagrams === datagrams), 50));
    });
    const { datagrams, overruns } = heard;
    await node.ip('route add blackhole 30.0.1.0/24');
    await until('another notification', () => heard.datagrams === datagrams + 1);
    assert.equal(heard.overruns, overruns);
    assert.deepEqual(heard.failures, []);
    socket.close();
    await node.run('ip', ['-batch', '-'], batchOfBlackholes(3000, 'del'));
  });

  it('can be given a buffer beyond the limit of the system', () => {
    const socket = new NetlinkSocket(ear(), { role: 'events', receiveBufferOctets: 32 << 20 });
    assert.ok(socket.receiveBufferOctets() >= 32 << 20);
    assert.notEqual(netlinkDescriptor(socket.port), undefined);
    socket.close();
  });

  it('listen to the kernel alone', async () => {
    const heard = ear();
    const socket = new NetlinkSocket(heard, { role: 'answers', receiveBufferOctets: 65536 });
    const stranger = new netlink.RawNetlinkSocket(0);
    await new Promise<void>((resolve) => {
      stranger.send(Buffer.alloc(20), { port: socket.port }, () => resolve());
    });
    // Whatever was to come has come when an answer of the kernel has.
    const hello = new Uint8Array(16);
    new DataView(hello.buffer).setUint32(0, 16, true);
    new DataView(hello.buffer).setUint16(4, 18, true);
    new DataView(hello.buffer).setUint16(6, MessageFlag.Request | MessageFlag.Ack, true);
    socket.send(hello, () => {});
    await until('an answer', () => heard.datagrams > 0);
    assert.equal(heard.datagrams, 1);
    stranger.close();
    socket.close();
  });

  it('leave a fault of a listener to the process as an ordinary exception', async () => {
    const child = spawn(process.execPath, [fileURLToPath(new URL('./faulty-listener.js', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const code = await new Promise<number | null>((resolve) => child.on('exit', (status) => resolve(status)));
    assert.deepEqual([code, output], [0, 'uncaught: a fault of ours\nuncaught: another fault\nstill here\n']);
  });

  it('answer every request once, in order: what succeeded without a word, what failed with its reason', async () => {
    const answers: string[] = [];
    let idle = 0;
    const requests = inNamespace(
      node.namespace,
      () =>
        new RequestQueue({
          answered: (tag, errno) => answers.push(`${tag}:${errno}`),
          idle: () => {
            idle++;
          },
          uncertain: () => answers.push('uncertain'),
          failed: (error) => answers.push(error.message),
        }),
    );
    const write = (tag: number, add: boolean, third: number): void => {
      const writer = requests.begin(128);
      const to = {
        family: AF_INET,
        word0: 0x28000000 + third * 256,
        word1: 0,
        word2: 0,
        word3: 0,
        length: 24,
      } as const;
      if (add) {
        encodeNewRoute(writer, ADD, requests.sequence, to, 254, 12, 0, RouteType.Blackhole, 0, NO_OCTETS);
      } else {
        encodeDelRoute(writer, MessageFlag.Request, requests.sequence, to, 254, 12, 0);
      }
      requests.finish(tag);
    };
    for (let i = 0; i < 200; i++) write(i, true, i);
    write(200, true, 7);
    write(201, false, 5000);
    write(202, true, 300);
    requests.flush();
    await until('all answers', () => answers.length === 203);
    const expected = Array.from({ length: 203 }, (_, i) => `${i}:${i === 200 ? 17 : i === 201 ? 3 : 0}`);
    assert.deepEqual(answers, expected);
    assert.equal(idle, 4, 'one for each datagram');
    assert.equal(requests.pending, 0);

    for (let i = 0; i < 10; i++) write(i, false, i);
    answers.length = 0;
    requests.close();
    assert.equal(answers.length, 10);
    assert.ok(answers.every((answer) => answer.endsWith(':105')));
    await node.ip('route flush proto bird');
  });

  it('dump one table after the other, and answer what is left when closed', async () => {
    const dumps = inNamespace(node.namespace, () => new DumpQueue(() => {}));
    assert.equal(dumps.strict, true);
    const told: string[] = [];
    const links = (name: string) => ({
      request: encodeDumpLinks,
      begin: () => told.push(`${name} begins`),
      entry: (message: MessageCursor) => told.push(`${name} ${message.type}`),
      done: (errno: number) => told.push(`${name} done ${errno}`),
    });
    dumps.run(links('a'));
    dumps.run(links('b'));
    await until('both', () => told.includes('b done 0'));
    assert.deepEqual(
      told.filter((line) => !line.endsWith(' 16')),
      ['a begins', 'a done 0', 'b begins', 'b done 0'],
    );
    assert.ok(told.includes('a 16'));
    told.length = 0;
    dumps.run(links('c'));
    dumps.run(links('d'));
    dumps.close();
    dumps.run(links('e'));
    assert.deepEqual(told, ['c begins', 'c done 5', 'd done 5', 'e done 5']);
  });
});
