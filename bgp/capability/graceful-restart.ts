/**
 * Graceful Restart (64), RFC 4724 section 3, with the N bit of RFC 8538 section 2. The last instance counts.
 *
 *     flags 4 bits (R, N, -, -)   restart time 12 bits   then for each family:  AFI 2   SAFI 1   flags 1 (F, ...)
 */
import { readU16, writeU16 } from '../bytes.ts';
import type { GracefulRestartFamily } from './capabilities.ts';
import { CapabilityCode } from './code.ts';
import { type CapabilityDescriptor, NO_INSTANCE } from './descriptor.ts';
import { familyLine } from './family-name.ts';

const RESTARTING = 0x8000;
const NOTIFICATION = 0x4000;
const RESTART_TIME = 0x0fff;
const FORWARDING = 0x80;
const TUPLE = 4;

export const gracefulRestart: CapabilityDescriptor = {
  code: CapabilityCode.GracefulRestart,
  name: 'Graceful restart',
  decode(bytes, start, end, into) {
    if (end - start < 2 || (end - start - 2) % TUPLE !== 0) {
      return `Graceful Restart capability of ${end - start} octets`;
    }
    const word = readU16(bytes, start);
    const families: GracefulRestartFamily[] = [];
    for (let at = start + 2; at < end; at += TUPLE) {
      families.push({
        afi: readU16(bytes, at),
        safi: bytes[at + 2],
        forwarding: (bytes[at + 3] & FORWARDING) !== 0,
      });
    }
    into.gracefulRestart = {
      restarting: (word & RESTARTING) !== 0,
      notification: (word & NOTIFICATION) !== 0,
      restartTime: word & RESTART_TIME,
      families,
    };
    return '';
  },
  encode({ gracefulRestart: wanted }) {
    if (wanted === undefined) return NO_INSTANCE;
    const value = new Uint8Array(2 + TUPLE * wanted.families.length);
    const flags = (wanted.restarting ? RESTARTING : 0) | (wanted.notification ? NOTIFICATION : 0);
    writeU16(value, 0, flags | Math.min(wanted.restartTime, RESTART_TIME));
    wanted.families.forEach((family, i) => {
      const at = 2 + TUPLE * i;
      writeU16(value, at, family.afi);
      value[at + 2] = family.safi;
      value[at + 3] = family.forwarding ? FORWARDING : 0;
    });
    return [value];
  },
  format({ gracefulRestart: offered }) {
    if (offered === undefined) return [];
    const lines = ['Graceful restart'];
    // Without families the sender can only help others restart, and its time says nothing.
    if (offered.families.length === 0) return lines;
    lines.push(`  Restart time: ${offered.restartTime}`);
    if (offered.restarting) lines.push('  Restart recovery');
    lines.push(`  ${familyLine('AF supported:', offered.families)}`);
    const preserved = offered.families.filter((family) => family.forwarding);
    lines.push(`  ${familyLine('AF preserved:', preserved)}`);
    return lines;
  },
};
