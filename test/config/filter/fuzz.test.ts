/** Whatever the text: reading it ends with diagnostics or with filters that run, never with anything thrown. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { filterOf } from '../../../config/filter/symbols.ts';
import { formatDiagnostic } from '../../../config/syntax/diagnostic.ts';
import { Dice, ProgramWriter } from './random-program.ts';
import { FilterTexts, TestRoute, verdictOf } from './support.ts';

const WORDS = `
  filter function define attribute f g x y int bool pair quad ip prefix string set enum rts bgppath clist eclist lclist
  ec lc rd mac bytestring bgpmask if then else else: case for in do accept reject error print printn return unset defined
  format from_hex roa_check aspa_check prepend add delete filter append bt_assert bt_check_assign bt_test_suite eval where
  net net.len net.ip bgp_path bgp_med bgp_community bgp_ext_community bgp_large_community bgp_next_hop bgp_origin gw dest
  ifname preference source proto from krt_metric .len .first .prepend .add .empty .mask .is_v4 .asn .data RTS_BGP ORIGIN_IGP
  NET_IP4 true false 0 1 2 5..7 4294967295 0xff 10.0.0.1 10.0.0.0/8 2001:db8::/32 2001:db8::1 ::/0 65000:1 10.0.0.0/8+
  10.0.0.0/8- 10.0.0.0/8{8,24} "text" hex:0102 02:00:00:00:00:01 ( ) ( ) { } { } [ ] [= =] + - * / & | ! = != < > <= >= ~
  !~ && || ; ; ; , , . .. : -> ++ ? (1,2) (1,2,3) (rt,1,2) (1,*) (*,*) [1,2..5] [(1,*)] [10.0.0.0/8+] [= * 1 ? =] +empty+
  -empty- --empty-- roa aspa
`
  .trim()
  .split(/\s+/);

/** Reads, formats what is wrong, and runs what is right. */
function tryText(text: string): { errors: number; filters: number } {
  const texts = new FilterTexts().read(text);
  for (const diagnostic of [...texts.errors, ...texts.warnings]) {
    assert.ok(formatDiagnostic(diagnostic).startsWith('filters.conf:'));
  }
  let filters = 0;
  for (const symbol of texts.scope.ownSymbols()) {
    const policy = filterOf(symbol);
    if (policy === undefined) continue;
    filters++;
    for (const prefix of ['10.1.0.0/16', '2001:db8::/32']) {
      assert.match(verdictOf(policy, new TestRoute(prefix)), /^accept$|^reject$|^filters, line |^Filter /);
    }
  }
  texts.tests.run(undefined, () => {});
  return { errors: texts.errors.length, filters };
}

describe('reading filters', () => {
  it('survives words in any order', () => {
    const dice = new Dice(1);
    let refused = 0;
    for (let i = 0; i < 3000; i++) {
      const words = Array.from({ length: 1 + dice.roll(30) }, () => dice.pick(WORDS));
      const head = dice.pick([
        '',
        'filter f {',
        'filter f { if ',
        'function f(int x) {',
        'define x = ',
        'filter f { print ',
      ]);
      if (tryText(`${head} ${words.join(' ')}`).errors > 0) refused++;
    }
    assert.ok(refused > 2500);
  });

  it('survives every small damage to texts that are right', () => {
    const folder = fileURLToPath(new URL('../../../../test/filter/', import.meta.url));
    const dice = new Dice(2);
    let good = 0;
    // Those that are made of nothing but the language of filters.
    for (const file of ['values', 'sets', 'paths', 'control', 'numbers', 'communities', 'as-paths']) {
      const text = readFileSync(`${folder}${file}.conf`, 'utf8').replace('protocol device { }', '');
      const lines = text.split('\n');
      for (let i = 0; i < 25; i++) {
        const damaged = [...lines];
        const at = dice.roll(damaged.length);
        const line = damaged[at]!;
        const column = dice.roll(line.length + 1);
        const inserted = dice.pick([...'{}()[];,.=~!&|+-*/"\'#:?<>\\@\u00e9\u0000', dice.pick(WORDS)]);
        damaged[at] = dice.pick([
          line.slice(0, column) + line.slice(column + 1 + dice.roll(3)),
          line.slice(0, column) + inserted + line.slice(column),
          line.slice(0, column),
          line + line,
        ]);
        if (tryText(damaged.join('\n')).errors === 0) good++;
      }
    }
    assert.ok(good > 5);
  });

  it('survives random filters with words replaced', () => {
    const dice = new Dice(3);
    let filters = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const words = new ProgramWriter(seed).program().split(/(\s+)/);
      for (let i = 0; i < 3; i++) {
        const changed = [...words];
        changed[dice.roll(changed.length)] = dice.pick(WORDS);
        filters += tryText(changed.join('')).filters;
      }
    }
    assert.ok(filters > 50);
  });

  it('survives expressions of all sorts', () => {
    const texts = new FilterTexts()
      .read('define x = 5; function f(int n) { return n + 1; } filter g { accept; }')
      .assertGood();
    const dice = new Dice(4);
    for (let i = 0; i < 5000; i++) {
      const words = Array.from({ length: 1 + dice.roll(8) }, () => dice.pick(WORDS));
      assert.equal(typeof texts.evaluate(words.join(' ')), 'string');
    }
    for (const text of [
      '',
      ' ',
      '\0',
      '"',
      "'",
      '/*',
      '(',
      ')',
      '-',
      '[=',
      '1..',
      '99999999999',
      '\u{1f600}',
      'x'.repeat(100),
    ]) {
      assert.match(texts.evaluate(text), /^9001 /, text);
    }
  });
});
