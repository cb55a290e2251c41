/** OPEN: RFC 4271 section 6.2, RFC 5492, 6286, 6793, 7607, 9072, 9234. */
import { concat, hex } from '../bgp/wire.ts';
import { capability, capabilityAs4, capabilityIpv4, capabilityIpv6, message } from '../support/raw-speaker.ts';
import { DAEMON_ID, type NeighborSpec, PEER_AS } from './arena.ts';
import type { Kind, SessionCase } from './case.ts';
import { multiprotocol, notification, type OpenParts } from './octets.ts';
import type { Stage } from './stage.ts';

const SECTION = 'OPEN';

interface More {
  readonly spec?: string;
  readonly neighbor?: NeighborSpec;
  readonly kinds?: readonly Kind[];
}

/** An OPEN that is the neighbour's but for some parts, or any message; `up` when it leads to a session. */
function row(
  id: string,
  rule: string,
  made: Partial<OpenParts> | ((stage: Stage) => Partial<OpenParts> | Uint8Array),
  expected: string,
  more: More = {},
): SessionCase {
  return {
    id,
    section: SECTION,
    rule,
    spec: more.spec ?? 'RFC 4271 section 6.2',
    ...(more.neighbor === undefined ? {} : { neighbor: more.neighbor }),
    ...(more.kinds === undefined ? {} : { kinds: more.kinds }),
    play: async (stage) => {
      const parts = typeof made === 'function' ? made(stage) : made;
      const caller = await stage.openSent();
      const bytes = parts instanceof Uint8Array ? parts : stage.open(parts);
      const answer = await stage.react('OpenSent', caller, bytes);
      if (answer !== 'accepted') return answer;
      await stage.confirm(caller);
      return caller.fate;
    },
    expected,
  };
}

/** Capabilities besides the usual ones. */
const plus = (stage: Stage, ...more: Uint8Array[]): Partial<OpenParts> => ({
  capabilities: concat(stage.neighbor.capabilities, ...more),
});
/** Optional parameters as they are. */
const raw = (text: string): Partial<OpenParts> => ({ parameters: hex(text) });

/** The usual capabilities and broken optional parameters behind them. */
function behind(stage: Stage, text: string, lengthError = 0): Partial<OpenParts> {
  const { capabilities } = stage.neighbor;
  const parameters = concat(Uint8Array.of(2, capabilities.length), capabilities, hex(text));
  return { parameters, parametersLength: parameters.length + lengthError };
}

/** The form of RFC 9072: type 255, then lengths of two octets. */
function extended(stage: Stage, length: number, parametersError = 0): Partial<OpenParts> {
  const { capabilities } = stage.neighbor;
  const one = concat(Uint8Array.of(2, capabilities.length >> 8, capabilities.length & 255), capabilities);
  const total = one.length + parametersError;
  return { parameters: concat(Uint8Array.of(255, total >> 8, total & 255), one), parametersLength: length };
}

const FAMILIES = '0104000100010104000200 01';

