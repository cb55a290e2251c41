/**
 * Makes text from outside harmless before a person or a program reads it: one line stays one line, a terminal gets no
 * commands. Control characters (C0, DEL, C1), the Unicode line separators and the marks that turn the direction of
 * text become `\xNN` or `\u{NNNN}`; everything printable stays, so that names in any script can be read.
 */

/** What must not reach a log line, a control reply or a terminal. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The text with unsafe characters written out. Returns the very same string when there are none. */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const code = char.charCodeAt(0);
    const hex = code.toString(16);
    return code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`;
  });
}

/** At most `limit` characters; what was cut is marked. */
export function shortenText(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, Math.max(0, limit - 3))}...`;
}
