/**
 * Every capability that this daemon knows, in the order in which OPEN announces them. Capabilities that stand here are
 * decoded, sent, shown and tested; all others are kept as octets.
 */
import { addPath } from './add-path.ts';
import { as4 } from './as4.ts';
import type { Capabilities } from './capabilities.ts';
import { CapabilityCode } from './code.ts';
import type { CapabilityDescriptor } from './descriptor.ts';
import { enhancedRefresh } from './enhanced-refresh.ts';
import { extendedMessage } from './extended-message.ts';
import { extendedNextHop } from './extended-next-hop.ts';
import { gracefulRestart } from './graceful-restart.ts';
import { hostname } from './hostname.ts';
import { longLivedGracefulRestart } from './long-lived-graceful-restart.ts';
import { multiprotocol } from './multiprotocol.ts';
import { role } from './role.ts';
import { routeRefresh } from './route-refresh.ts';

export const CAPABILITIES: readonly CapabilityDescriptor[] = [
  multiprotocol,
  routeRefresh,
  extendedNextHop,
  extendedMessage,
  role,
  gracefulRestart,
  as4,
  addPath,
  enhancedRefresh,
  longLivedGracefulRestart,
  hostname,
];

const BY_CODE: ReadonlyMap<number, CapabilityDescriptor> = new Map(CAPABILITIES.map((row) => [row.code, row]));

/**
 * Reads a series of capabilities, each `code 1   length 1   value` (RFC 5492 section 4), into `into`. Answers '' or
 * what makes the series impossible.
 */
export function decodeCapabilities(bytes: Uint8Array, start: number, end: number, into: Capabilities): string {
  for (let at = start; at < end; ) {
    if (at + 2 > end) return 'capability is cut off';
    const code = bytes[at];
    const valueEnd = at + 2 + bytes[at + 1];
    if (valueEnd > end) return `capability ${code} is longer than its parameter`;
    const row = BY_CODE.get(code);
    if (row === undefined) {
      into.unknown.push({ code, value: bytes.slice(at + 2, valueEnd) });
    } else {
      const fault = row.decode(bytes, at + 2, valueEnd, into);
      if (fault !== '') return fault;
    }
    at = valueEnd;
  }
  return '';
}

/** The series for an optional parameter; empty if there is nothing to say. */
export function encodeCapabilities(capabilities: Capabilities): Uint8Array {
  const octets: number[] = [];
  for (const row of CAPABILITIES) {
    for (const value of row.encode(capabilities)) octets.push(row.code, value.length, ...value);
  }
  for (const { code, value } of capabilities.unknown) octets.push(code, value.length, ...value);
  return Uint8Array.from(octets);
}

/** The capability's own octets (code, length, value), as the data of a 2/7 wants them (RFC 5492 section 5). */
export function encodeOneCapability(capabilities: Capabilities, code: CapabilityCode): Uint8Array {
  const octets: number[] = [];
  for (const value of BY_CODE.get(code)?.encode(capabilities) ?? []) octets.push(code, value.length, ...value);
  return Uint8Array.from(octets);
}

/** As `show protocols all` lists them: one line each, details indented by two; Role comes last there. */
export function formatCapabilities(capabilities: Capabilities): readonly string[] {
  const lines: string[] = [];
  for (const row of CAPABILITIES) if (row.code !== CapabilityCode.Role) lines.push(...row.format(capabilities));
  lines.push(...role.format(capabilities));
  return lines;
}
