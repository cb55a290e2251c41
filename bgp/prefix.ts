/**
 * Prefixes as objects, for configuration, static routes, interfaces and requests: anything that is counted in lines
 * of a file. Tables keep prefixes as columns of 32-bit words (rib/prefix-table.ts) and meet this type only at a door.
 */
import { formatIp, type Ip, ipBytes, parseIp } from './address.ts';

export interface Prefix {
  readonly version: 4 | 6;
  /** 4 or 16 octets, bits beyond `length` are zero. */
  readonly bytes: Uint8Array;
  /** Bits, 0..32 or 0..128. */
  readonly length: number;
}

/** Clears the bits of `bytes` beyond `length`, in place. */
export function maskBytes(bytes: Uint8Array, length: number): void {
  const whole = length >> 3;
  if (whole >= bytes.length) return;
  bytes[whole]! &= 0xff00 >> (length & 7);
  bytes.fill(0, whole + 1);
}

/** A prefix from an address and a length; host bits are cleared. */
export function prefixOf(address: Ip, length: number): Prefix {
  const bytes = ipBytes(address);
  maskBytes(bytes, length);
  return { version: bytes.length === 4 ? 4 : 6, bytes, length };
}

/** Parses `address/length`. `undefined` for anything else, also where host bits are set. */
export function parsePrefix(text: string): Prefix | undefined {
  const slash = text.lastIndexOf('/');
  const digits = text.slice(slash + 1);
  const ip = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  if (ip === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(digits)) return undefined;
  const length = Number(digits);
  const prefix = prefixOf(ip, length);
  if (length > 8 * prefix.bytes.length) return undefined;
  return prefixAddress(prefix) === ip ? prefix : undefined;
}

export function prefixAddress(prefix: Prefix): Ip {
  return formatIp(prefix.bytes, 0, prefix.version === 4 ? 4 : 16);
}

export function formatPrefix(prefix: Prefix): string {
  return `${prefixAddress(prefix)}/${prefix.length}`;
}

export function samePrefix(a: Prefix, b: Prefix): boolean {
  if (a.version !== b.version || a.length !== b.length) return false;
  for (let i = 0; i < a.bytes.length; i++) if (a.bytes[i] !== b.bytes[i]) return false;
  return true;
}

/** True if the address (4 or 16 octets of the same version) lies inside the prefix. */
export function prefixCovers(prefix: Prefix, address: Uint8Array): boolean {
  if (address.length !== prefix.bytes.length) return false;
  const whole = prefix.length >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== prefix.bytes[i]) return false;
  const mask = 0xff00 >> (prefix.length & 7);
  return whole >= address.length || ((address[whole]! ^ prefix.bytes[whole]!) & mask & 0xff) === 0;
}
