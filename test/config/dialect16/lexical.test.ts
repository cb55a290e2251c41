/** Lexical rules of BIRD 1.6: quoted names, one family of addresses, includes, comments, numbers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { complaint, config, loaded, only, read } from './texts.ts';

const DEVICE = 'protocol device { }';

/** Texts that are read, each for one rule. */
const TAKEN: readonly [string, string][] = [
  ['comments to the end of the line', '# one\nprotocol device { # two\n  scan time 2; # three\n} # four\n# five'],
  ['comments in C style', '/* one */ protocol /* two\nlines */ device { scan time /**/ 2; }'],
  ['any blanks', 'protocol\tdevice\n\n{\n\tscan   time\n2 ;   \n}   \n'],
  ['hexadecimal numbers', 'protocol device { scan time 0x10; }'],
  ['the largest number', 'define X = 4294967295; protocol device { }'],
  ['blanks around the slash of a prefix', 'protocol static { route 10.0.0.0 / 8 blackhole; }'],
  ['names of 64 characters', `protocol device ${'x'.repeat(64)} { }`],
  ['quoted names', `function 'bgp_my-filter.1:x_importFilterV4'() { accept; } ${DEVICE}`],
  ['a quoted name that needs no quotes', `function 'f'() { accept; } filter g { f(); reject; } ${DEVICE}`],
  ['the empty string', `filter f { krt_tunnel=""; accept; } ${DEVICE}`],
  ['stray semicolons', `;; protocol device { ; scan time 2; ; }; ; filter f { ; accept; ; };`],
  ['`};` behind a filter in a protocol', 'protocol static { import filter { accept; }; route 10.0.0.0/8 blackhole; }'],
  ['no blank before an argument list', `function f() { accept; } function g () { f(); } ${DEVICE}`],
  ['a list without blanks', 'protocol bgp { local as 1; neighbor 10.0.0.1 as 2; error wait time 5,30; }'],
  ['conditions without blanks', `filter f { if (defined(ifname))&&(ifname ~ "x") then accept; reject; } ${DEVICE}`],
  ['conditions without parentheses', `filter f { if net != 0.0.0.0/0 then accept; reject; } ${DEVICE}`],
  ['a comment behind a block', `filter f { if ( net = 10.0.0.0/8 ) then { accept; } # why\n reject; } ${DEVICE}`],
];

const SWITCHES: readonly [string, boolean][] = [
  ['', true],
  ['on', true],
  ['yes', true],
  ['true', true],
  ['1', true],
  ['off', false],
  ['no', false],
  ['false', false],
  ['0', false],
  ['(1 = 1)', true],
  ['(1 = 2)', false],
];

