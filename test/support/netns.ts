/**
 * Sockets of the test process inside a namespace. A socket belongs for good to the namespace in which its thread was
 * when it was made, so a test steps in, opens its connections, and steps out again.
 */
import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';
import type { LabNode } from '../../src/lab/namespace.ts';

const CLONE_NEWNET = 0x40000000;
const setns = koffi.load('libc.so.6').func('int setns(int fd, int nstype)') as (fd: number, type: number) => number;

function enter(path: string): void {
  const fd = openSync(path, 'r');
  try {
    if (setns(fd, CLONE_NEWNET) !== 0) throw new Error(`setns ${path}: errno ${koffi.errno()}`);
  } finally {
    closeSync(fd);
  }
}

/** Runs `work` with the thread inside the node's namespace. One at a time: calls must not overlap. */
export async function inNamespace<T>(node: LabNode, work: () => Promise<T>): Promise<T> {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  enter(`/run/netns/${node.namespace}`);
  try {
    return await work();
  } finally {
    if (setns(home, CLONE_NEWNET) !== 0) process.exit(70);
    closeSync(home);
  }
}
