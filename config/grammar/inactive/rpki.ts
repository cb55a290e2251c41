/**
 * protocol rpki: ROA and ASPA entries from a cache server (RFC 8210).
 *
 *     option    := 'remote' ( address | text ) [ 'port' number ] | 'port' number | 'local' 'address' address
 *                | ( 'refresh' | 'retry' | 'expire' ) [ 'keep' ] number | 'ignore' 'max' 'length' switch
 *                | ( 'min' | 'max' ) 'version' number
 *                | 'transport' 'tcp' [ '{' { 'authentication' ( 'none' | 'md5' ) | 'password' text ';' } '}' ]
 *                | 'transport' 'ssh' '{' { 'bird' 'private' 'key' text | 'remote' 'public' 'key' text | 'user' text ';' } '}'
 */
import type { Token } from '../../syntax/token.ts';
import { TokenKind } from '../../syntax/token.ts';
import { CHANNEL_STATEMENTS, plainChannelTypes } from '../channel.ts';
import { type ReadContext, readBlock } from '../context.ts';
import { checked, finishInactive } from '../inactive-protocol.ts';
import type { OptionBag } from '../option-bag.ts';
import { type OptionStatement, Statements, value } from '../option-table.ts';
import type { ProtocolKind } from '../protocol.ts';
import { COMMON_FIELDS, type CommonOptions, commonStatements } from '../protocol-draft.ts';
import { readChoice, readIp, readNumber, readSwitch, readText } from '../values.ts';

interface RpkiOptions extends CommonOptions {
  readonly remote: boolean;
  readonly transport: boolean;
}

const PORT = { max: 65535 };
const VERSIONS = { max: 2 };

/** Seconds between two events, perhaps kept against what the server says. */
function interval(
  word: 'refresh' | 'retry' | 'expire',
  about: string,
  [least, initial, most]: readonly [number, number, number],
): OptionStatement<RpkiOptions> {
  const unit = least === 1 ? 'second' : 'seconds';
  return checked(`${word} [keep] <seconds>`, about, String(initial), (context) => {
    context.stream.acceptWords('keep');
    readNumber(context, {
      min: least,
      max: most,
      message: (seconds) =>
        seconds < least
          ? `Minimum allowed ${word} interval is ${least} ${unit}`
          : `Maximum allowed ${word} interval is ${most} seconds`,
    });
  });
}

export const RPKI_STATEMENTS = new Statements<RpkiOptions>(
  { ...COMMON_FIELDS, remote: value<boolean>(false, 'nothing'), transport: value<boolean>(false, 'nothing') },
  [
    checked('remote <address> | "<host>" [port <port>]', 'the cache server', 'must be set', (context, bag, at) => {
      const { stream } = context;
      if (bag.has('remote')) stream.fail('Only one cache server per protocol allowed', at);
      if (stream.atKind(TokenKind.Text)) readText(context);
      else readIp(context);
      if (stream.acceptWords('port')) readNumber(context, PORT);
      bag.set('remote', true, at);
    }),
    checked('port <port>', 'its port', '323, or 22 with ssh', (context) => void readNumber(context, PORT)),
    checked('local address <address>', 'our side of the connection', 'any', (context) => void readIp(context)),
    interval('refresh', 'how often to ask for changes; `keep`: whatever the server says', [1, 3600, 86400]),
    interval('retry', 'wait after a failure', [1, 600, 7200]),
    interval('expire', 'how long entries hold without news', [600, 7200, 172800]),
    checked('ignore max length <switch>', 'take every ROA as one for all lengths', 'off', (context) => {
      readSwitch(context);
    }),
    checked('min version <0-2>', 'least version of the protocol', '0', (context) => {
      readNumber(context, VERSIONS);
    }),
    checked('max version <0-2>', 'highest version of the protocol', '2', (context) => {
      readNumber(context, VERSIONS);
    }),
    checked('transport tcp [{ authentication none | md5; password "<text>"; }]', 'plain connection', 'it', readTcp),
    checked(
      'transport ssh { bird private key "<file>"; remote public key "<file>"; user "<name>"; }',
      'connection by SSH',
      '-',
      readSsh,
    ),
    ...commonStatements<RpkiOptions>(),
  ],
);

function onlyTransport({ stream }: ReadContext, bag: OptionBag<RpkiOptions>, at: Token): void {
  if (bag.has('transport')) stream.fail('At the most one transport per protocol allowed', at);
  bag.set('transport', true, at);
}

function readTcp(context: ReadContext, bag: OptionBag<RpkiOptions>, at: Token): void {
  onlyTransport(context, bag, at);
  const { stream } = context;
  if (!stream.atPunct('{')) return;
  readBlock(context, () => {
    if (stream.acceptWords('authentication')) readChoice(context, { none: 0, md5: 1 });
    else if (stream.acceptWords('password')) readText(context);
    else stream.failUnexpected(['AUTHENTICATION', 'PASSWORD'], ['authentication', 'password']);
  });
}

const SSH_OPTIONS = ['bird private key', 'remote public key', 'user'];

function readSsh(context: ReadContext, bag: OptionBag<RpkiOptions>, at: Token): void {
  onlyTransport(context, bag, at);
  const { stream } = context;
  let hasUser = false;
  readBlock(context, () => {
    hasUser ||= stream.atWords('user');
    if (!SSH_OPTIONS.some((words) => stream.acceptWords(...words.split(' ')))) {
      stream.failUnexpected(['BIRD', 'REMOTE', 'USER'], ['bird', 'remote', 'user']);
    }
    readText(context);
  });
  if (!hasUser) stream.fail('User must be set', stream.previous());
}

export const RPKI: ProtocolKind = {
  word: 'rpki',
  statements: RPKI_STATEMENTS,
  channels: { types: plainChannelTypes('roa4', 'roa6', 'aspa'), statements: CHANNEL_STATEMENTS, single: false },
  finish: (context, draft) => {
    const complain = (message: string, hint?: string): undefined => {
      context.notes.errorAt(draft.token, message, hint);
      return undefined;
    };
    if (!draft.options<RpkiOptions>().has('remote'))
      return complain('IP address or hostname of cache server must be set');
    if (draft.channels.length === 0) return complain('Channel not specified', 'Write "roa4 { table <name>; };".');
    return finishInactive(context, draft);
  },
};
