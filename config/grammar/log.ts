/**
 * Where log lines go.
 *
 *     log    := 'log' target ( 'all' | '{' class { ',' class } '}' ) ';'
 *     target := STRING [ limit STRING ] | 'syslog' [ 'name' text ] | 'stderr' | 'udp' ( address | text ) [ 'port' number ]
 *     class  := 'debug' | 'trace' | 'info' | 'remote' | 'warning' | 'error' | 'auth' | 'fatal' | 'bug'
 */
import type { LogClass, LogTarget } from '../model.ts';
import { TokenKind } from '../syntax/token.ts';
import { type ReadContext, readBracedList } from './context.ts';
import { PORT, readChoice, readIp, readNumber, readText } from './values.ts';

const CLASSES: Readonly<Record<LogClass, LogClass>> = {
  debug: 'debug',
  trace: 'trace',
  info: 'info',
  remote: 'remote',
  warning: 'warning',
  error: 'error',
  auth: 'auth',
  fatal: 'fatal',
  bug: 'bug',
};

const ALL_CLASSES: readonly LogClass[] = Object.values(CLASSES);

/** Rotating a file for every few lines would be all that the daemon does. */
const SMALLEST_LIMIT = 16384;
const SYSLOG_PORT = 514;

/** Reads what follows `log`, without the semicolon. */
export function readLog(context: ReadContext): LogTarget {
  const { stream } = context;
  if (stream.acceptWords('stderr')) return { to: 'stderr', classes: readClasses(context) };
  if (stream.acceptWords('syslog')) {
    const name = stream.acceptWords('name') ? readText(context) : undefined;
    return { to: 'syslog', name, classes: readClasses(context) };
  }
  if (stream.acceptWords('udp')) {
    const address = readIp(context);
    const port = stream.acceptWords('port') ? readNumber(context, PORT) : SYSLOG_PORT;
    return { to: 'udp', address, port, classes: readClasses(context) };
  }
  stream.acceptWords('fixed');
  const token = stream.peek();
  if (token.kind !== TokenKind.Text && context.scope.lookup(token.text)?.kind !== 'constant') {
    stream.failUnexpected(['CF_SYM_KNOWN', 'TEXT', 'SYSLOG', 'STDERR'], ['syslog', 'stderr', 'udp']);
  }
  const path = readText(context);
  const { limitBytes, backup } = readRotation(context);
  return { to: 'file', path, limitBytes, backup, classes: readClasses(context) };
}

function readRotation(context: ReadContext): { limitBytes: number | undefined; backup: string | undefined } {
  const { stream, notes } = context;
  if (!stream.atKind(TokenKind.Number) && !stream.atPunct('(')) return { limitBytes: undefined, backup: undefined };
  const token = stream.peek();
  const written = readNumber(context);
  const limitBytes = Math.max(written, SMALLEST_LIMIT);
  if (written < SMALLEST_LIMIT) notes.warnAt(token, `Log limit is raised to ${SMALLEST_LIMIT} bytes`);
  return { limitBytes, backup: readText(context) };
}

function readClasses(context: ReadContext): readonly LogClass[] {
  const { stream } = context;
  if (stream.acceptWords('all')) return ALL_CLASSES;
  if (!stream.atPunct('{')) stream.failUnexpected(["'{'", 'ALL'], ['all']);
  return readBracedList(context, () => readChoice(context, CLASSES));
}
