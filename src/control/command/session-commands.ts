/** Commands about the session and the daemon as a whole: `echo`, `eval`, `timeformat`, `restrict`, `down`, ... */
import { type LogClass, type TimeFormat, TokenKind } from '../../../config/index.ts';
import { LOG_CLASSES } from '../../monitor/log-level.ts';
import { ECHO_BUFFER } from '../echo.ts';
import { Code } from '../format/lines.ts';
import { isoFormat } from '../format/time.ts';
import type { Reply } from '../reply.ts';
import { type Command, type CommandContext, immediate, type Run } from './command.ts';
import type { Grammar } from './grammar.ts';
import { readGracefulShutdown } from './operate.ts';

/** Nothing is answered, not even an empty line. */
export const SILENCE: Command = immediate(true, () => {});

/** The same, and the session is over. */
export const LEAVE: Command = immediate(true, (context) => context.hangUp());

/** `(all | off | { CLASS, ... }) [OCTETS]` */
export function readEcho(grammar: Grammar): Command {
  const classes = readClasses(grammar);
  let octets: number = ECHO_BUFFER.default;
  if (grammar.stream.atKind(TokenKind.Number)) {
    const token = grammar.stream.next();
    if (token.value < ECHO_BUFFER.min || token.value > ECHO_BUFFER.max) grammar.fail('Invalid log buffer size', token);
    octets = token.value;
    grammar.end();
  }
  grammar.end('NUM');
  return immediate(true, (context, reply) => {
    context.echo.select(classes, octets);
    reply.end(Code.Ok);
  });
}

function readClasses(grammar: Grammar): readonly LogClass[] {
  if (grammar.accept('all')) return LOG_CLASSES;
  if (grammar.accept('off')) return [];
  if (!grammar.stream.atPunct('{')) grammar.stream.failUnexpected(['OFF', "'{'", 'ALL']);
  return grammar.bracedWords(LOG_CLASSES) as LogClass[];
}

/** `EXPRESSION` */
export function readEval(grammar: Grammar): Command {
  const result = grammar.context.host.language.readValue(grammar.stream);
  return immediate(true, (_context, reply) => {
    if ('value' in result) reply.end(Code.Evaluated, result.value);
    else reply.end(Code.RuntimeError, result.error);
  });
}

/** `"FORMAT" [SECONDS "FORMAT"] | iso (short | long) [ms | us]` */
export function readTimeformat(grammar: Grammar): Command {
  const format = grammar.accept('iso') ? readIso(grammar) : readStrftime(grammar);
  grammar.end();
  return immediate(true, (context, reply) => {
    context.ownTimeFormat = format;
    reply.end(Code.Ok);
  });
}

function readIso(grammar: Grammar): TimeFormat {
  const form = grammar.accept('short') ? 'short' : grammar.accept('long') ? 'long' : undefined;
  if (form === undefined) grammar.stream.failUnexpected(['SHORT', 'LONG']);
  const precision = grammar.accept('ms') ? 3 : grammar.accept('us') ? 6 : 0;
  if (precision === 0) grammar.end('MS', 'US');
  return isoFormat(form, precision);
}

function readStrftime(grammar: Grammar): TimeFormat {
  const format = grammar.text();
  if (format === undefined) grammar.stream.failUnexpected(['TEXT', 'ISO']);
  if (!grammar.stream.atKind(TokenKind.Number)) {
    grammar.end('NUM');
    return { format, limitSeconds: undefined, limitFormat: undefined };
  }
  const limitSeconds = grammar.stream.next().value;
  const limitFormat = grammar.text();
  if (limitFormat === undefined) grammar.stream.failUnexpected(['TEXT']);
  return { format, limitSeconds, limitFormat };
}

export function readRestrict(grammar: Grammar): Command {
  grammar.end();
  return immediate(true, (context, reply) => {
    context.restrict();
    reply.end(Code.AccessRestricted, 'Access restricted');
  });
}

export function readDown(grammar: Grammar): Command {
  grammar.end();
  return { harmless: false, run: down };
}

/** The reply comes first: afterwards nobody may be left to send it. */
function* down(context: CommandContext, reply: Reply): Run {
  reply.end(Code.ShutdownOrdered, 'Shutdown requested');
  yield;
  context.host.shutdown();
}

/** `graceful restart`, `graceful shutdown PROTOCOL` */
export function readGraceful(grammar: Grammar): Command {
  if (grammar.accept('shutdown')) return readGracefulShutdown(grammar);
  if (!grammar.accept('restart')) grammar.stream.failUnexpected(['RESTART', 'SHUTDOWN']);
  grammar.end();
  return { harmless: false, run: gracefulRestart };
}

function* gracefulRestart(context: CommandContext, reply: Reply): Run {
  reply.end(Code.GracefulRestartOrdered, 'Graceful restart requested');
  yield;
  context.host.gracefulRestart();
}
