/** `show ...`: everything but routes (show-route.ts). */
import type { SymbolEntry } from '../../../config/index.ts';
import { formatSymbol } from '../format/inventory.ts';
import { Code } from '../format/lines.ts';
import { formatDaemonState } from '../format/status.ts';
import type { ProtocolKindWord, ProtocolView } from '../host.ts';
import * as json from '../json/views.ts';
import type { Reply } from '../reply.ts';
import { type Command, type CommandContext, immediate, type Run, timeFormat } from './command.ts';
import { type Grammar, type ProtocolTarget, targetProtocols } from './grammar.ts';
import { readShowCalico } from './show-calico.ts';
import { readShowRoute } from './show-route.ts';

export function readShow(grammar: Grammar): Command {
  const word = grammar.word();
  switch (word) {
    case 'status':
    case 'memory':
    case 'protocols':
    case 'interfaces':
    case 'route':
    case 'static':
    case 'symbols':
    case 'calico':
    case 'bfd':
    case 'ospf':
    case 'rip':
    case 'babel':
      grammar.stream.next();
      return READERS[word](grammar);
    default:
      return grammar.stream.failUnexpected();
  }
}

const READERS = {
  status: readStatus,
  memory: readMemory,
  protocols: readProtocols,
  interfaces: readInterfaces,
  route: readShowRoute,
  static: readStatic,
  symbols: readSymbols,
  calico: readShowCalico,
  bfd: readBfd,
  ospf: readOspf,
  rip: readRip,
  babel: readBabel,
};

type Long = (context: CommandContext, reply: Reply) => Run;
type Short = (context: CommandContext, reply: Reply) => void;

/** A list: text and JSON are produced step by step. */
function list(run: Long, jsonRun: Long): Command {
  return { harmless: true, run, json: jsonRun };
}

/** A few facts: both forms are said at once. */
function facts(run: Short, jsonRun: Short): Command {
  const { run: asText } = immediate(true, run);
  const { run: asJson } = immediate(true, jsonRun);
  return { harmless: true, run: asText, json: asJson };
}

// ---------------------------------------------------------------------------------------------- status, memory

function readStatus(grammar: Grammar): Command {
  grammar.end();
  return facts(
    (context, reply) => {
      const status = context.host.status();
      context.layout.status(reply, status, context.version, timeFormat(context, 'base'), context.host.now());
      reply.end(Code.StatusReport, formatDaemonState(status.state));
    },
    (context, reply) => {
      json.document(reply, json.status(context.host.status(), context.version, context.host.now()));
    },
  );
}

function readMemory(grammar: Grammar): Command {
  grammar.end();
  return facts(
    (context, reply) => {
      context.layout.memory(reply, context.host.memory());
      reply.end(Code.Ok);
    },
    (context, reply) => {
      json.document(reply, context.host.memory());
    },
  );
}

// ---------------------------------------------------------------------------------------------------- protocols

/** `[all] [PROTOCOL | "PATTERN"]` */
function readProtocols(grammar: Grammar): Command {
  const verbose = grammar.accept('all');
  const target = grammar.protocolTargetWithoutAll();
  grammar.end(...(target !== undefined ? [] : ['CF_SYM_KNOWN', 'TEXT', ...(verbose ? [] : ['ALL'])]));
  const wanted: ProtocolTarget = target ?? { kind: 'all' };
  return list(
    (context, reply) => showProtocols(context, reply, wanted, verbose),
    (context, reply) => jsonProtocols(context, reply, wanted, verbose),
  );
}

function* showProtocols(context: CommandContext, reply: Reply, target: ProtocolTarget, verbose: boolean): Run {
  const { layout } = context;
  const format = timeFormat(context, 'protocol');
  const now = context.host.now();
  let shown = 0;
  for (const protocol of targetProtocols(context, target)) {
    if (shown++ === 0) layout.protocolHeading(reply);
    layout.protocolRow(reply, protocol, format, now);
    if (verbose) layout.protocolDetail(reply, protocol);
    yield;
  }
  if (shown === 0) reply.end(Code.NoProtocolsMatch, 'No protocols match');
  else reply.end(Code.Ok);
}

