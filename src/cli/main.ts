/**
 * peregrinec: talks to the daemon over its control socket. With a command it runs that one and ends; the exit status is
 * 1 when the last code was 8000 or more. Without one it is interactive. It can be called by other names (program.ts).
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { VERSION } from '../version.ts';
import { ControlClient } from './client.ts';
import { runCommand } from './commands.ts';
import { defaultHistoryFile, runInteractive } from './interactive.ts';
import { printText } from './output.ts';
import { programCalled } from './program.ts';

interface Options {
  readonly socket?: string;
  readonly verbose: boolean;
  readonly restrict: boolean;
  readonly local: boolean;
  readonly json: boolean;
}

const called = programCalled(process.argv[1] ?? '');

const program = new Command(called.name)
  .description('Control client of the routing daemon peregrined')
  .argument('[command...]', 'command to run; interactive without one; `datastore help` is about resources of a cluster')
  .option('-s, --socket <path>', `control socket (default: ${called.socket})`)
  .option('-v, --verbose', 'show reply codes', false)
  .option('-r, --restrict', 'allow only harmless commands', false)
  .option('-l, --local', `use the control socket ${called.localSocket} in the current folder`, false)
  .option('--json', 'print replies as JSON', false)
  .version(VERSION, '--version')
  .passThroughOptions()
  .allowExcessArguments(false);

/** Exit status of the whole program. */
async function run(words: readonly string[], options: Options): Promise<number> {
  if (words[0] === 'datastore') {
    // Works on the store itself, and brings clients that nobody else needs.
    const { runDatastore } = await import('./datastore.ts');
    return runDatastore(words.slice(1), {
      environment: process.env,
      out: (text) => void process.stdout.write(`${text}\n`),
      error: (text) => void process.stderr.write(`${text}\n`),
      stdin: () => readFileSync(0, 'utf8'),
    });
  }
  const socket = options.socket ?? (options.local ? called.localSocket : called.socket);
  if (words.length === 0) {
    const historyFile = defaultHistoryFile();
    return runInteractive({
      ...options,
      prompt: called.prompt,
      socket,
      input: process.stdin,
      output: process.stdout,
      historyFile,
    });
  }
  const print = writeLine;
  const client = await ControlClient.connect(socket, (line) => {
    if (!options.json) return printText(line, options.verbose, print);
  });
  try {
    if (options.restrict) {
      await client.request('restrict', (line) => {
        if (!options.json) return printText(line, options.verbose, print);
      });
    }
    const result = await runCommand(client, words.join(' '), options, print);
    return result.kind === 'done' && !result.ok ? called.refusedStatus : 0;
  } finally {
    client.close();
  }
}

/** Waits for a slow reader, so that a long reply does not pile up here. */
function writeLine(line: string): void | Promise<void> {
  if (process.stdout.write(`${line}\n`)) return;
  return new Promise((resolve) => process.stdout.once('drain', resolve));
}

// `peregrinec show route | head` ends when head has enough.
process.stdout.on('error', () => process.exit(0));

program.parse();
// Not awaited: what `run` imports shares a file with this module, which has to be done by then.
run(program.args, program.opts<Options>()).then(
  (status) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
