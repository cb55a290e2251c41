import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, diagnosticHeadline } from '../../../config/syntax/diagnostic.ts';
import { Lexer } from '../../../config/syntax/lexer.ts';
import { Source } from '../../../config/syntax/source.ts';
import { type Token, TokenKind } from '../../../config/syntax/token.ts';

const KIND_NAMES = Object.fromEntries(Object.entries(TokenKind).map(([name, kind]) => [kind, name]));

function tokens(text: string): Token[] {
  const lexer = new Lexer(new Source('t.conf', text));
  const found: Token[] = [];
  for (let token = lexer.next(); token.kind !== TokenKind.End; token = lexer.next()) found.push(token);
  return found;
}

/** Kind and text of each token. */
function shape(text: string): string[] {
  return tokens(text).map((token) => `${KIND_NAMES[token.kind]} ${token.text}`);
}

function complaint(text: string): string {
  try {
    tokens(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return diagnosticHeadline(error.diagnostic);
  }
  return 'fine';
}

describe('lexer', () => {
  it('knows words, numbers, strings and operators', () => {
    assert.deepEqual(shape('hold time 0x1F; "a b"'), ['Word hold', 'Word time', 'Number 0x1F', 'Punct ;', 'Text a b']);
    assert.equal(tokens('0x1F')[0]!.value, 31);
    assert.equal(tokens('4294967295')[0]!.value, 4294967295);
    assert.deepEqual(shape('a!=b!~c<=d>=e&&f||g->h++'), [
      ...['Word a', 'Punct !=', 'Word b', 'Punct !~', 'Word c', 'Punct <=', 'Word d', 'Punct >=', 'Word e'],
      ...['Punct &&', 'Word f', 'Punct ||', 'Word g', 'Punct ->', 'Word h', 'Punct ++'],
    ]);
    assert.deepEqual(shape('[= 1 * =] [1..2]'), [
      ...['Punct [=', 'Number 1', 'Punct *', 'Punct =]', 'Punct [', 'Number 1', 'Punct ..', 'Number 2', 'Punct ]'],
    ]);
  });

  it('counts lines and columns from one, a tab as one column', () => {
    const [a, b, c] = tokens('one\n\ttwo  three');
    assert.deepEqual(
      [a!.source.place(a!.start), b!.source.place(b!.start), c!.source.place(c!.start)],
      [
        { file: 't.conf', line: 1, column: 1 },
        { file: 't.conf', line: 2, column: 2 },
        { file: 't.conf', line: 2, column: 7 },
      ],
    );
    assert.deepEqual([b!.start, b!.end], [5, 8]);
  });

  it('passes over comments of both kinds', () => {
    assert.deepEqual(shape('a # b "c\n/* d\n e */ f /**/ g'), ['Word a', 'Word f', 'Word g']);
    assert.equal(complaint('a /* b'), 't.conf:1:3 Unterminated comment');
    assert.equal(complaint('/* a /* b */ */'), 't.conf:1:6 Comment nesting not supported');
  });

  it('takes quoted symbols for words', () => {
    assert.deepEqual(shape("'a-b:c.d' 'x'"), ['Word a-b:c.d', 'Word x']);
    assert.equal(complaint("'a b'"), 't.conf:1:3 Invalid character in apostrophed symbol');
    assert.equal(complaint("'abc"), 't.conf:1:1 Unterminated symbol');
  });

  it('reads IPv4 addresses, with decimal leading zeros as BIRD does', () => {
    assert.deepEqual(shape('10.0.0.1 01.2.3.4'), ['Ip4 10.0.0.1', 'Ip4 1.2.3.4']);
    assert.equal(tokens('192.0.2.1')[0]!.value, 0xc0000201);
    assert.equal(complaint('1.2.3.256'), 't.conf:1:1 Invalid IPv4 address 1.2.3.256');
    assert.deepEqual(shape('1.2.3'), ['Number 1', 'Punct .', 'Number 2', 'Punct .', 'Number 3']);
    assert.deepEqual(shape('1.2.3.4..1.2.3.5'), ['Ip4 1.2.3.4', 'Punct ..', 'Ip4 1.2.3.5']);
  });

  it('reads IPv6 addresses in canonical form', () => {
    assert.deepEqual(shape('2001:DB8:0:0::1 :: ::1 fe80::1%eth0 ::ffff:1.2.3.4'), [
      ...['Ip6 2001:db8::1', 'Ip6 ::', 'Ip6 ::1', 'Ip6 fe80::1', 'Punct %', 'Word eth0', 'Ip6 ::ffff:1.2.3.4'],
    ]);
    assert.deepEqual(shape('fe80::1: accept'), ['Ip6 fe80::1', 'Punct :', 'Word accept']);
    assert.equal(complaint('1:2:3:4'), 't.conf:1:1 Invalid IPv6 address 1:2:3:4');
    assert.equal(complaint('fe80::1::2'), 't.conf:1:1 Invalid IPv6 address fe80::1::2');
  });

  it('leaves words and numbers before a colon alone', () => {
    assert.deepEqual(shape('1: add: beef:'), ['Number 1', 'Punct :', 'Word add', 'Punct :', 'Word beef', 'Punct :']);
    assert.deepEqual(shape('else: else :'), ['Punct else:', 'Word else', 'Punct :']);
  });

  it('reads route distinguishers and checks their halves', () => {
    assert.deepEqual(shape('65000:1 2:70000:1 0:5:6 10.0.0.1:7 70000:1'), [
      ...['Rd 65000:1', 'Rd 2:70000:1', 'Rd 0:5:6', 'Rd 10.0.0.1:7', 'Rd 70000:1'],
    ]);
    assert.equal(complaint('70000:70000'), 't.conf:1:1 Invalid route distinguisher');
    assert.deepEqual(shape('5:6:7'), ['Rd 5:6', 'Punct :', 'Number 7']);
  });

  it('reads octets and MAC addresses', () => {
    assert.deepEqual(shape('hex:01:AB hex: 0102030405060708090a 01:02:03:04:05:06:07:08:09:0a'), [
      ...['Bytes 01ab', 'Bytes ', 'Bytes 0102030405060708090a', 'Bytes 0102030405060708090a'],
    ]);
    const [mac] = tokens('02:00:00:00:00:0A');
    assert.deepEqual([mac!.kind, mac!.text, mac!.value], [TokenKind.Mac, '02:00:00:00:00:0a', 0x02000000000a]);
    assert.deepEqual(shape('hexa hex'), ['Word hexa', 'Word hex']);
  });

  it('refuses what is too big', () => {
    assert.equal(complaint('4294967296'), 't.conf:1:1 Number out of range');
    assert.equal(complaint('0x100000000'), 't.conf:1:1 Number out of range');
    assert.equal(complaint(`a${'b'.repeat(64)}`), 't.conf:1:1 Symbol too long');
    assert.equal(complaint(`"${'x'.repeat(4097)}"`), 't.conf:1:1 String too long');
    assert.equal(complaint('"a\nb"'), 't.conf:1:1 Unterminated string');
    assert.equal(complaint('a\n  @'), 't.conf:2:3 Unknown character');
    assert.equal(complaint('é'), 't.conf:1:1 Unknown character');
  });

  it('goes on behind what it complained about', () => {
    const lexer = new Lexer(new Source('t.conf', '@ a 99999999999 b "c'));
    const seen: string[] = [];
    for (let i = 0; i < 10; i++) {
      try {
        const token = lexer.next();
        if (token.kind === TokenKind.End) break;
        seen.push(token.text);
      } catch {
        seen.push('!');
      }
    }
    assert.deepEqual(seen, ['!', 'a', '!', 'b', '!']);
  });
});
