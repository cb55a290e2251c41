/**
 * A request line to a command. The first words choose the reader of the rest; a line that begins with `json` asks for
 * the structured form of what follows.
 */
import { jsonForm } from '../json/wrap.ts';
import type { Command, CommandContext } from './command.ts';
import { readConfigure } from './configure.ts';
import { readDump } from './dump.ts';
import { Grammar } from './grammar.ts';
import { readDebug, readMrtdump, readOperation, readReload } from './operate.ts';
import {
  LEAVE,
  readDown,
  readEcho,
  readEval,
  readGraceful,
  readRestrict,
  readTimeformat,
  SILENCE,
} from './session-commands.ts';
import { readShow } from './show.ts';

type Reader = (grammar: Grammar) => Command;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['show', readShow],
  ['configure', readConfigure],
  ['enable', (grammar) => readOperation(grammar, 'enable')],
  ['disable', (grammar) => readOperation(grammar, 'disable')],
  ['restart', (grammar) => readOperation(grammar, 'restart')],
  ['reload', readReload],
  ['debug', readDebug],
  ['mrtdump', readMrtdump],
  ['echo', readEcho],
  ['eval', readEval],
  ['timeformat', readTimeformat],
  ['dump', readDump],
  ['restrict', readRestrict],
  ['down', readDown],
  ['graceful', readGraceful],
  ['help', (grammar) => silent(grammar, false)],
  ['quit', (grammar) => silent(grammar, true)],
  ['exit', (grammar) => silent(grammar, true)],
]);

/** Throws `ConfigError` with BIRD's words for a line that is no command. */
export function parseCommand(line: string, context: CommandContext): Command {
  const grammar = new Grammar(line, context);
  if (!grammar.accept('json')) return readCommand(grammar);
  return jsonForm(readCommand(grammar));
}

function readCommand(grammar: Grammar): Command {
  const reader = READERS.get(grammar.word());
  if (reader === undefined) grammar.stream.failUnexpected();
  grammar.stream.next();
  return reader(grammar);
}

/** BIRD's client keeps these words to itself; its server takes them and says nothing. */
function silent(grammar: Grammar, leaves: boolean): Command {
  grammar.end();
  return leaves ? LEAVE : SILENCE;
}
