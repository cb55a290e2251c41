/** MP_REACH_NLRI and MP_UNREACH_NLRI: RFC 4760 section 7, RFC 7606 sections 5.3 and 7.11, RFC 2545, RFC 8950. */
import { attribute, concat, hex, NEXT_HOP, ORIGIN, toHex } from '../bgp/wire.ts';
import { capability, capabilityAs4, capabilityIpv4, capabilityRefresh } from '../support/raw-speaker.ts';
import { CHANNEL, type NeighborSpec } from './arena.ts';
import {
  both,
  type Outcome,
  onlyIpv4,
  onlyIpv6,
  POSITIONS,
  reset,
  type Scene,
  UNCHANGED,
  type UpdateCase,
} from './case.ts';
import { AFI_IPV4, AFI_IPV6, asPath, med, reach, unreach } from './octets.ts';
import { good, inPlace, NEXT_HOP_IPV6, reachIpv6, updateRow, withHostBits, withoutNextHop } from './update-row.ts';

const BAD_ORIGIN = attribute(0x40, 1, '05');
const LINK_LOCAL = 'fe800000000000000000000000000001';
const ZERO = '00'.repeat(16);

const mp = updateRow('MP_REACH_NLRI and MP_UNREACH_NLRI', 'RFC 4760 section 7, RFC 7606 sections 5.3, 7.11');

const LINK_CHANNEL = `${CHANNEL} next hop prefer local;`;
const NO_LINK: NeighborSpec = { lines: 'multihop;' };
const EXTENDED: NeighborSpec = {
  ipv4: `${CHANNEL} extended next hop;`,
  moreCapabilities: capability(5, 0, 1, 0, 1, 0, 2),
};
const ONLY_IPV4: NeighborSpec = {
  ipv6: '',
  capabilities: (as) => concat(capabilityIpv4, capabilityRefresh, capability(70), capabilityAs4(as)),
};

/** A broken MP attribute in three places, beside good attributes and IPv4 prefixes: 3/9 with the attribute as it came. */
function broken(id: string, rule: string, one: (scene: Scene) => Uint8Array, neighbor: NeighborSpec = {}): UpdateCase {
  return mp(
    id,
    rule,
    (scene) => ({ attributes: inPlace(scene, one(scene)), nlri: scene.ipv4Nlri() }),
    reset((scene) => `N 3/9 ${toHex(one(scene))}`),
    { positions: POSITIONS, neighbor },
  );
}

/** IPv6 prefixes with a next hop, alone in their UPDATE. */
function nextHop(id: string, rule: string, octets: string, outcome: Outcome, neighbor: NeighborSpec = {}): UpdateCase {
  return mp(
    id,
    rule,
    (scene) => ({ attributes: inPlace(scene, reachIpv6(scene, octets)).filter((one) => one !== NEXT_HOP) }),
    outcome,
    { positions: POSITIONS, neighbor },
  );
}

/** IPv4 prefixes in MP_REACH_NLRI. */
function ipv4InReach(id: string, rule: string, octets: string, outcome: Outcome, neighbor: NeighborSpec): UpdateCase {
  return mp(
    id,
    rule,
    (scene) => ({
      attributes: inPlace(scene, reach(octets, scene.ipv4Nlri(), AFI_IPV4)).filter((one) => one !== NEXT_HOP),
    }),
    outcome,
    { positions: POSITIONS, neighbor },
  );
}

