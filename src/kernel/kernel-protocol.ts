/**
 * `protocol kernel`: one table of the RIB and one of the kernel, kept equal by the export filter; and, with `learn`, the
 * kernel's foreign routes brought into the RIB.
 *
 *   start   scan ---- first scan is done ----> up: read the RIB, write what differs
 *                                               |
 *                     adopted routes of an earlier run that the RIB did not claim go when the RIB is complete:
 *                     after recovery (`-R`); otherwise when sessions have had time to come up (see AdoptionHold)
 *   stop    everything of ours leaves the kernel, unless `persist`, a restart of the protocol, or a graceful restart
 *
 * Interfaces that get worse, lost notifications and every `scan time` lead to a scan, which mends whatever differs.
 */
import { RouteSourceKind } from '../../bgp/index.ts';
import type { KernelConfig, ProtocolConfig, ProtocolStep } from '../../config/index.ts';
import type { PrefixId } from '../../rib/index.ts';
import { Channel } from '../protocol/channel.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import { Protocol, type ProtocolLabel, type ReloadDirection, type ShutdownReason } from '../protocol/protocol.ts';
import { AdoptionHold, type AdoptionSubject } from './adoption-hold.ts';
import { FibSync, type FibSyncHost } from './fib-sync.ts';
import { KernelExport } from './kernel-export.ts';
import type { KernelFib } from './kernel-fib.ts';
import { LearnedRoutes } from './learned-routes.ts';
import { LinkWatch } from './link-watch.ts';
import type { RouteFailure } from './netlink/error.ts';
import type { RouteMessage } from './netlink/route.ts';
import { WantedRoute } from './wanted-route.ts';

/** How long the end waits for the kernel's answers. */
const REMOVAL_PATIENCE_MS = 10_000;

export class KernelProtocol extends Protocol {
  readonly label: ProtocolLabel = 'Kernel';
  readonly channels: readonly [Channel];
  readonly #fib: KernelFib;
  #kernel: KernelConfig;
  #run: KernelRun | undefined;
  /** It ran before in this process: the RIB is as complete as it will be. */
  #ranBefore = false;

  constructor(config: KernelConfig, context: ProtocolContext, fib: KernelFib) {
    super(config, context);
    this.#kernel = config;
    this.#fib = fib;
    this.channels = [new Channel(this, config.channel, context)];
  }

  override get tableLabel(): string {
    return this.#kernel.channel.table;
  }

  /** The kernel refused what the table wants at the prefix, and still does. */
  syncFailed(prefix: PrefixId): boolean {
    return this.#run?.syncFailed(prefix) ?? false;
  }

  protected onStart(): void {
    const [channel] = this.channels;
    this.#run = new KernelRun(channel, this.context, this.#fib, this.#kernel, this.#ranBefore, () => {
      if (this.state === 'start') this.setState('up');
    });
    this.#ranBefore = true;
  }

  protected onStop(reason: ShutdownReason): void {
    const run = this.#run;
    this.#run = undefined;
    const keeps =
      this.#kernel.persist ||
      reason === 'graceful-restart' ||
      // The same protocol comes back and finds its routes.
      reason === 'restart' ||
      reason === 'limit-restart';
    if (run === undefined) this.finished();
    else run.stop(keeps, () => this.finished());
  }

  protected onReconfigure(next: ProtocolConfig, { channels: [step] }: ProtocolStep): void {
    if (next.kind !== 'kernel') return;
    this.#kernel = next;
    const again = this.channels[0].reconfigure(next.channel, step) !== 'nothing';
    this.#run?.reconfigure(next, step?.reexport === true, again);
  }

  override reload(direction: ReloadDirection): string | undefined {
    this.#run?.reload(direction !== 'out', direction !== 'in');
    return undefined;
  }
}

