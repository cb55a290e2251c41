/**
 * Shell patterns as BIRD has them: `*` any run of characters, `?` any one, `\` takes the next one as it is. Brackets
 * mean themselves. Used for names of protocols, of interfaces, and by `~` on strings.
 */

const STAR = 42;
const QUESTION = 63;
const BACKSLASH = 92;

/** Linear in the text for each `*`: after a mismatch only the last `*` is tried again. */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  /** Where to go on after a mismatch: behind the last `*`, and the text that it has taken so far. */
  let retryPattern = -1;
  let retryText = 0;
  while (t < text.length) {
    const code = pattern.charCodeAt(p);
    if (code === STAR) {
      retryPattern = ++p;
      retryText = t;
      continue;
    }
    const escaped = code === BACKSLASH && p + 1 < pattern.length;
    const wanted = escaped ? pattern.charCodeAt(p + 1) : code;
    if (p < pattern.length && ((code === QUESTION && !escaped) || wanted === text.charCodeAt(t))) {
      p += escaped ? 2 : 1;
      t++;
    } else if (retryPattern >= 0) {
      p = retryPattern;
      t = ++retryText;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(p) === STAR) p++;
  return p === pattern.length;
}
