/**
 * BGP messages written by hand: whatever has to be wrong in them can be. Nothing of the daemon's codec is used, so that
 * a mistake there cannot hide itself.
 */
import { attribute, concat, hex } from '../bgp/wire.ts';
import { capability, message } from '../support/raw-speaker.ts';

export const KEEPALIVE: Buffer = message(4, Buffer.alloc(0));
export const END_OF_RIB_IPV4: Buffer = message(2, Buffer.alloc(4));
export const END_OF_RIB_IPV6: Buffer = message(2, Buffer.from('00000006800f03000201', 'hex'));

export const AFI_IPV4 = 1;
export const AFI_IPV6 = 2;

/** A message whose header says what it likes; the marker, too. */
export function lyingMessage(
  type: number,
  length: number,
  body: Uint8Array = new Uint8Array(0),
  marker = 0xff,
): Buffer {
  const header = Buffer.alloc(19, marker);
  header.writeUInt16BE(length, 16);
  header[18] = type;
  return Buffer.concat([header, body]);
}

export function refresh(subtype: number, afi = AFI_IPV4, safi = 1): Buffer {
  return message(5, Buffer.from([afi >> 8, afi & 255, subtype, safi]));
}

export function notification(code: number, subcode: number, data: Uint8Array = new Uint8Array(0)): Buffer {
  return message(3, Buffer.from([code, subcode, ...data]));
}

export interface OpenParts {
  readonly version?: number;
  /** Value of the two-octet field. */
  readonly as: number;
  readonly holdTime?: number;
  /** Dotted quad. */
  readonly id?: string;
  /** Capability TLVs; they go into one optional parameter. */
  readonly capabilities?: Uint8Array;
  /** Optional parameters as they are, in place of `capabilities`, behind their length. */
  readonly parameters?: Uint8Array;
  /** What the length octet of the optional parameters says. */
  readonly parametersLength?: number;
}

export function open(parts: OpenParts): Buffer {
  const { version = 4, as, holdTime = 90, id = '10.255.255.255', capabilities } = parts;
  const series = capabilities === undefined ? undefined : concat(Uint8Array.of(2, capabilities.length), capabilities);
  const parameters = parts.parameters ?? series ?? new Uint8Array(0);
  return message(
    1,
    Buffer.from([
      version,
      as >> 8,
      as & 255,
      holdTime >> 8,
      holdTime & 255,
      ...id.split('.').map(Number),
      parts.parametersLength ?? parameters.length,
      ...parameters,
    ]),
  );
}

export const multiprotocol = (afi: number, safi = 1): Buffer => capability(1, afi >> 8, afi & 255, 0, safi);

export interface UpdateParts {
  readonly withdrawn?: Uint8Array;
  readonly attributes?: readonly Uint8Array[];
  readonly nlri?: Uint8Array;
  /** What the two length fields say, where it is not the truth. */
  readonly withdrawnLength?: number;
  readonly attributesLength?: number;
}

export function update(parts: UpdateParts): Buffer {
  const withdrawn = parts.withdrawn ?? new Uint8Array(0);
  const attributes = concat(...(parts.attributes ?? []));
  const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);
  return message(
    2,
    Buffer.concat([
      u16(parts.withdrawnLength ?? withdrawn.length),
      withdrawn,
      u16(parts.attributesLength ?? attributes.length),
      attributes,
      parts.nlri ?? new Uint8Array(0),
    ]),
  );
}

export const u32 = (value: number): Uint8Array =>
  Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);

/** AS_PATH of one sequence. */
export function asPath(width: 2 | 4, ...numbers: number[]): Uint8Array {
  const value = numbers.map((as) => (width === 4 ? u32(as) : u32(as).subarray(2)));
  return attribute(
    0x40,
    2,
    numbers.length === 0 ? new Uint8Array(0) : concat(Uint8Array.of(2, numbers.length), ...value),
  );
}

export const med = (value: number): Uint8Array => attribute(0x80, 4, u32(value));

export function reach(nextHop: string, nlri: Uint8Array, afi = AFI_IPV6, safi = 1, flags = 0x80): Uint8Array {
  const address = hex(nextHop);
  return attribute(flags, 14, concat(Uint8Array.of(0, afi, safi, address.length), address, Uint8Array.of(0), nlri));
}

export function unreach(nlri: Uint8Array, afi = AFI_IPV6, safi = 1, flags = 0x80): Uint8Array {
  return attribute(flags, 15, concat(Uint8Array.of(0, afi, safi), nlri));
}
