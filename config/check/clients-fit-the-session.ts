/** Clients of a route reflector (RFC 4456) are internal, clients of a route server (RFC 7947) are external. */
import type { BgpCheck } from './bgp-check.ts';

export function clientsFitTheSession({ options, internal, error }: BgpCheck): void {
  if (options.rrClient && !internal) error('rrClient', 'Only internal neighbor can be RR client');
  if (options.rsClient && internal) error('rsClient', 'Only external neighbor can be RS client');
}
