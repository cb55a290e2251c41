/** Path attributes one by one (RFC 7606 section 7 and each attribute's own RFC), over both families at once. */
import { ATTRIBUTE_ROWS, type AttributeRow, type AttributeSession, NO_RESET } from '../bgp/attribute-rows.ts';
import { attribute, concat, hex, ORIGIN, toHex } from '../bgp/wire.ts';
import { capability, capabilityIpv4, capabilityIpv6, capabilityRefresh } from '../support/raw-speaker.ts';
import type { NeighborSpec } from './arena.ts';
import {
  both,
  KINDS,
  type Kind,
  type Outcome,
  POSITIONS,
  reset,
  type Scene,
  UNCHANGED,
  type UpdateCase,
} from './case.ts';
import { reach, update } from './octets.ts';
import { good, NEXT_HOP_IPV6 } from './update-row.ts';

const CHANNEL = 'import all; export none; gateway recursive;';
const SESSIONS: Readonly<Record<AttributeSession, NeighborSpec>> = {
  plain: {},
  'first AS': { lines: 'enforce first as;' },
  'any first AS': { lines: 'enforce first as off;' },
  'no AS sets': { lines: 'allow as sets off;' },
  'two-octet': {
    as4: false,
    capabilities: () => concat(capabilityIpv4, capabilityIpv6, capabilityRefresh, capability(70)),
  },
  'LOCAL_PREF outside': { lines: 'allow bgp_local_pref;' },
  AIGP: { ipv4: `${CHANNEL} aigp on;`, ipv6: `${CHANNEL} aigp on;` },
};

/** Where a row is written down, by type code. */
const SPECS: Readonly<Record<number, string>> = {
  0: 'RFC 7606 section 5.1',
  1: 'RFC 7606 section 7.1',
  2: 'RFC 7606 section 7.2',
  3: 'RFC 7606 section 7.3',
  4: 'RFC 7606 section 7.4',
  5: 'RFC 7606 section 7.5',
  6: 'RFC 7606 section 7.6',
  7: 'RFC 7606 section 7.7',
  8: 'RFC 7606 section 7.8',
  9: 'RFC 7606 section 7.9',
  10: 'RFC 7606 section 7.10',
  16: 'RFC 7606 section 7.14',
  17: 'RFC 6793 section 6',
  18: 'RFC 6793 section 6',
  22: 'RFC 6514 section 5',
  25: 'RFC 7606 section 7.15',
  26: 'RFC 7311 section 3',
  32: 'RFC 8092 section 6',
  35: 'RFC 9234 section 5',
  128: 'RFC 7606 section 7.16',
};

/** Options that only an external session may have. */
const EXTERNAL_ONLY: readonly AttributeSession[] = ['first AS', 'LOCAL_PREF outside'];

const kindsOf = (row: AttributeRow): readonly Kind[] => (EXTERNAL_ONLY.includes(row.session) ? ['eBGP'] : KINDS);

/** The attribute under test among the good ones, in place of its like. */
function placed(scene: Scene, one: Uint8Array, withReach: boolean): Uint8Array[] {
  const reachable = withReach ? [reach(NEXT_HOP_IPV6, scene.ipv6().nlri)] : [];
  const others = [...reachable, ...good(scene)].filter((octets) => octets[1] !== one[1]);
  if (scene.position === 'first') return [one, ...others];
  if (scene.position === 'last') return [...others, one];
  return [...others.slice(0, 2), one, ...others.slice(2)];
}

function outcome(row: AttributeRow, kind: Kind): Outcome {
  const verdict = kind === 'eBGP' ? row.ebgp : row.ibgp;
  return both(verdict === 'withdraw' ? 'withdrawn' : 'applied');
}

function words(row: AttributeRow): string {
  const octets = toHex(row.attribute);
  const shown = octets.length > 60 ? `${octets.slice(0, 60)}...` : octets;
  return `\`${shown}\`${row.session === 'plain' ? '' : `, session: ${row.session}`}`;
}

