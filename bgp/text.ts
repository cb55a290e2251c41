/**
 * Text that a peer chose (shutdown communication, host name): UTF-8 on the wire, and a danger to whoever prints it.
 * What comes out of here holds no control character, so that it stays on one line of a log, a table or a socket reply.
 */
import { formatHex } from './bytes.ts';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** The text of `[start, end)`, or `undefined` if that is not UTF-8. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  try {
    return decoder.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
}

/** The octets of `text`, at most `limit`, never cut inside a character. */
export function encodeUtf8(text: string, limit: number): Uint8Array {
  const bytes = new Uint8Array(limit);
  return bytes.subarray(0, encoder.encodeInto(text, bytes).written);
}

/** Control characters, line and paragraph separators, and marks that turn the direction of what follows. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\\]/g;

/** `text` on one line: unsafe characters become `\xNN` or `\u{NNNN}`, a backslash becomes two. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    if (character === '\\') return '\\\\';
    const code = character.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** Safe text of `[start, end)`: escaped where it is UTF-8, in hexadecimal where it is not. */
export function safeText(bytes: Uint8Array, start: number, end: number): string {
  const text = decodeUtf8(bytes, start, end);
  return text === undefined ? `hex:${formatHex(bytes, start, end, '')}` : escapeText(text);
}
