/** SHA-256 of a name. Node's cryptography takes 2 MB of memory, so it is loaded by the first that asks. */
import { createRequire } from 'node:module';

export function sha256(text: string): Buffer {
  const { createHash } = createRequire(import.meta.url)('node:crypto') as typeof import('node:crypto');
  return createHash('sha256').update(text).digest();
}
