/**
 * Tokens with lookahead, `include` already followed: what every parser of the configuration reads from.
 *
 *     include := <start of a line> 'include' STRING ';'
 *
 * A relative name is taken from the folder of the including file. A name with wildcards stands for all matching files
 * in order of their names. Nesting ends at eight.
 *
 * All `expect*` and `fail*` methods throw `ConfigError`; the parser catches it where it can go on.
 */
import type { FamilyName } from '../../bgp/index.ts';
import { ConfigError, type Diagnostic, diagnosticAt, diagnosticOf, didYouMean } from './diagnostic.ts';
import type { ConfigFiles } from './files.ts';
import { isKnownWord, wordTokenName } from './keywords.ts';
import { Lexer } from './lexer.ts';
import { Source } from './source.ts';
import { type Token, TokenKind } from './token.ts';

const DEEPEST_INCLUDE = 8;
/** Files that include each other by wildcards multiply; this many are a mistake. */
const MOST_INCLUDED = 10_000;

/** What cannot begin a statement, nor end the one around it. */
const MIDDLE: ReadonlySet<string> = new Set([')', ']', ',', '.', '..', '=', '!=', '~', '!~', '&&', '||']);

export interface TokenStreamOptions {
  /** Without it `include` is an ordinary word (control socket). */
  readonly files?: ConfigFiles | undefined;
  /** Knows the names that are defined where the stream stands; for messages. */
  readonly isSymbol?: ((name: string) => boolean) | undefined;
  /** The only family of addresses that may stand in the text; `undefined`: both. */
  readonly family?: FamilyName | undefined;
}

export class TokenStream {
  /** Lexers of the open files, the innermost last. */
  private readonly open: Lexer[];
  private readonly ahead: Token[] = [];
  private readonly files: ConfigFiles | undefined;
  private readonly family: FamilyName | undefined;
  private included = 0;
  private previousToken: Token;
  /** How many braces are open at the place that was read last; a statement is left at the depth where it began. */
  private braces = 0;
  /** Asked for the class of a word in messages; parsers that open a scope replace it. */
  isSymbol: (name: string) => boolean;

  constructor(source: Source, options: TokenStreamOptions = {}) {
    this.open = [new Lexer(source)];
    this.files = options.files;
    this.family = options.family;
    this.isSymbol = options.isSymbol ?? (() => false);
    this.previousToken = { kind: TokenKind.End, source, start: 0, end: 0, text: '', value: 0 };
  }

  // ------------------------------------------------------------------------------------------------- looking

  /** The token `distance` ahead; 0 is the one that `next` returns. */
  peek(distance = 0): Token {
    if (distance < this.ahead.length) return this.ahead[distance]!;
    while (this.ahead.length <= distance) this.ahead.push(this.read());
    return this.ahead[distance]!;
  }

  /** Takes the next token. */
  next(): Token {
    const token = this.ahead.length > 0 ? this.ahead.shift()! : this.read();
    this.previousToken = token;
    if (token.kind === TokenKind.Punct) {
      if (token.text === '{') this.braces++;
      else if (token.text === '}' && this.braces > 0) this.braces--;
    }
    return token;
  }

  /** Number of open braces. */
  depth(): number {
    return this.braces;
  }

  /** The token taken last. */
  previous(): Token {
    return this.previousToken;
  }

  atEnd(): boolean {
    return this.peek().kind === TokenKind.End;
  }

  atKind(kind: TokenKind): boolean {
    return this.peek().kind === kind;
  }

  /** True if the next tokens are exactly these words. */
  atWords(...words: readonly string[]): boolean {
    for (let i = 0; i < words.length; i++) {
      const token = this.peek(i);
      if (token.kind !== TokenKind.Word || token.text !== words[i]) return false;
    }
    return true;
  }

  atPunct(text: string): boolean {
    const token = this.peek();
    return token.kind === TokenKind.Punct && token.text === text;
  }

