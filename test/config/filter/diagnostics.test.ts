/** What the operator reads when a filter is wrong: the place, the line with a caret, and the reason. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FilterTexts, mistakesIn, readTexts } from './support.ts';

/** The headline, the line and the caret of the only mistake. */
function mistake(text: string): string {
  const found = mistakesIn(text);
  assert.equal(found.length, 1, found.join('\n'));
  return found[0]!.split('\n').slice(0, 3).join('\n');
}

function headline(text: string): string {
  return mistake(text).split('\n')[0]!.replace('filters.conf:', '');
}

describe('mistakes in types', () => {
  it('point at the operand', () => {
    assert.equal(
      mistake('filter f {\n  bgp_med = bgp_med + "1";\n  accept;\n}'),
      `filters.conf:2:23 Argument 2 of ADD must be of type int, got type string
    bgp_med = bgp_med + "1";
                        ^^^`,
    );
    assert.equal(
      mistake('filter f { if net.len then accept; reject; }'),
      `filters.conf:1:15 Argument 1 of CONDITION must be of type bool, got type int
  filter f { if net.len then accept; reject; }
                ^^^^^^^`,
    );
    assert.equal(
      mistake('filter f { if (1, 2) < net then accept; reject; }'),
      `filters.conf:1:15 Arguments 1 and 2 of LT must be of the same type
  filter f { if (1, 2) < net then accept; reject; }
                ^^^^^^^^^^^^`,
    );
  });

  it('are found wherever a value is used', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['bgp_path = 1;', '1:23 Argument 1 of EA_SET must be of type bgppath, got type int'],
      ['preference = "x";', '1:25 Argument 1 of RTA_SET must be of type int, got type string'],
      ['int x = "a";', '1:20 Argument 1 of VAR_INIT must be of type int, got type string'],
      ['int x; x = 1.2.3.4;', '1:23 Argument 1 of VAR_SET must be of type int, got type ip'],
      ['net = 10.0.0.0/8;', '1:12 This static attribute is read-only.'],
      ['bgp_origin = 1;', '1:25 Argument 1 of EA_SET must be of type enum bgp_origin, got type int'],
      ['bgp_aggregator = 1;', '1:12 Attribute bgp_aggregator is read-only; it can be tested by defined() and unset'],
      ['unset(net);', '1:18 Attribute net cannot be unset'],
      ['print !5;', '1:19 Argument 1 of NOT must be of type bool, got type int'],
      ['print true && 1;', '1:26 Argument 2 of AND must be of type bool, got type int'],
      ['print 1 || true;', '1:18 Argument 1 of OR must be of type bool, got type int'],
      ['print net.first;', '1:18 Argument 1 of AS_PATH_FIRST must be of type bgppath, got type prefix'],
      ['print 1.len;', '1:18 A value of type int has no member len'],
      ['bgp_path.prepend("a");', '1:29 Argument 2 of PATH_PREPEND must be of type int, got type string'],
      ['bgp_community.add((1, 2, 3));', "1:30 Can't add lc"],
      ['bgp_path.add(1);', "1:12 Can't add to non-[e|l]clist"],
      ['print delete(net, 1);', "1:25 Can't delete in non-[e|l]clist"],
      ['print net ~ 5;', '1:18 ~ applied on unknown type pair'],
      ['print from ~ [10.0.0.0/8];', '1:18 ~ applied on unknown type pair'],
      ['print 1 ~ "a";', '1:18 filter preevaluation, line 1: ~ applied on unknown type pair'],
      ['print 1 / 0;', '1:18 filter preevaluation, line 1: Mother told me not to divide by 0'],
      [
        'print (1, 70000);',
        "1:18 filter preevaluation, line 1: Can't operate with value out of bounds in pair constructor",
      ],
      ['print (1, "a");', '1:22 Argument 2 of PAIR_CONSTRUCT must be of type int, got type string'],
      ['print (rt, "a", 1);', '1:23 Argument 1 of EC constructor must be integer or IPv4 address, got string'],
      ['print bgp_community < bgp_community;', "1:18 Can't compare values of incompatible types"],
      ['for int x in net do print x;', '1:25 Value of expression in FOR must be iterable, got prefix'],
      ['for pair x in bgp_path do print x;', "1:21 Loop variable 'x' in FOR must be int, is pair"],
      ['case net.len { (1, 2): accept; }', '1:27 Set items must be of one type: this is pair, not int'],
      ['case net.len { 1..5: accept; 9, 3: reject; }', '1:41 Overlapping intervals in switch cases not allowed'],
      ['int x; int x;', "1:23 Symbol 'x' already defined"],
      ['print f;', "1:18 Can't get value of symbol f"],
      ['f = 1;', "1:12 Can't assign to symbol f"],
      ['print g(1, 2);', "1:18 Function 'g' expects 1 arguments, got 2 arguments"],
      ['print g("a");', "1:20 Argument 1 of 'g' must be int, got string"],
      ['print g;', "1:18 Can't get value of symbol g"],
      ['if v() then accept;', '1:15 Argument 1 of CONDITION must be of type bool, got type void'],
      ['print defined(1, 2);', "1:18 Function 'defined' expects 1 argument, got 2 arguments"],
      ['print roa_check(nowhere);', '1:28 Table name required'],
    ];
    for (const [statement, expected] of cases) {
      const texts = new FilterTexts().read(
        'function g(int n) { return n; } function v() { int n = 1; } filter f { accept; }',
      );
      texts.assertGood().read(`filter a { ${statement} accept; }`);
      const [first, ...others] = texts.errors;
      assert.ok(first !== undefined, statement);
      const { line, column } = first.place;
      assert.equal(`${line}:${column} ${first.message}`, expected);
      assert.equal(others.length, 0, statement);
    }
  });

  it('are found in what functions return', () => {
    assert.equal(
      headline('function f() { return 1; return "a"; }'),
      "1:33 Can't return string from function 'f' of type int",
    );
    assert.equal(headline('function f() -> int { return; }'), "1:23 Function 'f' has to return a value of type int");
  });
});

