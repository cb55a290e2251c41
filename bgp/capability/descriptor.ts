/** The shape of a row of the capability table. */
import type { Capabilities } from './capabilities.ts';
import type { CapabilityCode } from './code.ts';

export interface CapabilityDescriptor {
  readonly code: CapabilityCode;
  /** As BIRD's users know it. */
  readonly name: string;
  /**
   * Reads one instance, value octets `[start, end)`, into `into`. Answers '' or what makes the value impossible (then
   * the OPEN is refused with 2/0).
   */
  decode(bytes: Uint8Array, start: number, end: number, into: Capabilities): string;
  /** Values of the instances to send; none if the capability is not wanted. */
  encode(capabilities: Capabilities): readonly Uint8Array[];
  /** Lines for `show protocols all`, details indented by two; none if absent. */
  format(capabilities: Capabilities): readonly string[];
}

/** Capability values have one octet of length. */
export const MAX_CAPABILITY_LENGTH = 255;

export const NO_INSTANCE: readonly Uint8Array[] = [];
const EMPTY_INSTANCE: readonly Uint8Array[] = [new Uint8Array(0)];

/** For a capability that is only there or not there (RFC 2918, 7313, 8654). A value is ignored, with a warning. */
export function switchCapability(
  code: CapabilityCode,
  name: string,
  read: (capabilities: Capabilities) => boolean,
  write: (capabilities: Capabilities) => void,
): CapabilityDescriptor {
  return {
    code,
    name,
    decode(_bytes, start, end, into) {
      if (start === end) write(into);
      else into.warnings.push(`capability ${code} (${name}) with a value of ${end - start} octets is ignored`);
      return '';
    },
    encode: (capabilities) => (read(capabilities) ? EMPTY_INSTANCE : NO_INSTANCE),
    format: (capabilities) => (read(capabilities) ? [name] : []),
  };
}

/** Cuts a list of equally long tuples into as many instances as it needs. */
export function encodeTuples<Tuple>(
  tuples: readonly Tuple[],
  tupleLength: number,
  write: (bytes: Uint8Array, at: number, tuple: Tuple) => void,
): readonly Uint8Array[] {
  const most = Math.floor(MAX_CAPABILITY_LENGTH / tupleLength);
  const instances: Uint8Array[] = [];
  for (let from = 0; from < tuples.length; from += most) {
    const part = tuples.slice(from, from + most);
    const value = new Uint8Array(tupleLength * part.length);
    part.forEach((tuple, i) => {
      write(value, i * tupleLength, tuple);
    });
    instances.push(value);
  }
  return instances;
}
