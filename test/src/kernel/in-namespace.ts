/**
 * Opens sockets in another network namespace from this process: the thread enters it, makes them, and comes back. A
 * socket stays where it was made, so one test can hold ends in several namespaces.
 */
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';

const CLONE_NEWNET = 0x40000000;

type SetNamespace = (fd: number, kind: number) => number;
let setNamespace: SetNamespace | undefined;

export function inNamespace<T>(name: string, work: () => T): T {
  setNamespace ??= koffi.load(null).func('int setns(int fd, int kind)') as SetNamespace;
  const home = openSync('/proc/self/ns/net', 'r');
  const away = openSync(`/run/netns/${name}`, 'r');
  try {
    if (setNamespace(away, CLONE_NEWNET) !== 0) throw new Error(`cannot enter namespace ${name}`);
    return work();
  } finally {
    // It did not come back only if the kernel is out of its mind; the tests after it would tell.
    setNamespace(home, CLONE_NEWNET);
    closeSync(away);
    closeSync(home);
  }
}

/** Why tests with the real kernel cannot run here; `false`: they can. */
export function noKernelReason(): string | false {
  if (process.platform !== 'linux') return 'not Linux';
  if (process.getuid?.() !== 0) return 'needs root for network namespaces';
  return false;
}
