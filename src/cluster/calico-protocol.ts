/**
 * protocol calico: follows a datastore and brings the sessions, static routes and filters that it asks this node for, as
 * an overlay of the configuration. It has no routes of its own.
 *
 * It is `up` when the first overlay runs. An outage of the store changes nothing but the words in `show protocols`; and so
 * does a store in which this node is not to be found: what runs goes on. Switching the protocol off takes away what it
 * brought; a restart (another datastore, for instance) keeps it until there is something to take its place.
 */
import { formatIpv4Word } from '../../bgp/index.ts';
import {
  type CalicoConfig,
  type DaemonConfig,
  type JsonObject,
  type LocalWorkload,
  NodeConfigMaker,
  type NodePlan,
  type openStore,
  type PlanNote,
  type ProtocolConfig,
  type ProtocolStep,
  planNode,
  type StatusClass,
  type Store,
  SYSTEM_WAITER,
  sameMeaning,
} from '../../config/index.ts';
import { BgpProtocol } from '../peer/bgp-protocol.ts';
import type { Channel } from '../protocol/channel.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import { Protocol, type ShutdownReason } from '../protocol/protocol.ts';
import type { TableRunner } from '../protocol/table-runner.ts';
import { ClusterWatch } from './cluster-watch.ts';
import { nodeOverlay, tableOf } from './node-overlay.ts';
import { nodeReport } from './node-report.ts';
import type { OverlayPort } from './overlay.ts';
import { StatusReporter } from './status-reporter.ts';
import { WorkloadWatch } from './workloads.ts';

/** What of the daemon it needs beside the context: stores, and what reports tell. */
export interface CalicoHost {
  readonly openStore: typeof openStore;
  readonly config: DaemonConfig;
  readonly startedAt: number;
  readonly configuredAt: number;
  protocol(name: string): Protocol | undefined;
  findTable(name: string): TableRunner | undefined;
}

export class CalicoProtocol extends Protocol {
  readonly label = 'Calico';
  readonly channels: readonly Channel[] = [];
  readonly #overlays: OverlayPort;
  readonly #daemon: CalicoHost;
  readonly #maker = new NodeConfigMaker();
  #watch: ClusterWatch | undefined;
  #store: Store | undefined;
  #reporter: StatusReporter | undefined;
  #workloadWatch: WorkloadWatch | undefined;
  #workloads: readonly LocalWorkload[] = [];
  #plan: NodePlan | undefined;
  /** What the daemon was given last; `undefined`: it has to be given again. */
  #laid: NodePlan | undefined;
  /** Why there is no plan for the store as it is now. */
  #trouble = '';
  #refused: readonly PlanNote[] = [];
  /** Counts starts: what an earlier life still has to say is not heard. */
  #life = 0;
  #saidLeftOut = false;

  constructor(config: CalicoConfig, context: ProtocolContext, overlays: OverlayPort, daemon: CalicoHost) {
    super(config, context);
    this.#overlays = overlays;
    this.#daemon = daemon;
  }

