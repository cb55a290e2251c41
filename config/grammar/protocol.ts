/**
 * Protocols and templates.
 *
 *     protocol := ( 'protocol' | 'template' ) kind [ NAME ] [ 'from' NAME ] '{' { item ';' } '}'
 *     item     := option | channel
 *
 * What the items are is said by the tables of the kind.
 */
import type { ProtocolConfig } from '../model.ts';
import { didYouMean } from '../syntax/diagnostic.ts';
import { type Token, TokenKind } from '../syntax/token.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import { type ChannelRules, channelTypeAhead, plainChannelTypes, readChannel } from './channel.ts';
import type { ChannelType } from './channel-draft.ts';
import { type ReadContext, readBlock } from './context.ts';
import type { StatementReader } from './option-table.ts';
import { type DraftDefaults, draftOf, ProtocolDraft } from './protocol-draft.ts';

export interface ProtocolKind {
  /** Its word: `bgp`. */
  readonly word: string;
  readonly statements: StatementReader;
  readonly channels: ChannelRules | undefined;
  /** Reads a body that is not made of the statements above; most kinds have none. */
  readBody?(context: ReadContext, draft: ProtocolDraft): void;
  /** Checks the draft and makes the model; `undefined` after errors. */
  finish(context: ReadContext, draft: ProtocolDraft): ProtocolConfig | undefined;
}

/** Makes up names like BIRD: the word and the next free number, counted for each kind. */
export class DefaultNames {
  private readonly counters = new Map<string, number>();

  next(word: string, isTaken: (name: string) => boolean): string {
    for (let count = (this.counters.get(word) ?? 0) + 1; ; count++) {
      const name = `${word}${count}`;
      if (!isTaken(name)) {
        this.counters.set(word, count);
        return name;
      }
    }
  }
}

/** Channel types that no kind takes everywhere, known for better messages. */
const ALL_TYPES: readonly ChannelType[] = plainChannelTypes();

/** Reads from the name on; `protocol KIND` has been taken. `start` is the kind's word. */
export function readProtocol(
  context: ReadContext,
  kind: ProtocolKind,
  isTemplate: boolean,
  start: Token,
  names: DefaultNames,
  defaults: DraftDefaults,
): { readonly draft: ProtocolDraft; readonly config: ProtocolConfig | undefined } {
  const { stream, scope, notes } = context;
  const errorsBefore = notes.count;
  const draft = new ProtocolDraft(kind.word, isTemplate, readName(context, kind, start, names), defaults);
  scope.define({
    name: draft.name,
    kind: isTemplate ? 'template' : 'protocol',
    token: draft.unnamed ? undefined : draft.token,
    definition: draft,
  });
  try {
    if (stream.acceptWords('from')) copyTemplate(context, draft);
    if (kind.readBody === undefined) readBlock(context, () => readItem(context, kind, draft));
    else kind.readBody(context, draft);
  } catch (error) {
    draft.isBroken = true;
    throw error;
  }
  if (notes.count > errorsBefore) draft.isBroken = true;
  // Templates are judged where they are used; a broken draft would only give more of the same.
  const config = isTemplate || draft.isBroken ? undefined : kind.finish(context, draft);
  return { draft, config };
}

function readName(
  context: ReadContext,
  kind: ProtocolKind,
  start: Token,
  names: DefaultNames,
): { readonly text: string; readonly unnamed: boolean; readonly token: Token } {
  const { stream, scope } = context;
  const token = stream.peek();
  if (token.kind === TokenKind.Word && token.text !== 'from') {
    stream.next();
    if (scope.own(token.text) !== undefined) stream.fail(`Symbol '${token.text}' already defined`, token);
    return { text: token.text, unnamed: false, token };
  }
  const text = names.next(kind.word, (name) => scope.own(name) !== undefined);
  return { text, unnamed: true, token: start };
}

function copyTemplate({ scope, ...context }: ReadContext, draft: ProtocolDraft): void {
  const stream: TokenStream = context.stream;
  const token = stream.peek();
  const symbol = token.kind === TokenKind.Word ? scope.lookup(token.text) : undefined;
  if (symbol === undefined) {
    stream.failUnexpected(['CF_SYM_KNOWN'], [...scope.names('template'), ...scope.names('protocol')]);
  }
  stream.next();
  if (symbol.kind !== 'template' && symbol.kind !== 'protocol') {
    stream.fail('Template or protocol name expected', token, didYouMean(token.text, scope.names('template')));
  }
  const other = draftOf(symbol);
  if (other === draft) stream.fail('Template or protocol name expected', token);
  if (other.kind !== draft.kind) {
    stream.fail(
      "Can't copy configuration from a different protocol type",
      token,
      `${other.name} is for ${other.kind}.`,
    );
  }
  draft.copyFrom(other);
}

function readItem(context: ReadContext, kind: ProtocolKind, draft: ProtocolDraft): void {
  const { stream } = context;
  const rules = kind.channels;
  if (rules !== undefined) {
    const type = channelTypeAhead(stream, rules.types);
    if (type !== undefined) {
      readChannel(context, draft, type, rules);
      return;
    }
    if (channelTypeAhead(stream, ALL_TYPES) !== undefined) stream.fail('Unsupported channel type');
    if (!kind.statements.begins(stream) && rules.statements.begins(stream)) failChannelOption(context, rules);
  }
  const channelWords = rules === undefined ? [] : rules.types.map((type) => type.words);
  kind.statements.readInto(context, draft, channelWords);
}

/** `import all;` straight in a protocol: the commonest mistake of files written for BIRD 1. */
function failChannelOption({ stream }: ReadContext, rules: ChannelRules): never {
  const token = stream.peek();
  const channel = rules.types[0]!.words;
  const hint = `"${token.text}" is an option of a channel: ${channel} { ${token.text} ...; };`;
  return stream.fail(`syntax error, unexpected ${stream.tokenName(token)}`, token, hint);
}
