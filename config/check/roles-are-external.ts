/** RFC 9234 section 4: roles are for external sessions; who requires one has one. */
import type { BgpCheck } from './bgp-check.ts';

export function rolesAreExternal({ options, internal, interior, error, warn }: BgpCheck): void {
  if (options.localRole !== undefined) {
    if (internal) error('localRole', 'Local role cannot be set on IBGP sessions');
    else if (interior) warn('localRole', 'BGP roles are not recommended to be used within AS confederations');
  }
  if (options.requireRoles && options.localRole === undefined) {
    error('requireRoles', 'Local role must be set if roles are required', 'local role customer;');
  }
}
