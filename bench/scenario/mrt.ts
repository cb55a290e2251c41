/** Reads MRT files (RFC 6396) as far as scenarios need them: TABLE_DUMP for IPv4, UPDATEs of BGP4MP and BGP4MP_ET. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const TABLE_DUMP = 12;
const BGP4MP = 16;
const BGP4MP_ET = 17;
const AFI_IPV4 = 1;
const MESSAGE_AS4 = 4;

export interface TableDumpRecord {
  readonly peer: string;
  readonly peerAs: number;
  readonly address: number;
  readonly length: number;
  /** AS numbers are two octets wide. */
  readonly attributes: Buffer;
}

export function readMrt(path: string): Buffer {
  const octets = readFileSync(path);
  return path.endsWith('.gz') ? gunzipSync(octets) : octets;
}

function* records(file: Buffer): Generator<{ type: number; subtype: number; body: Buffer }> {
  for (let at = 0; at + 12 <= file.length; ) {
    const end = at + 12 + file.readUInt32BE(at + 8);
    yield { type: file.readUInt16BE(at + 4), subtype: file.readUInt16BE(at + 6), body: file.subarray(at + 12, end) };
    at = end;
  }
}

/** Section 4.2. */
export function* tableDump(file: Buffer): Generator<TableDumpRecord> {
  for (const { type, subtype, body } of records(file)) {
    if (type !== TABLE_DUMP || subtype !== AFI_IPV4) continue;
    yield {
      address: body.readUInt32BE(4),
      length: body[8]!,
      peer: [...body.subarray(14, 18)].join('.'),
      peerAs: body.readUInt16BE(18),
      attributes: body.subarray(22, 22 + body.readUInt16BE(20)),
    };
  }
}

/** Whole UPDATEs with four-octet AS numbers from IPv4 peers (sections 4.4.3 and 4.5). */
export function* bgp4mpUpdates(file: Buffer): Generator<Buffer> {
  for (const { type, subtype, body } of records(file)) {
    if ((type !== BGP4MP && type !== BGP4MP_ET) || subtype !== MESSAGE_AS4) continue;
    const data = type === BGP4MP_ET ? body.subarray(4) : body;
    if (data.readUInt16BE(10) !== AFI_IPV4) continue;
    const message = data.subarray(20);
    if (message[18] === 2) yield message;
  }
}
