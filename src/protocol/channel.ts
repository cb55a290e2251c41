/**
 * A channel joins a protocol to a table for one family: routes come in through its AdjRibIn (import filter, limits,
 * counters) and go out through an export side that the kind of protocol attaches (kernel and pipe: a ChannelExport,
 * BGP: membership of an update group).
 */
import type { Policy } from '../../bgp/index.ts';
import { type ChannelConfig, type ChannelStep, DebugMask } from '../../config/index.ts';
import {
  AdjRibIn,
  type ExportStats,
  type ExportVerdict,
  type ImportStats,
  type PrefixId,
  type RouteId,
  type RouteLimitKind,
  type RouteLimitSetting,
  type RouteSource,
  type SourceFacts,
} from '../../rib/index.ts';
import type { Task } from '../scheduler.ts';
import type { ProtocolContext } from './context.ts';
import type { RunningProtocol } from './running.ts';
import type { TableRunner } from './table-runner.ts';

export type ChannelState = 'DOWN' | 'START' | 'UP' | 'FLUSHING';

/** Rows handled in one piece of work. */
const PIECE = 1024;

/** What the control side asks of the outgoing half of a channel. */
export interface ExportSide {
  readonly stats: ExportStats;
  /** Routes that the other side has now. */
  readonly exportedCount: number;
  /** `export limit` was crossed. */
  readonly limitHit: boolean;
  /** Not everything that was there when it began has been passed on. */
  readonly feeding: boolean;
  /** Every route of a network is passed on (ADD-PATH), not the selected one only. */
  readonly allRoutes: boolean;
  /**
   * What the current rules and filter say about a route; computed now.
   *
   * @param policy asked instead of its own, which it equals: one that tells more about itself.
   */
  verdict(route: RouteId, policy?: Policy): ExportVerdict;
  /** The network was really sent (or installed); with `allRoutes`, this route of it. */
  wasExported(prefix: PrefixId, route: RouteId): boolean;
  /** The export filter changed, or the operator asks: judge every route again. */
  refeed(): void;
}

export class Channel {
  readonly protocol: RunningProtocol;
  /** In the protocol: the family, unless it has several of one family. */
  readonly name: string;
  readonly runner: TableRunner;
  readonly #context: ProtocolContext;
  #config: ChannelConfig;
  #state: ChannelState = 'DOWN';
  #adjRibIn: AdjRibIn | undefined;
  #source: RouteSource | undefined;
  #exportSide: ExportSide | undefined;
  /** Pieces of work under way, by kind: a sweep and a reload may run side by side, two sweeps are one. */
  readonly #work = new Map<string, Task>();
  #importTable = false;
  /** Bits of `DebugMask`. */
  debug: number;

  constructor(
    protocol: RunningProtocol,
    config: ChannelConfig,
    context: ProtocolContext,
    name: string = config.family,
  ) {
    this.protocol = protocol;
    this.name = name;
    this.#config = config;
    this.debug = config.debug;
    this.#context = context;
    this.runner = context.table(config.table);
  }

  get config(): ChannelConfig {
    return this.#config;
  }
  get state(): ChannelState {
    return this.#state;
  }
  /** Full name, `bgp1.ipv4`. */
  get fullName(): string {
    return `${this.protocol.name}.${this.name}`;
  }
  get adjRibIn(): AdjRibIn | undefined {
    return this.#adjRibIn;
  }
  get source(): RouteSource | undefined {
    return this.#source;
  }
  get importStats(): ImportStats | undefined {
    return this.#adjRibIn?.stats;
  }
  get exportSide(): ExportSide | undefined {
    return this.#exportSide;
  }
  set exportSide(side: ExportSide | undefined) {
    this.#exportSide = side;
  }

