/** RFC 5065: a member AS belongs to a confederation. */
import type { BgpCheck } from './bgp-check.ts';

export function memberHasConfederation({ options, error }: BgpCheck): void {
  if (options.confederationMember && options.confederation === undefined) {
    error('confederationMember', 'Confederation ID must be set for member sessions', 'confederation <AS>;');
  }
}
