/**
 * FQDN (73), draft-walton-bgp-hostname-capability: who the sender is, for people.
 *
 *     host length 1   host   domain length 1   domain
 *
 * It decides nothing, so a broken one is ignored with a warning and never costs the session.
 */
import { safeText } from '../text.ts';
import type { Hostname } from './capabilities.ts';
import { CapabilityCode } from './code.ts';
import { type CapabilityDescriptor, MAX_CAPABILITY_LENGTH, NO_INSTANCE } from './descriptor.ts';

/** `host.domain`, safe to print. */
export function formatHostname({ host, domain }: Hostname): string {
  const name = safeText(host, 0, host.length);
  return domain.length === 0 ? name : `${name}.${safeText(domain, 0, domain.length)}`;
}

export const hostname: CapabilityDescriptor = {
  code: CapabilityCode.Hostname,
  name: 'Hostname',
  decode(bytes, start, end, into) {
    const hostEnd = start < end ? start + 1 + bytes[start] : end + 1;
    const domainEnd = hostEnd < end ? hostEnd + 1 + bytes[hostEnd] : end + 1;
    if (domainEnd !== end) {
      into.warnings.push('malformed Hostname capability is ignored');
      return '';
    }
    into.hostname = { host: bytes.slice(start + 1, hostEnd), domain: bytes.slice(hostEnd + 1, domainEnd) };
    return '';
  },
  encode({ hostname: name }) {
    if (name === undefined) return NO_INSTANCE;
    const host = name.host.subarray(0, MAX_CAPABILITY_LENGTH - 2);
    const domain = name.domain.subarray(0, MAX_CAPABILITY_LENGTH - 2 - host.length);
    const value = new Uint8Array(2 + host.length + domain.length);
    value[0] = host.length;
    value.set(host, 1);
    value[1 + host.length] = domain.length;
    value.set(domain, 2 + host.length);
    return [value];
  },
  format: ({ hostname: name }) => (name === undefined ? [] : [`Hostname: ${formatHostname(name)}`]),
};
