/**
 * `configure` and its kin. The first line names the file before it is read, so that whoever waits for a long one knows
 * for what; the last one says what became of it, as BIRD does. What BIRD does not tell stands between them, under the
 * code of the last line:
 *
 *     0002-Reading configuration from bird.conf        0002-Reading configuration from bird.conf
 *     0020-restart peer1 (hold time)                   8002-bird.conf:3:5 syntax error, unexpected CF_SYM_UNDEFINED
 *      import again peer2.ipv4 (import)                       neighbour 10.0.0.1 as 65001;
 *     0020 Configuration OK                                   ^^^^^^^^^
 *                                                       Did you mean "neighbor"?
 *                                                      8002 bird.conf:3:5 syntax error, unexpected CF_SYM_UNDEFINED
 */
import { TokenKind } from '../../../config/index.ts';
import { escapeText } from '../../monitor/escape.ts';
import { Code, seconds } from '../format/lines.ts';
import type { ConfigureOutcome, ConfigureRequest, ConfigureStatus } from '../host.ts';
import type { Reply } from '../reply.ts';
import { type Command, type CommandContext, immediate, type Run } from './command.ts';
import type { Grammar } from './grammar.ts';

/** `timeout` without a number. */
const UNDO_DEFAULT_SECONDS = 300;

export function readConfigure(grammar: Grammar): Command {
  if (grammar.accept('check')) return readCheck(grammar);
  if (grammar.accept('confirm')) return simple(grammar, { harmless: false, run: confirm });
  if (grammar.accept('undo')) return simple(grammar, { harmless: false, run: undo });
  if (grammar.accept('status')) return simple(grammar, immediate(true, status));
  return readLoad(grammar);
}

function simple(grammar: Grammar, command: Command): Command {
  grammar.end();
  return command;
}

/** `check ["FILE"]` */
function readCheck(grammar: Grammar): Command {
  const file = grammar.text();
  grammar.end(...(file === undefined ? ['TEXT'] : []));
  return { harmless: false, run: (context, reply) => check(context, reply, file) };
}

/** `[soft] ["FILE"] [timeout [SECONDS]]` */
function readLoad(grammar: Grammar): Command {
  const soft = grammar.accept('soft');
  const file = grammar.text();
  const undoAfterSeconds = grammar.accept('timeout') ? readSeconds(grammar) : undefined;
  if (undoAfterSeconds === undefined && !grammar.stream.atEnd()) {
    // Without any of them so many words are possible that BIRD names none.
    if (!soft && file === undefined) grammar.stream.failUnexpected();
    grammar.end(...(file === undefined ? ['TEXT'] : []), 'TIMEOUT');
  }
  grammar.end();
  return {
    harmless: false,
    // A timeout of 0 means none.
    run: (context, reply) => load(context, reply, file, soft, undoAfterSeconds === 0 ? undefined : undoAfterSeconds),
  };
}

function readSeconds(grammar: Grammar): number {
  if (grammar.stream.atEnd()) return UNDO_DEFAULT_SECONDS;
  const word = grammar.word();
  const possible =
    grammar.stream.atKind(TokenKind.Number) || grammar.stream.atPunct('(') || (word !== '' && grammar.isSymbol(word));
  if (!possible) grammar.stream.failUnexpected(['END', 'NUM', 'CF_SYM_KNOWN', "'('"]);
  return grammar.context.host.language.readNumber(grammar.stream);
}

/** Asks the host and waits for what it answers. */
function* ask(context: CommandContext, request: ConfigureRequest): Generator<Promise<unknown>, ConfigureOutcome, void> {
  const answers: ConfigureOutcome[] = [];
  yield context.host.configure(request).then((outcome) => answers.push(outcome));
  return answers[0]!;
}

function announce(context: CommandContext, reply: Reply, file: string | undefined): void {
  reply.line(Code.ReadingConfiguration, `Reading configuration from ${file ?? context.host.config.path}`);
}

