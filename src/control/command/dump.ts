/**
 * `dump KIND ["FILE"]`: the inside of the daemon, for developers. Without a file the lines go to the log, class debug.
 * A file is always a new one: an operator's file is never overwritten, and a restricted session writes none.
 */
import fs from 'node:fs';
import { Code, seconds } from '../format/lines.ts';
import type { DumpKind } from '../host.ts';
import type { Reply } from '../reply.ts';
import type { Command, CommandContext, Run } from './command.ts';
import type { Grammar } from './grammar.ts';

const WHAT: Readonly<Record<DumpKind, string>> = {
  resources: 'resources',
  sockets: 'sockets',
  events: 'events',
  interfaces: 'interfaces',
  neighbors: 'neighbors',
  attributes: 'attributes',
  routes: 'routing tables',
  protocols: 'protocols',
  'filter all': 'filters',
};

/** Octets collected before they are written. */
const PIECE = 64 * 1024;

export function readDump(grammar: Grammar): Command {
  const kind = readKind(grammar);
  const file = grammar.text();
  grammar.end();
  return {
    harmless: file === undefined,
    run: (context, reply) => (file === undefined ? toLog(context, reply, kind) : toFile(context, reply, kind, file)),
  };
}

function readKind(grammar: Grammar): DumpKind {
  const word = grammar.word();
  if (word === 'filter') {
    grammar.stream.next();
    if (!grammar.accept('all')) grammar.stream.failUnexpected(['ALL']);
    return 'filter all';
  }
  if (!Object.hasOwn(WHAT, word)) grammar.stream.failUnexpected();
  grammar.stream.next();
  return word as DumpKind;
}

function* toLog(context: CommandContext, reply: Reply, kind: DumpKind): Run {
  for (const line of context.host.dump(kind)) {
    context.host.log('debug', line, { dump: kind });
    yield;
  }
  reply.end(Code.Ok);
}

function* toFile(context: CommandContext, reply: Reply, kind: DumpKind, file: string): Run {
  const started = performance.now();
  let fd = -1;
  let failure: NodeJS.ErrnoException | undefined;
  const fail = (error: unknown): void => {
    failure = error as NodeJS.ErrnoException;
  };
  yield openNew(file).then((opened) => {
    fd = opened;
  }, fail);
  if (failure !== undefined) {
    return reply.end(Code.FileError, `Cannot open file '${file}': ${reason(failure)}`);
  }
  reply.line(Code.StatusReport, `Dumping ${WHAT[kind]} to ${file}`);
  let octets = 0;
  let piece = '';
  try {
    for (const line of context.host.dump(kind)) {
      piece += `${line}\n`;
      if (piece.length >= PIECE) {
        octets += Buffer.byteLength(piece);
        yield writeAll(fd, piece).catch(fail);
        piece = '';
        if (failure !== undefined) break;
        reply.line(Code.StatusReport, `... dumped ${octets} bytes in ${elapsed(started)} s`);
      } else {
        yield;
      }
    }
    if (failure === undefined) {
      octets += Buffer.byteLength(piece);
      yield writeAll(fd, piece).catch(fail);
    }
  } finally {
    fs.close(fd, () => {});
  }
  if (failure !== undefined) return reply.end(Code.FileError, `Cannot write file '${file}': ${reason(failure)}`);
  reply.end(Code.StatusReport, `Dumped ${octets} bytes in ${elapsed(started)} s`);
}

function elapsed(since: number): string {
  return seconds(performance.now() - since);
}

function reason(error: NodeJS.ErrnoException): string {
  return error.code === 'EEXIST' ? 'File exists' : (error.code ?? error.message);
}

function openNew(file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(file, 'wx', 0o600, (error, fd) => (error === null ? resolve(fd) : reject(error)));
  });
}

async function writeAll(fd: number, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) {
    at += await new Promise<number>((resolve, reject) => {
      fs.write(fd, bytes, at, bytes.length - at, null, (error, written) => (error ? reject(error) : resolve(written)));
    });
  }
}
