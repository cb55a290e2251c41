/**
 * What became of the updates that a channel received: the columns of BIRD's `Route change stats`, counted at the same
 * points. Counters only grow; `routes*` are what is there now.
 *
 *                       received   rejected   filtered    ignored   accepted
 *     Import updates:
 *     Import withdraws:                            ---
 */
export class ImportStats {
  updatesReceived = 0;
  /** Prefixes that nobody may have, or routes without a destination. */
  updatesInvalid = 0;
  updatesFiltered = 0;
  /** Said nothing new, or stood beyond a limit. */
  updatesIgnored = 0;
  updatesAccepted = 0;
  withdrawsReceived = 0;
  withdrawsInvalid = 0;
  withdrawsIgnored = 0;
  withdrawsAccepted = 0;
  /** Accepted routes. */
  routesImported = 0;
  /** Refused ones that are kept to be shown. */
  routesFiltered = 0;
  /** Refused ones that only the import table keeps. */
  routesHeld = 0;

  /** Starts counting again; what is there now stays counted. */
  reset(): void {
    this.updatesReceived = 0;
    this.updatesInvalid = 0;
    this.updatesFiltered = 0;
    this.updatesIgnored = 0;
    this.updatesAccepted = 0;
    this.withdrawsReceived = 0;
    this.withdrawsInvalid = 0;
    this.withdrawsIgnored = 0;
    this.withdrawsAccepted = 0;
  }
}
