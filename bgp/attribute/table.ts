/**
 * Every path attribute that this daemon knows, by type code. What stands here is decoded, shown and tested; any other
 * attribute is treated by its flags alone (unknown.ts).
 */
import { formatHex } from '../bytes.ts';
import { aggregator } from './aggregator.ts';
import { aigp } from './aigp.ts';
import { asPath } from './as-path-codec.ts';
import { as4Aggregator } from './as4-aggregator.ts';
import { as4Path } from './as4-path.ts';
import { atomicAggregate } from './atomic-aggregate.ts';
import { clusterList } from './cluster-list.ts';
import { AttributeFlag } from './code.ts';
import { communities } from './communities.ts';
import type { AttributeDescriptor } from './descriptor.ts';
import { extendedCommunities } from './extended-communities.ts';
import { attrSet, ipv6ExtendedCommunities, pmsiTunnel } from './framed.ts';
import { largeCommunity } from './large-community.ts';
import { localPref } from './local-pref.ts';
import { mpReachNlri } from './mp-reach-nlri.ts';
import { mpUnreachNlri } from './mp-unreach-nlri.ts';
import { multiExitDisc } from './multi-exit-disc.ts';
import { nextHop } from './next-hop.ts';
import { onlyToCustomer } from './only-to-customer.ts';
import { origin } from './origin.ts';
import { originatorId } from './originator-id.ts';
import { attributeEnd, valueStart } from './record.ts';

export const ATTRIBUTES: readonly AttributeDescriptor[] = [
  origin,
  asPath,
  nextHop,
  multiExitDisc,
  localPref,
  atomicAggregate,
  aggregator,
  communities,
  originatorId,
  clusterList,
  mpReachNlri,
  mpUnreachNlri,
  extendedCommunities,
  as4Path,
  as4Aggregator,
  pmsiTunnel,
  ipv6ExtendedCommunities,
  aigp,
  largeCommunity,
  onlyToCustomer,
  attrSet,
];

const BY_CODE: readonly (AttributeDescriptor | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  ATTRIBUTES.find((row) => row.code === code),
);

/** The row of a type code, or `undefined`. */
export function attributeDescriptor(code: number): AttributeDescriptor | undefined {
  return BY_CODE[code];
}

/** The RFC's name, or `attribute 99`. */
export function attributeName(code: number): string {
  return BY_CODE[code]?.name ?? `attribute ${code}`;
}

/** True if passing the attribute on means passing on something not understood (RFC 4271 section 5: Partial is set). */
export function isUnrecognized(code: number): boolean {
  const row = BY_CODE[code];
  return row === undefined || !row.recognized;
}

/** The name under which `show route all` lists the attribute at `at` of a record: `BGP.origin`, `BGP.63 [t]`. */
export function attributeLabel(bytes: Uint8Array, at: number): string {
  const code = bytes[at + 1];
  const label = BY_CODE[code]?.label ?? '';
  if (label !== '') return `BGP.${label}`;
  const transitive = (bytes[at] & AttributeFlag.Transitive) !== 0 ? ' [t]' : '';
  return `BGP.${code.toString(16).padStart(2, '0')}${transitive}`;
}

/** The value of the attribute at `at` of a record as `show route all` prints it; octets of an unknown one. */
export function formatAttribute(bytes: Uint8Array, at: number): string {
  const start = valueStart(bytes, at);
  const end = attributeEnd(bytes, at);
  return BY_CODE[bytes[at + 1]]?.format(bytes, start, end) ?? formatHex(bytes, start, end, ' ');
}
