/**
 * Prefixes that no route may have, whoever sends them: "this network", loopback, multicast, broadcast (RFC 1122 section
 * 3.2.1.3, RFC 4291 section 2.5). 240.0.0.0/4 is in use as private space and passes. RFC 4271 section 6.3: a
 * semantically incorrect prefix is ignored, and the rest of the UPDATE counts. Default routes and other short prefixes
 * that merely contain such space are fine.
 */

/** `word0`: address, unsigned. */
export function isMartianIpv4(word0: number, length: number): boolean {
  const first = word0 >>> 24;
  if (first >= 240) return length === 32 && word0 === 0xffffffff;
  if (first >= 224) return length > 0;
  return (first === 127 || first === 0) && length >= 8;
}

export function isMartianIpv6(word0: number, word1: number, word2: number, length: number): boolean {
  const first = word0 >>> 24;
  if (first === 0xff) return length >= 8;
  if (first === 0xfe) return length >= 10 && (word0 & 0xffc00000) >>> 0 === 0xfe800000;
  // ::/96 holds :: and ::1; ::ffff:0:0/96 are IPv4 addresses in IPv6 clothes.
  return first === 0 && length >= 96 && word0 === 0 && word1 === 0 && (word2 === 0 || word2 === 0xffff);
}