describe('mistakes in sets and masks', () => {
  it('point at the item', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['[10.0.0.0/8, 2001:db8::/32]', '1:25 Mixed IPv4/IPv6 prefixes in prefix set'],
      ['[10.0.0.0/8{9,4}]', '1:24 Invalid prefix pattern range: {9, 4}'],
      ['[10.0.0.0/8{9,40}]', '1:24 Invalid prefix pattern range: {9, 40}'],
      ['[10.0.0.1/8]', '1:13 Invalid IPv4 prefix 10.0.0.1/8, maybe you wanted 10.0.0.0/8'],
      ['[10.0.0.0/33]', '1:22 Invalid prefix length 33'],
      ['[1, 10.0.0.0/8]', '1:13 Prefix expected'],
      ['[1, 1.2.3.4]', '1:16 Set items must be of one type: this is ip, not int'],
      ['[7..5]', '1:13 From value cannot be higher than To value in sets'],
      ['[1..1.2.3.4]', '1:13 Bounds of a range must be of one type: int and ip'],
      ['[(1, 70000)]', '1:17 Value 70000 out of range (0-65535)'],
      ['[(5..3, 1)]', '1:14 From value cannot be higher than To value in sets'],
      ['[(1, *, 3)]', '1:13 Behind a range or `*` only `*` can follow'],
      ['[(1, 2, 3, 4)]', '1:13 Set item of two or three parts expected'],
      ['[(rt, *, 3)]', '1:13 The key of an extended community must be one value'],
      ['[(rt, 70000, 5..70000)]', '1:28 Value 70000 out of range (0-65535)'],
      ['[l]', '1:13 l: set-incompatible type'],
      ['[= "a" =]', '1:15 syntax error, unexpected TEXT'],
      ['[= + 1 =]', "1:15 filter preevaluation, line 1: Path mask iterator '+' cannot be first"],
      ['[= 5..1 =]', '1:15 From value cannot be higher than To value in path masks'],
      ['[= text =]', '1:15 Error resolving path mask template: value not an integer'],
    ];
    for (const [set, expected] of cases) {
      const texts = readTexts('define l = [1]; define text = "a";').read(`define x = ${set};`);
      const [first] = texts.errors;
      assert.ok(first !== undefined, set);
      const { line, column } = first.place;
      assert.equal(`${line}:${column} ${first.message}`, expected);
    }
  });

  it('asks for constants', () => {
    assert.equal(headline('filter f { int i = 5; print 5 ~ [i]; accept; }'), '1:34 Constant name required');
    assert.equal(headline('filter f { int i = 5; print 5 ~ [(i + 1)]; accept; }'), '1:34 Set-incompatible type');
  });
});

