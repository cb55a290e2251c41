/**
 * ADD-PATH (69), RFC 7911 section 4: tuples of
 *
 *     AFI 2   SAFI 1   send/receive 1 (1 receive, 2 send, 3 both)
 */
import { readU16, writeU16 } from '../bytes.ts';
import { AddPathMode, type Capabilities } from './capabilities.ts';
import { CapabilityCode } from './code.ts';
import { type CapabilityDescriptor, encodeTuples } from './descriptor.ts';
import { familyLine, familyName } from './family-name.ts';

const TUPLE = 4;

/** Bits of `AddPathMode` that the sender of `capabilities` has for a family; the last tuple counts. */
export function addPathMode(capabilities: Capabilities, afi: number, safi: number): number {
  let mode = 0;
  for (const tuple of capabilities.addPath) if (tuple.afi === afi && tuple.safi === safi) mode = tuple.mode;
  return mode;
}

export const addPath: CapabilityDescriptor = {
  code: CapabilityCode.AddPath,
  name: 'ADD-PATH',
  decode(bytes, start, end, into) {
    if ((end - start) % TUPLE !== 0) return `ADD-PATH capability of ${end - start} octets`;
    for (let at = start; at < end; at += TUPLE) {
      const afi = readU16(bytes, at);
      const safi = bytes[at + 2];
      const mode = bytes[at + 3];
      if (mode >= AddPathMode.Receive && mode <= AddPathMode.Both) into.addPath.push({ afi, safi, mode });
      else into.warnings.push(`ADD-PATH value ${mode} for ${familyName(afi, safi)} is ignored`);
    }
    return '';
  },
  encode: ({ addPath: tuples }) =>
    encodeTuples(tuples, TUPLE, (bytes, at, tuple) => {
      writeU16(bytes, at, tuple.afi);
      bytes[at + 2] = tuple.safi;
      bytes[at + 3] = tuple.mode;
    }),
  format({ addPath: tuples }) {
    if (tuples.length === 0) return [];
    const receive = tuples.filter((tuple) => (tuple.mode & AddPathMode.Receive) !== 0);
    const send = tuples.filter((tuple) => (tuple.mode & AddPathMode.Send) !== 0);
    return ['ADD-PATH', `  ${familyLine('RX:', receive)}`, `  ${familyLine('TX:', send)}`];
  },
};
