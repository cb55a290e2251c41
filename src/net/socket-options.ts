/**
 * Sockets with the options that Node does not know and BGP needs before `connect` or `listen`: TCP-MD5 (RFC 2385), hop
 * limits (RFC 5082), a source address that is not there yet, binding to a device. The calls go straight to the C
 * library; a descriptor made here is then adopted by Node (`new net.Socket({ fd })`, `server.listen({ fd })`).
 *
 * This is the only file that does so. `loadNativeSockets` answers `undefined` where the foreign function library has no
 * build for the machine; everybody else must be able to live with that. Numbers are Linux's.
 */
import { createRequire } from 'node:module';
import { type Ip, ipBytes } from '../../bgp/index.ts';
import type { FilterStep } from './hop-filter.ts';
import { SocketError } from './socket-error.ts';

/** What TCP does to packets of one connection or listener, beyond what Node can ask for. */
export interface SocketFeatures {
  /** Network device to bind to (an interface or a VRF). */
  readonly device: string | undefined;
  /** The local address need not exist (yet). */
  readonly freeBind: boolean;
  /** Hop limit of what we send; `undefined`: the system's. */
  readonly ttl: number | undefined;
  /** Packets with a smaller hop limit are dropped by the kernel (RFC 5082); `undefined`: none are. */
  readonly minTtl: number | undefined;
}

export interface ListenRequest extends SocketFeatures {
  readonly version: 4 | 6;
  /** `undefined`: all addresses of `version`. */
  readonly address: Ip | undefined;
  readonly port: number;
  readonly backlog: number;
}

export interface ConnectRequest extends SocketFeatures {
  readonly remote: Ip;
  readonly port: number;
  /** Interface of a link-local address. */
  readonly zone: string | undefined;
  readonly local: Ip | undefined;
  readonly password: string | undefined;
}

/** Whose segments a TCP-MD5 key protects. */
export interface KeyScope {
  readonly address: Ip;
  /** Bits; the whole length of the address for one neighbour. */
  readonly prefixLength: number;
}

export interface NativeSockets {
  /** A listening descriptor. Throws `SocketError`. */
  listen(request: ListenRequest): number;
  /** A descriptor whose connection is under way. Throws `SocketError`. */
  connect(request: ConnectRequest): number;
  /** Sets a key on a descriptor, also on one that listens already; `undefined` removes it. Throws `SocketError`. */
  setKey(fd: number, scope: KeyScope, password: string | undefined): void;
  /** Hop limits of a connection that was accepted. Throws `SocketError`. */
  setHops(fd: number, version: 4 | 6, ttl: number | undefined, minTtl: number | undefined): void;
  /** What a listener, and whom it accepts, hears at all; `undefined`: everything. Throws `SocketError`. */
  setFilter(fd: number, program: readonly FilterStep[] | undefined): void;
  close(fd: number): void;
}

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const EINPROGRESS = 115;
const EPERM = 1;

const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_BINDTODEVICE = 25;
const SO_ATTACH_FILTER = 26;
const SO_DETACH_FILTER = 27;
/** Size of struct sock_fprog. */
const FILTER_PROGRAM_OCTETS = 16;

const IPPROTO_IP = 0;
const IP_TOS = 1;
const IP_TTL = 2;
const IP_FREEBIND = 15;
const IP_MINTTL = 21;

const IPPROTO_IPV6 = 41;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;
const IPV6_TCLASS = 67;
const IPV6_MINHOPCOUNT = 73;
const IPV6_FREEBIND = 78;

const IPPROTO_TCP = 6;
const TCP_NODELAY = 1;
const TCP_MD5SIG = 14;
const TCP_MD5SIG_EXT = 32;
const TCP_MD5SIG_FLAG_PREFIX = 1;
/** Longest key (linux/tcp.h TCP_MD5SIG_MAXKEYLEN). */
export const MAX_PASSWORD_OCTETS = 80;
/** Precedence "internetwork control": routing survives what the network drops under load. */
const INTERNETWORK_CONTROL = 0xc0;

