/** Framing and prefixes of UPDATE: RFC 4271 section 6.3, RFC 7606 sections 3 to 5. */
import { attribute, concat, hex } from '../bgp/wire.ts';
import { capability } from '../support/raw-speaker.ts';
import { CHANNEL, type NeighborSpec } from './arena.ts';
import { both, onlyIpv4, onlyIpv6, reset, UNCHANGED, type UpdateCase } from './case.ts';
import { END_OF_RIB_IPV4, END_OF_RIB_IPV6, lyingMessage, reach, unreach } from './octets.ts';
import { good, NEXT_HOP_IPV6, updateRow, withHostBits, withoutNextHop } from './update-row.ts';

const BAD_ORIGIN = attribute(0x40, 1, '05');
const BAD_AGGREGATOR = attribute(0xc0, 7, '00');
const ZERO = '00'.repeat(16);

const framing = updateRow('UPDATE framing and prefixes', 'RFC 7606 sections 3 to 5');
const ADD_PATH: NeighborSpec = {
  addPath: true,
  ipv4: `${CHANNEL} add paths rx;`,
  moreCapabilities: capability(69, 0, 1, 1, 2),
};

export const FRAMING_CASES: readonly UpdateCase[] = [
  framing(
    'framing-withdrawn-len-too-big',
    'Withdrawn Routes Length beyond the message',
    (scene) => ({ withdrawnLength: 0xffff, attributes: good(scene), nlri: scene.ipv4Nlri() }),
    reset('N 3/1'),
  ),
  framing(
    'framing-withdrawn-len-one-too-big',
    'Withdrawn Routes Length leaves one octet for Total Attribute Length',
    () => ({ withdrawnLength: 1 }),
    reset('N 3/1'),
  ),
  framing(
    'framing-total-attr-len-too-big',
    'Total Path Attribute Length beyond the message',
    (scene) => ({ attributes: good(scene), attributesLength: 0xffff }),
    reset('N 3/1'),
  ),
  framing(
    'framing-total-attr-len-one-too-big',
    'Total Path Attribute Length one too much',
    (scene) => ({ attributes: good(scene), attributesLength: concat(...good(scene)).length + 1 }),
    reset('N 3/1'),
  ),
  framing(
    'framing-last-attr-overrun',
    'the last attribute runs over the attributes',
    (scene) => ({ attributes: [...good(scene).slice(0, 3), hex('80 04 05 000000de')], nlri: scene.ipv4Nlri() }),
    onlyIpv4('withdrawn'),
  ),
  framing(
    'framing-1-trailing',
    'one octet behind the attributes',
    (scene) => ({ attributes: [...good(scene), hex('80')], nlri: scene.ipv4Nlri() }),
    onlyIpv4('withdrawn'),
  ),
  framing(
    'framing-2-trailing',
    'two octets behind the attributes',
    (scene) => ({ attributes: [...good(scene), hex('80 04')], nlri: scene.ipv4Nlri() }),
    onlyIpv4('withdrawn'),
  ),
  framing(
    'framing-extlen-3-trailing',
    'Extended Length bit and three octets left',
    (scene) => ({ attributes: [...good(scene), hex('90 04 00')], nlri: scene.ipv4Nlri() }),
    onlyIpv4('withdrawn'),
  ),
  framing(
    'framing-overrun-with-mp-reach',
    'MP_REACH_NLRI, then an attribute that overruns: both kinds of prefixes are withdrawn',
    (scene) => ({
      attributes: [reach(NEXT_HOP_IPV6, scene.ipv6().nlri), ...good(scene), hex('c0 08 ff 00')],
      nlri: scene.ipv4Nlri(),
    }),
    both('withdrawn'),
  ),
  framing(
    'framing-overrun-no-nlri',
    'an attribute that overruns, nothing reachable',
    (scene) => ({ attributes: [...good(scene), hex('c0 08 ff 00')] }),
    reset('N 3/1'),
  ),
  framing(
    'bad-origin-no-nlri',
    'an error beyond discard, nothing reachable',
    (scene) => ({ attributes: [BAD_ORIGIN, ...good(scene).slice(1)] }),
    reset('N 3/6 40010105'),
  ),
  framing(
    'mpu-plus-malformed-attr-no-reach',
    'MP_UNREACH_NLRI beside a malformed attribute',
    (scene) => ({ attributes: [unreach(scene.ipv6().nlri), BAD_ORIGIN] }),
    reset('N 3/6 40010105'),
  ),
  framing(
    'withdrawn-plus-malformed-attr',
    'withdrawn routes beside a malformed attribute, nothing reachable',
    (scene) => ({ withdrawn: scene.ipv4Nlri(), attributes: [BAD_ORIGIN, ...good(scene).slice(1)] }),
    reset('N 3/6 40010105'),
  ),
  framing(
    'discard-error-no-nlri',
    'only errors that are discarded, no prefixes',
    (scene) => ({ attributes: [...good(scene), BAD_AGGREGATOR] }),
    UNCHANGED,
  ),
  framing('attrs-no-nlri-valid', 'good attributes, no prefixes', (scene) => ({ attributes: good(scene) }), UNCHANGED),
  framing(
    'nlri-plen33',
    'prefix length 33',
    (scene) => ({ attributes: good(scene), nlri: hex('21 14000000 00') }),
    reset('N 3/10'),
  ),
  framing(
    'nlri-plen255',
    'prefix length 255, with enough octets',
    (scene) => ({ attributes: good(scene), nlri: concat(scene.ipv4Nlri(), hex(`ff ${ZERO}${ZERO}`)) }),
    reset('N 3/10'),
  ),
  framing(
    'withdrawn-plen33',
    'prefix length 33 among the withdrawn',
    () => ({ withdrawn: hex('21 14000000 00') }),
    reset('N 3/10'),
  ),
  framing(
    'nlri-truncated',
    'the last prefix is cut off',
    (scene) => ({ attributes: good(scene), nlri: concat(scene.ipv4Nlri(), hex('18 1400')) }),
    reset('N 3/10'),
  ),
  framing(
    'withdrawn-truncated',
    'the last withdrawn prefix is cut off',
    () => ({ withdrawn: hex('18 1400') }),
    reset('N 3/10'),
  ),
  framing(
    'nlri-truncated-and-bad-attribute',
    'the prefixes cannot be read, whatever the attributes are',
    (scene) => ({ attributes: [BAD_ORIGIN, ...good(scene).slice(1)], nlri: hex('18 1400') }),
    reset('N 3/10'),
  ),
  framing(
    'addpath-too-short',
    'ADD-PATH and fewer than 5 octets left',
    (scene) => ({ attributes: good(scene), nlri: hex('00000001') }),
    reset('N 3/10'),
    { neighbor: ADD_PATH },
  ),
  framing(
    'addpath-withdrawn-too-short',
    'ADD-PATH and fewer than 5 withdrawn octets left',
    () => ({ withdrawn: hex('000001') }),
    reset('N 3/10'),
    { neighbor: ADD_PATH },
  ),
  framing(
    'addpath-same-path-twice',
    'the same prefix with the same path identifier twice: one path',
    (scene) => ({ attributes: good(scene), nlri: concat(scene.ipv4Nlri(), scene.ipv4Nlri()) }),
    onlyIpv4('applied'),
    { neighbor: ADD_PATH },
  ),
  framing(
    'same-prefix-twice',
    'the same prefix twice: one path',
    (scene) => ({ attributes: good(scene), nlri: concat(scene.ipv4Nlri(), scene.ipv4Nlri()) }),
    onlyIpv4('applied'),
  ),
  framing(
    'nlri-host-bits-set',
    'bits behind the prefix length: the prefix is that without them',
    (scene) => ({ attributes: good(scene), nlri: withHostBits(scene.ipv4Nlri()) }),
    onlyIpv4('applied'),
  ),
  framing(
    'withdrawn-host-bits-set',
    'the same among the withdrawn',
    (scene) => ({ withdrawn: withHostBits(scene.ipv4Nlri()) }),
    onlyIpv4('withdrawn'),
  ),
  framing(
    'nlri-multicast+good',
    'a prefix of 224/4 beside a good one: that prefix alone is ignored',
    (scene) => ({ attributes: good(scene), nlri: concat(hex('10 e001'), scene.ipv4Nlri()) }),
    onlyIpv4('applied'),
  ),
  framing(
    'nlri-loopback+good',
    'a prefix of 127/8 beside a good one',
    (scene) => ({ attributes: good(scene), nlri: concat(scene.ipv4Nlri(), hex('18 7f0001')) }),
    onlyIpv4('applied'),
  ),
  framing(
    'same-prefix-withdrawn+nlri',
    'the same prefix withdrawn and announced: it stays',
    (scene) => ({ withdrawn: scene.ipv4Nlri(), attributes: good(scene), nlri: scene.ipv4Nlri() }),
    onlyIpv4('applied'),
  ),
  framing(
    'same-prefix-mp-unreach+reach',
    'the same prefix in MP_UNREACH_NLRI and MP_REACH_NLRI: it stays',
    (scene) => ({
      attributes: [unreach(scene.ipv6().nlri), reach(NEXT_HOP_IPV6, scene.ipv6().nlri), ...withoutNextHop(scene)],
    }),
    onlyIpv6('applied'),
  ),
  framing('withdraw', 'a plain withdrawal', (scene) => ({ withdrawn: scene.ipv4Nlri() }), onlyIpv4('withdrawn')),
  framing(
    'withdraw-unknown',
    'a withdrawal of what was never announced',
    (scene) => ({ withdrawn: scene.ipv4Nlri(3) }),
    UNCHANGED,
  ),
  framing(
    'announce',
    'a plain announcement',
    (scene) => ({ attributes: good(scene), nlri: scene.ipv4Nlri() }),
    onlyIpv4('applied'),
  ),
  framing(
    'two-errors-discard+withdraw',
    'a discard and a withdrawal: the stronger counts',
    (scene) => ({ attributes: [...good(scene), BAD_AGGREGATOR, attribute(0xc0, 8, '00')], nlri: scene.ipv4Nlri() }),
    onlyIpv4('withdrawn'),
  ),
  framing(
    'two-errors-withdraw+reset',
    'a withdrawal and a reset: the stronger counts',
    (scene) => ({
      attributes: [...good(scene), attribute(0xc0, 8, '00'), attribute(0x80, 14, '0002')],
      nlri: scene.ipv4Nlri(),
    }),
    reset('N 3/9 800e020002'),
  ),
  framing(
    'nlri-without-attrs',
    'prefixes and no attributes at all',
    (scene) => ({ nlri: scene.ipv4Nlri() }),
    onlyIpv4('withdrawn'),
  ),
  framing(
    'only-unknown-attr-with-nlri',
    'prefixes and an unknown attribute alone',
    (scene) => ({ attributes: [attribute(0xc0, 99, '01')], nlri: scene.ipv4Nlri() }),
    onlyIpv4('withdrawn'),
  ),
  ...(
    [
      [0, 'origin'],
      [1, 'aspath'],
      [2, 'nexthop'],
    ] as const
  ).map(([index, name]) =>
    framing(
      `missing-${name}`,
      `no ${name === 'nexthop' ? 'NEXT_HOP' : name === 'origin' ? 'ORIGIN' : 'AS_PATH'}`,
      (scene) => ({ attributes: good(scene).filter((_, i) => i !== index), nlri: scene.ipv4Nlri() }),
      onlyIpv4('withdrawn'),
    ),
  ),
  ...(
    [
      [0, 'origin'],
      [1, 'aspath'],
    ] as const
  ).map(([index, name]) =>
    framing(
      `mp-missing-${name}`,
      `no ${name === 'origin' ? 'ORIGIN' : 'AS_PATH'} beside MP_REACH_NLRI`,
      (scene) => ({
        attributes: [reach(NEXT_HOP_IPV6, scene.ipv6().nlri), ...good(scene).filter((_, i) => i !== index && i !== 2)],
      }),
      onlyIpv6('withdrawn'),
    ),
  ),
  framing(
    'localpref-missing',
    'no LOCAL_PREF, also inside the AS: 100 is taken',
    (scene) => ({ attributes: good(scene), nlri: scene.ipv4Nlri() }),
    onlyIpv4('applied'),
    { told: attribute(0x40, 5, '00000064') },
  ),
  framing('legacy-eor', 'End-of-RIB of IPv4', () => END_OF_RIB_IPV4, UNCHANGED),
  framing('mpu-eor', 'End-of-RIB of IPv6', () => END_OF_RIB_IPV6, UNCHANGED),
  framing(
    'mpu-eor-unnegotiated',
    'End-of-RIB of a family that was not agreed on',
    () => ({ attributes: [unreach(new Uint8Array(0), 25, 70)] }),
    UNCHANGED,
  ),
  framing(
    'update-largest',
    'an UPDATE of 4096 octets',
    (scene) => {
      const filler = 4096 - 23 - concat(...good(scene)).length - scene.ipv4Nlri().length;
      return { attributes: [...good(scene), attribute(0xc0, 99, new Uint8Array(filler - 4))], nlri: scene.ipv4Nlri() };
    },
    onlyIpv4('applied'),
  ),
  framing(
    'update-4097',
    'an UPDATE of 4097 octets, Extended Message not announced',
    () => lyingMessage(2, 4097, new Uint8Array(4078)),
    reset('N 1/2 1001'),
  ),
];

// --------------------------------------------------------------------------------------------------------- 2.5 MP
