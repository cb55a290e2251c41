/**
 * Reads MRT files (RFC 6396) as far as the tests need them: TABLE_DUMP for IPv4 and BGP4MP(_ET) messages. Yields views
 * into the file's octets.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export interface TableDumpEntry {
  readonly peer: string;
  readonly peerAs: number;
  readonly prefix: string;
  /** Path attributes, AS numbers two octets wide. */
  readonly attributes: Buffer;
}

export interface Bgp4mpMessage {
  readonly seconds: number;
  readonly peerAs: number;
  readonly peer: string;
  readonly as4: boolean;
  /** One whole BGP message. */
  readonly message: Buffer;
}

export function readMrt(path: string): Buffer {
  const bytes = readFileSync(path);
  return path.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

function* records(file: Buffer): Generator<{ seconds: number; type: number; subtype: number; body: Buffer }> {
  for (let at = 0; at + 12 <= file.length; ) {
    const length = file.readUInt32BE(at + 8);
    yield {
      seconds: file.readUInt32BE(at),
      type: file.readUInt16BE(at + 4),
      subtype: file.readUInt16BE(at + 6),
      body: file.subarray(at + 12, at + 12 + length),
    };
    at += 12 + length;
  }
}

const quad = (bytes: Buffer, at: number): string => [...bytes.subarray(at, at + 4)].join('.');

/** TABLE_DUMP, AFI IPv4 (RFC 6396 section 4.2). */
export function* tableDump(file: Buffer): Generator<TableDumpEntry> {
  for (const { type, subtype, body } of records(file)) {
    if (type !== 12 || subtype !== 1) continue;
    const length = body[8]!;
    const attributesLength = body.readUInt16BE(20);
    yield {
      prefix: `${quad(body, 4)}/${length}`,
      peer: quad(body, 14),
      peerAs: body.readUInt16BE(18),
      attributes: body.subarray(22, 22 + attributesLength),
    };
  }
}

/** BGP4MP and BGP4MP_ET messages (sections 4.4.2, 4.4.3); state changes are left out. */
export function* bgp4mp(file: Buffer): Generator<Bgp4mpMessage> {
  for (const { seconds, type, subtype, body } of records(file)) {
    if (type !== 16 && type !== 17) continue;
    if (subtype !== 1 && subtype !== 4) continue;
    const data = type === 17 ? body.subarray(4) : body;
    const as4 = subtype === 4;
    const width = as4 ? 4 : 2;
    const family = data.readUInt16BE(2 * width + 2);
    const addresses = 2 * width + 4;
    const size = family === 1 ? 4 : 16;
    yield {
      seconds,
      peerAs: as4 ? data.readUInt32BE(0) : data.readUInt16BE(0),
      peer: family === 1 ? quad(data, addresses) : data.subarray(addresses, addresses + 16).toString('hex'),
      as4,
      message: data.subarray(addresses + 2 * size),
    };
  }
}
