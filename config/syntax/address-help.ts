/** What an operator wants to know about an address that is not right. Slow and rare: only complaints come here. */
import { createRequire } from 'node:module';
import { formatPrefix, type Prefix, prefixAddress } from '../../bgp/index.ts';

// Whoever makes no mistakes does without these packages.
const load = createRequire(import.meta.url);
const ipAddress = (): typeof import('ip-address') => load('ip-address') as typeof import('ip-address');
const netmask = (): typeof import('netmask') => load('netmask') as typeof import('netmask');

/** The addresses of a network: `10.0.0.0 - 10.255.255.255`. */
export function addressRange(prefix: Prefix): string {
  if (prefix.version === 6) {
    const network = new (ipAddress().Address6)(formatPrefix(prefix));
    return `${network.startAddress().correctForm()} - ${network.endAddress().correctForm()}`;
  }
  const network = new (netmask().Netmask)(formatPrefix(prefix));
  // Networks of one and two addresses have no broadcast address.
  return `${prefixAddress(prefix)} - ${network.broadcast ?? network.last}`;
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['Too many :: groups found', '"::" may stand in an address once.'],
  ['Incorrect number of groups found', 'An address has eight groups, or fewer with "::".'],
  ['Error parsing groups', '"::" stands for at least one group.'],
]);

/** Why `text` is no IPv6 address. */
export function whyNoIpv6(text: string): string | undefined {
  try {
    new (ipAddress().Address6)(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const reason = REASONS.get(message);
    if (reason !== undefined) return reason;
    return message.includes('regex') ? 'A group has at most four hexadecimal digits.' : undefined;
  }
  return undefined;
}
