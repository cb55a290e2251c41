/**
 * Files of a node with one mistake in them, as wrong keys and half-written files make them: each is refused as a whole,
 * with the place of the mistake in the file that has it.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Diagnostic, formatDiagnostic, loadConfig } from '../../../config/index.ts';
import { type CalicoFiles, filterName, renderCalico } from '../../support/calico/render.ts';
import { FOLDER, inFolder } from './texts.ts';

const FILTER = filterName('in', 'import', 4);

const GOOD = renderCalico({
  ...{ version: 4, routerId: '198.51.100.5', as: 65010, address: '198.51.100.5', subnet: '198.51.100.0/24' },
  pools: [
    { cidr: '10.9.0.0/16', mode: 'ipip-cross-subnet', programmed: true },
    { cidr: '10.10.0.0/16', mode: 'none' },
  ],
  blocks: [{ cidr: '10.9.4.0/26' }],
  services: ['10.96.0.0/12'],
  communities: [{ cidr: '10.9.0.0/16', values: ['65010:7'] }],
  filters: [{ name: FILTER, lines: ['if ((net ~ [ 10.0.0.0/8{16,28} ])) then { accept; }'] }],
  peers: [
    { kind: 'Mesh', address: '198.51.100.7', as: 65010, password: 'secret' },
    { kind: 'Node', address: '198.51.100.1', as: 65020, importFilters: [{ name: FILTER }], allowLocalAs: 1 },
  ],
});

const GOOD6 = renderCalico({
  ...{ version: 6, routerId: '198.51.100.5', as: 65010, address: '2001:db8:5::5' },
  pools: [{ cidr: 'fd00:9::/48', mode: 'none' }],
  blocks: [{ cidr: 'fd00:9:0:4::/122' }],
  peers: [{ kind: 'Mesh', address: '2001:db8:5::7', as: 65010 }],
});

function diagnosticsOf(files: CalicoFiles, six = false): readonly Diagnostic[] {
  const options = { dialect: 'bird1', family: six ? 'ipv6' : 'ipv4' } as const;
  const result = loadConfig(`${FOLDER}/${six ? 'bird6' : 'bird'}.cfg`, inFolder(files), options);
  return 'diagnostics' in result ? result.diagnostics : [];
}

/** The files with one text in the place of another in one of them. */
function changed(files: CalicoFiles, name: string, from: string, to: string): CalicoFiles {
  const text = files.get(name) ?? '';
  assert.ok(text.includes(from), `${name} has ${from}`);
  return new Map([...files, [name, text.replace(from, () => to)]]);
}

/** File, text, other text, what is said of it. */
const MISTAKES: readonly [string, string, string, string | RegExp][] = [
  ['bird_aggr.cfg', 'route 10.9.4.0/26', 'route 10.9.4.1/26', /^Invalid IPv4 prefix 10\.9\.4\.1\/26/],
  ['bird_aggr.cfg', 'route 10.9.4.0/26', 'route 10.9.4.0/36', /^Invalid prefix length 36/],
  ['bird_aggr.cfg', 'route 10.9.4.0/26', 'route fd00::/122', 'syntax error, unexpected IP6'],
  ['bird_aggr.cfg', 'blackhole;', 'black hole;', /^syntax error, unexpected CF_SYM_UNDEFINED/],
  ['bird_aggr.cfg', 'function calico_aggr ()', 'function calico_agr ()', /calico_aggr/],
  ['bird_ipam.cfg', 'reject_local_routes();', 'reject_lokal_routes();', /reject_lokal_routes/],
  ['bird_ipam.cfg', 'filter calico_kernel_programming', 'filter other', /calico_kernel_programming/],
  ['bird_ipam.cfg', 'krt_tunnel="tunl0"', 'krt_tunel="tunl0"', /krt_tunel/],
  ['bird_ipam.cfg', 'krt_tunnel="tunl0"', 'krt_tunnel="tunl0', 'Unterminated string'],
  ['bird_ipam.cfg', '(source = RTS_BGP)', '(source = RTS_BGB)', /RTS_BGB/],
  ['bird.cfg', 'bgp_community.add((65010, 7))', 'bgp_community.add((70000, 7))', /out of bounds in pair constructor/],
  ['bird.cfg', '{16,28}', '{28,16}', /^Invalid prefix pattern/],
  ['bird.cfg', '{16,28}', '{16,33}', /^Invalid prefix pattern/],
  ['bird.cfg', `'${FILTER}'();`, "'bgp_none_importFilterV4'();", /bgp_none_importFilterV4/],
  ['bird.cfg', `'${FILTER}'();`, `'${FILTER}'(true);`, /arguments/],
  ['bird.cfg', `'${FILTER}'();`, `'${FILTER}(;`, /./],
  ['bird.cfg', `function '${FILTER}'`, `function '${'x'.repeat(65)}'`, 'Symbol too long'],
  ['bird.cfg', 'password "secret"', 'password "sec"ret"', /./],
  ['bird.cfg', 'password "secret"', 'password "sec\nret"', 'Unterminated string'],
  ['bird.cfg', 'include "bird_aggr.cfg";', 'include "bird_agr.cfg";', /^Unable to open included file/],
  ['bird.cfg', 'include "bird_aggr.cfg";', 'include "bird_aggr.cfg"', /./],
  [
    'bird.cfg',
    'protocol bgp Node_198_51_100_1',
    'protocol bgp Mesh_198_51_100_7',
    "Symbol 'Mesh_198_51_100_7' already defined",
  ],
  ['bird.cfg', 'from bgp_template', 'from bgp_templat', /bgp_templat/],
  ['bird.cfg', 'from bgp_template', 'from kernel_template', "Can't copy configuration from a different protocol type"],
  ['bird.cfg', 'neighbor 198.51.100.1 as 65020;', '', /^Neighbor must be configured/],
  [
    'bird.cfg',
    'neighbor 198.51.100.1 as 65020',
    'neighbor 198.51.100.1 as 0',
    'Remote AS number (or peer type) must be set',
  ],
  ['bird.cfg', 'neighbor 198.51.100.1 as 65020', 'neighbor 198.51.100.1 as 4294967296', 'Number out of range'],
  ['bird.cfg', 'neighbor 198.51.100.1 as', 'neighbor tor.example as', /./],
  ['bird.cfg', 'ttl security off;', 'ttl security sometimes;', /./],
  ['bird.cfg', 'multihop;', 'multihop 256;', /./],
  ['bird.cfg', 'allow local as 1;', 'allow local as -1;', /./],
  ['bird.cfg', 'error wait time 5,30;', 'error wait time 5;', /./],
  ['bird.cfg', 'add paths on;', 'add paths maybe;', /./],
  ['bird.cfg', 'router id 198.51.100.5;', 'router id 198.51.100;', /./],
  ['bird.cfg', 'router id 198.51.100.5;', 'router id 2001:db8::1;', 'syntax error, unexpected IP6'],
  ['bird.cfg', 'scan time 2;', 'scan time 2 s;', /./],
  ['bird.cfg', 'merge paths on;', 'merge paths on; ipv4 { };', /./],
  ['bird.cfg', 'preference = 200;', 'preference = high;', 'syntax error, unexpected HIGH'],
  ['bird.cfg', '    reject;\n  };', '    reject;\n  ;', /./],
];

