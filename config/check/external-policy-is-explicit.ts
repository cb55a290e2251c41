/** RFC 8212: nothing passes an external session unless somebody said what may pass. Files for BIRD 1 are older. */
import type { BgpCheck } from './bgp-check.ts';

export function externalPolicyIsExplicit({ dialect, interior, options: session, channels }: BgpCheck): void {
  if (interior || dialect === 'bird1' || session.missingPolicy !== 'refuse') return;
  for (const { options, words, error } of channels) {
    for (const direction of ['import', 'export'] as const) {
      if (options[`${direction}Policy`] !== undefined) continue;
      const hint = `Write what you mean in ${words} { ... }: ${direction} all; or ${direction} none; or ${direction} filter ...;`;
      error(undefined, `EBGP requires explicit ${direction} policy`, hint);
    }
  }
}
