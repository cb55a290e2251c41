/** The session runs over one address family. */
import { ipVersion } from '../../bgp/index.ts';
import type { BgpCheck } from './bgp-check.ts';

export function addressesAreOfOneFamily({ options, warn }: BgpCheck): void {
  const { localAddress, neighborAddress, neighborRange } = options;
  if (localAddress === undefined) return;
  const version = neighborAddress === undefined ? neighborRange?.version : ipVersion(neighborAddress);
  if (version !== undefined && version !== ipVersion(localAddress)) {
    warn('localAddress', 'Local address and neighbor are of different address families');
  }
}