interface Libc {
  socket(family: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  /** setsockopt with a struct sock_fprog. */
  attach(fd: number, level: number, name: number, value: FilterProgram, length: number): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  connect(fd: number, address: Uint8Array, length: number): number;
  close(fd: number): number;
  if_nametoindex(name: string): number;
  errno(): number;
}

interface FilterProgram {
  readonly len: number;
  readonly filter: readonly FilterStep[];
}

let loaded: NativeSockets | undefined | null;

export function loadNativeSockets(): NativeSockets | undefined {
  if (loaded === undefined) {
    const libc = loadLibc();
    loaded = libc === undefined ? null : new LibcSockets(libc);
  }
  return loaded ?? undefined;
}

function loadLibc(): Libc | undefined {
  try {
    const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
    const library = koffi.load(null);
    const step = koffi.struct({ code: 'uint16', jt: 'uint8', jf: 'uint8', k: 'uint32' });
    const program = koffi.struct({ len: 'uint16', filter: koffi.pointer(step) });
    return {
      socket: library.func('int socket(int, int, int)'),
      setsockopt: library.func('int setsockopt(int, int, int, const uint8_t *, uint32_t)'),
      attach: library.func('setsockopt', 'int', ['int', 'int', 'int', koffi.pointer(program), 'uint32']),
      bind: library.func('int bind(int, const uint8_t *, uint32_t)'),
      listen: library.func('int listen(int, int)'),
      connect: library.func('int connect(int, const uint8_t *, uint32_t)'),
      close: library.func('int close(int)'),
      if_nametoindex: library.func('unsigned int if_nametoindex(const char *)'),
      errno: () => koffi.errno(),
    };
  } catch {
    return undefined;
  }
}

class LibcSockets implements NativeSockets {
  readonly #libc: Libc;

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  listen(request: ListenRequest): number {
    const { version, address, port, backlog } = request;
    return this.#build(version, (fd) => {
      this.#setNumber(fd, SOL_SOCKET, SO_REUSEADDR, 1, 'SO_REUSEADDR');
      // One socket for each version: an IPv4 neighbour is never met as a mapped IPv6 address.
      if (version === 6) this.#setNumber(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1, 'IPV6_V6ONLY');
      this.#setFeatures(fd, version, request);
      const where = socketAddress(version, address, port, 0);
      this.#check(this.#libc.bind(fd, where, where.length), 'bind');
      this.#check(this.#libc.listen(fd, backlog), 'listen');
    });
  }

  connect(request: ConnectRequest): number {
    const { remote, port, local, zone, password } = request;
    const version = ipBytes(remote).length === 4 ? 4 : 6;
    return this.#build(version, (fd) => {
      this.#setFeatures(fd, version, request);
      this.#setNumber(fd, IPPROTO_TCP, TCP_NODELAY, 1, 'TCP_NODELAY');
      if (password !== undefined) this.setKey(fd, hostScope(remote), password);
      const scopeId = zone === undefined ? 0 : this.#interfaceIndex(zone);
      if (local !== undefined) {
        const from = socketAddress(version, local, 0, scopeId);
        this.#check(this.#libc.bind(fd, from, from.length), 'bind');
      }
      const to = socketAddress(version, remote, port, scopeId);
      const started = this.#libc.connect(fd, to, to.length) === 0 || this.#libc.errno() === EINPROGRESS;
      if (!started) this.#fail('connect');
    });
  }

  setKey(fd: number, scope: KeyScope, password: string | undefined): void {
    const address = ipBytes(scope.address);
    const isHost = scope.prefixLength === 8 * address.length;
    const structure = keyStructure(address, isHost ? undefined : scope.prefixLength, password);
    const option = isHost ? TCP_MD5SIG : TCP_MD5SIG_EXT;
    this.#set(fd, IPPROTO_TCP, option, structure, 'TCP_MD5SIG');
  }

  setHops(fd: number, version: 4 | 6, ttl: number | undefined, minTtl: number | undefined): void {
    const v4 = version === 4;
    const level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
    if (ttl !== undefined) this.#setNumber(fd, level, v4 ? IP_TTL : IPV6_UNICAST_HOPS, ttl, 'IP_TTL');
    if (minTtl !== undefined) this.#setNumber(fd, level, v4 ? IP_MINTTL : IPV6_MINHOPCOUNT, minTtl, 'IP_MINTTL');
  }

  setFilter(fd: number, program: readonly FilterStep[] | undefined): void {
    if (program === undefined) {
      // There may be none to take away.
      this.#libc.setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, hostOrder32(0), 4);
      return;
    }
    const value = { len: program.length, filter: program };
    const done = this.#libc.attach(fd, SOL_SOCKET, SO_ATTACH_FILTER, value, FILTER_PROGRAM_OCTETS);
    this.#check(done, 'SO_ATTACH_FILTER');
  }

  close(fd: number): void {
    this.#libc.close(fd);
  }

  #build(version: 4 | 6, prepare: (fd: number) => void): number {
    const family = version === 4 ? AF_INET : AF_INET6;
    const fd = this.#check(this.#libc.socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), 'socket');
    try {
      prepare(fd);
      return fd;
    } catch (error) {
      this.#libc.close(fd);
      throw error;
    }
  }

  #setFeatures(fd: number, version: 4 | 6, features: SocketFeatures): void {
    const v4 = version === 4;
    const level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
    this.#setNumber(fd, level, v4 ? IP_TOS : IPV6_TCLASS, INTERNETWORK_CONTROL, 'IP_TOS');
    if (features.freeBind) this.#setNumber(fd, level, v4 ? IP_FREEBIND : IPV6_FREEBIND, 1, 'IP_FREEBIND');
    if (features.device !== undefined) this.#bindToDevice(fd, features.device);
    this.setHops(fd, version, features.ttl, features.minTtl);
  }

  #bindToDevice(fd: number, device: string): void {
    const name = new TextEncoder().encode(`${device}\0`);
    if (this.#libc.setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, name.length) === 0) return;
    // Older kernels ask for a privilege; addresses and their scope still select the interface.
    if (this.#libc.errno() !== EPERM) this.#fail(`SO_BINDTODEVICE ${device}`);
  }

  #interfaceIndex(name: string): number {
    const index = this.#libc.if_nametoindex(name);
    if (index === 0) throw new SocketError('ENODEV', name);
    return index;
  }

  #setNumber(fd: number, level: number, option: number, value: number, name: string): void {
    this.#set(fd, level, option, hostOrder32(value), name);
  }

  #set(fd: number, level: number, option: number, value: Uint8Array, name: string): void {
    this.#check(this.#libc.setsockopt(fd, level, option, value, value.length), name);
  }

  #check(result: number, call: string): number {
    return result < 0 ? this.#fail(call) : result;
  }

  #fail(call: string): never {
    throw SocketError.fromErrno(this.#libc.errno(), call);
  }
}

