/** Words and numbers that all layouts of BIRD 1 share. */
import type { ProtocolView } from '../../host.ts';

/** The table that every protocol has that names no other. */
export const MASTER = 'master';

/** BIRD 1 counts in whole seconds. */
export function wholeSeconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1000));
}

/**
 * The `state` column. While a protocol is up it says how far the way out is: `wait` until recovery after a restart is
 * over, `feed` until everything has been passed on once, then `up`.
 */
export function stateWord(protocol: ProtocolView): string {
  if (protocol.state !== 'up') return protocol.state;
  const { channels, detail } = protocol;
  if (channels.some((channel) => channel.recovery?.waiting === true)) return 'wait';
  const pipe = detail?.type === 'pipe' ? detail : undefined;
  const feeding = pipe?.importState === 'feed' || pipe?.exportState === 'feed' || channels.some((one) => one.feeding);
  return feeding ? 'feed' : 'up';
}
