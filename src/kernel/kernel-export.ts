/**
 * The outgoing half of a kernel channel: reads the table, asks the export filter, joins equal routes where `merge
 * paths` is on, and tells FibSync what is wanted at each prefix. It stops reading while FibSync has enough to do: the
 * journal keeps what is to be told, each prefix once.
 */
import { type Policy, RouteSourceKind } from '../../bgp/index.ts';
import type { RouteLimitSetting } from '../../rib/index.ts';
import {
  AdvertisementReason,
  type AttributeId,
  BitSet,
  ExportStats,
  type ExportVerdict,
  type PrefixId,
  type ResolvedHop,
  type RouteId,
  RouteLimit,
  type SourceId,
  type TableReader,
} from '../../rib/index.ts';
import type { ExportSide } from '../protocol/channel.ts';
import { ExportJudge, type ExportRules } from '../protocol/export-judge.ts';
import type { TableRunner } from '../protocol/table-runner.ts';
import type { Task } from '../scheduler.ts';
import type { FibSync } from './fib-sync.ts';
import type { WantedRoute } from './wanted-route.ts';

/** Prefixes judged in one piece of work. */
const PIECE = 256;

export interface KernelExportOptions {
  readonly name: string;
  readonly policy: Policy;
  /** The channel's own routes, learned from the kernel, do not go back. */
  readonly ownSource: SourceId;
  /** 0: only the best route. */
  readonly mergePaths: number;
  /** Routes straight onto a link are exported, too. */
  readonly deviceRoutes: boolean;
  readonly limit: RouteLimitSetting | undefined;
  limitReached(setting: RouteLimitSetting): void;
  report(text: string): void;
  print(line: string): void;
  /** Every route of the table has been judged once. */
  fed(): void;
}

export class KernelExport implements ExportSide, Task, ExportRules {
  readonly name: string;
  readonly stats = new ExportStats();
  readonly allRoutes = false;
  readonly #runner: TableRunner;
  readonly #reader: TableReader;
  readonly #sync: FibSync;
  readonly #wanted: WantedRoute;
  readonly #judge: ExportJudge;
  readonly #options: KernelExportOptions;
  readonly #limit: RouteLimit;
  readonly #exported = new BitSet();
  readonly #hops: ResolvedHop[] = [];
  #exportedCount = 0;
  #fed = false;

  constructor(runner: TableRunner, sync: FibSync, wanted: WantedRoute, options: KernelExportOptions) {
    this.name = `export to ${options.name}`;
    this.#runner = runner;
    this.#sync = sync;
    this.#wanted = wanted;
    this.#options = options;
    this.#limit = new RouteLimit('export', options.limit, (_kind, setting) => options.limitReached(setting));
    this.#judge = new ExportJudge(runner.table, options.policy, this);
    // Joined routes change with any route of the prefix.
    this.#reader = runner.table.openReader({ bestOnly: options.mergePaths === 0 });
    runner.addReader(this);
  }

  get exportedCount(): number {
    return this.#exportedCount;
  }

  get limitHit(): boolean {
    return this.#limit.hit;
  }

  get feeding(): boolean {
    return !this.#fed;
  }

  /** The table has nothing that was not judged. */
  get caughtUp(): boolean {
    return this.#fed && this.#reader.backlog === 0;
  }

  /** True if routes that the limit refused have room now. */
  setPolicy(policy: Policy, limit: RouteLimitSetting | undefined): boolean {
    this.#judge.setPolicy(policy);
    return this.#limit.set(limit, this.#exportedCount);
  }

  verdict(route: RouteId, policy?: Policy): ExportVerdict {
    return this.#judge.verdict(route, policy);
  }

  wasExported(prefix: PrefixId, route: RouteId): boolean {
    return this.#exported.has(prefix) && this.#runner.table.best(prefix) === route;
  }

  refeed(): void {
    this.#reader.refeed();
    this.#runner.addReader(this);
  }

  close(): void {
    this.#runner.removeReader(this);
    this.#reader.close();
  }

