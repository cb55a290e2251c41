/**
 * Texts on which the real BIRD 2.0.12 and ours agree, beside those of bird-agreement.test.ts: the language of filters,
 * definitions, templates, and everything odd that a text can have. And texts on which they do not agree, on purpose.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type ConfigFiles, formatDiagnostic, parseConfig, Source } from '../../config/index.ts';
import { scratch } from '../support/scratch.ts';
import * as definitions from './corpus/definitions.ts';
import * as statements from './corpus/filter-statements.ts';
import * as inactive from './corpus/inactive.ts';
import * as lexical from './corpus/lexical.ts';
import * as networks from './corpus/networks.ts';
import * as protocols from './corpus/protocols.ts';

interface Corpus {
  readonly ACCEPTED: readonly string[];
  readonly REFUSED: readonly string[];
}

const CORPORA: readonly (readonly [string, Corpus, (text: string) => string])[] = [
  ['statements of filters', statements, (text) => `protocol device { } filter f { ${text} }`],
  ['definitions', definitions, (text) => `protocol device { } ${text}`],
  ['protocols', protocols, (text) => `protocol device { } ${text}`],
  ['protocols that do not run', inactive, (text) => `protocol device { } roa4 table r; ${text}`],
  ['networks', networks, (text) => `protocol device { } define n = ${text};`],
  ['texts', lexical, (text) => text],
];

/** BIRD 2.0.12 takes them and finds out while routes pass, if ever: a type that is wrong, a range that is empty. */
const STRICTER: readonly string[] = [
  'if net ~ [ 10.0.0.0 ] then accept;',
  'if net ~ [ 1 ] then accept;',
  'if net ~ "x" then accept;',
  'if net.ip ~ [ 10.0.0.0/8 ] then accept;',
  'if net.ip ~ [ 10.0.0.5..10.0.0.0 ] then accept;',
  'if net.len.len > 5 then accept;',
  'if 1 ~ [5..1] then accept;',
  'if 1 ~ [1, (1,2)] then accept;',
  'if bgp_path ~ 5 then accept;',
  'case 1 { 1..2: accept; 2..3: reject; }',
  'case true { 1: accept; }',
  'case 1 { 1: accept; else: reject; 2: accept; }',
  'bgp_community.add(5); accept;',
  'bgp_community.add((1,2,3)); accept;',
  'bgp_community.add((rt,1,2)); accept;',
  'bgp_community.delete([1]); accept;',
  'bgp_community.filter((1,2)); accept;',
  'bgp_ext_community.add((1,2)); accept;',
  'bgp_large_community.add((1,2)); accept;',
];

/** Later releases take them, and so do we. */
const NEWER: readonly string[] = [
  'function g() -> int { return 5; }',
  'function g(int a) -> bool { return a > 5; }',
  'attribute pair x1;',
  'define n = 02:00:00:00:00:01 vlan 5;',
  'define n = evpn mac 1:1 0 02:00:00:00:00:01 *;',
  'define n = aspa 65000;',
  'aspa table a; protocol static { aspa { table a; }; route aspa 65000 providers 1, 2; route aspa 65001 transit; }',
  'protocol bfd { zero udp6 checksum rx on; }',
  'aspa table a; protocol rpki { aspa { table a; }; remote 192.0.2.1; min version 1; max version 2; local address 192.0.2.9; }',
  'roa4 table r; protocol rpki { roa4 { table r; }; remote 192.0.2.1; transport tcp { authentication md5; password "x"; }; }',
  'protocol bmp { station address ip 192.0.2.1 port 1790; local address 192.0.2.2; system name "a"; system description "b"; monitoring rib in pre_policy; monitoring rib in post_policy off; tx buffer limit 64; }',
  'ipv4 table t; protocol aggregator { table master4; peer table t; export where net.len > 24; import all; aggregate on net.len, bgp_path, (bgp_med + 1); merge by { for route r in routes do { if r.bgp_med > 5 then bgp_med = r.bgp_med; } accept; }; }',
  'vpn4 table v; mpls table m; protocol l3vpn { vrf "red"; ipv4; vpn4 { table v; }; mpls { table m; label policy vrf; }; rd 65000:1; import target [(rt, 1, 2), (rt, 3, 4..5)]; export target (rt, 1, 2); }',
  'vpn4 table v; mpls table m; protocol l3vpn { ipv4; vpn4 { table v; }; mpls { table m; }; rd 10.0.0.1:1; route target none; }',
  'filter f { defined(bgp_med); accept; }',
  'filter f { if from_hex("00") = 5 then accept; }',
  'filter f { for quad i in bgp_community do print i; accept; }',
  'filter f { accept;; }',
  'filter f { int accept; accept; }',
  'protocol direct d { disabled true; }',
  'protocol static { ipv4; route 10.0.0.0/8 via 1.2.3.4 dev "eth0"; }',
  'protocol static { ipv4; route 10.0.0.0/8 blackhole { int a = 5; bgp_med = a; }; }',
  'protocol bgp { local as 1; neighbor 192.0.2.1 as 1; direct; ipv4 { require add paths; }; }',
  'protocol bgp { local as 1; neighbor 192.0.2.1 as 1; direct; ipv4 { link local next hop format native; }; }',
];

