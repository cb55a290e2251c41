/**
 * The port between the kernel protocol and a forwarding table. `kernel-routes.ts` implements it over netlink;
 * `OffFib` below takes every route and keeps none, for a process that may not or shall not change the kernel.
 *
 * A table is one (family, kernel table number). Changes are numbered by the caller's rows; each is answered once.
 */
import { FibBodies } from './fib-body.ts';
import type { RouteFailure } from './netlink/error.ts';
import type { Destination, RouteMessage } from './netlink/route.ts';

export interface KernelFib {
  /** False: nothing is written anywhere, scans find nothing and mean nothing. */
  readonly programs: boolean;
  readonly bodies: FibBodies;
  open(options: FibTableOptions, listener: FibListener): FibTable;
  close(): void;
}

export interface FibTableOptions {
  readonly version: 4 | 6;
  /** 1..2^32-1; 254 is main. */
  readonly table: number;
  /** Octets of the notification buffer; 0: a size that takes a flush of 50,000 routes. */
  readonly receiveBufferOctets: number;
}

/** What stands in the kernel after a change that went wrong. */
export type FibRemainder = 'old' | 'nothing' | 'unknown';

export interface FibListener {
  /** The route of `row` is `next` now, as asked. */
  changed(row: number, next: number): void;
  /** It is not. The reference on `next` goes back to the listener in both cases. */
  refused(row: number, next: number, remainder: FibRemainder, failure: RouteFailure, text: string): void;
  /** Somebody else, or the kernel by itself, added, replaced or removed a route of the table. */
  noticed(route: RouteMessage, event: 'added' | 'replaced' | 'removed'): void;
  /** Notifications or answers were lost: only a scan can tell what is there. */
  lost(): void;
  /** There is room for changes again. */
  ready(): void;
}

export interface FibTable {
  /** Changes that may be given now. */
  readonly room: number;
  /**
   * Makes the route to `to` become body `next`, where body `old` is believed to be; 0: none. The caller gives away one
   * reference on `next`, and keeps `old` until the answer.
   */
  change(row: number, to: Destination, old: number, next: number): void;
  /** Nothing given so far waits for more. */
  flush(): void;
  scan(scan: FibScan): void;
  close(): void;
}

export interface FibScan {
  /** Only routes of this protocol number are wanted; 0: all. */
  readonly protocol: number;
  /** The table from its beginning, once more. */
  begin(): void;
  route(route: RouteMessage): void;
  /** `ok`: all was told, and nothing changed meanwhile as far as the kernel knows. */
  done(ok: boolean, text: string): void;
}

/** "Kernel programming off". */
export class OffFib implements KernelFib {
  readonly programs = false;
  readonly bodies = new FibBodies();

  open(_options: FibTableOptions, listener: FibListener): FibTable {
    return {
      room: 1024,
      change: (row, _to, _old, next) => listener.changed(row, next),
      flush: () => {},
      scan: (scan) => {
        scan.begin();
        scan.done(true, '');
      },
      close: () => {},
    };
  }

  close(): void {}
}
