/**
 * Whether two values of a configuration mean the same: filters by what they do, octets and lists by their elements,
 * objects by all that they say except where it was written.
 */
import type { Policy } from '../bgp/index.ts';

export function sameMeaning(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (isPolicy(a)) return isPolicy(b) && a.equals(b);
  if (a instanceof Uint8Array || b instanceof Uint8Array) return sameOctets(a, b);
  if (Array.isArray(a) || Array.isArray(b)) return sameList(a, b);
  return sameFields(a as Readonly<Record<string, unknown>>, b as Readonly<Record<string, unknown>>);
}

function isPolicy(value: object): value is Policy {
  return 'evaluate' in value && 'equals' in value;
}

function sameOctets(a: object, b: object): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array) || a.length !== b.length) return false;
  return a.every((octet, i) => octet === b[i]);
}

function sameList(a: object, b: object): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item, i) => sameMeaning(item, b[i]));
}

function sameFields(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  for (const key in a) if (key !== 'place' && !sameMeaning(a[key], b[key])) return false;
  for (const key in b) if (key !== 'place' && !(key in a) && b[key] !== undefined) return false;
  return true;
}
