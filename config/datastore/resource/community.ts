/** Communities as resources write them: `aa:nn` is a standard one (RFC 1997), `aa:nn:mm` a large one (RFC 8092). */
import { type Problems, shorten } from './fields.ts';

export type Community =
  | { readonly kind: 'standard'; readonly parts: readonly [number, number] }
  | { readonly kind: 'large'; readonly parts: readonly [number, number, number] };

/** `undefined` for what is no community. */
export function parseCommunity(text: string): Community | undefined {
  if (!/^[0-9]{1,10}(:[0-9]{1,10}){1,2}$/.test(text)) return undefined;
  const [a, b, c] = text.split(':').map(Number) as [number, number, number | undefined];
  if (c === undefined) return a <= 0xffff && b <= 0xffff ? { kind: 'standard', parts: [a, b] } : undefined;
  if (a > 0xffff_ffff || b > 0xffff_ffff || c > 0xffff_ffff) return undefined;
  return { kind: 'large', parts: [a, b, c] };
}

export function readCommunity(text: string, path: string, problems: Problems): Community | undefined {
  const community = parseCommunity(text);
  if (community === undefined) {
    problems.error(path, `"${shorten(text)}" is not a community such as 65000:100 or 65000:1:2`);
  }
  return community;
}
