/**
 * Reading requests: the lexer of the configuration, and the pieces that many commands share. Complaints are BIRD's:
 * `syntax error, unexpected X, expecting Y or Z` with the names and the order that its parser has for tokens; more than
 * four possibilities are not listed.
 */
import { Source, type Token, TokenKind, TokenStream } from '../../../config/index.ts';
import { Code } from '../format/lines.ts';
import type { ChannelView, ProtocolView } from '../host.ts';
import { type CommandContext, Refusal } from './command.ts';
import { matchesPattern } from './pattern.ts';

/** Protocols that a command is for. */
export type ProtocolTarget =
  | { readonly kind: 'all' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'pattern'; readonly pattern: string };

/** Words that can name a channel. */
const CHANNEL_WORDS = new Set([
  'ipv4',
  'ipv6',
  'ipv4_mc',
  'ipv6_mc',
  'ipv4_mpls',
  'ipv6_mpls',
  'vpn4',
  'vpn6',
  'vpn4_mc',
  'vpn6_mc',
  'vpn4_mpls',
  'vpn6_mpls',
  'roa4',
  'roa6',
  'flow4',
  'flow6',
  'pri',
  'sec',
]);

export class Grammar {
  readonly stream: TokenStream;
  readonly context: CommandContext;

  constructor(line: string, context: CommandContext) {
    this.context = context;
    this.stream = new TokenStream(new Source('', line), { isSymbol: (name) => this.isSymbol(name) });
  }

  /** A name of the configuration, or of a protocol born at run time. */
  isSymbol(name: string): boolean {
    return this.context.host.language.symbol(name) !== undefined || this.context.host.protocol(name) !== undefined;
  }

  /** The next token as a word, or ''. */
  word(): string {
    return this.stream.atKind(TokenKind.Word) ? this.stream.peek().text : '';
  }

  accept(word: string): boolean {
    return this.stream.acceptWords(word);
  }

  /** The request has to end here, or go on with one of `others`. */
  end(...others: readonly string[]): void {
    if (!this.stream.atEnd()) this.stream.failUnexpected(['END', ...others]);
  }

  fail(message: string, token?: Token): never {
    this.stream.fail(message, token);
  }

  /** A string in double quotes, if one stands next. */
  text(): string | undefined {
    return this.stream.atKind(TokenKind.Text) ? this.stream.next().text : undefined;
  }

  /** A known name, if one stands next. */
  symbol(): string | undefined {
    const name = this.word();
    if (name === '' || !this.isSymbol(name)) return undefined;
    this.stream.next();
    return name;
  }

  /** Name of a protocol, if a known name stands next; complains when it names something else. */
  protocolName(): string | undefined {
    const token = this.stream.peek();
    const name = this.symbol();
    if (name !== undefined && this.context.host.protocol(name) === undefined) this.notAProtocol(name, token);
    return name;
  }

  private notAProtocol(name: string, token: Token): void {
    // A configured protocol that is not there any more (a reconfiguration is under way) matches nothing later on.
    if (this.context.host.language.symbol(name) !== 'protocol') this.fail('Protocol name required', token);
  }

  /** `proto := SYMBOL | TEXT | 'all'`; `expecting` is what the complaint lists. */
  protocolTarget(expecting: readonly string[]): ProtocolTarget {
    if (this.accept('all')) return { kind: 'all' };
    return this.protocolTargetWithoutAll() ?? this.stream.failUnexpected(expecting);
  }

  protocolTargetWithoutAll(): ProtocolTarget | undefined {
    const pattern = this.text();
    if (pattern !== undefined) return { kind: 'pattern', pattern };
    const { layout, host } = this.context;
    const word = this.word();
    if (layout.anyProtocolName && word !== '') {
      this.stream.next();
      if (host.protocol(word) === undefined) throw new Refusal(Code.NoSuchName, `${word} is not a protocol`);
      return { kind: 'name', name: word };
    }
    const name = this.protocolName();
    return name === undefined ? undefined : { kind: 'name', name };
  }

  /** `. CHANNEL` behind the name of a protocol. */
  channelOf(protocol: string): { readonly protocol: ProtocolView; readonly channel: ChannelView } {
    this.stream.expectPunct('.');
    const token = this.stream.peek();
    const name = this.word();
    if (!CHANNEL_WORDS.has(name)) this.stream.failUnexpected();
    this.stream.next();
    const view = this.context.host.protocol(protocol);
    const channel = view?.channels.find((candidate) => candidate.name === name);
    if (view === undefined || channel === undefined) this.fail(`Channel ${protocol}.${name} not found`, token);
    return { protocol: view, channel };
  }

  /** `{ WORD, ... }`; `others` is what may follow a word besides the comma. */
  bracedWords(words: readonly string[]): string[] {
    const names = words.map((word) => word.toUpperCase());
    const found: string[] = [];
    this.stream.expectPunct('{');
    do {
      const word = this.word();
      if (!words.includes(word)) this.stream.failUnexpected(names);
      this.stream.next();
      found.push(word);
    } while (this.stream.acceptPunct(','));
    if (!this.stream.acceptPunct('}')) this.stream.failUnexpected(["','", "'}'"]);
    return found;
  }
}

/** The protocols of a target, as they are now. */
export function* targetProtocols(context: CommandContext, target: ProtocolTarget): Generator<ProtocolView> {
  if (target.kind === 'name') {
    const protocol = context.host.protocol(target.name);
    if (protocol !== undefined) yield protocol;
    return;
  }
  for (const protocol of context.host.protocols()) {
    if (target.kind === 'all' || matchesPattern(target.pattern, protocol.name)) yield protocol;
  }
}
