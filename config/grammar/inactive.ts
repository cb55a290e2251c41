/**
 * Protocols that BIRD has and this version does not run. Those that add to BGP without changing its routes (bfd, rpki,
 * mrt, ...) are accepted, checked as far as their shape goes, and reported as not active; the other routing protocols
 * are refused, because routes would silently be missing.
 */
import type { InactiveConfig, ProtocolConfig } from '../model.ts';
import { didYouMean } from '../syntax/diagnostic.ts';
import { TokenKind } from '../syntax/token.ts';
import { type ReadContext, readBlock, skipBlock } from './context.ts';
import { Statements } from './option-table.ts';
import type { ProtocolKind } from './protocol.ts';
import {
  COMMON_FIELDS,
  type CommonOptions,
  commonStatements,
  finishBase,
  type ProtocolDraft,
} from './protocol-draft.ts';

const STATEMENTS = new Statements<CommonOptions>(COMMON_FIELDS, commonStatements<CommonOptions>());

/** First words of the statements of each protocol. */
const OPTION_WORDS: Readonly<Record<string, string>> = {
  bfd: 'accept strict zero interface multihop neighbor',
  rpki: 'remote port local refresh retry expire ignore min max transport roa4 roa6 aspa',
  mrt: 'table filter where filename period always',
  bmp: 'station local system monitoring tx',
  aggregator: 'table peer import export aggregate merge preference',
  l3vpn: 'rd import export route ipv4 ipv6 vpn4 vpn6 mpls',
};

export function finishInactive(context: ReadContext, draft: ProtocolDraft, what?: string): InactiveConfig {
  context.notes.inactive(what ?? `protocol ${draft.kind} ${draft.name}`, draft.token);
  return { ...finishBase(draft), kind: 'inactive', protocol: draft.kind };
}

function inactive(word: string): ProtocolKind {
  const words = OPTION_WORDS[word]!.split(' ');
  return {
    word,
    statements: STATEMENTS,
    channels: undefined,
    readBody: (context, draft) => {
      readBlock(context, () => {
        const { stream } = context;
        const first = stream.peek();
        if (first.kind === TokenKind.Word && words.includes(first.text)) skipStatement(context);
        else STATEMENTS.readInto(context, draft, words);
      });
    },
    finish: (context, draft): ProtocolConfig => finishInactive(context, draft),
  };
}

/** Everything up to the semicolon, blocks included. */
function skipStatement(context: ReadContext): void {
  const { stream } = context;
  while (!stream.atPunct(';')) {
    if (stream.atKind(TokenKind.End) || stream.atPunct('}')) stream.failUnexpected(["';'"]);
    if (stream.atPunct('{')) skipBlock(context);
    else stream.next();
  }
}

export const INACTIVE_KINDS: readonly ProtocolKind[] = Object.keys(OPTION_WORDS).map(inactive);

const REFUSED: Readonly<Record<string, string>> = {
  ospf: 'OSPF',
  rip: 'RIP',
  babel: 'Babel',
  radv: 'Router Advertisements',
  perf: 'performance tests of BIRD',
  evpn: 'EVPN',
  bridge: 'bridges',
};

/** Complains about a protocol's word that no kind has. */
export function failUnknownProtocol({ stream }: ReadContext, known: Iterable<string>): never {
  const token = stream.peek();
  const refused = token.kind === TokenKind.Word ? REFUSED[token.text] : undefined;
  if (refused !== undefined) {
    const hint = `Peregrine routes with BGP, static routes and the kernel; run ${refused} in another daemon.`;
    stream.fail(`Protocol ${token.text} is not supported`, token, hint);
  }
  const hint = token.kind === TokenKind.Word ? didYouMean(token.text, known) : undefined;
  return stream.fail(`syntax error, unexpected ${stream.tokenName(token)}`, token, hint);
}
