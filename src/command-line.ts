/** The flags of the daemon: BIRD's, with the same letters and meanings. */
import { Command, Option } from 'commander';
import type { DaemonProgram } from './program.ts';

export interface CommandLine {
  readonly config: string;
  readonly socket: string;
  /** `-d`: everything to standard error, in the foreground. */
  readonly debug: boolean;
  /** `-D FILE`: everything to that file as well. */
  readonly debugFile: string | undefined;
  readonly foreground: boolean;
  /** `-p`: check the configuration, run its tests, and end. */
  readonly parseOnly: boolean;
  readonly pidFile: string | undefined;
  /** `-R`: graceful restart recovery. */
  readonly recover: boolean;
  readonly user: string | undefined;
  readonly group: string | undefined;
  /** `--node` and `--datastore`: both or none of them. */
  readonly cluster: { readonly node: string; readonly datastore: string } | undefined;
  /** `--print-config`: the family whose equivalent configuration is printed. */
  readonly printFamily: 4 | 6 | undefined;
}

interface Flags {
  readonly c?: string;
  readonly s?: string;
  readonly d?: true;
  readonly D?: string;
  readonly f?: true;
  readonly l?: true;
  readonly p?: true;
  readonly P?: string;
  readonly R?: true;
  readonly u?: string;
  readonly g?: string;
  readonly node?: string;
  readonly datastore?: string;
  readonly printConfig?: true;
  readonly family?: '4' | '6';
}

/** Reads the arguments behind the program's name. `--help`, `--version` and wrong flags end the process. */
export function readCommandLine(args: readonly string[], program: DaemonProgram): CommandLine {
  const command = new Command(program.name)
    .description('BGP routing daemon')
    .version(program.versionText, '--version', 'show the version and end')
    .helpOption('-h, --help', 'show this and end')
    .option('-c <file>', `configuration file (${program.config})`)
    .option('-s <socket>', `control socket (${program.socket})`)
    .option('-d', 'stay in the foreground and log everything to standard error')
    .option('-D <file>', 'log everything to this file as well')
    .option('-f', 'stay in the foreground')
    .option('-l', 'configuration file and control socket in the current directory')
    .option('-p', 'check the configuration, run its tests, and end')
    .option('-P <file>', 'write the process id to this file')
    .option('-R', 'recover from a graceful restart')
    .option('-u <user>', 'drop root and become this user, keeping the network capabilities')
    .option('-g <group>', 'become this group')
    .option('--node <name>', 'be this node of the cluster in the datastore, without a configuration file')
    .option('--datastore <url>', 'where the cluster is: file:, redis:, etcd:, kubernetes: ...')
    .option('--print-config', 'print the equivalent configuration of BIRD 1.6 and end')
    .addOption(new Option('--family <version>', 'of --print-config').choices(['4', '6']))
    .addOption(new Option('-b', 'go to the background (the default)').hideHelp())
    .allowExcessArguments(false)
    .exitOverride((error) => process.exit(error.exitCode));
  // BIRD says its version, and how it is used, where it says everything.
  if (program.isCalicos) command.configureOutput({ writeOut: (text) => void process.stderr.write(text) });
  if (program.isCalicos) command.showHelpAfterError();
  const flags = command.parse([...args], { from: 'user' }).opts<Flags>();
  const local = flags.l === true;
  const { node, datastore } = flags;
  if ((node === undefined) !== (datastore === undefined)) command.error('--node and --datastore go together');
  if (node !== undefined && flags.c !== undefined) command.error('with --node there is no configuration file (-c)');
  if (flags.family !== undefined && flags.printConfig === undefined) command.error('--family is for --print-config');
  const ownFamily = program.family === 'ipv6' ? 6 : 4;
  return {
    config: flags.c ?? (local ? program.localConfig : program.config),
    socket: flags.s ?? (local ? program.localSocket : program.socket),
    debug: flags.d === true,
    debugFile: flags.D,
    foreground: flags.f === true || flags.d === true,
    parseOnly: flags.p === true,
    pidFile: flags.P,
    recover: flags.R === true,
    user: flags.u,
    group: flags.g,
    cluster: node === undefined || datastore === undefined ? undefined : { node, datastore },
    printFamily:
      flags.printConfig === true
        ? flags.family === undefined
          ? ownFamily
          : (Number(flags.family) as 4 | 6)
        : undefined,
  };
}
