/**
 * The import policy of the policy scenario: in the language of BIRD, for the daemons, and as a function, for the audit.
 * It has what policies of networks have: a large prefix set, AS numbers on the path, communities, and writes.
 */
import type { ExpectedPolicy } from './audit.ts';

const FIRST_OCTETS = Array.from({ length: 32 }, (_, i) => 16 + i);
const SECOND_OCTETS = Array.from({ length: 16 }, (_, i) => 16 * i + 3);
/** No path of the workload has all of them, some have one. */
const UNWANTED_AS: readonly [from: number, to: number] = [100_000, 103_999];
const UNWANTED_COMMUNITY = 1023;
const MARKED_COMMUNITY = 4095;
const OWN_AS = 65000;

/** `filter bench_import { ... }` */
export function policyText(): string {
  const blocks = FIRST_OCTETS.flatMap((first) => SECOND_OCTETS.map((second) => `${first}.${second}.0.0/16{16,24}`));
  return `define UNWANTED = [ ${blocks.join(', ')} ];
define NEVER = [ 0.0.0.0/0, 0.0.0.0/8+, 10.0.0.0/8+, 127.0.0.0/8+, 169.254.0.0/16+, 192.168.0.0/16+, 224.0.0.0/4+, 0.0.0.0/0{25,32} ];
filter bench_import {
  if net ~ NEVER then reject;
  if net ~ UNWANTED then reject;
  if bgp_path ~ [= * 23456 * =] then reject;
  if bgp_path ~ [= * [${UNWANTED_AS[0]}..${UNWANTED_AS[1]}] * =] then reject;
  if bgp_path.len > 10 then reject;
  if bgp_community ~ [ (*, 0..${UNWANTED_COMMUNITY}) ] then reject;
  if bgp_community ~ [ (*, ${UNWANTED_COMMUNITY + 1}..${MARKED_COMMUNITY}) ] then {
    bgp_local_pref = 90;
    bgp_community.add((${OWN_AS}, 90));
  } else bgp_local_pref = 120;
  if net.len > 22 then bgp_community.add((${OWN_AS}, 1)); else bgp_community.add((${OWN_AS}, 2));
  bgp_large_community.delete([ (65281, *, *) ]);
  accept;
}
`;
}

export const expectedPolicy: ExpectedPolicy = (address, length, attributes) => {
  const first = Math.floor(address / 2 ** 24);
  const second = Math.floor(address / 2 ** 16) & 255;
  if (length > 24) return false;
  if (length >= 16 && FIRST_OCTETS.includes(first) && SECOND_OCTETS.includes(second)) return false;
  const { path, communities, largeCommunities } = attributes;
  if (path.some((as) => as >= UNWANTED_AS[0] && as <= UNWANTED_AS[1])) return false;
  if (communities.some((community) => (community & 0xffff) <= UNWANTED_COMMUNITY)) return false;
  if (communities.some((community) => (community & 0xffff) <= MARKED_COMMUNITY)) communities.push(own(90));
  communities.push(own(length > 22 ? 1 : 2));
  largeCommunities.length = 0;
  return true;
};

function own(value: number): number {
  return OWN_AS * 65536 + value;
}
