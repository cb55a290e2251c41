/** A session that names a password is signed with it (RFC 2385: at most 80 octets on Linux). */
import type { BgpCheck } from './bgp-check.ts';

const LONGEST_KEY = 80;

export function passwordIsUsed({ options, error, warn }: BgpCheck): void {
  const { authentication, password } = options;
  if (authentication === 'md5' && password === undefined) {
    error('authentication', 'Authentication md5 requires password', 'password "<text>";');
  }
  if (authentication === 'none' && password !== undefined) {
    error('password', 'Password is not used with authentication none');
  }
  if (password !== undefined && new TextEncoder().encode(password).length > LONGEST_KEY) {
    warn('password', `Password is longer than ${LONGEST_KEY} octets`, 'The session will not come up with it.');
  }
}