export const MP_CASES: readonly UpdateCase[] = [
  broken('mp-short4', 'MP_REACH_NLRI of 4 octets', () => attribute(0x80, 14, '0002 01 00')),
  broken('mp-short0', 'MP_REACH_NLRI of no octets', () => attribute(0x80, 14, '')),
  broken('mpu-short2', 'MP_UNREACH_NLRI of 2 octets', () => attribute(0x80, 15, '0002')),
  broken('mpu-short0', 'MP_UNREACH_NLRI of no octets', () => attribute(0x80, 15, '')),
  broken('mp-flag-trans', 'MP_REACH_NLRI, Transitive set', (scene) =>
    reach(NEXT_HOP_IPV6, scene.ipv6().nlri, AFI_IPV6, 1, 0xc0),
  ),
  broken('mp-flag-well-known', 'MP_REACH_NLRI, Optional clear', (scene) =>
    reach(NEXT_HOP_IPV6, scene.ipv6().nlri, AFI_IPV6, 1, 0x40),
  ),
  broken('mpu-flag-trans', 'MP_UNREACH_NLRI, Transitive set', (scene) => unreach(scene.ipv6().nlri, AFI_IPV6, 1, 0xc0)),
  broken('mp-nhlen9', 'next hop length 9', (scene) => reachIpv6(scene, '20010db80000000000')),
  broken('mp-nhlen0', 'next hop length 0', (scene) => reachIpv6(scene, '')),
  broken('mp-nhlen24', 'next hop length 24', (scene) => reachIpv6(scene, `0000000000000000${NEXT_HOP_IPV6}`)),
  broken('mp-nhlen4-ipv6', 'next hop length 4 for IPv6', (scene) => reachIpv6(scene, 'c0000201')),
  broken('mp-nhlen-overrun', 'next hop runs over the attribute', () =>
    attribute(0x80, 14, `0002 01 20 ${NEXT_HOP_IPV6} 00`),
  ),
  broken('mp-plen129', 'prefix length 129', () => reach(NEXT_HOP_IPV6, hex(`81 ${ZERO}00`))),
  broken('mpu-plen129', 'prefix length 129 among the withdrawn', () => unreach(hex(`81 ${ZERO}00`))),
  broken('mp-nlri-truncated', 'the last prefix is cut off', (scene) =>
    reach(NEXT_HOP_IPV6, concat(scene.ipv6().nlri, hex('30 2a00'))),
  ),
  broken('mpu-truncated', 'the last withdrawn prefix is cut off', (scene) =>
    unreach(concat(scene.ipv6().nlri, hex('30 2a00'))),
  ),
  broken('mp-ipv4-plen33', 'IPv4 prefix length 33', () => reach('c0000201', hex('21 1400000000'), AFI_IPV4)),
  broken('mp-ipv4-nexthop16-not-agreed', 'IPv4 prefixes with an IPv6 next hop that was not agreed on', (scene) =>
    reach(NEXT_HOP_IPV6, scene.ipv4Nlri(), AFI_IPV4),
  ),
  broken('mp-ipv4-nexthop32-not-agreed', 'the same with two next hops', (scene) =>
    reach(NEXT_HOP_IPV6 + LINK_LOCAL, scene.ipv4Nlri(), AFI_IPV4),
  ),
  mp(
    'mp-duplicate',
    'MP_REACH_NLRI twice',
    (scene) => ({ attributes: [reachIpv6(scene), ...withoutNextHop(scene), reachIpv6(scene)] }),
    reset('N 3/1'),
  ),
  mp(
    'mp-duplicate-second-broken',
    'MP_REACH_NLRI twice, the second one broken',
    (scene) => ({ attributes: [reachIpv6(scene), ...withoutNextHop(scene), attribute(0x80, 14, '00')] }),
    reset('N 3/1'),
  ),
  mp(
    'mpu-duplicate',
    'MP_UNREACH_NLRI twice',
    (scene) => ({ attributes: [unreach(scene.ipv6().nlri), unreach(scene.ipv6().nlri)] }),
    reset('N 3/1'),
  ),
  nextHop('mp-nexthop-global', 'one global next hop', NEXT_HOP_IPV6, onlyIpv6('applied')),
  nextHop(
    'mp-nexthop-ll-pair',
    'a global and a link-local next hop, interface known',
    NEXT_HOP_IPV6 + LINK_LOCAL,
    onlyIpv6('applied'),
    { ipv6: LINK_CHANNEL },
  ),
  nextHop(
    'mp-nexthop-ll-pair-no-interface',
    'the same without a known interface: the global one counts',
    NEXT_HOP_IPV6 + LINK_LOCAL,
    onlyIpv6('applied'),
    NO_LINK,
  ),
  nextHop('mp-nexthop-second-zeros', 'the second next hop is ::', NEXT_HOP_IPV6 + ZERO, onlyIpv6('applied')),
  nextHop(
    'mp-nexthop-second-global',
    'the second next hop is not link-local',
    NEXT_HOP_IPV6 + NEXT_HOP_IPV6,
    onlyIpv6('withdrawn'),
  ),
  nextHop('mp-nexthop-ll-alone', 'a link-local next hop alone, interface known', LINK_LOCAL, onlyIpv6('applied')),
  nextHop('mp-nexthop-ll-twice', 'the same link-local next hop twice', LINK_LOCAL + LINK_LOCAL, onlyIpv6('applied')),
  nextHop('mp-nexthop-zero-ll', ':: and a link-local next hop', ZERO + LINK_LOCAL, onlyIpv6('applied')),
  nextHop(
    'mp-nexthop-ll-alone-no-interface',
    'a link-local next hop without a known interface',
    LINK_LOCAL,
    onlyIpv6('withdrawn'),
    NO_LINK,
  ),
  nextHop('mp-nexthop-unspec', 'next hop ::', ZERO, onlyIpv6('withdrawn')),
  nextHop('mp-nexthop-loopback', 'next hop ::1', `${'00'.repeat(15)}01`, onlyIpv6('withdrawn')),
  nextHop('mp-nexthop-multicast', 'next hop of ff00::/8', `ff02${'00'.repeat(14)}`, onlyIpv6('withdrawn')),
  nextHop(
    'mp-nexthop-v4-mapped',
    'next hop of ::ffff:0:0/96',
    '00000000000000000000ffffc0000201',
    onlyIpv6('withdrawn'),
  ),
  ipv4InReach('mp-ipv4-nexthop4', 'IPv4 prefixes in MP_REACH_NLRI', 'c0000201', onlyIpv4('applied'), {}),
  ipv4InReach(
    'mp-ipv4-nexthop16',
    'IPv4 prefixes with an IPv6 next hop (RFC 8950)',
    NEXT_HOP_IPV6,
    onlyIpv4('applied'),
    EXTENDED,
  ),
  ipv4InReach(
    'mp-ipv4-nexthop32',
    'the same with a link-local one',
    NEXT_HOP_IPV6 + LINK_LOCAL,
    onlyIpv4('applied'),
    EXTENDED,
  ),
  mp(
    'mp-afi-unknown',
    'a family that nobody knows',
    (scene) => ({
      attributes: inPlace(scene, attribute(0x80, 14, '0019 46 04 c0000201 00 ffff')),
      nlri: scene.ipv4Nlri(),
    }),
    onlyIpv4('applied'),
    { positions: POSITIONS },
  ),
  mp(
    'mp-afi-not-negotiated',
    'a family that was not agreed on',
    (scene) => ({ attributes: inPlace(scene, reachIpv6(scene)), nlri: scene.ipv4Nlri() }),
    onlyIpv4('applied'),
    { positions: POSITIONS, neighbor: ONLY_IPV4 },
  ),
  mp(
    'mpu-afi-not-negotiated',
    'withdrawals of a family that was not agreed on',
    () => ({ attributes: [unreach(hex('ffff'), 25, 70)] }),
    UNCHANGED,
  ),
  mp(
    'mp-afi-not-negotiated-alone',
    'a family that was not agreed on, nothing else',
    (scene) => ({ attributes: [reachIpv6(scene), ...withoutNextHop(scene)] }),
    UNCHANGED,
    { neighbor: ONLY_IPV4 },
  ),
  mp(
    'mp-safi-multicast',
    'SAFI 2',
    (scene) => ({ attributes: [reach(NEXT_HOP_IPV6, scene.ipv6().nlri, AFI_IPV6, 2), ...withoutNextHop(scene)] }),
    UNCHANGED,
  ),
  mp(
    'mp-last-position',
    'MP_REACH_NLRI behind the other attributes',
    (scene) => ({ attributes: [...withoutNextHop(scene), reachIpv6(scene)] }),
    onlyIpv6('applied'),
  ),
  mp(
    'mp-and-nlri',
    'prefixes in both fields',
    (scene) => ({ attributes: inPlace(scene, reachIpv6(scene)), nlri: scene.ipv4Nlri() }),
    both('applied'),
    { positions: POSITIONS },
  ),
  mp(
    'mp-and-withdrawn',
    'IPv6 announced and IPv4 withdrawn',
    (scene) => ({ withdrawn: scene.ipv4Nlri(), attributes: [reachIpv6(scene), ...withoutNextHop(scene)] }),
    { ipv4: 'withdrawn', ipv6: 'applied' },
  ),
  mp(
    'mpu-and-nlri',
    'IPv6 withdrawn and IPv4 announced',
    (scene) => ({ attributes: [unreach(scene.ipv6().nlri), ...good(scene)], nlri: scene.ipv4Nlri() }),
    { ipv4: 'applied', ipv6: 'withdrawn' },
  ),
  mp('mpu-alone', 'IPv6 withdrawn', (scene) => ({ attributes: [unreach(scene.ipv6().nlri)] }), onlyIpv6('withdrawn')),
  mp(
    'mpu-and-w-error-with-nlri',
    'MP_UNREACH_NLRI and a bad ORIGIN beside IPv4 prefixes: all of them go',
    (scene) => ({
      attributes: [unreach(scene.ipv6().nlri), BAD_ORIGIN, ...good(scene).slice(1)],
      nlri: scene.ipv4Nlri(),
    }),
    both('withdrawn'),
  ),
  ...[NEXT_HOP, attribute(0x40, 3, '00000000'), attribute(0x40, 3, ''), attribute(0xc0, 3, 'ff')].map((legacy) =>
    mp(
      `mp-with-legacy-nexthop-${toHex(legacy)}`,
      `NEXT_HOP \`${toHex(legacy)}\` besides MP_REACH_NLRI alone is not looked at`,
      (scene) => ({ attributes: [reachIpv6(scene), ...withoutNextHop(scene), legacy] }),
      onlyIpv6('applied'),
    ),
  ),
  mp(
    'mp-no-nlri',
    'MP_REACH_NLRI without prefixes',
    (scene) => ({ attributes: [reach(NEXT_HOP_IPV6, new Uint8Array(0)), ...withoutNextHop(scene)] }),
    UNCHANGED,
  ),
  mp(
    'mp-reserved-octet',
    'the reserved octet is not 0',
    (scene) => {
      const one = reachIpv6(scene);
      one[3 + 4 + 16] = 0xff;
      return { attributes: [one, ...withoutNextHop(scene)] };
    },
    onlyIpv6('applied'),
  ),
  mp(
    'mp-host-bits-set',
    'bits behind the prefix length',
    (scene) => ({ attributes: [reach(NEXT_HOP_IPV6, withHostBits(scene.ipv6().nlri)), ...withoutNextHop(scene)] }),
    onlyIpv6('applied'),
  ),
  mp(
    'mp-multicast+good',
    'a prefix of ff00::/8 beside a good one',
    (scene) => ({
      attributes: [reach(NEXT_HOP_IPV6, concat(hex('10 ff02'), scene.ipv6().nlri)), ...withoutNextHop(scene)],
    }),
    onlyIpv6('applied'),
  ),
  mp(
    'mp-extended-length',
    'Extended Length where it is not needed',
    (scene) => {
      const plain = reachIpv6(scene);
      return { attributes: [concat(hex('90 0e 00'), plain.subarray(2)), ...withoutNextHop(scene)] };
    },
    onlyIpv6('applied'),
  ),
  mp(
    'mp-as-path-empty',
    'an empty AS_PATH',
    (scene) => ({ attributes: [reachIpv6(scene), ORIGIN, asPath(4), med(222)] }),
    onlyIpv6('applied'),
    { neighbor: { lines: 'enforce first as off;' } },
  ),
];
