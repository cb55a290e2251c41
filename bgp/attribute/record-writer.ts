/** Writes canonical attribute records (record.ts) into one growing scratch buffer. Room is asked for beforehand. */
import { copyBytes, writeU32 } from '../bytes.ts';
import { writeAttributeHeader } from './record.ts';

export class RecordWriter {
  bytes = new Uint8Array(8192);
  /** Offset behind what has been written. */
  at = 0;

  /** Starts over with room for `octets`. */
  reset(octets: number): void {
    if (this.bytes.length < octets) this.bytes = new Uint8Array(2 * octets);
    this.at = 0;
  }

  put(flags: number, code: number, source: Uint8Array, start: number, end: number): void {
    const at = writeAttributeHeader(this.bytes, this.at, flags, code, end - start);
    this.at = copyBytes(source, start, end, this.bytes, at);
  }

  putU32(flags: number, code: number, value: number): void {
    const at = writeAttributeHeader(this.bytes, this.at, flags, code, 4);
    writeU32(this.bytes, at, value);
    this.at = at + 4;
  }
}
