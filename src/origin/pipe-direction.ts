/**
 * One direction of a pipe: every route of one table that passes the filter stands in the other table too, with its
 * attributes, its source's name and facts unchanged. What came through this pipe the other way is left out, so a route
 * never returns to the table it came from.
 */
import type { Policy } from '../../bgp/index.ts';
import {
  type AdjRibIn,
  AdvertisementReason,
  ExportStats,
  type ExportVerdict,
  type PrefixId,
  type RouteId,
  RouteLimit,
  type RouteLimitSetting,
  type SourceId,
  type TableReader,
} from '../../rib/index.ts';
import type { ColumnCounters, DirectionCounters } from '../control/host.ts';
import type { Channel, ExportSide } from '../protocol/channel.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import { ExportJudge, type ExportRules } from '../protocol/export-judge.ts';
import type { Task } from '../scheduler.ts';

/** Prefixes handled in one piece of work. */
const PIECE = 128;

export interface PipeDirectionOptions {
  /** Channel of the table that is read; its AdjRibIn says what came through the pipe. */
  readonly from: Channel;
  /** Channel into the table that is filled. */
  readonly to: Channel;
  readonly policy: Policy;
  /** `export limit`; the other direction is limited by the channel that it fills. */
  readonly limit: RouteLimitSetting | undefined;
  limitReached(setting: RouteLimitSetting): void;
}

export class PipeDirection implements Task, ExportSide, ExportRules {
  readonly name: string;
  readonly stats = new ExportStats();
  readonly allRoutes = true;
  readonly #context: ProtocolContext;
  readonly #from: Channel;
  readonly #to: Channel;
  readonly #judge: ExportJudge;
  readonly #limit: RouteLimit;
  readonly #reader: TableReader;
  /** Routes of the prefix at hand that stand in the other table: source and path id, in pairs. */
  readonly #passed: number[] = [];

  constructor(context: ProtocolContext, options: PipeDirectionOptions) {
    const { from, to } = options;
    this.name = `pipe ${from.protocol.name} into ${to.runner.table.name}`;
    this.#context = context;
    this.#from = from;
    this.#to = to;
    this.#judge = new ExportJudge(from.runner.table, options.policy, this);
    this.#limit = new RouteLimit('export', options.limit, (_kind, setting) => options.limitReached(setting));
    this.#reader = from.runner.table.openReader();
    from.runner.addReader(this);
  }

  get feeding(): boolean {
    return this.#reader.feeding;
  }

  get exportedCount(): number {
    return this.#to.adjRibIn?.stats.routesImported ?? 0;
  }

  get limitHit(): boolean {
    return this.#limit.hit;
  }

  /** The filter's side of this direction, and what the other table made of it. */
  counters(): DirectionCounters {
    const { stats } = this;
    const imported = this.#to.importStats;
    const updates: ColumnCounters = {
      received: stats.updatesReceived,
      rejected: stats.updatesRejected + (imported?.updatesInvalid ?? 0),
      filtered: stats.updatesFiltered,
      ignored: imported?.updatesIgnored ?? 0,
      accepted: imported?.updatesAccepted ?? 0,
    };
    const withdraws: ColumnCounters = {
      received: stats.withdrawsReceived,
      rejected: imported?.withdrawsInvalid ?? 0,
      filtered: 0,
      ignored: imported?.withdrawsIgnored ?? 0,
      accepted: imported?.withdrawsAccepted ?? 0,
    };
    return { updates, withdraws };
  }

  /** True if routes that the limit refused have room now. */
  setPolicy(policy: Policy, limit: RouteLimitSetting | undefined): boolean {
    this.#judge.setPolicy(policy);
    return this.#limit.set(limit, this.exportedCount);
  }

  verdict(route: RouteId, policy?: Policy): ExportVerdict {
    return this.#judge.verdict(route, policy);
  }

  wasExported(prefix: PrefixId, route: RouteId): boolean {
    const { table } = this.#from.runner;
    return this.#standsThere(prefix, table.sourceOf(route).id, table.routes.pathId(route)) !== 0;
  }

  refeed(): void {
    this.#reader.refeed();
    this.#from.runner.addReader(this);
  }

  close(): void {
    this.#from.runner.removeReader(this);
    this.#reader.close();
  }

  run(): boolean {
    const { adjRibIn } = this.#to;
    if (adjRibIn === undefined) return false;
    let handled = 0;
    for (; handled < PIECE; handled++) {
      const prefix = this.#reader.next();
      if (prefix === 0) break;
      this.#pass(prefix, adjRibIn);
    }
    // Saying so without cause would wake the other direction, which would wake this one.
    if (handled > 0) this.#to.changed();
    return handled === PIECE;
  }

