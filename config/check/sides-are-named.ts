/** Both sides of a session are named: our AS, the neighbour and its AS or kind. */
import type { BgpCheck } from './bgp-check.ts';

export function sidesAreNamed({ options, error }: BgpCheck): void {
  if (!options.localAs) {
    error('localAs', 'Local AS number must be set', 'local as <AS>;');
  }
  if (options.neighborAddress === undefined && options.neighborRange === undefined) {
    error('neighborAddress', 'Neighbor must be configured', 'neighbor <address> as <AS>;');
  } else if (!options.neighborAs && options.neighborKind === undefined) {
    error('neighborAs', 'Remote AS number (or peer type) must be set', 'neighbor <address> as <AS>;');
  }
}
