/**
 * Two connections between the same two ends (RFC 4271 section 6.8, RFC 6286 section 2.3): which one stays, and how long
 * the ends may disagree about it.
 */

import type { Direction } from './action.ts';
import { type Negotiation, presentedAs } from './negotiation.ts';
import type { PeerFsmConfig } from './peer-config.ts';

/**
 * How long the two ends of a young neighbourhood may know of different connections: a collision that is still open is
 * then settled without the peer, and only then a new connection of an Established peer means that it has restarted.
 */
export const COLLISION_WINDOW_MS = 5000;

/** An incoming connection that has not sent its OPEN for so long gives way to a newer one (the peer has rebooted). */
export const INCOMING_PATIENCE_MS = 10_000;

/**
 * The connection stays that was opened by the end with the higher identifier; by the one with the higher AS number
 * where both have the same. Both ends come to the same answer.
 */
export function winsCollision(direction: Direction, config: PeerFsmConfig, negotiation: Negotiation): boolean {
  const { peerId, peerAs } = negotiation.options;
  const { localId } = config;
  const localIsHigher = localId !== peerId ? localId > peerId : presentedAs(config) > peerAs;
  return (direction === 'outgoing') === localIsHigher;
}
