/** A socket of its own needs an address or an interface of its own. */
import type { BgpCheck } from './bgp-check.ts';

export function strictBindHasAddress({ options, error }: BgpCheck): void {
  if (options.strictBind && options.localAddress === undefined) {
    error('strictBind', 'Local address must be configured for strict bind', 'local <address> as <AS>;');
  }
}
