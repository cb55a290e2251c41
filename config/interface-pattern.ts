/**
 * Whether an interface is meant by patterns such as `"eth*", -"lo", 10.0.0.0/8`.
 *
 * The first item that matches decides; a negative item that matches excludes. An item matches if its glob fits the name
 * and, where it has a prefix, an address of the interface lies in it. No patterns at all mean every interface; patterns
 * of which none matches mean no.
 */
import { type Ip, ipBytes, prefixCovers } from '../bgp/index.ts';
import { matchesGlob } from './glob.ts';
import type { InterfacePattern } from './model.ts';

/**
 * `addresses` are those that count: of one address of the interface itself and its peer, or of all, as the caller's
 * protocol looks at them. Empty for protocols that look at names only.
 */
export function interfaceMatches(
  patterns: readonly InterfacePattern[],
  name: string,
  addresses: readonly Ip[],
): boolean {
  if (patterns.length === 0) return true;
  for (const { negative, glob, prefix } of patterns) {
    if (glob !== undefined && !matchesGlob(glob, name)) continue;
    if (prefix !== undefined && !addresses.some((address) => prefixCovers(prefix, ipBytes(address)))) continue;
    return !negative;
  }
  return false;
}
