/**
 * Which changes of a BGP block need a new session, and which can be taken over while it is up. Everything that the OPEN
 * told or that the socket was made with needs a new one; the fields named here do not.
 */
import type { BgpChannelConfig, BgpConfig } from '../../config/index.ts';

const LIVE_FIELDS: ReadonlySet<keyof BgpConfig> = new Set<keyof BgpConfig>([
  'bfd',
  'channels',
  'checkLink',
  'debug',
  'description',
  'disabled',
  'mrtdump',
  'place',
  'require',
  'unnamed',
]);

/** Taken over by BgpChannel.reconfigure. */
const LIVE_CHANNEL_FIELDS: ReadonlySet<keyof BgpChannelConfig> = new Set<keyof BgpChannelConfig>([
  'addPathsBest',
  'aigp',
  'cost',
  'debug',
  'exportLimit',
  'exportPolicy',
  'gateway',
  'importKeepFiltered',
  'importLimit',
  'importPolicy',
  'linkLocalNextHopFormat',
  'mandatory',
  'nextHopKeep',
  'nextHopPrefer',
  'nextHopSelf',
  'place',
  'preference',
  'receiveLimit',
  'rpkiReload',
]);

export function needsNewSession(before: BgpConfig, after: BgpConfig): boolean {
  if (!sameBut(before, after, LIVE_FIELDS) || before.channels.length !== after.channels.length) return true;
  return before.channels.some((channel, i) => {
    const other = after.channels[i];
    return other === undefined || !sameBut(channel, other, LIVE_CHANNEL_FIELDS);
  });
}

function sameBut<T extends object>(a: T, b: T, skipped: ReadonlySet<keyof T>): boolean {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)] as (keyof T)[]);
  for (const key of keys) if (!skipped.has(key) && !sameValue(a[key], b[key])) return false;
  return true;
}

/** Values of a configuration: primitives, octets, lists and plain objects. */
function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => sameValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}
