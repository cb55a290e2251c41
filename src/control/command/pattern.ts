/**
 * Name patterns of commands: `*` any text, `?` one character, `\` takes the next character as it is. One pass with one
 * place to fall back to, so no pattern takes more than (its length) x (the length of the name) steps.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  let p = 0;
  let n = 0;
  let starAt = -1;
  let starName = 0;
  while (n < name.length) {
    const escaped = pattern[p] === '\\' && p + 1 < pattern.length;
    const char = escaped ? pattern[p + 1] : pattern[p];
    if (!escaped && char === '*') {
      starAt = p++;
      starName = n;
    } else if (p < pattern.length && ((!escaped && char === '?') || char === name[n])) {
      p += escaped ? 2 : 1;
      n++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      n = ++starName;
    } else {
      return false;
    }
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
