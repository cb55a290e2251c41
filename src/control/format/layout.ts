/**
 * How replies look: one object for each dialect of BIRD, chosen by the running configuration (layouts.ts). Commands
 * write through it, so they know neither columns nor words. What is the same in all dialects (codes, states of the
 * daemon, symbols, results of `configure`) is no part of it.
 */
import type { CustomAttribute, TimeFormat } from '../../../config/index.ts';
import type {
  BfdSessionView,
  InterfaceView,
  MemoryView,
  ProtocolView,
  RouteView,
  StaticRouteView,
  StatusView,
} from '../host.ts';
import type { Lines } from './lines.ts';

export interface Layout {
  /** Stands after `BIRD ` in the greeting and in `show status`. */
  readonly version: string;
  /**
   * `show route` is about one table: no headings, one count at the end, and asking what a protocol exports that exports
   * nothing is an error. Otherwise tables have headings, and those without an answer are passed over.
   */
  readonly oneTable: boolean;
  /** A single network was asked for and is not there. */
  readonly networkNotFound: string;
  /** Any word can name a protocol in a command; one that names none is answered with an error of its own. */
  readonly anyProtocolName: boolean;
  /** `show static` without a name is about all static protocols, not about the only one. */
  readonly allStatics: boolean;

  /** Everything but the last line, which is `formatDaemonState`. */
  status(lines: Lines, status: StatusView, version: string, format: TimeFormat, now: number): void;
  memory(lines: Lines, memory: MemoryView): void;
  protocolHeading(lines: Lines): void;
  protocolRow(lines: Lines, protocol: ProtocolView, format: TimeFormat, now: number): void;
  /** What `all` adds to the row. */
  protocolDetail(lines: Lines, protocol: ProtocolView): void;
  interfaceBlock(lines: Lines, link: InterfaceView): void;
  interfaceHeading(lines: Lines): void;
  interfaceRow(lines: Lines, link: InterfaceView): void;
  staticRoute(lines: Lines, route: StaticRouteView): void;
  bfdHeading(lines: Lines, protocol: string): void;
  bfdSession(lines: Lines, session: BfdSessionView, format: TimeFormat, now: number): void;
  /** @param firstOfNetwork the prefix is shown with the first route of its network only. */
  route(lines: Lines, route: RouteView, firstOfNetwork: boolean, layout: RouteLayout): void;
}

export interface RouteLayout {
  readonly timeFormat: TimeFormat;
  readonly now: number;
  /** `all`: type and attributes too. */
  readonly verbose: boolean;
  readonly customAttributes: readonly CustomAttribute[];
}
