/**
 * ONLY_TO_CUSTOMER (35), RFC 9234 section 5: from this AS on, the route goes down to customers only.
 *
 *     AS number 4
 */
import { readU32 } from '../bytes.ts';
import { Role } from '../capability/role.ts';
import { UpdateSubcode } from '../error-code.ts';
import type { SessionOptions } from '../session-options.ts';
import { AttributeCode, knownFlags } from './code.ts';
import { type AttributeDescriptor, FLAGS_WITHDRAW, fault, routeFault, UpdateVerdict } from './descriptor.ts';
import type { AttributeScan } from './scan.ts';

const CODE = AttributeCode.OnlyToCustomer;
const LENGTH = fault(UpdateVerdict.Withdraw, UpdateSubcode.OptionalAttribute, 'RFC 9234 5', 'length is not 4');
export const ROUTE_LEAK = routeFault(UpdateSubcode.OptionalAttribute, 'RFC 9234 5', 'route leak');

/** Does the session take part in leak prevention? Never inside the AS. */
function rolesCount(options: SessionOptions): boolean {
  return options.localRole >= 0 && !options.internal && !options.confederationMember;
}

/** Rules 1 and 2 of the ingress procedure; the attribute is there and four octets long. */
export function isRouteLeak(scan: AttributeScan): boolean {
  const options = scan.options;
  if (!rolesCount(options) || !scan.has(CODE) || scan.end(CODE) - scan.start(CODE) !== 4) return false;
  if (options.localRole === Role.Provider || options.localRole === Role.RouteServer) return true;
  return options.localRole === Role.Peer && readU32(scan.bytes, scan.start(CODE)) !== options.peerAs;
}

/** Rule 3: a route from a provider, a peer or a route server that comes without gets the AS of the peer. */
export function attachesOtc(options: SessionOptions): boolean {
  return (
    rolesCount(options) &&
    (options.localRole === Role.Customer ||
      options.localRole === Role.RouteServerClient ||
      options.localRole === Role.Peer)
  );
}

export const onlyToCustomer: AttributeDescriptor = {
  code: CODE,
  name: 'ONLY_TO_CUSTOMER',
  label: 'otc',
  recognized: true,
  flagsFault: FLAGS_WITHDRAW,
  decode(scan, start, end) {
    if (start < 0) {
      scan.record.putU32(knownFlags(CODE), CODE, scan.options.peerAs);
      return undefined;
    }
    if (end - start !== 4) return LENGTH;
    scan.record.put(scan.keptFlags(CODE, knownFlags(CODE)), CODE, scan.bytes, start, end);
    return undefined;
  },
  format: (bytes, start) => `${readU32(bytes, start)}`,
};
