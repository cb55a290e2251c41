export { SessionAdvertisement } from './advertisement.ts';
export { ownNextHop } from './next-hop.ts';
export type { ExportSession, LocalRole, NextHopMode } from './session.ts';