  // ------------------------------------------------------------------------------------------------- taking

  /** Takes the words if all of them stand next. */
  acceptWords(...words: readonly string[]): boolean {
    if (!this.atWords(...words)) return false;
    for (let i = 0; i < words.length; i++) this.next();
    return true;
  }

  acceptPunct(text: string): boolean {
    if (!this.atPunct(text)) return false;
    this.next();
    return true;
  }

  expectPunct(text: string): Token {
    if (!this.atPunct(text)) this.failUnexpected([`'${text}'`]);
    return this.next();
  }

  expectWord(word: string): Token {
    if (!this.atWords(word)) this.failUnexpected([wordTokenName(word, false)], [word]);
    return this.next();
  }

  expectKind(kind: TokenKind): Token {
    if (!this.atKind(kind)) this.failUnexpected([kindName(kind)]);
    return this.next();
  }

  // ------------------------------------------------------------------------------------------------- failing

  /**
   * `syntax error, unexpected X, expecting Y or Z` about the next token, in the words of BIRD's parser. `known` are
   * words that would have been right here, of which the nearest is suggested.
   */
  failUnexpected(expecting: readonly string[] = [], known: Iterable<string> = []): never {
    const token = this.peek();
    const expected = expecting.length === 0 || expecting.length > 4 ? '' : `, expecting ${expecting.join(' or ')}`;
    const hint = token.kind === TokenKind.Word ? didYouMean(token.text, known) : undefined;
    this.fail(`syntax error, unexpected ${this.tokenName(token)}${expected}`, token, hint);
  }

  fail(message: string, token: Token = this.peek(), hint?: string): never {
    throw new ConfigError(diagnosticOf(token, message, { hint }));
  }

  /** About everything from the first token to the last, where both stand in one file. */
  failBetween(message: string, first: Token, last: Token, hint?: string): never {
    const end = first.source === last.source ? last.end : first.end;
    throw new ConfigError(diagnosticAt(first.source, first.start, end, message, { hint }));
  }

  /** The name that BIRD's messages have for a token. */
  tokenName(token: Token): string {
    if (token.kind !== TokenKind.Word)
      return token.kind === TokenKind.Punct ? punctName(token.text) : kindName(token.kind);
    return wordTokenName(token.text, this.isSymbol(token.text) && !isKnownWord(token.text));
  }

  // ------------------------------------------------------------------------------------------------- recovery

  /**
   * Leaves a broken statement that began at brace depth `depth`: goes behind its `;` or behind the block that it ends
   * with, and stops before a `}` that closes the block around it. What the lexer complains about on the way goes to
   * `note`. False if the text ends there.
   */
  skipStatement(depth: number, note: (diagnostic: Diagnostic) => void): boolean {
    for (;;) {
      const token = this.peekOrNote(note);
      if (token.kind === TokenKind.End) return false;
      const punct = token.kind === TokenKind.Punct ? token.text : '';
      if (this.braces <= depth && punct === '}') return true;
      this.next();
      if (this.braces > depth) continue;
      if (punct === ';') return true;
      if (punct === '}') {
        const after = this.peekOrNote(note);
        const next = after.kind === TokenKind.Punct ? after.text : '';
        // The braces of `[ P{16,24} ]` are in the middle of the statement.
        if (MIDDLE.has(next)) continue;
        if (next === ';') this.next();
        return true;
      }
    }
  }

  private peekOrNote(note: (diagnostic: Diagnostic) => void): Token {
    for (;;) {
      try {
        return this.peek();
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        note(error.diagnostic);
      }
    }
  }

  // ------------------------------------------------------------------------------------------------- reading

  private read(): Token {
    for (;;) {
      const lexer = this.open[this.open.length - 1]!;
      const token = lexer.next();
      if (token.kind !== TokenKind.End && token.kind !== TokenKind.Word) return this.ofFamily(token);
      if (token.kind === TokenKind.End && this.open.length > 1) {
        this.open.pop();
      } else if (
        token.kind === TokenKind.Word &&
        token.text === 'include' &&
        this.files !== undefined &&
        lexer.startsLine(token.start) &&
        includesText(lexer.source, token)
      ) {
        this.include(lexer, this.files);
      } else {
        return token;
      }
    }
  }

