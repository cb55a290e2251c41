/** The router id of a daemon that was not told one: the lowest usable IPv4 address (RFC 4271 section 4.2, BIRD's rule). */
import { type Ip, ipBytes, ipVersion, RouteScope } from '../bgp/index.ts';
import type { InterfaceTable } from '../rib/index.ts';

/**
 * @param matches `router id from`: which interfaces count; without it all but loopback.
 * @returns an unsigned 32-bit number, or `undefined` where no interface has a usable address.
 */
export function chooseRouterId(
  interfaces: InterfaceTable,
  matches: ((name: string, addresses: readonly Ip[]) => boolean) | undefined,
): number | undefined {
  let lowest: number | undefined;
  for (const link of interfaces.list()) {
    const addresses = link.addresses.map((entry) => entry.address);
    if (matches === undefined ? link.loopback || !link.up : !matches(link.name, addresses)) continue;
    for (const entry of link.addresses) {
      if (ipVersion(entry.address) !== 4 || entry.secondary || entry.scope <= RouteScope.Link) continue;
      const bytes = ipBytes(entry.address);
      const word = ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
      if (word !== 0 && (lowest === undefined || word < lowest)) lowest = word;
    }
  }
  return lowest;
}
