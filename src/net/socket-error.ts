/** What the operating system says about a socket, in the words that operators know (strerror(3)). */
import { constants } from 'node:os';

/** A system call on a socket failed. */
export class SocketError extends Error {
  /** `ECONNREFUSED` and the like. */
  readonly code: string;

  constructor(code: string, call: string) {
    super(`${call}: ${socketErrorText(code)}`);
    this.name = 'SocketError';
    this.code = code;
  }

  static fromErrno(errno: number, call: string): SocketError {
    return new SocketError(errnoName(errno), call);
  }
}

function errnoName(errno: number): string {
  for (const [name, value] of Object.entries(constants.errno)) if (value === errno) return name;
  return `errno ${errno}`;
}

const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  EAFNOSUPPORT: 'Address family not supported by protocol',
  ECONNABORTED: 'Software caused connection abort',
  ECONNREFUSED: 'Connection refused',
  ECONNRESET: 'Connection reset by peer',
  EHOSTDOWN: 'Host is down',
  EHOSTUNREACH: 'No route to host',
  EINVAL: 'Invalid argument',
  EMFILE: 'Too many open files',
  ENETDOWN: 'Network is down',
  ENETUNREACH: 'Network is unreachable',
  ENFILE: 'Too many open files in system',
  ENOBUFS: 'No buffer space available',
  ENODEV: 'No such device',
  ENOMEM: 'Cannot allocate memory',
  ENOPROTOOPT: 'Protocol not available',
  ENOTCONN: 'Transport endpoint is not connected',
  ENXIO: 'No such device or address',
  EPERM: 'Operation not permitted',
  EPIPE: 'Broken pipe',
  EPROTO: 'Protocol error',
  ETIMEDOUT: 'Connection timed out',
};

export function socketErrorText(code: string): string {
  return TEXTS[code] ?? code;
}

/** The text of whatever a socket threw or emitted. */
export function errorText(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string') return socketErrorText(code);
  return error instanceof Error ? error.message : String(error);
}
