/**
 * Why a protocol was told of a network, or not, and what became of what it said about it (`show route PREFIX why
 * PROTOCOL`). Part of the port (host.ts); data only.
 */
import type { PolicyPlace, Prefix } from '../../bgp/index.ts';
import type { RouteView } from './route-views.ts';

export interface WhyQuery {
  /** The network itself, or the longest one around it that has a usable route. */
  readonly match: { readonly kind: 'exact' | 'longest'; readonly prefix: Prefix };
  readonly protocol: string;
  /** One of the protocol's; it says which table is meant. */
  readonly channel: string;
}

export interface WhyAnswer {
  /** `10.0.0.0/8`. */
  readonly prefix: string;
  /** The route that this is about; `undefined`: about none that is in the table. Read it before asking for more. */
  readonly route: RouteView | undefined;
  readonly findings: readonly WhyFinding[];
}

export interface WhyFinding {
  /** From the table to the protocol, or from the protocol into the table. */
  readonly direction: 'export' | 'import';
  readonly outcome: ExportOutcome | ImportOutcome;
  /** Words about the outcome; '' where it speaks for itself. */
  readonly reason: string;
  /** What the filter of that direction says now; `undefined`: it was not asked, or cannot be. */
  readonly filter: WhyFilter | undefined;
}

export type ExportOutcome =
  | 'sent'
  /** Nothing speaks against it, and it has not been sent. */
  | 'pending'
  /** It was sent, and would not be now. */
  | 'outdated'
  | 'refused'
  /** The protocol sends nothing at all. */
  | 'idle';

export type ImportOutcome =
  | 'selected'
  /** Accepted, and another route is better. */
  | 'not-selected'
  | 'refused'
  /** Nothing is known of such a route. */
  | 'absent'
  /** The protocol brings nothing at all. */
  | 'idle';

export interface WhyFilter {
  /** `ACCEPT`, the filter's name, `(unnamed)`. */
  readonly label: string;
  readonly verdict: 'accepts' | 'rejects' | 'fails';
  /** Of the statement that gave the verdict. */
  readonly place: PolicyPlace | undefined;
  /** Why it fails; '' otherwise. */
  readonly error: string;
}
