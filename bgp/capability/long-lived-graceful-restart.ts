/**
 * Long-Lived Graceful Restart (71), RFC 9494 section 3.1. Counts only beside Graceful Restart; the last instance counts.
 *
 *     for each family:  AFI 2   SAFI 1   flags 1 (F, ...)   stale time 3
 */
import { readU16, writeU16 } from '../bytes.ts';
import type { LongLivedFamily } from './capabilities.ts';
import { CapabilityCode } from './code.ts';
import { type CapabilityDescriptor, NO_INSTANCE } from './descriptor.ts';
import { familyLine } from './family-name.ts';

const FORWARDING = 0x80;
const MAX_STALE_TIME = 0xffffff;
const TUPLE = 7;

export const longLivedGracefulRestart: CapabilityDescriptor = {
  code: CapabilityCode.LongLivedGracefulRestart,
  name: 'Long-lived graceful restart',
  decode(bytes, start, end, into) {
    if ((end - start) % TUPLE !== 0) return `Long-Lived Graceful Restart capability of ${end - start} octets`;
    const families: LongLivedFamily[] = [];
    for (let at = start; at < end; at += TUPLE) {
      families.push({
        afi: readU16(bytes, at),
        safi: bytes[at + 2],
        forwarding: (bytes[at + 3] & FORWARDING) !== 0,
        staleTime: (bytes[at + 4] << 16) | readU16(bytes, at + 5),
      });
    }
    into.longLived = families;
    return '';
  },
  encode({ longLived: families }) {
    if (families === undefined) return NO_INSTANCE;
    const value = new Uint8Array(TUPLE * families.length);
    families.forEach((family, i) => {
      const at = TUPLE * i;
      const staleTime = Math.min(family.staleTime, MAX_STALE_TIME);
      writeU16(value, at, family.afi);
      value[at + 2] = family.safi;
      value[at + 3] = family.forwarding ? FORWARDING : 0;
      value[at + 4] = staleTime >> 16;
      writeU16(value, at + 5, staleTime & 0xffff);
    });
    return [value];
  },
  format({ longLived: families }) {
    if (families === undefined) return [];
    const lines = ['Long-lived graceful restart'];
    if (families.length === 0) return lines;
    const times = [...new Set(families.map((family) => family.staleTime))];
    lines.push(`  LL stale time: ${times.join(' ')}`);
    lines.push(`  ${familyLine('AF supported:', families)}`);
    const preserved = families.filter((family) => family.forwarding);
    lines.push(`  ${familyLine('AF preserved:', preserved)}`);
    return lines;
  },
};
