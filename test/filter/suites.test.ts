/**
 * The filter language, tested in the filter language: each *.conf here is a configuration that brings its own tests and
 * is run as an operator would run it, by `peregrined -p`. What has to be covered, and by how many assertions at least,
 * stands below.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type ConfigFiles, parseConfig, Source } from '../../config/index.ts';
import { TestRoute, verdictOf } from '../config/filter/support.ts';
import { scratch } from '../support/scratch.ts';

/** Compiled tests lie in dist/test/filter. */
const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, 'test/filter');
const SUITES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.conf') && name !== 'included.conf')
  .sort();

function check(file: string): { readonly status: number | null; readonly lines: readonly string[] } {
  const run = spawnSync(process.execPath, [join(ROOT, 'dist/src/main.js'), '-p', '-c', file], { encoding: 'utf8' });
  return { status: run.status, lines: run.stdout.split('\n').filter((line) => /^(pass|FAIL) /.test(line)) };
}

/** What the suites have to cover, with the functions that do it and how many assertions there are at least. */
const COVERAGE: readonly (readonly [string, readonly string[], number])[] = [
  ['bool', ['t_bool', 't_short_circuit'], 12],
  ['int', ['t_int'], 32],
  ['int set', ['t_int_set'], 63],
  ['string', ['t_string'], 11],
  ['bytestring', ['t_bytestring'], 18],
  ['pair', ['t_pair'], 7],
  ['pair set', ['t_pair_set'], 38],
  ['quad', ['t_quad'], 3],
  ['quad set', ['t_quad_set'], 12],
  ['ip', ['t_ip'], 21],
  ['ip set', ['t_ip_set'], 29],
  ['enumerations', ['t_enum'], 20],
  ['prefix', ['t_prefix'], 12],
  ['sets of prefixes', ['t_prefix_patterns'], 22],
  ['empty prefix set', ['t_empty_prefix_set'], 3],
  ['prefix set', ['t_prefix_set'], 33],
  ['IPv6 prefix', ['t_prefix6'], 9],
  ['IPv6 prefix set', ['t_prefix6_set'], 43],
  ['bgppath, functions', ['t_path_functions'], 42],
  ['bgppath, methods', ['t_path_methods'], 44],
  ['clist, functions', ['t_clist_functions'], 54],
  ['clist, methods', ['t_clist_methods'], 56],
  ['clist as numbers', ['t_clist_int'], 11],
  ['clist as quads', ['t_clist_quad'], 11],
  ['ec', ['t_ec'], 7],
  ['eclist, functions', ['t_eclist_functions'], 32],
  ['eclist, methods', ['t_eclist_methods'], 34],
  ['ec set', ['t_ec_set'], 24],
  ['lclist, functions', ['t_lclist_functions'], 27],
  ['lclist, methods', ['t_lclist_methods'], 29],
  ['lc set', ['t_lclist_set'], 26],
  ['rd', ['t_rd'], 11],
  ['rd set', ['t_rd_set'], 20],
  ['vpn networks', ['t_net_vpn'], 10],
  ['roa networks', ['t_net_roa'], 12],
  ['flow networks', ['t_net_flowspec'], 26],
  ['sadr networks', ['t_net_sadr'], 6],
  ['eth networks', ['t_net_eth'], 8],
  ['aspa networks', ['t_net_aspa'], 3],
  ['evpn networks', ['t_net_evpn'], 45],
  ['neighbor networks', ['t_net_neighbor'], 8],
  ['undefined values', ['t_undef'], 2],
  ['constants', ['t_define'], 2],
  ['local variables', ['t_local_variables'], 7],
  ['function calls', ['t_call_function'], 14],
  ['include', ['t_include'], 1],
  ['if', ['t_if_else'], 4],
  ['for', ['t_for_in'], 6],
  ['roa_check', ['t_roa_check'], 36],
  ['aspa_check', ['t_aspa_check'], 20],
  ['aspa_check, topologies', ['t_aspa_check_topologies'], 22],
];
/** Attributes in the context of a route: assertions, and assignments that are read again. */
const ROUTE_ASSERTIONS = 6;
const ROUTE_ASSIGNMENTS = 2;

/** The text of a function or filter, from its name to the next thing at the beginning of a line that is none of it. */
function bodyOf(name: string): string {
  const found = SUITES.map((file) => readFileSync(join(FOLDER, file), 'utf8')).flatMap((text) => {
    const match = new RegExp(`^(?:function|filter) ${name}\\b[^]*?^}`, 'm').exec(text);
    return match === null ? [] : [match[0]];
  });
  assert.equal(found.length, 1, `${name} is defined once`);
  return found[0]!;
}

const count = (text: string, word: string): number => text.split(`${word}(`).length - 1;

describe('filter suites', () => {
  for (const file of SUITES) {
    it(`${file} passes`, () => {
      const text = readFileSync(join(FOLDER, file), 'utf8');
      const { status, lines } = check(join(FOLDER, file));
      assert.deepEqual(
        lines.filter((line) => line.startsWith('FAIL')),
        [],
      );
      assert.equal(status, 0);
      assert.equal(lines.length, count(text, 'bt_test_suite') + count(text, 'bt_test_same'));
    });
  }

  for (const [what, functions, least] of COVERAGE) {
    it(`cover ${what} with at least ${least} assertions`, () => {
      const made = functions.reduce((sum, name) => sum + count(bodyOf(name), 'bt_assert'), 0);
      assert.ok(made >= least, `${made} assertions`);
    });
  }

  it('tell what fails, where, and by the exit status', () => {
    const file = join(scratch('filter-suites').path, 'bird.conf');
    const suites = 'function good() { bt_assert(true); }\nfunction bad() { bt_assert(true);\n bt_assert(1 = 2); }\n';
    writeFileSync(file, `protocol device { }\n${suites}bt_test_suite(good, "one"); bt_test_suite(bad, "two");\n`);
    const { status, lines } = check(file);
    assert.deepEqual(lines, ['pass one', 'FAIL two']);
    assert.equal(status, 1);
  });
});

describe('attributes of a route', () => {
  const body = bodyOf('of_a_route');
  it(`are read, written and taken away, in ${count(body, 'bt_assert')} assertions`, () => {
    assert.ok(count(body, 'bt_assert') >= ROUTE_ASSERTIONS && count(body, 'bt_check_assign') >= ROUTE_ASSIGNMENTS);
    const files: ConfigFiles = { readFile: () => ({ error: 'none' }), glob: () => ({ value: [] }) };
    const text = readFileSync(join(FOLDER, 'attributes.conf'), 'utf8');
    const loaded = parseConfig(
      new Source('attributes.conf', `${text}\nprotocol static { ipv4 { import filter of_a_route; }; }`),
      files,
    );
    assert.ok('config' in loaded);
    const statics = loaded.config.protocols.find(({ kind }) => kind === 'static');
    assert.ok(statics?.kind === 'static');
    const route = new TestRoute('10.20.0.0/16');
    const { attributes } = route;
    attributes.setU32(1, 0);
    attributes.setAsPath(Uint8Array.from([2, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0xfd, 0xea]));
    attributes.setU32(4, 5);
    attributes.setWords(8, Uint32Array.from([0xfde90001, 0xfde90002]));
    assert.equal(verdictOf(statics.channel.importPolicy, route), 'accept');
    assert.deepEqual(route.printed, ['looked at 10.20.0.0/16']);
  });
});