function* check(context: CommandContext, reply: Reply, file: string | undefined): Run {
  announce(context, reply, file);
  tellOutcome(reply, yield* ask(context, { action: 'check', file }));
}

function* load(
  context: CommandContext,
  reply: Reply,
  file: string | undefined,
  soft: boolean,
  undoAfterSeconds: number | undefined,
): Run {
  announce(context, reply, file);
  const onUndo = (): void => context.tell('Config timeout expired, starting undo');
  const outcome = yield* ask(context, { action: 'load', file, soft, undoAfterSeconds, onUndo });
  const { result } = outcome;
  const accepted = result === 'reconfigured' || result === 'in-progress' || result === 'queued';
  if (undoAfterSeconds !== undefined && accepted) {
    reply.line(Code.UndoScheduled, `Undo scheduled in ${undoAfterSeconds} s`);
  }
  tellOutcome(reply, outcome);
}

function* undo(context: CommandContext, reply: Reply): Run {
  reply.line(Code.UndoRequested, 'Undo requested');
  tellOutcome(reply, yield* ask(context, { action: 'undo' }));
}

function* confirm(context: CommandContext, reply: Reply): Run {
  tellOutcome(reply, yield* ask(context, { action: 'confirm' }));
}

/** The last line of all of them. */
function tellOutcome(reply: Reply, outcome: ConfigureOutcome): void {
  if (outcome.result === 'refused') {
    // The caret stands below its character only as long as tabs are tabs.
    for (const detail of outcome.details) {
      reply.line(Code.ConfigurationError, detail.split('\t').map(escapeText).join('\t'));
    }
    const place = outcome.line === 0 ? ': ' : `:${outcome.line}:${outcome.column} `;
    reply.end(Code.ConfigurationError, `${outcome.file}${place}${escapeText(outcome.text)}`);
  } else {
    const { code, text } = OUTCOME[outcome.result];
    if (outcome.result === 'valid') for (const step of outcome.plan) reply.line(code, escapeText(step));
    reply.end(code, text);
  }
}

const OUTCOME: Readonly<
  Record<Exclude<ConfigureOutcome['result'], 'refused'>, { readonly code: number; readonly text: string }>
> = {
  valid: { code: Code.ConfigurationOk, text: 'Configuration OK' },
  reconfigured: { code: Code.Reconfigured, text: 'Reconfigured' },
  'in-progress': { code: Code.ReconfigurationInProgress, text: 'Reconfiguration in progress' },
  queued: {
    code: Code.ReconfigurationQueued,
    text: 'Reconfiguration already in progress, queueing new config',
  },
  unqueued: {
    code: Code.ConfigurationUnqueued,
    text: 'Reconfiguration already in progress, removing queued config',
  },
  confirmed: { code: Code.ConfigurationConfirmed, text: 'Reconfiguration confirmed' },
  nothing: { code: Code.NothingToDo, text: 'Nothing to do' },
  'shutting-down': { code: Code.ReconfigurationIgnored, text: 'Reconfiguration ignored, shutting down' },
};

const STATUS: Readonly<Record<ConfigureStatus['state'], { readonly code: number; readonly text: string }>> = {
  running: { code: Code.Reconfigured, text: 'Daemon is up and running' },
  'in-progress': { code: Code.ReconfigurationInProgress, text: 'Reconfiguration in progress' },
  queued: { code: Code.ReconfigurationQueued, text: 'Reconfiguration in progress, next one enqueued' },
  'shutting-down': { code: Code.ReconfigurationIgnored, text: 'Daemon is shutting down' },
};

function status(context: CommandContext, reply: Reply): void {
  const view = context.host.configureStatus();
  const { code, text } = STATUS[view.state];
  reply.line(code, text);
  if (view.undoInMs !== undefined) {
    reply.line(Code.UndoScheduled, `Configuration unconfirmed, undo in ${seconds(view.undoInMs)} s`);
  }
  reply.end(Code.Ok);
}
