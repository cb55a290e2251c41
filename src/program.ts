/**
 * What the daemon is called decides what it is: `peregrined` speaks BIRD 2 and runs both address families; called `bird`
 * or `bird6` it is one of the two daemons of a Calico node, with the language, paths and habits that the scripts and
 * probes there count on.
 */
import { basename } from 'node:path';
import type { FamilyName } from '../bgp/index.ts';
import type { Dialect } from '../config/index.ts';
import { CALICO_LOCAL_SOCKET, CALICO_SOCKETS, DEFAULT_SOCKET, LOCAL_SOCKET } from './control/paths.ts';
import { birdVersion, VERSION } from './version.ts';

export interface DaemonProgram {
  readonly name: string;
  readonly dialect: Dialect;
  /** The only one that it runs; `undefined`: all. */
  readonly family: FamilyName | undefined;
  readonly config: string;
  readonly socket: string;
  /** With `-l`, in the current folder. */
  readonly localConfig: string;
  readonly localSocket: string;
  /** What `--version` says. */
  readonly versionText: string;
  /** In front of everything on standard error. */
  readonly prefix: string;
  /** One of Calico's: found by its process name, read by people on standard error, ended at once by an interrupt. */
  readonly isCalicos: boolean;
}

const PEREGRINED: DaemonProgram = {
  name: 'peregrined',
  dialect: 'bird2',
  family: undefined,
  config: '/etc/peregrine/peregrine.conf',
  socket: DEFAULT_SOCKET,
  localConfig: 'peregrine.conf',
  localSocket: LOCAL_SOCKET,
  versionText: `Peregrine version ${VERSION}`,
  prefix: 'peregrined: ',
  isCalicos: false,
};

function calicos(name: string, family: FamilyName): DaemonProgram {
  return {
    name,
    dialect: 'bird1',
    family,
    config: `/etc/${name}.conf`,
    socket: CALICO_SOCKETS[family],
    localConfig: `${name}.conf`,
    localSocket: CALICO_LOCAL_SOCKET[family],
    versionText: `BIRD version ${birdVersion('bird1')}`,
    // Both of them say so.
    prefix: 'bird: ',
    isCalicos: true,
  };
}

/** @param path how the program was called. */
export function programCalled(path: string): DaemonProgram {
  const name = basename(path);
  if (name === 'bird') return calicos('bird', 'ipv4');
  return name === 'bird6' ? calicos('bird6', 'ipv6') : PEREGRINED;
}