const CAPABILITY_ROWS: readonly SessionCase[] = [
  row(
    'open-cap-len-overrun',
    'a capability runs over its parameter',
    (stage) => behind(stage, '02 06 01 05 0001 0001'),
    'N 2/0',
    { spec: 'RFC 5492' },
  ),
  row('open-cap-cut-off', 'a capability without its length', (stage) => behind(stage, '02 01 01'), 'N 2/0', {
    spec: 'RFC 5492',
  }),
  row('open-cap-mp-len3', 'multiprotocol of 3 octets', (stage) => plus(stage, capability(1, 0, 1, 0)), 'N 2/0', {
    spec: 'RFC 4760 section 8',
  }),
  row(
    'open-cap-as4-len2',
    'four-octet AS number of 2 octets',
    (stage) => plus(stage, capability(65, 0xfd, 0xea)),
    'N 2/0',
    { spec: 'RFC 6793 section 3' },
  ),
  row('open-cap-gr-len1', 'graceful restart of 1 octet', (stage) => plus(stage, capability(64, 0)), 'N 2/0', {
    spec: 'RFC 4724 section 3',
  }),
  row(
    'open-cap-gr-len5',
    'graceful restart of 5 octets',
    (stage) => plus(stage, capability(64, 0, 120, 0, 1, 1)),
    'N 2/0',
    { spec: 'RFC 4724 section 3' },
  ),
  row('open-cap-addpath-len3', 'ADD-PATH of 3 octets', (stage) => plus(stage, capability(69, 0, 1, 1)), 'N 2/0', {
    spec: 'RFC 7911 section 4',
  }),
  row(
    'open-cap-enh-len5',
    'extended next hop of 5 octets',
    (stage) => plus(stage, capability(5, 0, 1, 0, 1, 0)),
    'N 2/0',
    { spec: 'RFC 8950 section 4' },
  ),
  row('open-cap-role-len0', 'role of no octets', (stage) => plus(stage, capability(9)), 'N 2/0', {
    spec: 'RFC 9234 section 4.1',
  }),
  row('open-cap-role-len2', 'role of 2 octets', (stage) => plus(stage, capability(9, 0, 0)), 'N 2/0', {
    spec: 'RFC 9234 section 4.1',
  }),
  row(
    'open-cap-rr-len1',
    'a capability that is empty by definition has a value: ignored',
    (stage) => plus(stage, capability(2, 0), capability(6, 0), capability(70, 1)),
    'up',
    { spec: 'RFC 5492' },
  ),
  row('open-cap-unknown-239', 'an unknown capability', (stage) => plus(stage, capability(239, 1, 2, 3)), 'up', {
    spec: 'RFC 5492',
  }),
  row('open-cap-mp-unknown-afi', 'an unknown family', (stage) => plus(stage, multiprotocol(0x4004, 71)), 'up', {
    spec: 'RFC 5492',
  }),
  row('open-cap-dup', 'capabilities that come twice', (stage) => plus(stage, stage.neighbor.capabilities), 'up', {
    spec: 'RFC 5492',
  }),
  row(
    'open-cap-addpath-value9',
    'ADD-PATH with a mode that does not exist: that tuple is ignored',
    (stage) => plus(stage, capability(69, 0, 1, 1, 9, 0, 2, 1, 3)),
    'up',
    { spec: 'RFC 7911 section 4' },
  ),
  row(
    'open-no-caps',
    'no optional parameters: IPv4, two-octet AS numbers, no refresh',
    { parameters: new Uint8Array(0) },
    'up',
    { spec: 'RFC 5492' },
  ),
  row(
    'open-many-optparams',
    'one capability in each parameter',
    (stage) => {
      const parameters: Uint8Array[] = [];
      const { capabilities } = stage.neighbor;
      for (let at = 0; at < capabilities.length; at += 2 + capabilities[at + 1]!) {
        const one = capabilities.subarray(at, at + 2 + capabilities[at + 1]!);
        parameters.push(Uint8Array.of(2, one.length), one);
      }
      return { parameters: concat(...parameters) };
    },
    'up',
    { spec: 'RFC 5492' },
  ),
  row(
    'open-no-common-afi',
    'no family in common: 2/7 with ours',
    { capabilities: concat(multiprotocol(25, 70), capabilityAs4(PEER_AS)) },
    `N 2/7 ${FAMILIES.replace(' ', '')}`,
    { spec: 'RFC 5492 section 5', kinds: ['eBGP'] },
  ),
  row(
    'open-required-refresh',
    'a capability that we require is missing: 2/7 with that capability',
    (stage) => ({ capabilities: concat(capabilityIpv4, capabilityIpv6, capabilityAs4(stage.as)) }),
    'N 2/7 0200',
    { spec: 'RFC 5492 section 5', neighbor: { lines: 'require route refresh;' } },
  ),
  row(
    'open-required-family',
    'a family that we require is missing',
    (stage) => ({ capabilities: concat(capabilityIpv4, capabilityAs4(stage.as)) }),
    'N 2/7 010400020001',
    { spec: 'RFC 5492 section 5', neighbor: { ipv6: 'import all; export none; mandatory;' } },
  ),
  row(
    'open-llgr-without-gr',
    'long-lived graceful restart without graceful restart: ignored',
    (stage) => plus(stage, capability(71, 0, 1, 1, 0x80, 0, 0, 100)),
    'up',
    { spec: 'RFC 9494 section 4.5' },
  ),
];

const ROLES = ['provider', 'rs_server', 'rs_client', 'customer', 'peer'] as const;
/** The role that fits each of them. */
const FITTING = [3, 2, 1, 0, 4] as const;
const EXTERNAL: readonly Kind[] = ['eBGP'];