describe('a mistake in the files of a node', () => {
  it('is none to begin with', () => {
    assert.deepEqual(diagnosticsOf(GOOD).map(formatDiagnostic), []);
    assert.deepEqual(diagnosticsOf(GOOD6, true).map(formatDiagnostic), []);
  });

  for (const [name, from, to, expected] of MISTAKES) {
    it(`in ${name}: ${JSON.stringify(to)} for ${JSON.stringify(from)}`, () => {
      const found = diagnosticsOf(changed(GOOD, name, from, to));
      const [first] = found;
      assert.ok(first !== undefined, 'refused');
      if (typeof expected === 'string') assert.equal(first.message, expected);
      else assert.match(expected.source.startsWith('^') ? first.message : formatDiagnostic(first), expected);
      assert.match(formatDiagnostic(first), /^\/etc\/calico\/confd\/config\/bird\w*\.cfg:\d+:\d+ \S/);
      const line = GOOD.get(name)!.slice(0, GOOD.get(name)!.indexOf(from)).split('\n').length;
      const said = found.filter(({ place }) => place.file === `${FOLDER}/${name}`).map((one) => one.place.line);
      // What is missing is missed where it is used; what is not closed, at the next thing that cannot be.
      const moved = to === '' || /calico_agr |filter other|x{65}|agr\.cfg|\n {2};$/.test(to) || name !== 'bird.cfg';
      assert.ok(moved || said.some((at) => at >= line && at <= line + 1), `${said} about ${line}`);
    });
  }

  it('of the other family', () => {
    const six = changed(GOOD6, 'bird6_aggr.cfg', 'route fd00:9:0:4::/122', 'route 10.9.4.0/26');
    const [first] = diagnosticsOf(six, true);
    assert.match(first!.message, /^syntax error, unexpected RTRID/);
    assert.equal(first!.place.file, `${FOLDER}/bird6_aggr.cfg`);
    const [other] = diagnosticsOf(changed(GOOD6, 'bird6.cfg', 'router id 198.51.100.5;', ''), true);
    assert.equal(other!.message, 'Router ID must be configured manually on IPv6 routers');
  });

  it('of a file that is not there', () => {
    const without = new Map(GOOD);
    without.delete('bird_ipam.cfg');
    const [first] = diagnosticsOf(without);
    assert.match(first!.message, /^Unable to open included file .*bird_ipam\.cfg/);
    assert.equal(first!.place.file, `${FOLDER}/bird.cfg`);
    assert.match(diagnosticsOf(new Map())[0]!.message, /No such file or directory/);
  });

  it('of files that are cut off anywhere: never more than a message', () => {
    for (const [name, text] of GOOD) {
      const lines = text.split('\n');
      let refused = 0;
      for (let count = 0; count < lines.length; count++) {
        const cut = new Map([...GOOD, [name, lines.slice(0, count).join('\n')]]);
        const found = diagnosticsOf(cut);
        if (found.length > 0) refused++;
        for (const one of found) assert.match(formatDiagnostic(one), /^\S+\.cfg:\d+:\d+ \S/);
      }
      assert.ok(refused > lines.length / 2, `${name}: ${refused} of ${lines.length}`);
    }
  });
});