function reachableCase(row: AttributeRow): UpdateCase {
  const discarded = (kind: Kind): boolean => (kind === 'eBGP' ? row.ebgp : row.ibgp) === 'discard';
  return {
    id: row.id,
    section: 'Path attributes',
    rule: words(row),
    spec: SPECS[row.attribute[1]!] ?? 'RFC 4271 section 5',
    neighbor: SESSIONS[row.session],
    kinds: kindsOf(row),
    positions: POSITIONS,
    update: (scene) => update({ attributes: placed(scene, row.attribute, true), nlri: scene.ipv4Nlri() }),
    outcome: (kind) => outcome(row, kind),
    untold: (kind) => (discarded(kind) ? row.attribute[1] : undefined),
  };
}

/** The same attribute where nothing is reachable: what would be a withdrawal ends the session (RFC 7606 section 5.2). */
function unreachableCase(row: AttributeRow): UpdateCase {
  const withdrawn = (kind: Kind): boolean => (kind === 'eBGP' ? row.ebgp : row.ibgp) === 'withdraw';
  // RFC 4271 section 6.3: the attribute is the data, but there is none with 3/11.
  const data = row.reset === '3/11' ? '' : ` ${toHex(row.attribute)}`;
  return {
    id: `${row.id}, nothing reachable`,
    section: 'Path attributes, nothing reachable',
    rule: words(row),
    spec: 'RFC 7606 section 5.2',
    neighbor: SESSIONS[row.session],
    kinds: kindsOf(row),
    positions: ['middle'],
    update: (scene) => update({ attributes: placed(scene, row.attribute, false) }),
    outcome: (kind) => (withdrawn(kind) && row.reset !== NO_RESET ? reset(`N ${row.reset}${data}`) : UNCHANGED),
  };
}

const pass = (id: string, sent: Uint8Array, told: Uint8Array, rule: string, spec: string): UpdateCase => ({
  id,
  section: 'Path attributes',
  rule,
  spec,
  positions: POSITIONS,
  update: (scene) => update({ attributes: placed(scene, sent, true), nlri: scene.ipv4Nlri() }),
  outcome: () => both('applied'),
  told,
});

const repeated = (id: string, attributes: readonly [Uint8Array, Uint8Array], outcomes: Outcome): UpdateCase => ({
  id,
  section: 'Path attributes',
  rule: `\`${toHex(attributes[0])}\`, later \`${toHex(attributes[1])}\``,
  spec: 'RFC 7606 section 3 (g)',
  positions: ['first', 'middle'],
  update: (scene) => {
    const around = placed(scene, attributes[0], true);
    return update({ attributes: [...around, attributes[1]], nlri: scene.ipv4Nlri() });
  },
  outcome: () => outcomes,
});

function sequence(count: number): Uint8Array {
  const segments: Uint8Array[] = [];
  for (let left = count; left > 0; left -= 255) {
    const size = Math.min(left, 255);
    segments.push(Uint8Array.of(2, size), hex('0000fdea'.repeat(size)));
  }
  return attribute(0x40, 2, concat(...segments));
}

const longPath = (count: number, verdict: 'applied' | 'withdrawn'): UpdateCase => ({
  id: `aspath-${count}-numbers`,
  section: 'Path attributes',
  rule: `AS_PATH of ${count} numbers`,
  spec: 'choice 0005',
  positions: POSITIONS,
  update: (scene) => update({ attributes: placed(scene, sequence(count), true), nlri: scene.ipv4Nlri() }),
  outcome: () => both(verdict),
});

const looped = (
  id: string,
  spec: NeighborSpec,
  one: string,
  code: number,
  fate: (kind: Kind) => Outcome,
  rule: string,
): UpdateCase => ({
  id,
  section: 'Path attributes',
  rule,
  spec: code === 2 ? 'RFC 4271 section 9.1.2' : 'RFC 4456 section 8',
  neighbor: spec,
  positions: POSITIONS,
  update: (scene) =>
    update({
      attributes: placed(scene, attribute(code === 2 ? 0x40 : 0x80, code, one), true),
      nlri: scene.ipv4Nlri(),
    }),
  outcome: fate,
});