const ROLE_ROWS: readonly SessionCase[] = [
  ...ROLES.flatMap((local, i) =>
    ROLES.map((theirs, j) =>
      row(
        `open-role-${local}-${theirs}`,
        `our role is ${local}, the peer says ${theirs}`,
        (stage) => plus(stage, capability(9, j)),
        FITTING[i] === j ? 'up' : 'N 2/11',
        { spec: 'RFC 9234 section 4.2', kinds: EXTERNAL, neighbor: { lines: `local role ${local};` } },
      ),
    ),
  ),
  row(
    'open-role-unassigned',
    'our role is peer, the peer says 5, which is no role',
    (stage) => plus(stage, capability(9, 5)),
    'N 2/11',
    { spec: 'RFC 9234 section 4.2', kinds: EXTERNAL, neighbor: { lines: 'local role peer;' } },
  ),
  row('open-role-missing', 'our role is customer, the peer says none', {}, 'up', {
    spec: 'RFC 9234 section 4.2',
    kinds: EXTERNAL,
    neighbor: { lines: 'local role customer;' },
  }),
  row('open-role-missing-strict', 'the same, `require roles`', {}, 'N 2/11', {
    spec: 'RFC 9234 section 4.2',
    kinds: EXTERNAL,
    neighbor: { lines: 'local role customer; require roles;' },
  }),
  row(
    'open-role-two-different',
    'two different roles',
    (stage) => plus(stage, capability(9, 4), capability(9, 0)),
    'N 2/11',
    { spec: 'RFC 9234 section 4.2', kinds: EXTERNAL, neighbor: { lines: 'local role peer;' } },
  ),
  row('open-role-two-equal', 'the same role twice', (stage) => plus(stage, capability(9, 4), capability(9, 4)), 'up', {
    spec: 'RFC 9234 section 4.2',
    kinds: EXTERNAL,
    neighbor: { lines: 'local role peer;' },
  }),
  row(
    'open-role-mismatch-unconfigured',
    'the peer says a role, we have none',
    (stage) => plus(stage, capability(9, 0)),
    'up',
    { spec: 'RFC 9234 section 4.2' },
  ),
  row(
    'open-role-internal',
    'roles inside the AS mean nothing',
    (stage) => plus(stage, capability(9, 0), capability(9, 1)),
    'up',
    { spec: 'RFC 9234 section 4', kinds: ['iBGP'] },
  ),
];

/** An AS number that needs four octets. */
const WIDE_AS = 4_200_000_001;

