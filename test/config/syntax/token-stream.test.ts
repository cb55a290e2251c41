import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, formatDiagnostic } from '../../../config/syntax/diagnostic.ts';
import type { ConfigFiles } from '../../../config/syntax/files.ts';
import { readPrefix } from '../../../config/syntax/literals.ts';
import { Source } from '../../../config/syntax/source.ts';
import { TokenKind } from '../../../config/syntax/token.ts';
import { TokenStream } from '../../../config/syntax/token-stream.ts';

function memoryFiles(contents: Readonly<Record<string, string>>): ConfigFiles {
  return {
    readFile: (path) => {
      const text = contents[path];
      return text === undefined ? { error: 'No such file or directory' } : { value: text };
    },
    glob: (pattern) => {
      if (pattern.startsWith('/nodir/')) return { error: 'No such file or directory' };
      const [head, tail] = pattern.split('*') as [string, string];
      return {
        value: Object.keys(contents)
          .filter((path) => path.startsWith(head) && path.endsWith(tail))
          .sort(),
      };
    },
  };
}

function stream(text: string, contents: Readonly<Record<string, string>> = {}): TokenStream {
  return new TokenStream(new Source('/etc/bird.conf', text), { files: memoryFiles(contents) });
}

function words(from: TokenStream): string[] {
  const found: string[] = [];
  while (!from.atEnd()) found.push(from.next().text);
  return found;
}

function complaint(run: () => void): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return formatDiagnostic(error.diagnostic);
  }
  return 'fine';
}

