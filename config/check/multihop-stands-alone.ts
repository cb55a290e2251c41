/** A session over several hops knows nothing about one interface or its link. */
import type { BgpCheck } from './bgp-check.ts';

export function multihopStandsAlone({ options, hops, channels, error }: BgpCheck): void {
  if (hops === undefined) return;
  const hint = 'Internal sessions are multihop unless "direct;" is written.';
  if (options.interfaceName !== undefined) error('interfaceName', 'Multihop BGP cannot be bound to interface', hint);
  if (options.checkLink === true) error('checkLink', 'Multihop BGP cannot depend on link state', hint);
  for (const channel of channels) {
    if (channel.gateway === 'direct') channel.error('gateway', 'Multihop BGP cannot use direct gateway mode', hint);
  }
}