export const OPEN_CASES: readonly SessionCase[] = [
  row('open-version3', 'version 3', { version: 3 }, 'N 2/1 0004'),
  row('open-version5', 'version 5', { version: 5 }, 'N 2/1 0004'),
  row(
    'open-as-wrong',
    'an AS number that was not expected',
    (stage) => ({ as: 64999, capabilities: concat(capabilityIpv4, capabilityAs4(64999)), id: stage.neighbor.id }),
    'N 2/2 0000fde7',
  ),
  row(
    'open-as-wrong-narrow',
    'the same without the four-octet capability',
    { as: 64999, capabilities: capabilityIpv4 },
    'N 2/2 0000fde7',
  ),
  row('open-as-0', 'AS 0', { as: 0 }, 'N 2/2 00000000', { spec: 'RFC 7607' }),
  row(
    'open-as4-0',
    'AS 0 in the capability',
    { capabilities: concat(capabilityIpv4, capabilityAs4(0)) },
    'N 2/2 00000000',
    { spec: 'RFC 7607' },
  ),
  row('open-astrans', 'AS_TRANS with the four-octet capability', {}, 'up', {
    spec: 'RFC 6793 section 4.1',
    neighbor: { as: WIDE_AS },
    kinds: ['eBGP'],
  }),
  row(
    'open-astrans-alone',
    'AS_TRANS without the capability',
    { as: 23456, capabilities: capabilityIpv4 },
    'N 2/2 00005ba0',
    { spec: 'RFC 6793 section 9' },
  ),
  row(
    'open-astrans-configured',
    'AS_TRANS without the capability, and so configured',
    { as: 23456, capabilities: capabilityIpv4 },
    'up',
    { spec: 'RFC 6793 section 9', neighbor: { as: 23456 }, kinds: ['eBGP'] },
  ),
  row('open-as2-vs-as4-differ', 'the field says another AS than the capability, which counts', { as: 64999 }, 'up', {
    spec: 'RFC 6793 section 4.1',
  }),
  row('open-hold-1', 'hold time 1', { holdTime: 1 }, 'N 2/6 0001'),
  row('open-hold-2', 'hold time 2', { holdTime: 2 }, 'N 2/6 0002'),
  row('open-hold-0', 'hold time 0', { holdTime: 0 }, 'up'),
  row('open-hold-0-minimum', 'hold time 0, and a minimum is configured', { holdTime: 0 }, 'N 2/6 0000', {
    neighbor: { lines: 'min hold time 3;' },
  }),
  row('open-hold-3', 'hold time 3', { holdTime: 3 }, 'up'),
  row('open-hold-65535', 'hold time 65535', { holdTime: 65535 }, 'up'),
  row('open-id-0', 'identifier 0', { id: '0.0.0.0' }, 'N 2/3', { spec: 'RFC 6286 section 2.2' }),
  row('open-id-same-as-local-ibgp', 'our identifier, inside the AS', { id: DAEMON_ID }, 'N 2/3', {
    spec: 'RFC 6286 section 2.2',
    kinds: ['iBGP'],
  }),
  row('open-id-same-as-local-ebgp', 'our identifier, from outside', { id: DAEMON_ID }, 'up', {
    spec: 'RFC 6286 section 2.2',
    kinds: ['eBGP'],
  }),
  row('open-id-224', 'identifier 224.0.0.1', { id: '224.0.0.1' }, 'up', { spec: 'RFC 6286 section 2.1' }),
  row('open-id-255', 'identifier 255.255.255.255', { id: '255.255.255.255' }, 'up', { spec: 'RFC 6286 section 2.1' }),
  row(
    'open-optparam-unknown',
    'an unknown optional parameter',
    (stage) => behind(stage, '0a 03 010203'),
    'N 2/4 0a03010203',
  ),
  row(
    'open-optparam-auth1',
    'the optional parameter for authentication, which is gone',
    raw('01 01 00'),
    'N 2/4 010100',
  ),
  row(
    'open-optparam-len-overrun',
    'an optional parameter runs over',
    (stage) => behind(stage, '02 06 0104 0001'),
    'N 2/0',
  ),
  row('open-optlen-too-big', 'the length of all parameters is too large', (stage) => behind(stage, '', 5), 'N 2/0'),
  row(
    'open-optlen-short-trailing',
    'octets behind the optional parameters',
    (stage) => behind(stage, '00', -1),
    'N 2/0',
  ),
  row('open-optparam-cut-off', 'an optional parameter without its length', (stage) => behind(stage, '02'), 'N 2/0'),
  row('open-ext-optlen-9072', 'the form of RFC 9072, length octet 255', (stage) => extended(stage, 255), 'up', {
    spec: 'RFC 9072',
  }),
  row(
    'open-ext-optlen-9072-any-length',
    'the form of RFC 9072, any length octet but 0',
    (stage) => extended(stage, 1),
    'up',
    { spec: 'RFC 9072' },
  ),
  row(
    'open-ext-optlen-overrun',
    'the form of RFC 9072 with a length that runs over',
    (stage) => extended(stage, 255, 9),
    'N 2/0',
    { spec: 'RFC 9072' },
  ),
  row(
    'open-ext-optlen-short',
    'the form of RFC 9072 with a length that leaves octets',
    (stage) => extended(stage, 255, -1),
    'N 2/0',
    { spec: 'RFC 9072' },
  ),
  row(
    'open-ext-optlen-cut-off',
    'the form of RFC 9072 cut off in its length',
    () => message(1, Buffer.from(hex('04 fdea 005a 0a000001 01 ff 00'))),
    'N 2/0',
    { spec: 'RFC 9072', kinds: ['eBGP'] },
  ),
  row('open-ext-second', 'type 255 behind another parameter', (stage) => behind(stage, 'ff 00'), 'N 2/4 ff00', {
    spec: 'RFC 9072',
  }),
  ...CAPABILITY_ROWS,
  ...ROLE_ROWS,
  row(
    'open-order',
    'a wrong AS, hold time 1 and identifier 0: the AS is told',
    { as: 64999, holdTime: 1, id: '0.0.0.0', capabilities: concat(capabilityIpv4, capabilityAs4(64999)) },
    'N 2/2 0000fde7',
  ),
  {
    id: 'open-refused-no-retry-without-capabilities',
    section: SECTION,
    rule: 'the peer refuses our OPEN with 2/4: the next one is the same',
    spec: 'choice 0005',
    neighbor: { active: true, lines: 'connect delay time 0; connect retry time 1; error wait time 1, 1;' },
    play: async (stage) => {
      const seen: string[] = [];
      for (let time = 0; time < 2; time++) {
        const caller = await stage.neighbor.answer();
        await stage.mustHear(caller, 1, 'OPEN');
        seen.push(caller.heard[0]!.body.toString('hex'));
        caller.write(notification(2, 4));
        await stage.end(caller);
      }
      return seen[0] === seen[1] && seen[0]!.length > 20 ? 'the same OPEN' : seen.join(' then ');
    },
    expected: 'the same OPEN',
  },
];
