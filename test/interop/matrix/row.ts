/** One row of the matrix: what is tried with each daemon. */
import type { Bench, PeerKind } from './bench.ts';

export interface Row {
  readonly title: string;
  /** Daemons that cannot, with the reason; they are not tried. */
  readonly without?: Partial<Record<PeerKind, string>>;
  run(bench: Bench): Promise<void>;
}
