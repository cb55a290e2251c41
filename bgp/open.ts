/**
 * OPEN (RFC 4271 section 4.2) with its optional parameters (RFC 5492; long ones RFC 9072).
 *
 *     header 19   version 1   my AS 2   hold time 2   BGP identifier 4   optional parameters length 1
 *     parameter:   type 1   length 1   value
 *
 * RFC 9072 form, where the first parameter's type is 255 and the one-octet length counts for nothing:
 *
 *     ... length 1 (255)   255   length 2      parameter:   type 1   length 2   value
 *
 * What keeps it from being read is judged here: version, AS 0, parameters, capabilities. What it says is judged by
 * fsm/negotiation, which knows whom to expect: the AS comes before hold time and identifier.
 */
import { AS_TRANS, AS_ZERO, MAX_TWO_OCTET_AS } from './as-number.ts';
import { readU16, readU32, writeU16, writeU32 } from './bytes.ts';
import { Capabilities } from './capability/capabilities.ts';
import { decodeCapabilities, encodeCapabilities } from './capability/table.ts';
import { ErrorCode, OpenSubcode } from './error-code.ts';
import { HEADER_LENGTH, MessageType, writeHeader } from './message.ts';
import { NO_DATA, NotificationError } from './notification.ts';

export const BGP_VERSION = 4;
const FIXED_LENGTH = HEADER_LENGTH + 10;
const CAPABILITIES_PARAMETER = 2;
const EXTENDED_LENGTH = 255;
/** RFC 4271 section 4.2: an acceptable hold time is 0 or at least this. */
export const MIN_HOLD_TIME = 3;

export interface OpenMessage {
  /** The two-octet field as it is: AS_TRANS for an AS that does not fit. See `openAs`. */
  readonly as: number;
  /** Seconds; 1 and 2 are not acceptable. */
  readonly holdTime: number;
  /** BGP Identifier, unsigned; 0 is not acceptable. */
  readonly identifier: number;
  readonly capabilities: Capabilities;
}

/** The sender's AS: from the capability where it is there (RFC 6793 section 4.1), else from the fixed field. */
export function openAs(open: OpenMessage): number {
  return open.capabilities.as4 >= 0 ? open.capabilities.as4 : open.as;
}

/** `[start, end)` is a whole message that framing let pass: at least 29 octets. */
export function decodeOpen(bytes: Uint8Array, start: number, end: number): OpenMessage | NotificationError {
  let at = start + HEADER_LENGTH;
  const version = bytes[at];
  const as = readU16(bytes, at + 1);
  const holdTime = readU16(bytes, at + 3);
  const identifier = readU32(bytes, at + 5);
  if (version !== BGP_VERSION) {
    return fault(OpenSubcode.UnsupportedVersion, Uint8Array.of(0, BGP_VERSION), `version ${version}`);
  }
  if (as === AS_ZERO) return badPeerAs(as, 'AS number 0');

  const parametersLength = bytes[at + 9];
  at += 10;
  const extended = parametersLength > 0 && at < end && bytes[at] === EXTENDED_LENGTH;
  if (extended) {
    if (at + 3 > end) return fault(OpenSubcode.Unspecific, NO_DATA, 'extended parameter length is cut off');
    if (at + 3 + readU16(bytes, at + 1) !== end) return misfit(readU16(bytes, at + 1));
    at += 3;
  } else if (at + parametersLength !== end) {
    return misfit(parametersLength);
  }

  const capabilities = new Capabilities();
  const headLength = extended ? 3 : 2;
  while (at < end) {
    if (at + headLength > end) return fault(OpenSubcode.Unspecific, NO_DATA, 'optional parameter is cut off');
    const type = bytes[at];
    const valueStart = at + headLength;
    const next = valueStart + (extended ? readU16(bytes, at + 1) : bytes[at + 1]);
    if (next > end) return fault(OpenSubcode.Unspecific, NO_DATA, `optional parameter ${type} runs over the message`);
    if (type !== CAPABILITIES_PARAMETER) {
      return fault(OpenSubcode.UnsupportedOptionalParameter, bytes.slice(at, next), `optional parameter ${type}`);
    }
    const impossible = decodeCapabilities(bytes, valueStart, next, capabilities);
    if (impossible !== '') return fault(OpenSubcode.Unspecific, NO_DATA, impossible);
    at = next;
  }
  if (capabilities.as4 === AS_ZERO) return badPeerAs(AS_ZERO, 'AS number 0 in the capability');
  if (capabilities.as4 >= 0 && as !== AS_TRANS && as !== capabilities.as4) {
    capabilities.warnings.push(`AS ${as} in OPEN, ${capabilities.as4} in the capability: the capability counts`);
  }
  if (capabilities.longLived !== undefined && capabilities.gracefulRestart === undefined) {
    // RFC 9494 section 4.5.
    capabilities.longLived = undefined;
    capabilities.warnings.push('Long-lived graceful restart without Graceful restart is ignored');
  }
  return { as, holdTime, identifier, capabilities };
}

/** All capabilities go into one parameter; RFC 9072 form only where the short one does not hold them. */
export function encodeOpen(open: OpenMessage): Uint8Array {
  const series = encodeCapabilities(open.capabilities);
  const extended = series.length > EXTENDED_LENGTH - 2;
  const parametersLength = series.length === 0 ? 0 : series.length + (extended ? 3 : 2);
  const bytes = new Uint8Array(FIXED_LENGTH + (extended ? 3 : 0) + parametersLength);
  let at = writeHeader(bytes, 0, bytes.length, MessageType.Open);
  bytes[at] = BGP_VERSION;
  writeU16(bytes, at + 1, open.as > MAX_TWO_OCTET_AS ? AS_TRANS : open.as);
  writeU16(bytes, at + 3, open.holdTime);
  writeU32(bytes, at + 5, open.identifier);
  bytes[at + 9] = extended ? EXTENDED_LENGTH : parametersLength;
  at += 10;
  if (series.length === 0) return bytes;
  if (extended) {
    bytes[at] = EXTENDED_LENGTH;
    writeU16(bytes, at + 1, parametersLength);
    at += 3;
  }
  bytes[at++] = CAPABILITIES_PARAMETER;
  if (extended) writeU16(bytes, at++, series.length);
  else bytes[at] = series.length;
  bytes.set(series, at + 1);
  return bytes;
}

/** 2/2 with the AS number that the peer has, four octets, as data. */
export function badPeerAs(as: number, reason: string): NotificationError {
  const data = new Uint8Array(4);
  writeU32(data, 0, as);
  return fault(OpenSubcode.BadPeerAs, data, reason);
}

function misfit(length: number): NotificationError {
  return fault(OpenSubcode.Unspecific, NO_DATA, `optional parameters length ${length} does not fit the message`);
}

function fault(subcode: number, data: Uint8Array, reason: string): NotificationError {
  return new NotificationError(ErrorCode.Open, subcode, data, reason);
}
