/**
 * What the client is called decides what it is: called by the name of a client of BIRD 1 it behaves like that one, so
 * that scripts and probes that were written for it go on working.
 */
import { basename } from 'node:path';
import { CALICO_LOCAL_SOCKET, CALICO_SOCKETS, DEFAULT_SOCKET, LOCAL_SOCKET } from '../control/paths.ts';

export interface ClientProgram {
  readonly name: string;
  readonly socket: string;
  /** With `-l`, in the current folder. */
  readonly localSocket: string;
  readonly prompt: string;
  /** Exit status of a single command that the daemon or the client refused; probes of Calico count on 0. */
  readonly refusedStatus: 0 | 1;
}

const PEREGRINEC: ClientProgram = {
  name: 'peregrinec',
  socket: process.env['PEREGRINE_SOCKET'] ?? DEFAULT_SOCKET,
  localSocket: LOCAL_SOCKET,
  prompt: 'peregrine> ',
  refusedStatus: 1,
};

function birdcl(name: string, family: keyof typeof CALICO_SOCKETS): ClientProgram {
  const localSocket = CALICO_LOCAL_SOCKET[family];
  return { name, socket: CALICO_SOCKETS[family], localSocket, prompt: 'bird> ', refusedStatus: 0 };
}

/** @param path how the program was called. */
export function programCalled(path: string): ClientProgram {
  const name = basename(path);
  if (name === 'birdcl') return birdcl(name, 'ipv4');
  return name === 'birdcl6' ? birdcl(name, 'ipv6') : PEREGRINEC;
}