  get #config(): CalicoConfig {
    return this.config as CalicoConfig;
  }

  /** What is known of the cluster; `undefined` before the store is open. */
  get watch(): ClusterWatch | undefined {
    return this.#watch;
  }
  /** What runs. */
  get plan(): NodePlan | undefined {
    return this.#plan;
  }
  get refused(): readonly PlanNote[] {
    return this.#refused;
  }
  get trouble(): string {
    return this.#trouble;
  }

  override get info(): string {
    if (this.state === 'down') return '';
    const watch = this.#watch;
    if (watch === undefined || watch.state === 'connecting') return 'Waiting for the datastore';
    if (watch.state === 'away') return `Datastore is away: ${watch.reason}`;
    if (this.#trouble !== '') return this.#trouble;
    const sessions = this.#plan?.families.reduce((sum, family) => sum + family.sessions.length, 0) ?? 0;
    return `Node ${this.#config.node}, ${sessions} ${sessions === 1 ? 'session' : 'sessions'}`;
  }

  protected onStart(): void {
    const life = ++this.#life;
    this.#laid = undefined;
    const { context } = this;
    // Sessions come with the store: whoever waits for them has to wait for it first.
    context.recovery.waitFor(this);
    context.firstFeed.waitFor(this);
    this.#follow(life).catch((error: Error) => {
      this.context.log.write('error', `${this.name}: ${error.message}`, { protocol: this.name });
    });
  }

  protected onStop(reason: ShutdownReason): void {
    this.#life++;
    this.#workloadWatch?.close();
    this.#workloadWatch = undefined;
    void this.#reporter?.stop();
    this.#reporter = undefined;
    const watch = this.#watch;
    this.#watch = undefined;
    this.context.recovery.done(this);
    this.context.firstFeed.done(this);
    const keeps: readonly ShutdownReason[] = ['restart', 'reconfigure', 'daemon-stop', 'graceful-restart'];
    if (!keeps.includes(reason)) {
      this.#plan = undefined;
      void this.#overlays.set(this.name, undefined);
    }
    if (watch === undefined) this.finished();
    else void watch.stop().then(() => this.finished());
  }

  protected onReconfigure(_next: ProtocolConfig, { changed }: ProtocolStep): void {
    // What it brings is itself a reconfiguration: without a change of its own it must not ask for the next one.
    if (changed.length > 0 && this.#watch?.ready === true) void this.#refresh(this.#life);
  }

  override reload(): undefined {
    if (this.#watch?.ready === true) void this.#refresh(this.#life);
  }

  get #options(): Parameters<typeof planNode>[1] {
    const { node, kubernetesNode, secretNamespace, usePodCidr, routerIdFromName, clusterIps, routerId } = this.#config;
    return {
      node,
      kubernetesName: kubernetesNode,
      secretNamespace,
      usePodCidr,
      clusterIps: clusterIps === undefined ? undefined : [clusterIps],
      routerId: routerId === undefined ? (routerIdFromName ? 'hash' : undefined) : formatIpv4Word(routerId),
      workloads: this.#workloads,
    };
  }

  async #follow(life: number): Promise<void> {
    const store = await this.#daemon.openStore(this.#config.datastore, process.env);
    if (life !== this.#life) return store.close();
    const watch = new ClusterWatch(store, {
      changed: () => void this.#refresh(life),
      stateChanged: (state, reason) => {
        if (life !== this.#life) return;
        this.#reporter?.setAway(state === 'away');
        if (state === 'away') this.#log('warning', `The datastore ${store.label} is away: ${reason}`);
        else if (this.state === 'up') this.#log('info', `The datastore ${store.label} is back`);
        else this.#log('info', `Following the datastore ${store.label}`);
      },
      refused: (what, problems) => {
        for (const { path, message } of problems) this.#log('error', `${what} is refused: ${path}: ${message}`);
      },
      fault: ({ where, message }) => this.#log('warning', `${where}: ${message}`),
    });
    this.#watch = watch;
    this.#store = store;
    this.#workloadWatch = new WorkloadWatch(this.#config.workloads, (workloads) => {
      this.#workloads = workloads;
      if (watch.ready) void this.#refresh(life);
    });
    this.#workloadWatch.start();
    watch.start();
  }

  /** Looks at the cluster anew and lets the daemon run what comes of it. */
  async #refresh(life: number): Promise<void> {
    if (life !== this.#life || this.#watch === undefined) return;
    const plan = planNode(this.#watch.model, this.#options);
    if (typeof plan === 'string') {
      if (plan !== this.#trouble) this.#log('warning', `${plan}; what runs goes on as it is`);
      this.#trouble = plan;
      return;
    }
    this.#trouble = '';
    this.#plan = plan;
    this.#reportTo(this.#watch);
    try {
      // Most of what happens in a cluster concerns other nodes: endpoints of services, blocks.
      if (this.#laid === undefined || !sameMeaning(this.#laid, plan)) {
        this.#laid = undefined;
        await this.#overlays.set(this.name, (base: DaemonConfig) => {
          const made = nodeOverlay(base, this.name, plan, this.#maker);
          this.#refused = made.refused;
          return made;
        });
        if (this.#plan === plan) this.#laid = plan;
      }
    } catch (error) {
      this.#trouble = (error as Error).message;
      this.#log('error', `The cluster as it is cannot be run: ${this.#trouble}`);
      return;
    }
    if (life !== this.#life) return;
    if (this.state === 'start') this.setState('up');
    this.context.recovery.done(this);
    this.context.firstFeed.done(this);
  }

  /** Follows those who ask for reports, as long as the configuration allows to answer. */
  #reportTo(watch: ClusterWatch): void {
    if (!this.#config.reportStatus) {
      void this.#reporter?.stop();
      this.#reporter = undefined;
      return;
    }
    if (this.#reporter === undefined) {
      this.#reporter = new StatusReporter({
        store: this.#store!,
        node: this.#config.node,
        waiter: SYSTEM_WAITER,
        now: () => this.context.clock.now(),
        report: (classes) => this.#report(classes),
        failed: (what, reason) => this.#log('warning', `${what} cannot be written: ${reason}`),
      });
      this.#reporter.start();
    }
    this.#reporter.follow(watch.model.statuses.values());
  }

  async #report(classes: readonly StatusClass[]): Promise<JsonObject> {
    const { clock, recovery } = this.context;
    const { config, startedAt, configuredAt } = this.#daemon;
    const { status, routesLeftOut } = await nodeReport(classes, {
      plan: this.#plan!,
      dialect: config.dialect,
      routerId: this.routerId === 0 ? '' : formatIpv4Word(this.routerId),
      startedAt,
      configuredAt,
      now: clock.wall(),
      recovering: recovery.active,
      session: (name) => {
        const protocol = this.#daemon.protocol(name);
        return protocol instanceof BgpProtocol ? { state: protocol.detail().state, since: protocol.since } : undefined;
      },
      table: (version) => {
        const family = version === 4 ? 'ipv4' : 'ipv6';
        const found = this.#daemon.findTable(tableOf(config, version))?.table;
        return found?.family.name === family ? found : undefined;
      },
    });
    if (routesLeftOut > 0 && !this.#saidLeftOut) {
      this.#saidLeftOut = true;
      this.#log('info', `Reports have no room for ${routesLeftOut} routes`);
    }
    return status;
  }

  #log(level: 'info' | 'warning' | 'error', text: string): void {
    this.context.log.write(level, `${this.name}: ${text}`, { protocol: this.name });
  }
}