/** The scope of one neighbour. */
export function hostScope(address: Ip): KeyScope {
  return { address, prefixLength: 8 * ipBytes(address).length };
}

/** A C int. */
function hostOrder32(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

function hostOrder16(value: number): Uint8Array {
  return new Uint8Array(Uint16Array.of(value).buffer);
}

/**
 * struct sockaddr_in:  family 2 (host order)   port 2   address 4   zero 8
 * struct sockaddr_in6: family 2 (host order)   port 2   flow 4   address 16   scope 4 (host order)
 */
function socketAddress(version: 4 | 6, address: Ip | undefined, port: number, scopeId: number): Uint8Array {
  const bytes = new Uint8Array(version === 4 ? 16 : 28);
  bytes.set(hostOrder16(version === 4 ? AF_INET : AF_INET6));
  bytes[2] = port >> 8;
  bytes[3] = port & 255;
  if (address !== undefined) bytes.set(ipBytes(address), version === 4 ? 4 : 8);
  if (version === 6) bytes.set(hostOrder32(scopeId), 24);
  return bytes;
}

/**
 * struct tcp_md5sig: sockaddr_storage 128   flags 1   prefix length 1   key length 2   interface 4   key 80
 * No key length: the key is removed.
 */
function keyStructure(address: Uint8Array, prefixLength: number | undefined, password: string | undefined): Uint8Array {
  const bytes = new Uint8Array(216);
  const isIpv4 = address.length === 4;
  bytes.set(hostOrder16(isIpv4 ? AF_INET : AF_INET6));
  bytes.set(address, isIpv4 ? 4 : 8);
  if (prefixLength !== undefined) {
    bytes[128] = TCP_MD5SIG_FLAG_PREFIX;
    bytes[129] = prefixLength;
  }
  if (password === undefined) return bytes;
  const key = new TextEncoder().encode(password);
  if (key.length === 0 || key.length > MAX_PASSWORD_OCTETS) throw new SocketError('EINVAL', 'password');
  bytes.set(hostOrder16(key.length), 130);
  bytes.set(key, 136);
  return bytes;
}
