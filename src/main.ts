/**
 * `peregrined`, also under the names of program.ts: reads the command line and the configuration, goes to the
 * background, starts the daemon, and turns signals into what BIRD's users expect: HUP reads the configuration again, TERM
 * and INT end in order, USR1 dumps the inside to the log.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { type ConfigFiles, formatDiagnostic, type Loaded, type LogTarget } from '../config/index.ts';
import { keepLargeBlocksApart } from './allocator.ts';
import { COMMAND_LINE, nodeModeText, printedConfig, withCommandLine } from './cluster/node-mode.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { DISK_FILES } from './config-files.ts';
import { ConfigReader, ConfigRefused, Configuration } from './configuration.ts';
import type { DumpKind } from './control/host.ts';
import { ANOTHER_DAEMON } from './control/server.ts';
import { ControlSockets } from './control/sockets.ts';
import { Daemon } from './daemon.ts';
import { DaemonFilterHost } from './filter-host.ts';
import { OffFib } from './kernel/kernel-fib.ts';
import { KernelRoutes } from './kernel/kernel-routes.ts';
import { DaemonLog } from './monitor/log.ts';
import { LOG_CLASSES } from './monitor/log-level.ts';
import { PidFile } from './pid-file.ts';
import { dropRoot, giveFiles, lookUp, makeFolder, mayProgramRoutes } from './privileges.ts';
import { programCalled } from './program.ts';
import { SYSTEM_CLOCK } from './protocol/clock.ts';
import type { ShutdownReason } from './protocol/protocol.ts';
import { DaemonHost } from './view/daemon-host.ts';

/** Set in the process that runs in the background. */
const IN_BACKGROUND = 'PEREGRINE_IN_BACKGROUND';
/** Faults of ours within a minute after which going on helps nobody. */
const MANY_FAULTS = 100;
const DUMPS: readonly DumpKind[] = [
  'interfaces',
  'attributes',
  'neighbors',
  'protocols',
  'events',
  'resources',
  'routes',
];

const program = programCalled(process.argv[1] ?? '');

function complain(text: string): void {
  process.stderr.write(`${program.prefix}${text}\n`);
}

function fail(text: string): never {
  complain(text);
  process.exit(1);
}

function readOrFail(reader: ConfigReader, path: string): Loaded {
  try {
    const loaded = reader.read(path);
    for (const warning of loaded.warnings) complain(formatDiagnostic(warning));
    for (const line of loaded.output) process.stdout.write(`${line}\n`);
    return loaded;
  } catch (error) {
    if (error instanceof ConfigRefused && error.diagnostics[0]?.place.line === 0) {
      fail(`Unable to open configuration file ${path}: ${error.diagnostics[0].message}`);
    }
    if (error instanceof ConfigRefused) fail(error.diagnostics.map(formatDiagnostic).join(`\n${program.prefix}`));
    throw error;
  }
}

/** `-p`: the configuration is read, the tests that it brings are run. */
function checkOnly({ tests, config }: Loaded): never {
  for (const { what, place } of config.notActive) {
    complain(`${place.file}:${place.line}:${place.column} warning: ${what} is not active in this version`);
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  let failed = false;
  for (const { description, passed, failures } of tests.run(new DaemonFilterHost(undefined, () => config), say)) {
    say(`${passed ? 'pass' : 'FAIL'} ${description}`);
    for (const failure of failures) say(`     ${failure}`);
    if (!passed) failed = true;
  }
  process.exit(failed ? 1 : 0);
}

/** Where the configuration is; without a file it is on the command line. */
function configPath(flags: CommandLine): string {
  return flags.cluster === undefined ? flags.config : COMMAND_LINE;
}

function filesOf({ cluster }: CommandLine): ConfigFiles {
  if (cluster === undefined) return DISK_FILES;
  try {
    return withCommandLine(DISK_FILES, nodeModeText(cluster.node, cluster.datastore, process.env));
  } catch (error) {
    return fail((error as Error).message);
  }
}

/** `--print-config`: what a node of Calico would have in its files, and on standard error what has no place there. */
function printOnly({ config }: Loaded, version: 4 | 6): void {
  printedConfig(config, version, process.env, complain).then(
    (text) => process.stdout.write(text, () => process.exit(0)),
    (error: Error) => fail(error.message),
  );
}

/** Starts the same program behind us and waits until it says that it is ready, or why it is not. */
function goToBackground(): void {
  const child: ChildProcess = fork(process.argv[1]!, process.argv.slice(2), {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, [IN_BACKGROUND]: '1' },
  });
  child.stderr?.pipe(process.stderr);
  child.on('message', () => process.exit(0));
  child.on('exit', (code) => process.exit(code ?? 1));
}