/** The files that the texts include. */
const FILES: ConfigFiles = {
  readFile: (path) => (path === '/dev/null' ? { value: '' } : { error: 'No such file or directory' }),
  glob: () => ({ value: [] }),
};

const BIRD = '/usr/sbin/bird';
const folder = scratch('corpus').path;
const file = join(folder, 'bird.conf');

/** `undefined`, or what is wrong. */
function complaint(text: string): string | undefined {
  const result = parseConfig(new Source(file, `${text}\n`), FILES);
  return 'config' in result ? undefined : result.diagnostics.map(formatDiagnostic).join('\n');
}

function birdTakes(text: string): boolean {
  writeFileSync(file, `${text}\n`);
  const { status } = spawnSync(BIRD, ['-p', '-c', file]);
  assert.notEqual(status, null, `BIRD did not survive ${text}`);
  return status === 0;
}

const skip = existsSync(BIRD) ? false : `${BIRD} is not installed`;

for (const [name, { ACCEPTED, REFUSED }, wrap] of CORPORA) {
  describe(name, () => {
    it(`are taken: ${ACCEPTED.length} of them`, () => {
      const wrong = ACCEPTED.map((text) => [text, complaint(wrap(text))]).filter(([, found]) => found !== undefined);
      assert.deepEqual(wrong, []);
    });
    it(`are refused: ${REFUSED.length} of them`, () => {
      assert.deepEqual(
        REFUSED.filter((text) => complaint(wrap(text)) === undefined),
        [],
      );
    });
    it('are so in the real BIRD', { skip }, () => {
      assert.deepEqual(
        ACCEPTED.filter((text) => !birdTakes(wrap(text))),
        [],
      );
      assert.deepEqual(
        REFUSED.filter((text) => birdTakes(wrap(text))),
        [],
      );
    });
  });
}

describe('texts on which we differ', () => {
  const filter = (text: string): string => `protocol device { } filter f { ${text} }`;
  const definition = (text: string): string => `protocol device { } ${text}`;
  it('are refused while reading, not while routes pass', () => {
    assert.deepEqual(
      STRICTER.filter((text) => complaint(filter(text)) === undefined),
      [],
    );
  });
  it('are of later releases', () => {
    const wrong = NEWER.map((text) => [text, complaint(definition(text))]).filter(([, found]) => found !== undefined);
    assert.deepEqual(wrong, []);
  });
  it('are what the real BIRD sees otherwise', { skip }, () => {
    assert.deepEqual(
      STRICTER.filter((text) => !birdTakes(filter(text))),
      [],
    );
    assert.deepEqual(
      NEWER.filter((text) => birdTakes(definition(text))),
      [],
    );
  });
});
