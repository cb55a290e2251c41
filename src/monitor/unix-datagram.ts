/**
 * A connected Unix datagram socket that only sends: what syslog listens on (`/dev/log`). Node has none, so four calls
 * of the C library are used. Sending never blocks.
 */
import { createRequire } from 'node:module';
import os from 'node:os';

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** Octets of sun_path (unix(7)). */
const PATH_MAX = 108;

interface Libc {
  socket(family: number, type: number, protocol: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  close(fd: number): number;
}

let libc: Libc | undefined | null;

/** `null` where the foreign function library has no build for this machine. */
function loadLibc(): Libc | null {
  if (libc !== undefined) return libc;
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const library = koffi.load('libc.so.6');
    libc = {
      socket: library.func('int socket(int, int, int)'),
      connect: library.func('int connect(int, const uint8_t *, uint32_t)'),
      send: library.func('long send(int, const uint8_t *, size_t, int)'),
      close: library.func('int close(int)'),
    };
  } catch {
    libc = null;
  }
  return libc;
}

/** A connection, or `undefined` where nobody listens. */
export class UnixDatagram {
  readonly #libc: Libc;
  #fd: number;

  private constructor(calls: Libc, fd: number) {
    this.#libc = calls;
    this.#fd = fd;
  }

  static connect(path: string): UnixDatagram | undefined {
    const calls = loadLibc();
    const name = Buffer.from(path);
    if (calls === null || name.length >= PATH_MAX) return undefined;
    const address = Buffer.alloc(2 + name.length + 1);
    if (os.endianness() === 'LE') address.writeUInt16LE(AF_UNIX);
    else address.writeUInt16BE(AF_UNIX);
    name.copy(address, 2);
    const fd = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return undefined;
    if (calls.connect(fd, address, address.length) === 0) return new UnixDatagram(calls, fd);
    calls.close(fd);
    return undefined;
  }

  /** False when it could not be handed over now (the other side is slow, or gone). */
  send(bytes: Uint8Array): boolean {
    if (this.#fd < 0) return false;
    return this.#libc.send(this.#fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL) === bytes.length;
  }

  close(): void {
    if (this.#fd >= 0) this.#libc.close(this.#fd);
    this.#fd = -1;
  }
}
