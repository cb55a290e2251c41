/**
 * BGP Role (9), RFC 9234 section 4.1: what the sender is to the receiver.
 *
 *     role 1
 */
import { CapabilityCode } from './code.ts';
import { type CapabilityDescriptor, NO_INSTANCE } from './descriptor.ts';

export const Role = { Provider: 0, RouteServer: 1, RouteServerClient: 2, Customer: 3, Peer: 4 } as const;
export type Role = (typeof Role)[keyof typeof Role];

const NAMES: readonly string[] = ['provider', 'rs_server', 'rs_client', 'customer', 'peer'];
const OPPOSITES: readonly Role[] = [Role.Customer, Role.RouteServerClient, Role.RouteServer, Role.Provider, Role.Peer];

/** BIRD's word, or the number of a role that nobody has defined. */
export function roleName(role: number): string {
  return NAMES[role] ?? `${role}`;
}

/** The role that the other end must have (RFC 9234 section 4.2); -1 for a number that is no role. */
export function oppositeRole(role: number): number {
  return OPPOSITES[role] ?? -1;
}

export const role: CapabilityDescriptor = {
  code: CapabilityCode.Role,
  name: 'Role',
  decode(bytes, start, end, into) {
    if (end - start !== 1) return `Role capability of ${end - start} octets`;
    const value = bytes[start];
    if (into.role >= 0 && into.role !== value) into.roleConflict = true;
    into.role = value;
    return '';
  },
  encode: (capabilities) => (capabilities.role < 0 ? NO_INSTANCE : [Uint8Array.of(capabilities.role)]),
  format: (capabilities) => (capabilities.role < 0 ? [] : [`Role: ${roleName(capabilities.role)}`]),
};