  // ------------------------------------------------------------------------------------------------------- rules

  admits(route: RouteId): AdvertisementReason {
    const back = this.#from.adjRibIn?.owns(route) ?? false;
    return back ? AdvertisementReason.OwnRoute : AdvertisementReason.None;
  }

  report(text: string): void {
    const { name } = this.#from.protocol;
    this.#context.limiter.write(name, 'filter', 'error', `${name}: ${text}`, { protocol: name });
  }

  print(line: string): void {
    this.#context.log.write('info', line);
  }

  // ----------------------------------------------------------------------------------------------------- routes

  #pass(prefix: PrefixId, adjRibIn: AdjRibIn): void {
    const { table } = this.#from.runner;
    this.#passed.length = 0;
    for (let route = table.first(prefix); route !== 0; route = table.next(route)) {
      if (!table.isEligible(route) || this.#from.adjRibIn?.owns(route) === true) continue;
      this.#passRoute(prefix, route, adjRibIn);
    }
    this.#withdrawOthers(prefix, adjRibIn);
  }

  #passRoute(prefix: PrefixId, route: RouteId, adjRibIn: AdjRibIn): void {
    const { table } = this.#from.runner;
    const { stats } = this;
    stats.updatesReceived++;
    const attribute = this.#judge.judge(route);
    if (attribute === 0) {
      const { reason } = this.#judge;
      if (reason === AdvertisementReason.Filter || reason === AdvertisementReason.FilterError) stats.updatesFiltered++;
      else stats.updatesRejected++;
      return;
    }
    const source = table.sourceOf(route);
    const pathId = table.routes.pathId(route);
    const isNew = this.#limit.setting !== undefined && this.#standsThere(prefix, source.id, pathId) === 0;
    const { prefixes } = table;
    const wide = table.family.version === 6;
    const passed =
      (!isNew || this.#limit.admits(this.exportedCount)) &&
      adjRibIn.announceFrom(
        source,
        prefixes.word0[prefix]!,
        wide ? prefixes.word1[prefix]! : 0,
        wide ? prefixes.word2[prefix]! : 0,
        wide ? prefixes.word3[prefix]! : 0,
        prefixes.length[prefix]!,
        pathId,
        attribute,
        this.#context.clock.now(),
      );
    table.attributes.release(attribute);
    if (passed) {
      stats.updatesAccepted++;
      this.#passed.push(source.id, pathId);
    } else {
      stats.updatesRejected++;
    }
  }

  /** What stands in the other table from this pipe and did not pass now is not there any more. */
  #withdrawOthers(prefix: PrefixId, adjRibIn: AdjRibIn): void {
    const there = this.#to.runner.table;
    const prefixThere = this.#prefixThere(prefix);
    if (prefixThere === 0) return;
    let route = there.first(prefixThere);
    while (route !== 0) {
      // Removing a route takes it out of the chain.
      const next = there.next(route);
      if (adjRibIn.owns(route) && !this.#hasPassed(there.sourceOf(route).via?.origin, there.routes.pathId(route))) {
        this.stats.withdrawsReceived++;
        this.stats.withdrawsAccepted++;
        adjRibIn.withdrawRoute(route);
      }
      route = next;
    }
  }

  #hasPassed(source: SourceId | undefined, pathId: number): boolean {
    const passed = this.#passed;
    for (let i = 0; i < passed.length; i += 2) if (passed[i] === source && passed[i + 1] === pathId) return true;
    return false;
  }

  /** The route in the other table that stands for one of this table; 0: none. */
  #standsThere(prefix: PrefixId, source: SourceId, pathId: number): RouteId {
    const there = this.#to.runner.table;
    const prefixThere = this.#prefixThere(prefix);
    if (prefixThere === 0) return 0 as RouteId;
    let route = there.first(prefixThere);
    while (route !== 0) {
      const own = this.#to.adjRibIn?.owns(route) === true;
      if (own && there.sourceOf(route).via?.origin === source && there.routes.pathId(route) === pathId) break;
      route = there.next(route);
    }
    return route;
  }

  #prefixThere(prefix: PrefixId): PrefixId {
    const { prefixes, family } = this.#from.runner.table;
    const wide = family.version === 6;
    return this.#to.runner.table.prefixes.find(
      prefixes.word0[prefix]!,
      wide ? prefixes.word1[prefix]! : 0,
      wide ? prefixes.word2[prefix]! : 0,
      wide ? prefixes.word3[prefix]! : 0,
      prefixes.length[prefix]!,
    );
  }
}
