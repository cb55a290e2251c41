/** All rules between protocols. */
import { ipv6DaemonHasRouterId } from './ipv6-daemon-has-router-id.ts';
import { kernelTablesAreUnique } from './kernel-tables-are-unique.ts';
import { sessionsAreDistinct } from './sessions-are-distinct.ts';
import { somethingRuns } from './something-runs.ts';
import type { WholeRule } from './whole-check.ts';

export const WHOLE_RULES: readonly WholeRule[] = [
  somethingRuns,
  ipv6DaemonHasRouterId,
  kernelTablesAreUnique,
  sessionsAreDistinct,
];
