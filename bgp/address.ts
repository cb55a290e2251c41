/**
 * IP addresses as people and sockets write them: the canonical text (dotted quad; RFC 5952 for IPv6, lower case, no
 * zone). Used for everything that is counted in peers and next hops: one string is a map key, compares with `===` and
 * needs no formatting. Anything counted in routes uses words or octets instead (see prefix.ts).
 */

declare const ipBrand: unique symbol;

/** Canonical text of an IPv4 or IPv6 address, without a zone. Made only by `parseIp` and `formatIp`. */
export type Ip = string & { readonly [ipBrand]: true };

/** Parses a dotted quad or an IPv6 address (RFC 4291 section 2.2). No zone, no leading zeros. */
export function parseIp(text: string): Ip | undefined {
  const bytes = ipBytesOf(text);
  return bytes === undefined ? undefined : formatIp(bytes, 0, bytes.length as 4 | 16);
}

/** Canonical text of the 4 or 16 octets at `start`. */
export function formatIp(bytes: Uint8Array, start: number, length: 4 | 16): Ip {
  if (length === 4) {
    return `${bytes[start]}.${bytes[start + 1]}.${bytes[start + 2]}.${bytes[start + 3]}` as Ip;
  }
  const words: number[] = [];
  for (let i = 0; i < 8; i++) words.push((bytes[start + 2 * i]! << 8) | bytes[start + 2 * i + 1]!);
  return formatIpv6Words(words);
}

/** Canonical text of an IPv4 address held in an unsigned 32-bit number. */
export function formatIpv4Word(word: number): Ip {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}` as Ip;
}

/** RFC 5952 section 4: the longest run of two or more zero groups is shortened, the first one of equals. */
export function formatIpv6Words(words: readonly number[]): Ip {
  if (words[0] === 0 && words[1] === 0 && words[2] === 0 && words[3] === 0 && words[4] === 0 && words[5] === 0xffff) {
    const a = words[6]!;
    const b = words[7]!;
    return `::ffff:${a >> 8}.${a & 255}.${b >> 8}.${b & 255}` as Ip;
  }
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; ) {
    if (words[i] !== 0) {
      i++;
      continue;
    }
    let j = i;
    while (j < 8 && words[j] === 0) j++;
    if (j - i > bestLength) {
      bestStart = i;
      bestLength = j - i;
    }
    i = j;
  }
  const hex = (from: number, to: number): string => {
    let text = '';
    for (let i = from; i < to; i++) text += (i > from ? ':' : '') + words[i]!.toString(16);
    return text;
  };
  if (bestStart < 0) return hex(0, 8) as Ip;
  return `${hex(0, bestStart)}::${hex(bestStart + bestLength, 8)}` as Ip;
}

/** The 4 or 16 octets of a canonical address. */
export function ipBytes(ip: Ip): Uint8Array {
  return ipBytesOf(ip)!;
}

/** 4 or 6. */
export function ipVersion(ip: Ip): 4 | 6 {
  return ip.includes(':') ? 6 : 4;
}

/** fe80::/10 (RFC 4291 section 2.5.6). */
export function isLinkLocal(ip: Ip): boolean {
  return /^fe[89ab][0-9a-f]:/.test(ip);
}

function ipBytesOf(text: string): Uint8Array | undefined {
  return text.includes(':') ? ipv6Bytes(text) : ipv4Bytes(text);
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (let i = 0; i < 4; i++) {
    const part = parts[i]!;
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part)) return undefined;
    const value = Number(part);
    if (value > 255) return undefined;
    bytes[i] = value;
  }
  return bytes;
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]!);
  const tail = halves.length === 2 ? groups(halves[1]!) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const bytes = new Uint8Array(16);
  for (let i = 0; i < head.length; i++) putWord(bytes, i, head[i]!);
  for (let i = 0; i < tail.length; i++) putWord(bytes, 8 - tail.length + i, tail[i]!);
  return bytes;
}

function groups(text: string): number[] | undefined {
  if (text === '') return [];
  const words: number[] = [];
  const parts = text.split(':');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (i === parts.length - 1 && part.includes('.')) {
      const quad = ipv4Bytes(part);
      if (quad === undefined) return undefined;
      words.push((quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      words.push(Number.parseInt(part, 16));
    } else {
      return undefined;
    }
  }
  return words;
}

function putWord(bytes: Uint8Array, index: number, word: number): void {
  bytes[2 * index] = word >> 8;
  bytes[2 * index + 1] = word & 255;
}
