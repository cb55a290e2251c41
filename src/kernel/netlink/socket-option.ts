/**
 * Options of a netlink socket that the `node-netlink` package cannot set. The package keeps its descriptor to itself,
 * so it is looked up once: /proc/net/netlink tells the inode of a port, /proc/self/fd the descriptor of an inode.
 * All but `countOverruns` are improvements: without them the daemon works with small buffers and plain errors.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import koffi from 'koffi';

const SOL_SOCKET = 1;
const SO_RCVBUFFORCE = 33;
const SO_ATTACH_FILTER = 26;
const SO_MEMINFO = 55;
/** Index of the count of dropped messages in what SO_MEMINFO tells, and how many numbers that is. */
const MEMINFO_DROPS = 8;
const MEMINFO_COUNT = 9;
const SOL_NETLINK = 270;
const NETLINK_NO_ENOBUFS = 5;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHECKING = 12;
const NETLINK_ROUTE = 0;

type GetSocketOption = (fd: number, level: number, name: number, value: Uint32Array, length: Uint32Array) => number;
let getSocketOption: GetSocketOption | undefined;
type SetSocketOption = (fd: number, level: number, name: number, value: Uint8Array, length: number) => number;
let setSocketOption: SetSocketOption | undefined;

/** The descriptor of the NETLINK_ROUTE socket of this process that is bound to `port`. */
export function netlinkDescriptor(port: number): number | undefined {
  try {
    const inode = inodeOf(port);
    if (inode === undefined) return undefined;
    const wanted = `socket:[${inode}]`;
    for (const name of readdirSync('/proc/self/fd')) {
      if (linkTarget(`/proc/self/fd/${name}`) === wanted) return Number(name);
    }
  } catch {
    // No /proc: nothing can be found.
  }
  return undefined;
}

/** Columns of /proc/net/netlink: sk, protocol, port, groups, rmem, wmem, dump, locks, drops, inode. */
function inodeOf(port: number): string | undefined {
  for (const line of readFileSync('/proc/net/netlink', 'latin1').split('\n')) {
    const columns = line.trim().split(/\s+/);
    if (Number(columns[1]) === NETLINK_ROUTE && Number(columns[2]) === port) return columns[9];
  }
  return undefined;
}

/** The directory handle of the listing itself is gone by the time it is looked at. */
function linkTarget(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/**
 * Messages that find the receive buffer full are counted (see `overruns`) instead of making the next read fail: a read
 * that fails is more than the package survives. It is a must.
 */
export function countOverruns(fd: number): boolean {
  return setInteger(fd, SOL_NETLINK, NETLINK_NO_ENOBUFS, 1);
}

const memoryInfo = new Uint32Array(MEMINFO_COUNT);
const memoryInfoLength = new Uint32Array(1);

/** Messages dropped so far; 0 where the kernel does not tell. */
export function overruns(fd: number): number {
  try {
    getSocketOption ??= koffi
      .load(null)
      .func('int getsockopt(int fd, int level, int name, void *value, uint32_t *length)') as GetSocketOption;
    memoryInfoLength[0] = memoryInfo.byteLength;
    memoryInfo[MEMINFO_DROPS] = 0;
    const result = getSocketOption(fd, SOL_SOCKET, SO_MEMINFO, memoryInfo, memoryInfoLength);
    return result === 0 ? memoryInfo[MEMINFO_DROPS]! : 0;
  } catch {
    return 0;
  }
}

/** A receive buffer beyond the system's limit for ordinary processes. Needs CAP_NET_ADMIN. */
export function forceReceiveBuffer(fd: number, octets: number): boolean {
  return setInteger(fd, SOL_SOCKET, SO_RCVBUFFORCE, octets);
}

/** Errors come with the kernel's own words, and without a copy of the request. */
export function explainErrors(fd: number): void {
  setInteger(fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
  setInteger(fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
}

/** The kernel looks at the filters of a dump request (table, protocol) and refuses what it does not know. */
export function checkStrictly(fd: number): boolean {
  return setInteger(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHECKING, 1);
}

/**
 * Leaves out notifications of what `port` asked for itself: a classic BPF program on the port id of the header. Saves
 * one wake-up per route while 100,000 of them are written, and keeps the buffer free for what others do.
 */
export function muteOwnEchoes(fd: number, port: number): boolean {
  // Octets 12..15 of the message as BPF loads them, most significant first.
  const header = new Uint8Array(new Uint32Array([port]).buffer);
  const loaded = ((header[0]! << 24) | (header[1]! << 16) | (header[2]! << 8) | header[3]!) >>> 0;
  const program = new Uint8Array(4 * 8);
  const view = new DataView(program.buffer);
  const instruction = (index: number, code: number, jumpTrue: number, jumpFalse: number, k: number): void => {
    hostPut16(program, 8 * index, code);
    view.setUint8(8 * index + 2, jumpTrue);
    view.setUint8(8 * index + 3, jumpFalse);
    program.set(new Uint8Array(new Uint32Array([k]).buffer), 8 * index + 4);
  };
  instruction(0, 0x20, 0, 0, 12); // load word at 12
  instruction(1, 0x15, 0, 1, loaded); // equal: fall through; else skip one
  instruction(2, 0x06, 0, 0, 0); // drop
  instruction(3, 0x06, 0, 0, 0xffffffff); // keep
  // sock_fprog: length u16, padding to a pointer, pointer to the instructions.
  try {
    const pointerSize = koffi.sizeof('void *');
    const fprog = new Uint8Array(2 * pointerSize);
    hostPut16(fprog, 0, 4);
    const address = koffi.address(program);
    fprog.set(
      pointerSize === 8
        ? new Uint8Array(new BigUint64Array([address]).buffer)
        : new Uint8Array(new Uint32Array([Number(address)]).buffer),
      pointerSize,
    );
    return set(fd, SOL_SOCKET, SO_ATTACH_FILTER, fprog);
  } catch {
    return false;
  }
}

function hostPut16(bytes: Uint8Array, at: number, value: number): void {
  bytes.set(new Uint8Array(new Uint16Array([value]).buffer), at);
}

function setInteger(fd: number, level: number, name: number, value: number): boolean {
  return set(fd, level, name, new Uint8Array(new Int32Array([value]).buffer));
}

function set(fd: number, level: number, name: number, value: Uint8Array): boolean {
  try {
    setSocketOption ??= koffi
      .load(null)
      .func('int setsockopt(int fd, int level, int name, const void *value, uint32_t length)') as SetSocketOption;
    return setSocketOption(fd, level, name, value, value.length) === 0;
  } catch {
    return false;
  }
}
