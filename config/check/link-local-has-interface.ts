/** RFC 4291 section 2.5.6: a link-local address means something on one interface only. */
import { isLinkLocal } from '../../bgp/index.ts';
import type { BgpCheck } from './bgp-check.ts';

export function linkLocalHasInterface({ options, hops, error }: BgpCheck): void {
  for (const key of ['neighborAddress', 'localAddress'] as const) {
    const address = options[key];
    if (address === undefined || !isLinkLocal(address)) continue;
    if (options.interfaceName === undefined) {
      error(key, 'Link-local addresses require defined interface', `${address}%<interface>, or interface "<name>";`);
      return;
    }
    if (hops !== undefined) {
      error(
        key,
        'Multihop BGP cannot be used with link-local addresses',
        'Write "direct;" for a neighbour on the link.',
      );
      return;
    }
  }
}
