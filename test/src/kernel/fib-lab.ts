/**
 * A namespace with one network on it, a FibSync that works there, and words to say what is wanted: the ground of the
 * tests against the real kernel.
 */
import { formatPrefix, type Ip, ipBytes, parsePrefix } from '../../../bgp/index.ts';
import { FibSync, type FibSyncHost } from '../../../src/kernel/fib-sync.ts';
import { KernelRoutes } from '../../../src/kernel/kernel-routes.ts';
import { HopFlag, RouteMessage, RouteType } from '../../../src/kernel/netlink/route.ts';
import { AF_INET, AF_INET6 } from '../../../src/kernel/netlink/wire.ts';
import { Lab, type LabNode, until } from '../../../src/lab/namespace.ts';
import { Scheduler } from '../../../src/scheduler.ts';
import { inNamespace } from './in-namespace.ts';

export interface Spec {
  readonly via?: readonly (string | { readonly gateway: string; readonly weight?: number; readonly dev?: string })[];
  readonly dev?: string;
  readonly type?: number;
  readonly metric?: number;
  readonly onlink?: boolean;
  readonly prefSrc?: string;
}

/** What happened, as lines. */
export class Diary implements FibSyncHost {
  readonly refusals: string[] = [];
  readonly reports: string[] = [];
  readonly foreignEvents: string[] = [];
  scans = 0;
  wantsForeign = false;
  foreign(route: RouteMessage, event: string): void {
    this.foreignEvents.push(`${event} ${route.protocol}`);
  }
  foreignScanBegins(): void {}
  foreignScanned(): void {}
  scanEnds(ok: boolean): void {
    if (ok) this.scans++;
  }
  refused(prefix: string, failure: string, text: string): void {
    this.refusals.push(`${prefix} ${failure} ${text}`);
  }
  report(logClass: string, text: string): void {
    this.reports.push(`${logClass} ${text}`);
  }
  uncongested(): void {}
}

export class FibLab {
  readonly lab: Lab;
  readonly node: LabNode;
  readonly interfaces = new Map<string, number>();
  readonly open: FibDaemon[] = [];

  private constructor(lab: Lab, node: LabNode) {
    this.lab = lab;
    this.node = node;
  }

  /** veth v0 (10.0.0.1/24, fd00::1/64) and w0 (10.1.0.1/24, fd01::1/64), both up with carrier. */
  static async make(): Promise<FibLab> {
    const lab = new Lab('pgk');
    const node = await lab.node('k');
    const made = new FibLab(lab, node);
    for (const [name, number] of [
      ['v0', 0],
      ['w0', 1],
    ] as const) {
      await node.ip(`link add ${name} type veth peer name ${name}p`);
      await node.ip(`link set ${name}p up`);
      await node.address(name, `10.${number}.0.1/24`, `fd0${number}::1/64`);
    }
    for (const line of (await node.ip('-o link')).trim().split('\n')) {
      const [index, name] = line.split(/[:@ ]+/);
      made.interfaces.set(name!, Number(index));
    }
    return made;
  }

  /** One run of the daemon's kernel side. */
  daemon(
    version: 4 | 6,
    options: { table?: number; receiveBufferOctets?: number; wantsForeign?: boolean } = {},
  ): FibDaemon {
    const daemon = new FibDaemon(this, version, options);
    this.open.push(daemon);
    return daemon;
  }

  routes(version: 4 | 6, filter: string): Promise<string> {
    return this.node.ip(`-${version} route show ${filter}`);
  }

  async destroy(): Promise<void> {
    for (const daemon of this.open) daemon.kill();
    await this.lab.destroy();
  }
}

export class FibDaemon {
  readonly fib: KernelRoutes;
  readonly sync: FibSync;
  readonly diary = new Diary();
  readonly errors: unknown[] = [];
  readonly #lab: FibLab;
  readonly #version: 4 | 6;
  readonly #scheduler = new Scheduler((_task, error) => this.errors.push(error));
  #dead = false;

