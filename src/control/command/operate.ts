/** `enable`, `disable`, `restart`, `reload`, `graceful shutdown`, `debug`, `mrtdump`: one operation on every protocol that a target names. */
import { DebugMask } from '../../../config/index.ts';
import { Code } from '../format/lines.ts';
import type { OperationOutcome, ProtocolOperation } from '../host.ts';
import type { Reply } from '../reply.ts';
import type { Command, CommandContext, Run } from './command.ts';
import { type Grammar, type ProtocolTarget, targetProtocols } from './grammar.ts';

const TARGET = ['CF_SYM_KNOWN', 'TEXT', 'ALL'];

/** `(PROTOCOL | "PATTERN" | all) ["MESSAGE"]` */
export function readOperation(grammar: Grammar, operation: 'enable' | 'disable' | 'restart'): Command {
  const target = grammar.protocolTarget(TARGET);
  const message = grammar.text();
  grammar.end(...(message === undefined ? ['TEXT'] : []));
  return { harmless: false, run: (context, reply) => operate(context, reply, target, operation, message ?? '') };
}

/** `[in | out] (PROTOCOL | "PATTERN" | all)` */
export function readReload(grammar: Grammar): Command {
  const operation = grammar.accept('in') ? 'reload-in' : grammar.accept('out') ? 'reload-out' : 'reload';
  const target = grammar.protocolTarget(operation === 'reload' ? [] : TARGET);
  grammar.end();
  return { harmless: false, run: (context, reply) => operate(context, reply, target, operation, '') };
}

/** `(PROTOCOL | "PATTERN" | all) [on | off]` behind `graceful shutdown` */
export function readGracefulShutdown(grammar: Grammar): Command {
  const target = grammar.protocolTarget(TARGET);
  const off = grammar.accept('off');
  if (!off) grammar.accept('on');
  grammar.end();
  const operation = off ? 'graceful-shutdown-off' : 'graceful-shutdown';
  return { harmless: false, run: (context, reply) => operate(context, reply, target, operation, '') };
}

function* operate(
  context: CommandContext,
  reply: Reply,
  target: ProtocolTarget,
  operation: ProtocolOperation,
  message: string,
): Run {
  // Names first: operating changes the list.
  const names = Array.from(targetProtocols(context, target), (protocol) => protocol.name);
  if (names.length === 0) return reply.end(Code.NoProtocolsMatch, 'No protocols match');
  for (const name of names) {
    const outcome = context.host.operate(name, operation, message);
    const said = outcome === undefined ? undefined : outcomeLine(operation, outcome);
    if (said !== undefined) reply.line(said.code, `${name}: ${said.text}`);
    yield;
  }
  reply.end(Code.Ok);
}

function outcomeLine(
  operation: ProtocolOperation,
  outcome: OperationOutcome,
): { readonly code: number; readonly text: string } | undefined {
  switch (outcome) {
    case 'disabled':
      return { code: Code.AlreadyDisabled, text: 'already disabled' };
    case 'already':
      if (operation === 'disable') return { code: Code.AlreadyDisabled, text: 'already disabled' };
      return { code: Code.AlreadyEnabled, text: 'already enabled' };
    case 'failed':
      return { code: Code.ReloadFailed, text: 'reload failed' };
    case 'not-up':
      return undefined;
    case 'done':
      return DONE[operation];
  }
}

const DONE: Readonly<Record<ProtocolOperation, { readonly code: number; readonly text: string }>> = {
  enable: { code: Code.Enabled, text: 'enabled' },
  disable: { code: Code.Disabled, text: 'disabled' },
  restart: { code: Code.Restarted, text: 'restarted' },
  reload: { code: Code.Reloading, text: 'reloading' },
  'reload-in': { code: Code.Reloading, text: 'reloading' },
  'reload-out': { code: Code.Reloading, text: 'reloading' },
  'graceful-shutdown': { code: Code.Reloading, text: 'graceful shutdown' },
  'graceful-shutdown-off': { code: Code.Reloading, text: 'graceful shutdown taken back' },
};

const DEBUG_WORDS = ['states', 'routes', 'filters', 'interfaces', 'events', 'packets'] as const;

/** `(PROTOCOL [. CHANNEL] | "PATTERN" | all) (all | off | { WORD, ... })` */
export function readDebug(grammar: Grammar): Command {
  const target = grammar.protocolTarget(TARGET);
  const channel =
    target.kind === 'name' && grammar.stream.atPunct('.') ? grammar.channelOf(target.name).channel.name : undefined;
  const mask = readMask(grammar, DEBUG_WORDS, DebugMask, target.kind === 'name' && channel === undefined);
  grammar.end();
  return {
    harmless: false,
    run: (context, reply) => setMask(context, reply, target, (name) => context.host.setDebug(name, channel, mask)),
  };
}

const MRTDUMP_WORDS = ['states', 'messages'] as const;
const MrtdumpMask = { states: 1, messages: 2, all: 3 } as const;

/** `(PROTOCOL | "PATTERN" | all) (all | off | { WORD, ... })` */
export function readMrtdump(grammar: Grammar): Command {
  const target = grammar.protocolTarget(TARGET);
  const mask = readMask(grammar, MRTDUMP_WORDS, MrtdumpMask, false);
  grammar.end();
  return {
    harmless: false,
    run: (context, reply) => setMask(context, reply, target, (name) => context.host.setMrtdump(name, mask)),
  };
}

function readMask<Word extends string>(
  grammar: Grammar,
  words: readonly Word[],
  bits: Readonly<Record<Word | 'all', number>>,
  dotPossible: boolean,
): number {
  if (grammar.accept('all')) return bits.all;
  if (grammar.accept('off')) return 0;
  if (!grammar.stream.atPunct('{')) {
    grammar.stream.failUnexpected([...(dotPossible ? ["'.'"] : []), 'OFF', "'{'", 'ALL']);
  }
  return grammar.bracedWords(words).reduce((mask, word) => mask | bits[word as Word], 0);
}

function* setMask(
  context: CommandContext,
  reply: Reply,
  target: ProtocolTarget,
  set: (protocol: string) => boolean,
): Run {
  let matched = 0;
  for (const { name } of targetProtocols(context, target)) {
    if (set(name)) matched++;
    yield;
  }
  if (matched === 0) reply.end(Code.NoProtocolsMatch, 'No protocols match');
  else reply.end(Code.Ok);
}
