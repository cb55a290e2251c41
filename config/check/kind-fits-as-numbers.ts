/** An internal neighbour has our AS number, an external one has another. */
import type { BgpCheck } from './bgp-check.ts';

export function kindFitsAsNumbers({ options, error }: BgpCheck): void {
  const { localAs, neighborAs, neighborKind } = options;
  if (!neighborAs || !localAs) return;
  if (neighborKind === 'internal' && neighborAs !== localAs) error('neighborKind', 'IBGP cannot have different ASNs');
  if (neighborKind === 'external' && neighborAs === localAs) error('neighborKind', 'EBGP cannot have the same ASNs');
}