describe('mistakes in the text', () => {
  it('say what was read and what was expected', () => {
    assert.equal(headline('filter f { if 1 = 1 accept; }'), '1:21 syntax error, unexpected ACCEPT, expecting THEN');
    assert.equal(headline('filter f { accept }'), "1:19 syntax error, unexpected '}'");
    assert.equal(headline('filter f { accept;'), '1:19 syntax error, unexpected END');
    assert.equal(headline('filter f { bgp_med = 1 accept; }'), "1:24 syntax error, unexpected ACCEPT, expecting ';'");
    assert.equal(
      headline('function f(int a, int b) { return 1; }'),
      "1:17 syntax error, unexpected ',', expecting ';' or ')'",
    );
    assert.equal(headline('define x = 1 = 2 = 3;'), "1:18 syntax error, unexpected '='");
    assert.equal(headline('filter f { accept; } filter f { reject; }'), "1:29 Symbol 'f' already defined");
    assert.equal(headline('attribute prefix x;'), '1:11 Custom route attribute of unsupported type');
    assert.equal(headline('attribute bgp 300 bytestring x;'), '1:15 Value 300 out of range (1-254)');
    assert.equal(headline('filter f { enum nonsense x; accept; }'), '1:17 Unknown enumeration nonsense');
    assert.equal(headline('define x = net.len;'), '1:12 Runtime error: No route to access');
  });

  it('suggests the name that was meant', () => {
    assert.match(mistakesIn('filter f { bgp_comunity.add((1,1)); accept; }')[0]!, /Did you mean "bgp_community"\?$/);
    assert.match(mistakesIn('filter f { accpet; }')[0]!, /Did you mean "accept"\?$/);
    assert.match(mistakesIn('filter f { print bgp_path.lenn; accept; }')[0]!, /Did you mean "len"\?$/);
    assert.match(
      mistakesIn('define my_list = [1]; filter f { print 1 ~ my_lst; accept; }')[0]!,
      /Did you mean "my_list"\?$/,
    );
    assert.match(mistakesIn('filter f { print RTS_BGB; accept; }')[0]!, /Did you mean "RTS_BGP"\?$/);
  });

  it('are reported for each statement', () => {
    const found = mistakesIn(
      'filter f {\n int x = "a";\n y = 2;\n if net then accept;\n bgp_med = 1;\n reject;\n}\nfilter g { z; }',
    );
    assert.deepEqual(
      found.map((text) => text.split('\n')[0]!.replace('filters.conf:', '')),
      [
        '2:10 Argument 1 of VAR_INIT must be of type int, got type string',
        '3:2 syntax error, unexpected CF_SYM_UNDEFINED',
        '4:5 Argument 1 of CONDITION must be of type bool, got type prefix',
        '8:12 syntax error, unexpected CF_SYM_UNDEFINED',
      ],
    );
    // The variable exists although its value was wrong.
    assert.equal(mistakesIn('filter f { int x = "a"; x = 1; accept; }').length, 1);
  });

  it('are found beside statements that cannot be read, in the order of the text', () => {
    const heads = (text: string): string[] =>
      mistakesIn(text).map((one) => one.split('\n')[0]!.replace('filters.conf:', ''));
    assert.deepEqual(
      heads(`filter f {
        if net ~ 5 then accept;
        int b = ;
        b = "x";
        bgp_path.prepend("x");
        reject;
      }`),
      [
        '2:12 ~ applied on unknown type pair',
        "3:17 syntax error, unexpected ';'",
        '5:26 Argument 2 of PATH_PREPEND must be of type int, got type string',
      ],
    );
    assert.deepEqual(heads('function g(int a) { a = = 1; return a + "y"; }'), [
      "1:25 syntax error, unexpected '='",
      '1:41 Argument 2 of ADD must be of type int, got type string',
    ]);
    assert.deepEqual(
      heads('filter f { if net ~ [ 10.0.0.1/8{16,24}, 11.0.0.0/8 ] then accept; bgp_med = "x"; reject; }'),
      [
        '1:23 Invalid IPv4 prefix 10.0.0.1/8, maybe you wanted 10.0.0.0/8',
        '1:78 Argument 1 of EA_SET must be of type int, got type string',
      ],
    );
  });

  it('warns about comparisons that have one answer', () => {
    const warned = (text: string): string[] => readTexts(text).warnings.map((warning) => warning.message);
    assert.deepEqual(warned('filter f { if net = [10.0.0.0/8] then accept; reject; }'), [
      'prefix = prefix set is always FALSE; `~` asks whether it is in the set',
    ]);
    assert.deepEqual(warned('filter f { if bgp_origin != 0 then accept; reject; }'), [
      'enum bgp_origin != int is always TRUE',
    ]);
    assert.deepEqual(warned('filter f { if bgp_originator_id = 1.2.3.4 then accept; reject; }'), []);
  });

  it('refuses what is nested too deep instead of breaking', () => {
    const deep = (open: string, close: string, n: number): string => open.repeat(n) + close.repeat(n);
    assert.match(mistakesIn(`define x = ${'('.repeat(5000)}1${')'.repeat(5000)};`)[0]!, /nested too deep/);
    assert.match(mistakesIn(`define x = ${'!'.repeat(5000)}true;`)[0]!, /nested too deep/);
    assert.match(mistakesIn(`define x = ${'[('.repeat(3000)};`)[0]!, /nested too deep/);
    assert.match(mistakesIn(`filter f { ${deep('{', '}', 5000)} accept; }`)[0]!, /nested too deep/);
    assert.match(mistakesIn(`filter f { ${'if true then '.repeat(5000)} accept; }`)[0]!, /nested too deep/);
    assert.match(mistakesIn(`define x = ${'1 + '.repeat(5000)}1;`)[0]!, /too long/);
    assert.match(mistakesIn(`define x = ${`+empty+${'.empty'.repeat(5000)}`};`)[0]!, /too long/);
  });

  it('takes what is long but not deep', () => {
    const conditions = Array.from({ length: 3000 }, (_, i) => `net.len = ${i}`).join(' || ');
    const mixed = Array.from({ length: 1000 }, (_, i) => `net.len = ${i} && bgp_med != ${i}`).join(' || ');
    const arms = Array.from({ length: 3000 }, (_, i) => `if bgp_med = ${i} then bgp_local_pref = ${i};`).join(' else ');
    const cases = Array.from({ length: 3000 }, (_, i) => `${2 * i}: bgp_local_pref = ${i};`).join(' ');
    const calls = Array.from({ length: 300 }, () => 'f(net.len) > 0').join(' && ');
    readTexts(`
      function f(int n) { return n + 1; }
      filter a { if ${conditions} then accept; reject; }
      filter b { if ${mixed} then accept; reject; }
      filter c { ${arms} accept; }
      filter d { case bgp_med { ${cases} } accept; }
      filter e { if ${calls} then accept; reject; }`);
  });
});
