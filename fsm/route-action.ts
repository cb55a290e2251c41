/** What a lost, restarted or ended session means for the routes that the neighbour announced before. */
import type { AddressFamily } from '../bgp/index.ts';

export type RouteAction = {
  readonly type: 'routes';
  readonly family: AddressFamily;
  readonly change: RouteChange;
};

/**
 * `mark-stale`: keep all, mark all; `sweep`: remove what is still marked; `long-lived`: the marked ones become
 * long-lived stale (RFC 9494); `flush`: remove all.
 */
export type RouteChange = 'mark-stale' | 'sweep' | 'long-lived' | 'flush';
