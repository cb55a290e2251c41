/**
 * Giving up root while keeping what a router needs (capabilities(7)): binding to port 179, programming routes, raw
 * sockets. Linux only; libc is asked directly, since Node has no call for it.
 */
import {
  chownSync,
  closeSync,
  constants,
  existsSync,
  fchownSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
} from 'node:fs';
import koffi from 'koffi';

const CAP_NET_BIND_SERVICE = 10;
const CAP_NET_ADMIN = 12;
const CAP_NET_RAW = 13;
const PR_SET_KEEPCAPS = 8;
/** _LINUX_CAPABILITY_VERSION_3 */
const CAPABILITY_VERSION = 0x20080522;

/** True if this process may change routing tables. */
export function mayProgramRoutes(): boolean {
  try {
    const match = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return match !== null && (BigInt(`0x${match[1]}`) & (1n << BigInt(CAP_NET_ADMIN))) !== 0n;
  } catch {
    return process.getuid?.() === 0;
  }
}

export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** The ids that files made for the daemon's user have to have. Throws a sentence for an unknown name. */
export function lookUp(user: string | undefined, group: string | undefined): Ids | undefined {
  if (user === undefined && group === undefined) return undefined;
  const account = user === undefined ? undefined : entry('/etc/passwd', user);
  if (user !== undefined && account === undefined) throw new Error(`no user ${user}`);
  const own = group === undefined ? undefined : entry('/etc/group', group);
  if (group !== undefined && own === undefined) throw new Error(`no group ${group}`);
  const uid = account === undefined ? (process.getuid?.() ?? 0) : Number(account[2]);
  const gid =
    own !== undefined ? Number(own[2]) : account !== undefined ? Number(account[3]) : (process.getgid?.() ?? 0);
  return { uid, gid };
}

function entry(file: string, name: string): readonly string[] | undefined {
  return readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find((fields) => fields[0] === name || fields[2] === name);
}

/** A folder that is not there is made, for the daemon's user. */
export function makeFolder(path: string, ids: Ids | undefined): void {
  if (existsSync(path)) return;
  mkdirSync(path, { recursive: true });
  if (ids !== undefined) chownSync(path, ids.uid, ids.gid);
}

/**
 * Files that the daemon goes on writing as its user, whoever owns their folder. Links are not followed: who may write to
 * the folder must not get hold of a file elsewhere. What cannot be had is told later, by whoever wants to write.
 */
export function giveFiles(paths: readonly string[], ids: Ids): void {
  for (const path of paths) {
    try {
      const fd = openSync(
        path,
        constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW,
        0o640,
      );
      if (fstatSync(fd).isFile()) fchownSync(fd, ids.uid, ids.gid);
      closeSync(fd);
    } catch {
      // The log says so with its first line.
    }
  }
}

/** Becomes the user, with the network capabilities alone. Throws where the system refuses. */
export function dropRoot(ids: Ids): void {
  process.setgroups?.([]);
  process.setgid?.(ids.gid);
  if (ids.uid === 0) return;
  const libc = koffi.load('libc.so.6');
  const prctl = libc.func('int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)');
  const capset = libc.func('int capset(void *header, void *data)');
  if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) !== 0) throw new Error('cannot keep capabilities');
  process.setuid?.(ids.uid);
  const header = Buffer.alloc(8);
  header.writeUInt32LE(CAPABILITY_VERSION, 0);
  const wanted = (1 << CAP_NET_BIND_SERVICE) | (1 << CAP_NET_ADMIN) | (1 << CAP_NET_RAW);
  // Two blocks of (effective, permitted, inheritable); the network ones are all in the first.
  const data = Buffer.alloc(24);
  data.writeUInt32LE(wanted, 0);
  data.writeUInt32LE(wanted, 4);
  if (capset(header, data) !== 0) throw new Error('cannot keep the network capabilities');
}