  /** A daemon of one family knows no address of the other; a dotted quad is then a number, as of a router id. */
  private ofFamily(token: Token): Token {
    if (this.family === 'ipv6' && token.kind === TokenKind.Ip4) return { ...token, kind: TokenKind.Quad };
    if (this.family === 'ipv4' && token.kind === TokenKind.Ip6) {
      this.fail(
        'syntax error, unexpected IP6',
        token,
        'This daemon is for IPv4; IPv6 has a daemon and files of its own.',
      );
    }
    return token;
  }

  private include(lexer: Lexer, files: ConfigFiles): void {
    const name = lexer.next();
    const end = lexer.next();
    if (end.kind !== TokenKind.Punct || end.text !== ';') this.fail('Unterminated include', name);
    if (this.open.length > DEEPEST_INCLUDE) this.failIncluding('Max include nesting level reached', name);
    if (name.text === '') this.fail('Include with empty file name', name);
    const pattern = name.text.startsWith('/') ? name.text : `${folderOf(lexer.source.path)}/${name.text}`;
    let paths: readonly string[] = [pattern];
    if (/[*?[]/.test(pattern)) {
      const found = files.glob(pattern);
      if ('error' in found) this.fail(`Unable to match pattern ${pattern}: ${found.error}`, name);
      paths = found.value;
    }
    const lexers: Lexer[] = [];
    this.included += paths.length;
    if (this.included > MOST_INCLUDED) this.failIncluding('Too many included files', name);
    for (const path of paths) {
      const read = files.readFile(path);
      if ('error' in read) this.fail(`Unable to open included file ${path}: ${read.error}`, name);
      lexers.push(new Lexer(new Source(path, read.value)));
    }
    // The innermost file is read first, so the first of several goes on top.
    this.open.push(...lexers.reverse());
  }

  /** Gives up all included files: whoever goes on reading would meet the same mistake in each of them. */
  private failIncluding(message: string, name: Token): never {
    this.open.length = 1;
    this.fail(message, name);
  }
}

/** `include` is a statement only with a string behind it on the same line. */
function includesText(source: Source, token: Token): boolean {
  return /^[ \t]*"/.test(source.text.slice(token.end, token.end + 256));
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : slash === 0 ? '' : path.slice(0, slash);
}

/** Names of BIRD's grammar for kinds of tokens. */
function kindName(kind: TokenKind): string {
  switch (kind) {
    case TokenKind.End:
      return 'END';
    case TokenKind.Word:
      return 'CF_SYM_UNDEFINED';
    case TokenKind.Number:
      return 'NUM';
    case TokenKind.Text:
      return 'TEXT';
    case TokenKind.Ip4:
      return 'IP4';
    case TokenKind.Ip6:
      return 'IP6';
    case TokenKind.Rd:
      return 'VPN_RD';
    case TokenKind.Bytes:
      return 'BYTESTRING';
    case TokenKind.Mac:
      return 'MAC';
    case TokenKind.Quad:
      return 'RTRID';
    case TokenKind.Punct:
      return 'INVALID_TOKEN';
  }
}

const PUNCT_NAMES: Readonly<Record<string, string>> = {
  'else:': 'ELSECOL',
  '..': 'DDOT',
  '>=': 'GEQ',
  '<=': 'LEQ',
  '!=': 'NEQ',
  '!~': 'NMA',
  '&&': 'AND',
  '||': 'OR',
  '[=': 'PO',
  '=]': 'PC',
  '++': 'DDPLUS',
  '->': 'ARROW',
};

function punctName(text: string): string {
  return PUNCT_NAMES[text] ?? `'${text}'`;
}