  /**
   * Opens the incoming half; `undefined` (and a line in the log) where the daemon has no source id left. On a later call
   * the facts of the source change (a new session of the same peer).
   */
  open(facts: Omit<SourceFacts, 'protocol' | 'channel'>, importTable = false): AdjRibIn | undefined {
    const full: SourceFacts = { ...facts, protocol: this.protocol.name, channel: this.fullName };
    if (this.#adjRibIn !== undefined && this.#source !== undefined) {
      this.#adjRibIn.updateSource(full);
      this.#source = this.#adjRibIn.source;
    } else {
      this.#source = this.#context.sources.add(full);
      if (this.#source === undefined) {
        this.#context.log.write('error', `${this.fullName}: all 65535 source ids are taken`, {
          channel: this.fullName,
        });
        return undefined;
      }
      this.#importTable = importTable;
      this.#adjRibIn = new AdjRibIn(this.runner.table, this.#source, {
        policy: this.#config.importPolicy,
        keepFiltered: this.#config.importKeepFiltered,
        importTable,
        receiveLimit: this.#config.receiveLimit,
        importLimit: this.#config.importLimit,
        onLimit: (kind, limit) => this.#limitReached(kind, limit),
        report: (text) =>
          this.#context.limiter.write(this.fullName, 'route', 'error', `${this.fullName}: ${text}`, {
            protocol: this.protocol.name,
            channel: this.name,
          }),
        print: (text) => this.#context.log.write('info', text),
      });
    }
    this.#enter('UP');
    return this.#adjRibIn;
  }

  #enter(state: ChannelState): void {
    if (state === this.#state) return;
    this.#state = state;
    if ((this.debug & DebugMask.states) === 0) return;
    this.#context.log.write('trace', `${this.fullName}: State changed to ${state}`, {
      protocol: this.protocol.name,
      channel: this.name,
      state,
    });
  }

  /** Routes changed: the table has something to decide. */
  changed(): void {
    this.runner.changed();
  }

  /** Everything that came in leaves the table, in pieces; then `done`. */
  flush(done: () => void): void {
    const adjRibIn = this.#adjRibIn;
    const source = this.#source;
    if (adjRibIn === undefined || source === undefined) {
      this.#enter('DOWN');
      done();
      return;
    }
    this.#enter('FLUSHING');
    this.#adjRibIn = undefined;
    this.#source = undefined;
    for (const task of this.#work.values()) this.#context.scheduler.cancel(task);
    this.#work.clear();
    this.#runPieces('flush', () => {
      const more = adjRibIn.clear(PIECE);
      this.changed();
      if (!more) {
        this.#context.sources.remove(source.id);
        this.#enter('DOWN');
        done();
      }
      return more;
    });
  }

  /** The session is gone, its routes stay for now (graceful restart). */
  suspend(): void {
    this.#enter(this.#adjRibIn === undefined ? 'DOWN' : 'START');
  }

  /** Marks every route stale. A sweep that is under way ends first: it must not take what is marked only now. */
  markStale(): void {
    const adjRibIn = this.#adjRibIn;
    const sweep = this.#work.get('sweep');
    if (adjRibIn === undefined) return;
    if (sweep !== undefined) {
      this.#context.scheduler.cancel(sweep);
      this.#work.delete('sweep');
      while (adjRibIn.sweepStale(PIECE)) this.changed();
      this.changed();
    }
    adjRibIn.markStale();
  }

  /** Turns stale routes into long-lived stale ones (RFC 9494), in pieces. */
  markLongLivedStale(): void {
    const adjRibIn = this.#adjRibIn;
    if (adjRibIn === undefined) return;
    this.#runPieces('long-lived', () => {
      const more = adjRibIn.markLongLivedStale(PIECE, this.#context.clock.now());
      this.changed();
      return more;
    });
  }

  /** Removes in pieces what `markStale` marked and nobody announced again. */
  sweepStale(): void {
    const adjRibIn = this.#adjRibIn;
    if (adjRibIn === undefined) return;
    this.#runPieces('sweep', () => {
      const more = adjRibIn.sweepStale(PIECE);
      this.changed();
      return more;
    });
  }

  /** Runs the import filter again over what the channel kept; false where nothing was kept (ask the peer instead). */
  reloadIn(): boolean {
    const adjRibIn = this.#adjRibIn;
    if (adjRibIn === undefined || !this.#importTable) return false;
    this.#runPieces('reload', () => {
      const more = adjRibIn.reevaluate(PIECE, this.#context.clock.now());
      this.changed();
      if (!more) adjRibIn.resetLimits();
      return more;
    });
    return true;
  }

  reloadOut(): void {
    this.#exportSide?.refeed();
  }

  /**
   * Takes over new filters and limits; the way out is the owner's affair. Table, family and the like never change here
   * (that is a restart). Says what has to be imported again: nothing, what was kept, or what only the other side has.
   */
  reconfigure(next: ChannelConfig, step: ChannelStep | undefined): 'nothing' | 'kept' | 'other side' {
    const old = this.#config;
    this.#config = next;
    if (next.debug !== old.debug) this.debug = next.debug;
    this.#adjRibIn?.setPolicy(next.importPolicy);
    this.#adjRibIn?.setKeepFiltered(next.importKeepFiltered);
    const refused = this.#adjRibIn?.setLimits(next.receiveLimit, next.importLimit) ?? 'nothing';
    if (this.#source !== undefined && old.preference !== next.preference) {
      this.#adjRibIn?.updateSource({ ...this.#source, preference: next.preference });
      this.#runPieces('reselect', () => {
        const more = this.#adjRibIn?.reselect(PIECE) ?? false;
        this.changed();
        return more;
      });
    }
    if (step?.refresh === true || refused === 'other side') return 'other side';
    return step?.reimport === true ? 'kept' : refused;
  }

  /** A limit was crossed; also called by the export side. */
  limitReached(kind: 'export', limit: RouteLimitSetting): void {
    this.#limitReached(kind, limit);
  }

  #limitReached(kind: RouteLimitKind, limit: RouteLimitSetting): void {
    this.#context.log.write(
      'warning',
      `Protocol ${this.protocol.name} hits route ${kind} limit (${limit.count}), action: ${limit.action}`,
      { protocol: this.protocol.name, channel: this.name, limit: kind, action: limit.action },
    );
    // The limit is found in the middle of a burst of routes: acting is put off until that burst is done with.
    if (limit.action === 'restart') setImmediate(() => this.protocol.restart('', 'limit-restart'));
    else if (limit.action === 'disable') setImmediate(() => this.protocol.disable('', 'limit-disable'));
  }

  #runPieces(kind: string, run: () => boolean): void {
    const before = this.#work.get(kind);
    if (before !== undefined) this.#context.scheduler.cancel(before);
    const task: Task = {
      name: `${kind} ${this.fullName}`,
      run: () => {
        const more = run();
        if (!more && this.#work.get(kind) === task) this.#work.delete(kind);
        return more;
      },
    };
    this.#work.set(kind, task);
    this.#context.scheduler.schedule(task);
  }
}
