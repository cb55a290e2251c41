/** RFC 4271 section 6.8: one session between two addresses; a second one to the same place would be refused there. */
import type { BgpConfig } from '../model.ts';
import type { WholeCheck } from './whole-check.ts';

function endpoint(config: BgpConfig): string {
  const { neighborAddress, neighborPort, localAddress, localPort, interfaceName, vrf } = config;
  return [neighborAddress, neighborPort, localAddress, localPort, interfaceName, vrf].join(' ');
}

export function sessionsAreDistinct({ protocols, warn }: WholeCheck): void {
  const known = new Map<string, string>();
  for (const { config, token } of protocols) {
    if (config.kind !== 'bgp' || config.neighborAddress === undefined || config.disabled) continue;
    const key = endpoint(config);
    const other = known.get(key);
    if (other !== undefined) warn(token, `Neighbor ${config.neighborAddress} is already the neighbor of ${other}`);
    else known.set(key, config.name);
  }
}
