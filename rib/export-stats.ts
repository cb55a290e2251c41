/**
 * What became of the changes that a channel was asked to send: the export rows of BIRD's `Route change stats`.
 *
 *                       received   rejected   filtered    ignored   accepted
 *     Export updates:                                         ---
 *     Export withdraws:                 ---        ---        ---
 */
import type { AdvertisementReason } from './advertisement.ts';
import type { AttributeId } from './ids.ts';

export class ExportStats {
  updatesReceived = 0;
  /** By rules that stand before the filter. */
  updatesRejected = 0;
  updatesFiltered = 0;
  updatesAccepted = 0;
  withdrawsReceived = 0;
  withdrawsAccepted = 0;

  reset(): void {
    this.updatesReceived = 0;
    this.updatesRejected = 0;
    this.updatesFiltered = 0;
    this.updatesAccepted = 0;
    this.withdrawsReceived = 0;
    this.withdrawsAccepted = 0;
  }

  /** Adds another count, `factor` times. */
  add(other: ExportStats, factor: number): void {
    this.updatesReceived += factor * other.updatesReceived;
    this.updatesRejected += factor * other.updatesRejected;
    this.updatesFiltered += factor * other.updatesFiltered;
    this.updatesAccepted += factor * other.updatesAccepted;
    this.withdrawsReceived += factor * other.withdrawsReceived;
    this.withdrawsAccepted += factor * other.withdrawsAccepted;
  }
}

/** What the present rules and filter say about a route. */
export interface ExportVerdict {
  /** `rejected`: by a rule of the protocol; `filtered`: by the export filter. */
  readonly stage: 'rejected' | 'filtered' | 'accepted';
  /** `None` if accepted. */
  readonly reason: AdvertisementReason;
  /** Accepted: the attributes as the filter left them, with a reference that the caller has to release. Otherwise 0. */
  readonly attributes: AttributeId;
}