describe('token stream', () => {
  it('looks ahead without taking', () => {
    const tokens = stream('hold time 5;');
    assert.equal(tokens.peek(2).text, '5');
    assert.ok(tokens.atWords('hold', 'time'));
    assert.ok(!tokens.acceptWords('hold', 'timer'));
    assert.ok(tokens.acceptWords('hold', 'time'));
    assert.equal(tokens.next().value, 5);
    assert.equal(tokens.previous().text, '5');
    assert.ok(tokens.acceptPunct(';'));
    assert.ok(tokens.atEnd());
    assert.equal(tokens.next().kind, TokenKind.End);
  });

  it('counts open braces', () => {
    const tokens = stream('{ a { b } }');
    const depths = [];
    while (!tokens.atEnd()) {
      tokens.next();
      depths.push(tokens.depth());
    }
    assert.deepEqual(depths, [1, 1, 2, 2, 1, 0]);
  });

  it('names what it met and what it wanted, and suggests the nearest word', () => {
    const tokens = stream('  neighbour 5;');
    assert.equal(
      complaint(() => tokens.failUnexpected([], ['neighbor', 'local'])),
      [
        '/etc/bird.conf:1:3 syntax error, unexpected CF_SYM_UNDEFINED',
        '    neighbour 5;',
        '    ^^^^^^^^^',
        '  Did you mean "neighbor"?',
      ].join('\n'),
    );
    assert.match(
      complaint(() => stream('router').expectPunct(';')),
      /unexpected ROUTER, expecting ';'/,
    );
    assert.match(
      complaint(() => stream('').expectKind(TokenKind.Number)),
      /unexpected END, expecting NUM/,
    );
  });

  it('reads included files in place, names relative to the including file', () => {
    const contents = { '/etc/sub/a.conf': 'a1\ninclude "b.conf";\na2', '/etc/sub/b.conf': 'b1' };
    assert.deepEqual(words(stream('one\n  include "sub/a.conf";\ntwo', contents)), ['one', 'a1', 'b1', 'a2', 'two']);
  });

  it('reads all files of a wildcard in the order of their names', () => {
    const contents = { '/etc/d/2.conf': 'two', '/etc/d/10.conf': 'ten', '/etc/d/x.txt': 'no' };
    assert.deepEqual(words(stream('include "d/*.conf";', contents)), ['ten', 'two']);
    assert.deepEqual(words(stream('a\ninclude "none/*.conf";\nb')), ['a', 'b']);
  });

  it('takes include for a word where it does not start a line', () => {
    assert.deepEqual(words(stream('a include "x";')), ['a', 'include', 'x', ';']);
    const commands = new TokenStream(new Source('command', 'include "x";'));
    assert.deepEqual(words(commands), ['include', 'x', ';']);
  });

  it('complains about includes that cannot be followed', () => {
    assert.match(
      complaint(() => words(stream('include "x.conf";'))),
      /^\/etc\/bird.conf:1:9 Unable to open included file \/etc\/x.conf: No such file or directory/,
    );
    assert.match(
      complaint(() => words(stream('include "/nodir/*.conf";'))),
      /Unable to match pattern \/nodir\/\*.conf: No such file or directory/,
    );
    assert.match(
      complaint(() => words(stream('include "x.conf"'))),
      /Unterminated include/,
    );
  });

  it('stops at eight files inside each other', () => {
    const chain: Record<string, string> = {};
    for (let i = 1; i <= 9; i++) chain[`/etc/${i}.conf`] = `f${i}\ninclude "${i + 1}.conf";`;
    assert.match(
      complaint(() => words(stream('include "1.conf";', { ...chain, '/etc/9.conf': 'f9' }))),
      /^\/etc\/8.conf:2:9 Max include nesting level reached/,
    );
    assert.deepEqual(words(stream('include "1.conf";', { ...chain, '/etc/8.conf': 'f8' })).at(-1), 'f8');
    assert.match(
      complaint(() => words(stream('include "a.conf";', { '/etc/a.conf': 'include "a.conf";' }))),
      /Max include nesting level reached/,
    );
  });

  it('gives up files that include each other by wildcards', () => {
    const contents: Record<string, string> = {};
    for (let i = 0; i < 20; i++) contents[`/etc/d/${i}.conf`] = `x${i}\ninclude "*.conf";`;
    const tokens = stream('include "d/*.conf";\nlast', contents);
    assert.match(
      complaint(() => words(tokens)),
      /Max include nesting level reached/,
    );
    assert.deepEqual(words(tokens), ['last']);
    const wide = stream('include "a.conf";'.concat('\ninclude "a.conf";'.repeat(10_000)), { '/etc/a.conf': 'a' });
    assert.match(
      complaint(() => words(wide)),
      /^\/etc\/bird.conf:10001:9 Too many included files/,
    );
  });

  it('points into the included file', () => {
    const tokens = stream('include "a.conf";', { '/etc/a.conf': '\n\n   @' });
    assert.equal(
      complaint(() => words(tokens)),
      ['/etc/a.conf:3:4 Unknown character', '     @', '     ^'].join('\n'),
    );
  });

  it('leaves a broken statement behind its semicolon or block', () => {
    const after = (text: string, take: number): string => {
      const tokens = stream(text);
      for (let i = 0; i < take; i++) tokens.next();
      tokens.skipStatement(0, () => {});
      return tokens.peek().text;
    };
    assert.equal(after('a b c; next', 1), 'next');
    assert.equal(after('a { b; c } next', 1), 'next');
    assert.equal(after('a { b; { c } d }; next', 4), 'next');
    assert.equal(after('a } next', 1), '}');
    assert.equal(after('a b', 1), '');
  });

  it('suggests the network of a prefix with host bits', () => {
    assert.equal(
      complaint(() => readPrefix(stream('10.0.0.1/8'))),
      [
        '/etc/bird.conf:1:1 Invalid IPv4 prefix 10.0.0.1/8, maybe you wanted 10.0.0.0/8',
        '  10.0.0.1/8',
        '  ^^^^^^^^^^',
        '  10.0.0.0/8 is 10.0.0.0 - 10.255.255.255; the address alone is 10.0.0.1/32.',
      ].join('\n'),
    );
    assert.match(
      complaint(() => readPrefix(stream('2001:db8::1/127'))),
      /2001:db8:: - 2001:db8::1; the address alone is 2001:db8::1\/128/,
    );
    assert.match(
      complaint(() => readPrefix(stream('10.0.0.0/33'))),
      /^\/etc\/bird.conf:1:10 Invalid prefix length 33/,
    );
    assert.match(
      complaint(() => readPrefix(stream('10.0.0.1/31'))),
      /10.0.0.0 - 10.0.0.1;/,
    );
  });
});
