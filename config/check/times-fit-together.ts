/**
 * RFC 4271 section 4.4: KEEPALIVE messages come well within the hold time; minimums are below what they bound. Files for
 * BIRD 1 may say what makes no sense there; its reader sees to it.
 */
import type { BgpCheck } from './bgp-check.ts';

export function timesFitTogether({ dialect, options, error, warn }: BgpCheck): void {
  const { holdTime, keepaliveTime, minHoldTime, minKeepaliveTime } = options;
  if (keepaliveTime !== undefined) {
    if (keepaliveTime > holdTime && dialect !== 'bird1')
      error('keepaliveTime', 'Keepalive time must be at most hold time');
    else if (keepaliveTime > holdTime / 2) {
      warn('keepaliveTime', 'Keepalive time should be at most 1/2 of hold time', 'One lost message ends the session.');
    }
  }
  if (minHoldTime > holdTime) {
    error('minHoldTime', `Min hold time (${minHoldTime}) exceeds hold time (${holdTime})`);
  }
  const keepalive = keepaliveTime ?? Math.floor(holdTime / 3);
  if (minKeepaliveTime > keepalive) {
    error('minKeepaliveTime', `Min keepalive time (${minKeepaliveTime}) exceeds keepalive time (${keepalive})`);
  }
  if (options.errorWaitTimeMin > options.errorWaitTimeMax) {
    warn('errorWaitTimeMin', 'The first error wait time is longer than the longest');
  }
}
