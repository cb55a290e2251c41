/** The first AS of a path says something about an external neighbour only. */
import type { BgpCheck } from './bgp-check.ts';

export function firstAsIsExternal({ options, internal, error }: BgpCheck): void {
  if (options.enforceFirstAs && internal) error('enforceFirstAs', 'Enforce first AS check requires EBGP sessions');
}