/** From one start to the next stop. */
class KernelRun implements FibSyncHost, AdoptionSubject {
  readonly wantsForeign: boolean;
  readonly #channel: Channel;
  readonly #context: ProtocolContext;
  readonly #name: string;
  readonly #sync: FibSync;
  readonly #wanted: WantedRoute;
  readonly #learned: LearnedRoutes | undefined;
  readonly #links: LinkWatch;
  readonly #stopWatching: () => void;
  readonly #hold: AdoptionHold;
  readonly #up: () => void;
  readonly #fib: KernelFib;
  #config: KernelConfig;
  #export: KernelExport | undefined;
  #scanTimer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    channel: Channel,
    context: ProtocolContext,
    fib: KernelFib,
    config: KernelConfig,
    ranBefore: boolean,
    up: () => void,
  ) {
    this.#channel = channel;
    this.#context = context;
    this.#config = config;
    this.#fib = fib;
    this.#name = channel.protocol.name;
    this.#up = up;
    this.wantsForeign = config.learn !== 'off';
    const { version } = channel.runner.table.family;
    const adjRibIn = channel.open({
      kind: RouteSourceKind.Inherit,
      preference: config.channel.preference,
      bgp: undefined,
    });
    this.#sync = new FibSync(
      fib,
      context.scheduler,
      {
        version,
        kernelTable: config.kernelTable,
        receiveBufferOctets: config.netlinkRxBuffer,
        name: this.#name,
      },
      this,
    );
    this.#wanted = new WantedRoute(context.attributes, context.interfaces, fib.bodies, version, config.metric);
    this.#learned =
      this.wantsForeign && adjRibIn !== undefined
        ? new LearnedRoutes(context, adjRibIn, config.learn === 'all', (text) => this.report('warning', text))
        : undefined;
    this.#hold = new AdoptionHold(context, this, ranBefore);
    this.#links = new LinkWatch(context.interfaces);
    this.#stopWatching = context.interfaces.onChange(() => this.#linksChanged());
    this.#armScan(config.scanTime);
    this.#sync.scan();
  }

  get adoptedCount(): number {
    return this.#sync.adoptedCount;
  }

  get caughtUp(): boolean {
    return this.#export?.caughtUp === true && !this.#channel.runner.table.isDirty;
  }

  get congested(): boolean {
    return this.#sync.congested;
  }

  sweep(): void {
    this.#sync.sweep();
  }

  syncFailed(prefix: PrefixId): boolean {
    if (this.#sync.failedCount === 0) return false;
    const { prefixes, family } = this.#channel.runner.table;
    const wide = family.version === 6;
    return this.#sync.isFailed(
      prefixes.word0[prefix]!,
      wide ? prefixes.word1[prefix]! : 0,
      wide ? prefixes.word2[prefix]! : 0,
      wide ? prefixes.word3[prefix]! : 0,
      prefixes.length[prefix]!,
    );
  }

  reconfigure(next: KernelConfig, exportAgain: boolean, importAgain: boolean): void {
    if (next.scanTime !== this.#config.scanTime) this.#armScan(next.scanTime);
    this.#config = next;
    this.#wanted.setMetric(next.metric);
    const room = this.#export?.setPolicy(next.channel.exportPolicy, next.channel.exportLimit) === true;
    if (exportAgain || room) this.#export?.refeed();
    if (importAgain) this.#importAgain();
  }

  reload(importAgain: boolean, exportAgain: boolean): void {
    if (importAgain) this.#importAgain();
    if (!exportAgain) return;
    this.#export?.refeed();
    this.#sync.scan();
  }

  /** `keeps`: the kernel's routes stay as they are. */
  stop(keeps: boolean, done: () => void): void {
    this.#stopped = true;
    this.#stopWatching();
    clearInterval(this.#scanTimer);
    this.#hold.close();
    this.#export?.close();
    this.#channel.exportSide = undefined;
    this.#export = undefined;
    const finish = (): void => {
      clearTimeout(late);
      this.#sync.close();
      this.#wanted.clear();
      this.#learned?.clear();
      done();
    };
    const late = setTimeout(() => {
      this.#context.log.write('error', `${this.#name}: the kernel does not answer, routes are left behind`, {
        protocol: this.#name,
      });
      finish();
    }, REMOVAL_PATIENCE_MS);
    if (keeps) finish();
    else this.#sync.removeAll(finish);
  }

  #armScan(scanTime: number): void {
    clearInterval(this.#scanTimer);
    if (scanTime > 0) this.#scanTimer = setInterval(() => this.#sync.scan(), scanTime * 1000);
  }

  #importAgain(): void {
    this.#learned?.announceAll();
    this.#channel.changed();
  }

  #linksChanged(): void {
    if (this.#wanted.tunnelsChanged()) this.#export?.refeed();
    const { worse, better } = this.#links.changes();
    const lost = worse.some((index) => this.wantsForeign || this.#fib.bodies.usesInterface(index));
    if (lost || (better && this.#sync.failedCount > 0)) this.#sync.linksChanged();
  }

  // ----------------------------------------------------------------------------------------------- from FibSync

  foreign(route: RouteMessage, event: 'added' | 'replaced' | 'removed'): void {
    const understood = this.#learned?.noticed(route, event) ?? true;
    if (!understood) this.#sync.linksChanged();
    this.#channel.changed();
  }

  foreignScanBegins(): void {
    this.#learned?.scanBegins();
  }

  foreignScanned(route: RouteMessage): void {
    this.#learned?.scanned(route);
  }

  scanEnds(ok: boolean): void {
    if (this.#stopped) return;
    this.#learned?.scanEnds(ok);
    if (this.#learned !== undefined) this.#channel.changed();
    if (!ok || this.#export !== undefined) return;
    this.#startExport();
    this.#up();
  }

  #startExport(): void {
    const { source } = this.#channel;
    if (source === undefined) return;
    this.#export = new KernelExport(this.#channel.runner, this.#sync, this.#wanted, {
      name: this.#name,
      policy: this.#config.channel.exportPolicy,
      ownSource: source.id,
      mergePaths: this.#config.mergePaths,
      deviceRoutes: this.#config.deviceRoutes,
      limit: this.#config.channel.exportLimit,
      limitReached: (setting) => this.#channel.limitReached('export', setting),
      report: (text) => this.report('error', text),
      print: (line) => this.#context.log.write('info', line),
      fed: () => this.#hold.fed(),
    });
    this.#channel.exportSide = this.#export;
    const write = (): void => {
      if (!this.#stopped) this.#sync.startWriting();
    };
    // With `graceful restart` forwarding goes on as it is until the neighbours have told everything again.
    if (this.#config.gracefulRestart) this.#hold.whenRecovered(write);
    else write();
  }

  refused(prefix: string, failure: RouteFailure, text: string): void {
    const fields = { protocol: this.#name, prefix, failure };
    this.#context.limiter.write(this.#name, failure, 'warning', `${this.#name}: ${prefix}: Netlink: ${text}`, fields);
  }

  report(logClass: 'info' | 'warning' | 'error', text: string): void {
    this.#context.limiter.write(this.#name, logClass, logClass, `${this.#name}: ${text}`, { protocol: this.#name });
  }

  uncongested(): void {
    if (this.#export !== undefined) this.#context.scheduler.schedule(this.#export);
  }
}