function* jsonProtocols(context: CommandContext, reply: Reply, target: ProtocolTarget, verbose: boolean): Run {
  let shown = 0;
  for (const protocol of targetProtocols(context, target)) {
    shown++;
    json.element(reply, json.protocol(protocol, verbose));
    yield;
  }
  if (shown === 0) reply.end(Code.NoProtocolsMatch, 'No protocols match');
  else reply.end(Code.Ok);
}

// --------------------------------------------------------------------------------------------------- interfaces

/** `[summary]` */
function readInterfaces(grammar: Grammar): Command {
  const summary = grammar.accept('summary');
  grammar.end(...(summary ? [] : ['SUMMARY']));
  return list(
    function* (context, reply) {
      const { layout } = context;
      if (summary) layout.interfaceHeading(reply);
      for (const link of context.host.interfaces()) {
        if (summary) layout.interfaceRow(reply, link);
        else layout.interfaceBlock(reply, link);
        yield;
      }
      reply.end(Code.Ok);
    },
    function* (context, reply) {
      for (const link of context.host.interfaces()) {
        json.element(reply, link);
        yield;
      }
      reply.end(Code.Ok);
    },
  );
}

// ------------------------------------------------------------------------------------------------------- static

/** `[PROTOCOL]` */
function readStatic(grammar: Grammar): Command {
  const token = grammar.stream.peek();
  const name = grammar.protocolName();
  grammar.end(...(name === undefined ? ['CF_SYM_KNOWN'] : []));
  if (name !== undefined && grammar.context.host.staticRoutes(name) === undefined) {
    grammar.fail(`${name}: Not a Static protocol`, token);
  }
  if (name === undefined && !grammar.context.layout.allStatics && statics(grammar.context).length > 1) {
    grammar.fail(severalProtocols('Static'), token);
  }
  const names = (context: CommandContext): readonly string[] => (name === undefined ? statics(context) : [name]);
  return list(
    (context, reply) => showStatic(context, reply, names(context)),
    function* (context, reply) {
      for (const protocol of names(context)) {
        for (const route of context.host.staticRoutes(protocol) ?? []) {
          json.element(reply, { protocol, ...route });
          yield;
        }
      }
      reply.end(Code.Ok);
    },
  );
}

function statics(context: CommandContext): readonly string[] {
  const names: string[] = [];
  for (const { name, kind } of context.host.protocols()) if (kind === 'Static') names.push(name);
  return names;
}

/** Routes of several protocols are separated by an empty line. */
function* showStatic(context: CommandContext, reply: Reply, names: readonly string[]): Run {
  if (names.length === 0) return reply.end(Code.ParseError, noProtocol('Static'));
  let first = true;
  for (const name of names) {
    if (!first) reply.line(Code.StaticRoute, '');
    first = false;
    for (const route of context.host.staticRoutes(name) ?? []) {
      context.layout.staticRoute(reply, route);
      yield;
    }
  }
  reply.end(Code.Ok);
}

// ------------------------------------------------------------------------------------------------------ symbols

const SYMBOL_KINDS = ['table', 'filter', 'function', 'protocol', 'template'] as const;

/** `[table | filter | function | protocol | template | NAME]`. A name may be one that nothing defines. */
function readSymbols(grammar: Grammar): Command {
  const kind = SYMBOL_KINDS.find((word) => grammar.accept(word));
  const word = grammar.word();
  if (word !== '' && grammar.stream.tokenName(grammar.stream.peek()).startsWith('CF_SYM')) {
    grammar.stream.next();
    grammar.end();
    return oneSymbol(word);
  }
  if (!grammar.stream.atEnd()) grammar.stream.failUnexpected();
  return list(
    function* (context, reply) {
      for (const symbol of symbols(context, kind)) {
        reply.line(Code.Symbol, formatSymbol(symbol.name, symbol.kind));
        yield;
      }
      reply.end(Code.Ok);
    },
    function* (context, reply) {
      for (const symbol of symbols(context, kind)) {
        json.element(reply, symbol);
        yield;
      }
      reply.end(Code.Ok);
    },
  );
}