  run(): boolean {
    for (let i = 0; i < PIECE; i++) {
      if (this.#sync.congested) return false;
      const prefix = this.#reader.next();
      if (prefix === 0) {
        if (!this.#fed && !this.#reader.feeding) {
          this.#fed = true;
          this.#options.fed();
        }
        return false;
      }
      this.#export(prefix);
    }
    return true;
  }

  // ------------------------------------------------------------------------------------------------------- rules

  admits(route: RouteId): AdvertisementReason {
    const { table } = this.#runner;
    const source = table.sourceOf(route);
    if (source.root === this.#options.ownSource) return AdvertisementReason.OwnRoute;
    if (this.#options.deviceRoutes || source.kind === RouteSourceKind.Static) return AdvertisementReason.None;
    const { kind, hops } = table.nextHops.forwarding(table.attributes.nextHopId(table.attributeOf(route)));
    const isDevice = kind === 'unicast' && hops.every((hop) => hop.gateway === undefined);
    return isDevice ? AdvertisementReason.LinkRoute : AdvertisementReason.None;
  }

  report(text: string): void {
    this.#options.report(text);
  }

  print(line: string): void {
    this.#options.print(line);
  }

  // ---------------------------------------------------------------------------------------------------- judgement

  #export(prefix: PrefixId): void {
    const { table } = this.#runner;
    const best = table.best(prefix);
    const was = this.#exported.has(prefix);
    if (best === 0) {
      this.stats.withdrawsReceived++;
      if (was) this.#withdraw(prefix);
      return;
    }
    this.stats.updatesReceived++;
    const attribute = this.#judge.judge(best);
    if (attribute === 0) {
      const { reason } = this.#judge;
      const filtered = reason === AdvertisementReason.Filter || reason === AdvertisementReason.FilterError;
      if (filtered) this.stats.updatesFiltered++;
      else this.stats.updatesRejected++;
      if (was) this.#withdraw(prefix);
      return;
    }
    if (!was && !this.#limit.admits(this.#exportedCount)) {
      this.stats.updatesRejected++;
      table.attributes.release(attribute);
      return;
    }
    this.stats.updatesAccepted++;
    if (!was) {
      this.#exported.set(prefix);
      this.#exportedCount++;
    }
    this.#want(prefix, this.#body(best, attribute));
    table.attributes.release(attribute);
  }

  #withdraw(prefix: PrefixId): void {
    this.stats.withdrawsAccepted++;
    this.#exported.clear(prefix);
    this.#exportedCount--;
    this.#want(prefix, 0);
  }

  #want(prefix: PrefixId, body: number): void {
    const { prefixes, family } = this.#runner.table;
    const wide = family.version === 6;
    this.#sync.want(
      prefixes.word0[prefix]!,
      wide ? prefixes.word1[prefix]! : 0,
      wide ? prefixes.word2[prefix]! : 0,
      wide ? prefixes.word3[prefix]! : 0,
      prefixes.length[prefix]!,
      body,
    );
  }

  /** With one reference. */
  #body(best: RouteId, attribute: AttributeId): number {
    const { table } = this.#runner;
    const forwarding = table.nextHops.forwarding(table.attributes.nextHopId(attribute));
    const limit = this.#options.mergePaths;
    if (limit < 2 || forwarding.kind !== 'unicast' || table.next(best) === 0) {
      return this.#wanted.body(attribute, forwarding);
    }
    const hops = this.#hops;
    hops.length = 0;
    hops.push(...forwarding.hops);
    let merged = false;
    for (let route = table.next(best); route !== 0; route = table.next(route)) {
      if (!table.decision.isEqualCost(best, route)) continue;
      const other = this.#judge.judge(route);
      if (other === 0) continue;
      const { kind, hops: more } = table.nextHops.forwarding(table.attributes.nextHopId(other));
      if (kind === 'unicast') {
        hops.push(...more);
        merged = true;
      }
      table.attributes.release(other);
    }
    return merged ? this.#wanted.merged(attribute, hops, limit) : this.#wanted.body(attribute, forwarding);
  }
}