const REFUSED: readonly [string, string, string][] = [
  ['an unterminated comment', '/* protocol device { }', 'Unterminated comment'],
  ['a number that is too large', 'define X = 4294967296; protocol device { }', 'Number out of range'],
  [
    'host bits',
    'protocol static { route 10.0.0.1/8 blackhole; }',
    'Invalid IPv4 prefix 10.0.0.1/8, maybe you wanted 10.0.0.0/8',
  ],
  ['a prefix that is too long', 'protocol static { route 10.0.0.0/33 blackhole; }', 'Invalid prefix length 33'],
  ['names of 65 characters', `protocol device ${'x'.repeat(65)} { }`, 'Symbol too long'],
  ['quoted names of 65 characters', `function '${'x'.repeat(65)}'() { } ${DEVICE}`, 'Symbol too long'],
  ['strange characters in a quoted name', `function 'a b'() { } ${DEVICE}`, 'Invalid character in apostrophed symbol'],
  ['a string over two lines', 'protocol bgp { password "a\nb"; }', 'Unterminated string'],
  [
    'a quote inside a password',
    'protocol bgp { password "a"b"; }',
    "syntax error, unexpected CF_SYM_UNDEFINED, expecting ';'",
  ],
  ['words in capitals', 'PROTOCOL device { }', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  [
    'a pair above 65535',
    `filter f { bgp_community.add((65536, 1)); accept; } ${DEVICE}`,
    "filter preevaluation, line 1: Can't operate with value out of bounds in pair constructor",
  ],
  ['a prefix pattern upside down', `filter f { if net ~ [10.0.0.0/8{24,16}] then accept; reject; } ${DEVICE}`, ''],
];

describe('the text of BIRD 1.6', () => {
  for (const [what, text] of TAKEN) it(`takes ${what}`, () => void loaded(text));
  for (const [what, text, message] of REFUSED) {
    it(`refuses ${what}`, () => {
      const said = complaint(text);
      assert.notEqual(said, 'fine');
      if (message !== '') assert.equal(said, message);
    });
  }
  for (const [written, expected] of SWITCHES) {
    it(`reads the switch "${written}"`, () => {
      const text = `protocol kernel { persist ${written}; }`;
      assert.equal(only(config(text), 'kernel').persist, expected);
    });
  }
});

describe('one family of addresses', () => {
  it('bird knows IPv4 alone', () => {
    assert.equal(complaint('protocol static { route 2001:db8::/32 blackhole; }'), 'syntax error, unexpected IP6');
    assert.equal(
      complaint(`filter f { if net ~ ::/0 then accept; reject; } ${DEVICE}`),
      'syntax error, unexpected IP6',
    );
    assert.equal(complaint('protocol bgp { neighbor fe80::1 as 1; }'), 'syntax error, unexpected IP6');
  });

  it('bird6 knows IPv6, and dotted quads as numbers', () => {
    const six = (text: string): string => complaint(`router id 192.0.2.1; ${text}`, 'ipv6');
    assert.equal(six('protocol static { route 2001:db8::/32 blackhole; }'), 'fine');
    assert.equal(
      six('protocol static { route 10.0.0.0/8 blackhole; }'),
      'syntax error, unexpected RTRID, expecting IP4 or IP6 or CF_SYM_KNOWN',
    );
    assert.equal(
      six(`filter f { if net ~ 10.0.0.0/8 then accept; reject; } ${DEVICE}`),
      "syntax error, unexpected '/'",
    );
    assert.equal(six('protocol bgp { neighbor 192.0.2.1 as 1; }'), "syntax error, unexpected RTRID, expecting ';'");
    const client = 'local as 1; neighbor 2001:db8::1 as 1; rr client; rr cluster id 10.0.0.1;';
    const text = `router id 192.0.2.1; protocol bgp { ${client} }`;
    const session = only(config(text, 'ipv6'), 'bgp');
    assert.equal(session.rrClusterId, 0x0a000001);
    assert.equal(config(text, 'ipv6').routerId, 0xc0000201);
    assert.equal(six(`filter f { if bgp_originator_id = 10.0.0.1 then accept; reject; } ${DEVICE}`), 'fine');
    assert.equal(
      six(`filter f { if bgp_originator_id ~ [10.0.0.1, 10.0.0.2] then accept; reject; } ${DEVICE}`),
      'fine',
    );
  });

  it('bird6 has to be told its router id', () => {
    assert.equal(complaint(DEVICE, 'ipv6'), 'Router ID must be configured manually on IPv6 routers');
    assert.equal(complaint(DEVICE, 'ipv4'), 'fine');
  });
});

describe('include', () => {
  const files = new Map([
    ['a.conf', 'protocol static one { route 10.1.0.0/16 blackhole; }\n'],
    ['b.conf', 'protocol static two { route 10.2.0.0/16 blackhole; }\n'],
    ['nested.conf', '  include "a.conf" ;\ninclude "b.conf";\n'],
  ]);
  const names = (text: string): string[] => {
    const result = read(text, 'ipv4', files);
    if ('diagnostics' in result) return [result.diagnostics[0]!.message];
    return result.config.protocols.map(({ name }) => name);
  };

  it('takes files from the folder of the including one', () => {
    assert.deepEqual(names('include "a.conf";\nprotocol device { }\n'), ['one', 'device1']);
    assert.deepEqual(names('\t include\t"nested.conf"\t;\n'), ['one', 'two']);
  });

  it('takes all that match, in order, and none where none do', () => {
    assert.deepEqual(names('include "?.conf";\n'), ['one', 'two']);
    assert.deepEqual(names('include "none*.conf";\nprotocol device { }\n'), ['device1']);
    assert.match(names('include "elsewhere/*.conf";\n')[0]!, /^Unable to match pattern /);
    assert.match(names('include "missing.conf";\n')[0]!, /^Unable to open included file /);
  });

  it('counts at the beginning of a line only', () => {
    assert.match(names('protocol device { } include "a.conf";\n')[0]!, /^syntax error/);
  });

  it('ends at a depth of eight', () => {
    const deep = new Map(Array.from({ length: 12 }, (_, i) => [`d${i}.conf`, `include "d${i + 1}.conf";\n`]));
    const result = read('include "d0.conf";\n', 'ipv4', deep);
    assert.ok('diagnostics' in result);
    assert.equal(result.diagnostics[0]!.message, 'Max include nesting level reached');
  });
});