/** Targets of the log: what the configuration names, and what `-d` and `-D` add. */
function extraTargets(flags: CommandLine): LogTarget[] {
  const targets: LogTarget[] = [];
  if (flags.debug) targets.push({ to: 'stderr', classes: LOG_CLASSES });
  if (flags.debugFile !== undefined) {
    targets.push({ to: 'file', path: flags.debugFile, classes: LOG_CLASSES, limitBytes: undefined, backup: undefined });
  }
  return targets;
}

function filesOfLog(targets: readonly LogTarget[]): string[] {
  return targets.flatMap((target) => (target.to === 'file' ? [target.path] : []));
}

async function run(flags: CommandLine, reader: ConfigReader, loaded: Loaded): Promise<void> {
  keepLargeBlocksApart();
  const ids = lookUp(flags.user, flags.group);
  const log = new DaemonLog({
    name: program.name,
    extraTargets: extraTargets(flags),
    ...(program.isCalicos ? { plainPrefix: program.prefix } : {}),
  });
  log.configure(loaded.config.log);

  const programs = mayProgramRoutes();
  if (!programs && loaded.config.protocols.some(({ kind }) => kind === 'kernel' || kind === 'calico')) {
    log.write('warning', 'No permission to change routing tables: kernel programming is off');
  }
  const fib = programs ? new KernelRoutes((text) => log.write('error', text)) : new OffFib();
  const daemon = new Daemon({
    config: loaded.config,
    log,
    clock: SYSTEM_CLOCK,
    hostname: hostname(),
    recover: flags.recover,
    fib,
  });
  const configuration = new Configuration(configPath(flags), daemon, reader, loaded);

  let pidFile: PidFile | undefined;
  let ending = false;
  const end = async (reason: ShutdownReason): Promise<void> => {
    if (ending) return;
    ending = true;
    configuration.close();
    await daemon.stop(reason);
    await sockets.close();
    fib.close();
    pidFile?.remove();
    await log.close();
    process.exit(0);
  };
  const host = new DaemonHost(daemon, configuration, {
    shutdown: () => void end('daemon-stop'),
    gracefulRestart: () => void end('graceful-restart'),
  });
  const sockets = new ControlSockets(host, { owner: ids });

  watchFaults(log);
  process.on('SIGTERM', () => void end('daemon-stop'));
  if (!program.isCalicos) process.on('SIGINT', () => void end('daemon-stop'));
  process.on('SIGHUP', () => {
    log.write('info', 'Reconfiguration requested by SIGHUP');
    void configuration.configure({
      action: 'load',
      file: undefined,
      soft: false,
      undoAfterSeconds: undefined,
      onUndo: () => {},
    });
  });
  process.on('SIGUSR1', () => {
    for (const kind of DUMPS) for (const line of host.dump(kind)) log.write('debug', line, { dump: kind });
  });

  makeFolder(dirname(flags.socket), ids);
  // The socket first: another daemon that answers there means that this one must not touch anything.
  await sockets.open(flags.socket);
  await sockets.follow(loaded.config.controlSockets);
  try {
    pidFile = flags.pidFile === undefined ? undefined : new PidFile(flags.pidFile);
    if (ids !== undefined) {
      giveFiles(filesOfLog([...extraTargets(flags), ...loaded.config.log]), ids);
      dropRoot(ids);
    }
    configuration.onTaken(({ controlSockets }) => void sockets.follow(controlSockets));
    await daemon.start();
  } catch (error) {
    pidFile?.remove();
    await sockets.close();
    throw error;
  }
  if (process.env[IN_BACKGROUND] !== undefined) {
    process.send?.('ready');
    process.disconnect?.();
  }
}

/** What nobody caught is a fault of ours: it is logged with its stack, and routing goes on. */
function watchFaults(log: DaemonLog): void {
  let recent = 0;
  setInterval(() => {
    recent = 0;
  }, 60_000).unref();
  const fault = (error: unknown): void => {
    log.write('bug', `Internal fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (++recent < MANY_FAULTS) return;
    log.write('fatal', 'Too many internal faults, ending');
    log.flushSync();
    process.exit(70);
  };
  process.on('uncaughtException', fault);
  process.on('unhandledRejection', fault);
}

/** Calico's users know another daemon on the socket by these words. */
function startFailed(error: Error): never {
  const taken = error.cause instanceof Error && error.cause.message === ANOTHER_DAEMON;
  return fail(taken && program.isCalicos ? 'I found another BIRD running.' : error.message);
}

if (program.isCalicos) process.title = program.name;
const flags = readCommandLine(process.argv.slice(2), program);
const reader = new ConfigReader(filesOf(flags), program);
const loaded = readOrFail(reader, configPath(flags));
if (flags.parseOnly) checkOnly(loaded);
if (flags.printFamily !== undefined) printOnly(loaded, flags.printFamily);
else if (!flags.foreground && process.env[IN_BACKGROUND] === undefined) goToBackground();
else run(flags, reader, loaded).catch(startFailed);
