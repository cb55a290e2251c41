/** KEEPALIVE is a header and nothing else (RFC 4271 section 4.4), so its octets are made once. Not to be written to. */
import { HEADER_LENGTH, MessageType, writeHeader } from './message.ts';

function encodeKeepalive(): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  writeHeader(bytes, 0, HEADER_LENGTH, MessageType.Keepalive);
  return bytes;
}

export const KEEPALIVE: Uint8Array = encodeKeepalive();
