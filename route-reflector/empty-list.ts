/**
 * Lists that a filter emptied stay with the route (`defined` is true for them) and never go out: on the wire none of them
 * may be empty (RFC 7606 sections 7.8 and 7.10, RFC 4360, RFC 8092 section 5).
 */
import { AttributeCode, valueStart } from '../bgp/index.ts';

/** The attribute [at, next) of a record is such a list. */
export function isEmptyList(bytes: Uint8Array, at: number, next: number): boolean {
  if (valueStart(bytes, at) !== next) return false;
  switch (bytes[at + 1]) {
    case AttributeCode.Communities:
    case AttributeCode.ClusterList:
    case AttributeCode.ExtendedCommunities:
    case AttributeCode.LargeCommunity:
      return true;
    default:
      return false;
  }
}