function oneSymbol(name: string): Command {
  const kindIn = (context: CommandContext): SymbolEntry['kind'] | undefined =>
    context.host.language.symbol(name) ?? (context.host.protocol(name) === undefined ? undefined : 'protocol');
  return facts(
    (context, reply) => {
      reply.end(Code.Symbol, formatSymbol(name, kindIn(context)));
    },
    (context, reply) => {
      json.document(reply, { name, kind: kindIn(context) ?? null });
    },
  );
}

/** Names of the configuration, then those of protocols born at run time. */
function* symbols(context: CommandContext, kind: SymbolEntry['kind'] | undefined): Generator<SymbolEntry> {
  for (const symbol of context.host.config.symbols) if (kind === undefined || symbol.kind === kind) yield symbol;
  if (kind !== undefined && kind !== 'protocol') return;
  for (const { name } of context.host.protocols()) {
    if (context.host.language.symbol(name) === undefined) yield { name, kind: 'protocol' };
  }
}

// ---------------------------------------------------------------------------------------- other kinds of protocols

function noProtocol(kind: ProtocolKindWord): string {
  return `There is no ${kind} protocol running`;
}

function severalProtocols(kind: ProtocolKindWord): string {
  return `There are multiple ${kind} protocols running`;
}

/** The protocol of a kind that a command is about: the named one, or the only one there is. */
function theProtocol(grammar: Grammar, kind: ProtocolKindWord): ProtocolView {
  const token = grammar.stream.peek();
  const name = grammar.protocolName();
  grammar.end(...(name === undefined ? ['CF_SYM_KNOWN'] : []));
  if (name !== undefined) {
    const named = grammar.context.host.protocol(name);
    if (named?.kind !== kind) grammar.fail(`${name}: Not a ${kind} protocol`, token);
    return named;
  }
  const all = Array.from(grammar.context.host.protocols()).filter((protocol) => protocol.kind === kind);
  if (all.length > 1) grammar.fail(severalProtocols(kind), token);
  return all[0] ?? grammar.fail(noProtocol(kind), token);
}

/** `sessions [PROTOCOL]` */
function readBfd(grammar: Grammar): Command {
  if (!grammar.accept('sessions')) grammar.stream.failUnexpected(['SESSIONS']);
  const { name } = theProtocol(grammar, 'BFD');
  return list(
    function* (context, reply) {
      const format = timeFormat(context, 'protocol');
      context.layout.bfdHeading(reply, name);
      for (const session of context.host.bfdSessions(name) ?? []) {
        context.layout.bfdSession(reply, session, format, context.host.now());
        yield;
      }
      reply.end(Code.Ok);
    },
    function* (context, reply) {
      for (const session of context.host.bfdSessions(name) ?? []) {
        json.element(reply, { protocol: name, ...session });
        yield;
      }
      reply.end(Code.Ok);
    },
  );
}

/** Protocols that are not part of this daemon answer as BIRD does when none is configured. */
function readOspf(grammar: Grammar): Command {
  for (const word of ['neighbors', 'interface', 'topology', 'state', 'lsadb']) {
    if (grammar.accept(word)) return grammar.fail(noProtocol('OSPF'));
  }
  if (grammar.stream.atEnd() || grammar.protocolName() !== undefined) grammar.fail(noProtocol('OSPF'));
  return grammar.stream.failUnexpected();
}

function readRip(grammar: Grammar): Command {
  if (!grammar.accept('interfaces') && !grammar.accept('neighbors')) {
    grammar.stream.failUnexpected(['INTERFACES', 'NEIGHBORS']);
  }
  return grammar.fail(noProtocol('RIP'));
}

function readBabel(grammar: Grammar): Command {
  const words = ['routes', 'interfaces', 'neighbors', 'entries'];
  if (!words.some((word) => grammar.accept(word))) {
    grammar.stream.failUnexpected(words.map((word) => word.toUpperCase()));
  }
  return grammar.fail(noProtocol('Babel'));
}
