/** Neighbours that are born of a range, one for each caller: how many there may be, what they are called, who is there. */
import { CeaseSubcode, ErrorCode, encodeNotification, NotificationError } from '../../bgp/index.ts';
import type { BgpConfig } from '../../config/index.ts';
import type { IncomingConnection } from '../net/transport.ts';
import type { BgpHub } from './bgp-hub.ts';
import type { BgpLog } from './bgp-log.ts';
import { childConfig } from './neighbor-sockets.ts';

export interface DynamicNeighbor {
  readonly name: string;
  /** It goes away when it is down: its place is free. */
  readonly removed: boolean;
}

export class DynamicNeighbors<Child extends DynamicNeighbor> implements Iterable<Child> {
  readonly #hub: BgpHub;
  readonly #log: BgpLog;
  readonly #make: (config: BgpConfig) => Child;
  readonly #children = new Set<Child>();

  constructor(hub: BgpHub, log: BgpLog, make: (config: BgpConfig) => Child) {
    this.#hub = hub;
    this.#log = log;
    this.#make = make;
  }

  /** A neighbour for this caller; `undefined` if there are too many already, and the caller has been told. */
  bear(parent: BgpConfig, offer: IncomingConnection): Child | undefined {
    const limit = parent.dynamicLimit ?? Number.POSITIVE_INFINITY;
    let present = 0;
    for (const child of this.#children) if (!child.removed) present++;
    if (present >= limit) {
      this.#log.tooMany(offer.remoteAddress, limit);
      offer.refuse(encodeNotification(new NotificationError(ErrorCode.Cease, CeaseSubcode.ConnectionRejected)));
      return undefined;
    }
    const name = this.#hub.dynamicName(parent, offer.remoteAddress, offer.zone);
    const child = this.#make(childConfig(parent, name, offer));
    this.#children.add(child);
    this.#log.event('info', `Spawning dynamic BGP protocol ${name} for ${offer.remoteAddress}`);
    return child;
  }

  gone(child: Child): void {
    this.#children.delete(child);
    this.#hub.dynamicNameFree(child.name);
  }

  [Symbol.iterator](): Iterator<Child> {
    return this.#children.values();
  }
}