  constructor(
    lab: FibLab,
    version: 4 | 6,
    options: { table?: number; receiveBufferOctets?: number; wantsForeign?: boolean },
  ) {
    this.#lab = lab;
    this.#version = version;
    this.diary.wantsForeign = options.wantsForeign ?? false;
    const { namespace } = lab.node;
    this.fib = inNamespace(namespace, () => new KernelRoutes((text) => this.diary.reports.push(text)));
    this.sync = inNamespace(
      namespace,
      () =>
        new FibSync(
          this.fib,
          this.#scheduler,
          {
            version,
            kernelTable: options.table ?? 254,
            receiveBufferOctets: options.receiveBufferOctets ?? 0,
            name: `test${version}`,
          },
          this.diary,
        ),
    );
  }

  /** First scan, then writing, as the protocol does. */
  async start(): Promise<void> {
    this.sync.scan();
    await until('the first scan', () => this.diary.scans > 0);
    this.sync.startWriting();
  }

  body(spec: Spec): number {
    const route = new RouteMessage();
    route.reset(this.#version === 4 ? AF_INET : AF_INET6);
    route.type = spec.type ?? RouteType.Unicast;
    route.priority = spec.metric ?? 32;
    for (const via of spec.via ?? []) {
      const { gateway, weight, dev } = typeof via === 'string' ? { gateway: via, weight: 1, dev: undefined } : via;
      const hop = route.addHop();
      hop.interfaceIndex = this.#lab.interfaces.get(dev ?? spec.dev ?? 'v0')!;
      hop.weight = weight ?? 1;
      if (spec.onlink) hop.flags = HopFlag.OnLink;
      const bytes = ipBytes(gateway as Ip);
      const view = new DataView(bytes.buffer);
      hop.gatewayFamily = bytes.length === 4 ? AF_INET : AF_INET6;
      hop.gateway0 = view.getUint32(0);
      if (bytes.length === 4) continue;
      hop.gateway1 = view.getUint32(4);
      hop.gateway2 = view.getUint32(8);
      hop.gateway3 = view.getUint32(12);
    }
    if (spec.via === undefined && spec.dev !== undefined) {
      route.addHop().interfaceIndex = this.#lab.interfaces.get(spec.dev)!;
      if (this.#version === 4) route.scope = 253;
    }
    if (spec.prefSrc !== undefined) route.setPrefSrc(ipBytes(spec.prefSrc as Ip));
    return this.fib.bodies.intern(route);
  }

  want(prefixText: string, spec: Spec | undefined): void {
    const prefix = parsePrefix(prefixText);
    if (prefix === undefined) throw new Error(prefixText);
    const view = new DataView(prefix.bytes.buffer);
    const word = (i: number): number => (4 * i < prefix.bytes.length ? view.getUint32(4 * i) : 0);
    const body = spec === undefined ? 0 : this.body(spec);
    this.sync.want(word(0), word(1), word(2), word(3), prefix.length, body);
  }

  /** True where the last change to the prefix was refused. */
  failed(prefixText: string): boolean {
    const prefix = parsePrefix(prefixText)!;
    const view = new DataView(prefix.bytes.buffer);
    const word = (i: number): number => (4 * i < prefix.bytes.length ? view.getUint32(4 * i) : 0);
    return this.sync.isFailed(word(0), word(1), word(2), word(3), prefix.length);
  }

  settled(timeoutMs = 20_000): Promise<true> {
    return until('changes to be answered', () => (this.sync.pending === 0 ? true : undefined), timeoutMs, 5);
  }

  /** Ends as kill -9 does: sockets close, nothing is taken back. */
  kill(): void {
    if (this.#dead) return;
    this.#dead = true;
    this.sync.close();
    this.fib.close();
    this.#scheduler.close();
  }
}

export function nth24(i: number): string {
  const bytes = Uint8Array.of(20 + (i >> 16), (i >> 8) & 255, i & 255, 0);
  return formatPrefix({ version: 4, bytes, length: 24 });
}
