/** BFD over several hops (RFC 5883) has to know its own address. */
import type { BgpCheck } from './bgp-check.ts';

export function multihopBfdHasSource({ options, hops, error }: BgpCheck): void {
  if (options.bfd && hops !== undefined && options.localAddress === undefined) {
    error('bfd', 'Multihop BGP with BFD requires specified local address', 'source address <address>;');
  }
}