/** A path that begins with another AS than the neighbour's, from an external neighbour with these lines. */
const foreignFirst = (id: string, lines: string, fate: 'applied' | 'withdrawn', rule: string): UpdateCase => ({
  id,
  section: 'Path attributes',
  rule,
  spec: 'choice 0005',
  kinds: ['eBGP'],
  neighbor: { lines },
  positions: POSITIONS,
  update: (scene) =>
    update({ attributes: placed(scene, attribute(0x40, 2, '02 01 0000fdeb'), true), nlri: scene.ipv4Nlri() }),
  outcome: () => both(fate),
});

export const ATTRIBUTE_CASES: readonly UpdateCase[] = [
  ...ATTRIBUTE_ROWS.map(reachableCase),
  ...ATTRIBUTE_ROWS.filter((row) => row.reset !== '').map(unreachableCase),
  repeated('second-occurrence-broken', [ORIGIN, attribute(0x40, 1, '07')], both('applied')),
  repeated('second-occurrence-after-broken', [attribute(0x40, 1, '07'), ORIGIN], both('withdrawn')),
  pass(
    'unknown-optional-transitive-passed-on',
    attribute(0xc0, 99, '010203'),
    attribute(0xe0, 99, '010203'),
    'unknown optional transitive attribute: passed on octet by octet, with Partial',
    'RFC 4271 section 5',
  ),
  pass(
    'unknown-254-passed-on',
    attribute(0xc0, 254, ''),
    attribute(0xe0, 254, ''),
    'type 254, empty: passed on, with Partial',
    'RFC 4271 section 5',
  ),
  {
    id: 'unknown-non-transitive-not-passed-on',
    section: 'Path attributes',
    rule: 'unknown optional non-transitive attribute: not passed on',
    spec: 'RFC 4271 section 5',
    positions: POSITIONS,
    update: (scene) => update({ attributes: placed(scene, attribute(0x80, 99, '01'), true), nlri: scene.ipv4Nlri() }),
    outcome: () => both('applied'),
    untold: () => 99,
  },
  foreignFirst('aspath-first-as-unsaid', '', 'withdrawn', 'another AS in front: nothing is said of `enforce first as`'),
  foreignFirst('aspath-first-as-off', 'enforce first as off;', 'applied', 'the same, `enforce first as off`'),
  foreignFirst(
    'aspath-first-as-route-server',
    'local role rs_client;',
    'applied',
    'the same from a route server, `local role rs_client`',
  ),
  foreignFirst(
    'aspath-first-as-route-server-on',
    'local role rs_client; enforce first as;',
    'withdrawn',
    'the same from a route server, `enforce first as` is said',
  ),
  longPath(750, 'applied'),
  longPath(751, 'withdrawn'),
  looped(
    'aspath-own-as',
    {},
    '02 02 0000fdea 0000fde9',
    2,
    () => both('withdrawn'),
    'our own AS in AS_PATH: not eligible, the older path goes',
  ),
  looped(
    'aspath-own-as-allowed',
    { lines: 'allow local as 1;' },
    '02 02 0000fdea 0000fde9',
    2,
    () => both('applied'),
    'our own AS once, `allow local as 1`',
  ),
  looped(
    'aspath-own-as-twice',
    { lines: 'allow local as 1;' },
    '02 03 0000fdea 0000fde9 0000fde9',
    2,
    () => both('withdrawn'),
    'our own AS twice, `allow local as 1`',
  ),
  looped(
    'originator-ours',
    {},
    '0aff0001',
    9,
    (kind) => both(kind === 'iBGP' ? 'withdrawn' : 'applied'),
    'ORIGINATOR_ID is our identifier',
  ),
  looped(
    'cluster-ours',
    {},
    '0a000007 0aff0001',
    10,
    (kind) => both(kind === 'iBGP' ? 'withdrawn' : 'applied'),
    'our cluster in CLUSTER_LIST',
  ),
];
