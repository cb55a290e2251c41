/** What a peer may hear, and with which attributes: RFC 4456 and the export rules of RFC 4271. */
export { SessionAdvertisement } from './advertisement.ts';
export { ownNextHop } from './next-hop.ts';
export type { ExportSession, LocalRole, NextHopMode } from './session.ts';
