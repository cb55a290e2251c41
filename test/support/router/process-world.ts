/**
 * A whole daemon inside the test process: real tables, protocols, sockets on loopback and a control socket; interfaces
 * and the kernel's routing tables are made up. Starting one takes milliseconds.
 */
import { connect } from 'node:net';
import { join } from 'node:path';
import { parseIp } from '../../../bgp/index.ts';
import type { ConfigFiles } from '../../../config/index.ts';
import { ConfigReader, Configuration } from '../../../src/configuration.ts';
import { ControlServer } from '../../../src/control/server.ts';
import { Daemon } from '../../../src/daemon.ts';
import { FibBodies } from '../../../src/kernel/fib-body.ts';
import type { FibListener, FibTable, FibTableOptions, KernelFib } from '../../../src/kernel/kernel-fib.ts';
import type { Destination } from '../../../src/kernel/netlink/route.ts';
import { DaemonLog } from '../../../src/monitor/log.ts';
import { SYSTEM_CLOCK } from '../../../src/protocol/clock.ts';
import { DaemonHost } from '../../../src/view/daemon-host.ts';
import { ControlClient } from '../control-client.ts';
import { scratch } from '../scratch.ts';
import { Speaker, type Voice } from './speaker.ts';
import { SPEAKERS, type World } from './world.ts';

let nextPort = 20_000 + (process.pid % 10_000);

/** Kernel tables that take everything. */
class MapFib implements KernelFib {
  readonly programs = true;
  readonly bodies = new FibBodies();
  readonly #routes = new Map<string, number>();

  open({ version, table }: FibTableOptions, listener: FibListener): FibTable {
    const key = ({ word0, word1, word2, word3, length }: Destination): string =>
      `${version} ${table} ${[word0, word1, word2, word3].map((word) => word.toString(16)).join(':')}/${length}`;
    return {
      room: 1024,
      change: (row, to, old, next) => {
        const at = key(to);
        if (next === 0) this.#routes.delete(at);
        else this.#routes.set(at, next);
        this.bodies.retain(next);
        this.bodies.release(old);
        setImmediate(() => listener.changed(row, next));
      },
      flush: () => {},
      scan: (scan) => {
        scan.begin();
        setImmediate(() => scan.done(true, ''));
      },
      close: () => {},
    };
  }

  close(): void {}

  lines(): string[] {
    return [...this.#routes]
      .map(([key, id]) => {
        const { type, scope, metric, attributes } = this.bodies.get(id);
        return `${key} type ${type} scope ${scope} metric ${metric} ${Buffer.from(attributes).toString('hex')}`;
      })
      .sort();
  }
}

/** Interfaces lo and eth0 with the router's addresses. */
function fillInterfaces({ interfaces }: Daemon): void {
  const links: readonly (readonly [string, readonly string[]])[] = [
    ['lo', ['127.0.0.1/8']],
    ['eth0', ['10.0.0.1/24', 'fd00::1/64']],
  ];
  for (const [i, [name, addresses]] of links.entries()) {
    const facts = {
      up: true,
      linkUp: true,
      broadcast: true,
      multicast: true,
      pointToPoint: false,
      mtu: 1500,
      master: 0,
    };
    interfaces.set({ ...facts, index: i + 1, name, loopback: name === 'lo' });
    for (const text of addresses) {
      const [address = '', length] = text.split('/');
      interfaces.setAddress(i + 1, {
        address: parseIp(address)!,
        length: Number(length),
        scope: 4,
        secondary: false,
        peer: undefined,
      });
    }
  }
}

export async function startInProcess(text: string, voice: (speaker: number) => Voice): Promise<World> {
  const port = nextPort++;
  const folder = scratch('reload');
  const socket = join(folder.path, 'ctl');
  const placed = (raw: string): string =>
    raw
      .replaceAll('SELF', '127.0.0.1')
      .replaceAll('PORT', String(port))
      .replace(/PEER(\d)/g, '127.0.1.$1');
  let file = placed(text);
  const files: ConfigFiles = {
    readFile: () => ({ value: file }),
    glob: () => ({ value: [] }),
  };
  const reader = new ConfigReader(files);
  const loaded = reader.read('test.conf');
  const log = new DaemonLog();
  log.configure(loaded.config.log);
  const fib = new MapFib();
  let fill = (): void => {};
  const daemon = new Daemon({
    config: loaded.config,
    log,
    clock: SYSTEM_CLOCK,
    hostname: 'node',
    recover: false,
    fib,
    interfaceSource: {
      start: (ready) => {
        fill();
        setImmediate(ready);
      },
      scan: () => {},
      stop: () => {},
    },
  });
  fill = () => fillInterfaces(daemon);
  const configuration = new Configuration('test.conf', daemon, reader, loaded);
  const host = new DaemonHost(daemon, configuration, { shutdown: () => {}, gracefulRestart: () => {} });
  const lines: string[] = [];
  host.subscribeLog(({ class: logClass, text: line }) => {
    lines.push(`<${logClass}> ${line}`);
    if (lines.length > 400) lines.splice(0, 200);
  });
  const server = new ControlServer(host, { path: socket });
  await server.listen();
  await daemon.start();
  const speakers = SPEAKERS.map(
    (n) =>
      new Speaker(
        n,
        (speaker) => Promise.resolve(connect({ host: '127.0.0.1', port, localAddress: `127.0.1.${speaker}` })),
        voice(n),
      ),
  );
  const control = await ControlClient.open(socket);
  return {
    speakers,
    control,
    write: (raw) => {
      file = placed(raw);
    },
    kernel: () => Promise.resolve(fib.lines()),
    get log() {
      return lines.join('\n');
    },
    stop: async () => {
      for (const speaker of speakers) speaker.close();
      control.close();
      configuration.close();
      await daemon.stop();
      await server.close();
      await log.close();
      folder.remove();
    },
  };
}
