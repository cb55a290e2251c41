/**
 * A whole daemon in the test process, with its control socket, on made-up interfaces and without a kernel: what
 * `peregrined` is, less its process.
 */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { parseIp } from '../../../bgp/index.ts';
import { type ConfigDialect, ConfigReader, Configuration } from '../../../src/configuration.ts';
import { Daemon } from '../../../src/daemon.ts';
import { OffFib } from '../../../src/kernel/kernel-fib.ts';
import { DaemonLog } from '../../../src/monitor/log.ts';
import { SYSTEM_CLOCK } from '../../../src/protocol/clock.ts';
import { DaemonHost } from '../../../src/view/daemon-host.ts';
import { RawClient, startServer } from '../control/raw-client.ts';

export class WholeDaemon {
  readonly daemon: Daemon;
  readonly logged: string[] = [];
  readonly #client: RawClient;
  readonly #file: { text: string };

  private constructor(daemon: Daemon, client: RawClient, file: { text: string }) {
    this.daemon = daemon;
    this.#client = client;
    this.#file = file;
    daemon.log.subscribe(({ class: kind, text }) => this.logged.push(`<${kind}> ${text}`));
  }

  /** @param address of the only link, eth0, with 24 bits; `main.conf` is the name of the text. */
  static async start(
    t: TestContext,
    text: string,
    address: string,
    language: ConfigDialect = {},
  ): Promise<WholeDaemon> {
    const file = { text };
    const reader = new ConfigReader({ readFile: () => ({ value: file.text }), glob: () => ({ value: [] }) }, language);
    const loaded = reader.read('main.conf');
    const log = new DaemonLog();
    const daemon: Daemon = new Daemon({
      config: loaded.config,
      log,
      clock: SYSTEM_CLOCK,
      hostname: 'node',
      recover: false,
      fib: new OffFib(),
      interfaceSource: {
        start: (ready) => {
          fillInterfaces(daemon, address);
          ready();
        },
        scan: () => {},
        stop: () => {},
      },
    });
    const configuration = new Configuration('main.conf', daemon, reader, loaded);
    const host = new DaemonHost(daemon, configuration, { shutdown: () => {}, gracefulRestart: () => {} });
    const server = await startServer(t, host, { version: undefined });
    const { client } = await RawClient.connect(server.path);
    const whole = new WholeDaemon(daemon, client, file);
    t.after(async () => {
      client.close();
      await daemon.stop();
      daemon.transport.close();
      configuration.close();
      daemon.limiter.close();
      await log.close();
    });
    await daemon.start();
    return whole;
  }

  /** The reply without codes and continuation blanks. */
  async ask(request: string): Promise<string> {
    const reply = await this.#client.send(request);
    return reply
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('0000'))
      .map((line) => (line.startsWith(' ') ? line.slice(1) : line.slice(5)))
      .join('\n');
  }

  raw(request: string): Promise<string> {
    return this.#client.send(request);
  }

  async reload(text: string, soft = false): Promise<void> {
    this.#file.text = text;
    assert.match(await this.raw(soft ? 'configure soft' : 'configure'), /000[34] /);
    await this.daemon.settled();
  }

  /** Asks until the answer matches. */
  async until(request: string, pattern: RegExp, ms = 10_000): Promise<string> {
    const end = Date.now() + ms;
    for (;;) {
      const answer = await this.ask(request);
      if (pattern.test(answer)) return answer;
      assert.ok(Date.now() < end, `${request}: ${answer}\n${this.logged.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

function fillInterfaces({ interfaces }: Daemon, address: string): void {
  const link = { broadcast: true, multicast: true, pointToPoint: false, mtu: 1500, master: 0, up: true, linkUp: true };
  interfaces.set({ ...link, index: 1, name: 'lo', loopback: true });
  interfaces.set({ ...link, index: 2, name: 'eth0', loopback: false });
  for (const [index, text, length] of [
    [1, '127.0.0.1', 8],
    [2, address, 24],
  ] as const) {
    const ip = parseIp(text);
    assert.ok(ip !== undefined);
    interfaces.setAddress(index, { address: ip, length, scope: 4, secondary: false, peer: undefined });
  }
}
