/**
 * Options of BFD sessions, as blocks of protocol bfd and of protocol bgp have them.
 *
 *     option   := ( 'interval' | 'min' 'rx' 'interval' | 'min' 'tx' 'interval' | 'idle' 'tx' 'interval' ) time
 *               | 'multiplier' number | 'passive' switch
 *               | 'authentication' ( 'none' | 'simple' | [ 'meticulous' ] 'keyed' ( 'md5' | 'sha1' ) )
 *               | password | 'passwords' '{' { password ';' } '}'
 *     password := 'password' text [ '{' { 'id' number | [ 'generate' | 'accept' ] ( 'from' | 'to' ) date ';' } '}' ]
 */
import type { Token } from '../../syntax/token.ts';
import { type ReadContext, readBlock } from '../context.ts';
import { readChoice, readMicroseconds, readNumber, readSwitch, readText } from '../values.ts';

const TIMES = ['interval', 'min rx interval', 'min tx interval', 'idle tx interval'];
const OPTION_WORDS = ['interval', 'min', 'idle', 'multiplier', 'passive', 'authentication', 'password', 'passwords'];
export const BFD_SESSION_SYNTAX =
  '{ interval, min rx interval, min tx interval, idle tx interval <time>; multiplier <number>; passive <switch>; ' +
  'authentication none | simple | [meticulous] keyed md5 | [meticulous] keyed sha1; password "<text>"; }';

/** `more`: takes one further option and says so. */
export function readBfdSession(context: ReadContext, more: () => boolean = () => false): void {
  let authentication: Token | undefined;
  let password: Token | undefined;
  readBlock(context, () => {
    const { stream } = context;
    const first = stream.peek();
    if (more()) return;
    if (TIMES.some((words) => stream.acceptWords(...words.split(' ')))) readMicroseconds(context);
    else if (stream.acceptWords('multiplier')) readNumber(context);
    else if (stream.acceptWords('passive')) readSwitch(context);
    else if (stream.acceptWords('authentication')) {
      if (readAuthentication(context)) authentication = first;
    } else if (stream.acceptWords('passwords')) {
      password = first;
      readBlock(context, () => {
        if (!stream.acceptWords('password')) stream.failUnexpected(['PASSWORD'], ['password']);
        readPassword(context);
      });
    } else if (stream.acceptWords('password')) {
      password = first;
      readPassword(context);
    } else stream.failUnexpected([], OPTION_WORDS);
  });
  const alone = authentication ?? password;
  if (alone !== undefined && (authentication === undefined) !== (password === undefined)) {
    context.notes.warnAt(alone, 'Authentication and password options should be used together');
  }
}

/** False for none. */
function readAuthentication(context: ReadContext): boolean {
  const { stream } = context;
  if (stream.acceptWords('meticulous')) stream.expectWord('keyed');
  else if (!stream.acceptWords('keyed'))
    return readChoice(context, { none: false, simple: true, keyed: true, meticulous: true });
  return readChoice(context, { md5: true, sha1: true });
}

function readPassword(context: ReadContext): void {
  const { stream } = context;
  readText(context);
  if (!stream.atPunct('{')) return;
  readBlock(context, () => {
    if (stream.acceptWords('id')) {
      readNumber(context, { max: 255, message: 'Password ID must be in range 0-255' });
      return;
    }
    if (stream.atWords('algorithm')) stream.fail('Password algorithm option not available in BFD protocol');
    if (!stream.acceptWords('generate')) stream.acceptWords('accept');
    if (!stream.acceptWords('from') && !stream.acceptWords('to')) {
      stream.failUnexpected(['FROM', 'TO'], ['id', 'generate', 'accept', 'from', 'to']);
    }
    const token = stream.peek();
    if (!isDate(readText(context)))
      stream.fail('Invalid date/time', token, 'Write "2030-12-31" or "2030-12-31 23:59:59".');
  });
}

function isDate(text: string): boolean {
  const match = /^(\d{4}-\d\d?-\d\d?)(?: (\d\d?:\d\d?:\d\d?))?$/.exec(text);
  return match !== null && !Number.isNaN(Date.parse(`${match[1]} ${match[2] ?? '00:00:00'} UTC`));
}
