/** RFC 9494 section 4.1: long-lived graceful restart builds on graceful restart. */
import type { BgpCheck } from './bgp-check.ts';

export function longLivedRestartHasRestart({ options, error }: BgpCheck): void {
  const longLived = options.longLivedGracefulRestart;
  if (options.gracefulRestart === 'off' && longLived !== undefined && longLived !== 'off') {
    error('longLivedGracefulRestart', 'Long-lived graceful restart requires basic graceful restart');
  }
}
