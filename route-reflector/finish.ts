/**
 * The last look at a route whose attributes were prepared before its export filter (BIRD 1): what the filter could see
 * and write, but the session must not carry, goes; a next hop that cannot be one refuses the route.
 */
import { AttributeCode, attributeEnd, copyBytes, valueStart } from '../bgp/index.ts';
import { AdvertisementReason, type OutgoingRoute } from '../rib/index.ts';
import { isEmptyList } from './empty-list.ts';
import type { ExportSession } from './session.ts';

export class RouteFinisher {
  record: Uint8Array = new Uint8Array(1024);
  recordEnd = 0;
  readonly #session: ExportSession;

  constructor(session: ExportSession) {
    this.#session = session;
  }

  finish({ bytes, start, wireEnd }: OutgoingRoute): AdvertisementReason {
    if (this.record.length < wireEnd - start) this.record = new Uint8Array(2 * (wireEnd - start));
    this.recordEnd = 0;
    let reason: AdvertisementReason = AdvertisementReason.InvalidNextHop;
    for (let at = start; at < wireEnd; ) {
      const code = bytes[at + 1]!;
      const next = attributeEnd(bytes, at);
      if (code === AttributeCode.NextHop && this.#isUsable(bytes, valueStart(bytes, at), next)) {
        reason = AdvertisementReason.None;
      }
      if (this.#carries(code) && !isEmptyList(bytes, at, next))
        this.recordEnd = copyBytes(bytes, at, next, this.record, this.recordEnd);
      at = next;
    }
    return reason;
  }

  #carries(code: number): boolean {
    const { interior, internal, allowLocalPref } = this.#session;
    switch (code) {
      case AttributeCode.LocalPref:
        return interior || allowLocalPref;
      case AttributeCode.OriginatorId:
      case AttributeCode.ClusterList:
        return internal;
      default:
        return true;
    }
  }

  #isUsable(bytes: Uint8Array, start: number, end: number): boolean {
    const version = end - start === 4 ? 4 : 6;
    if (version !== this.#session.family.version && !this.#session.extendedNextHop) return false;
    for (let i = start; i < end; i++) if (bytes[i] !== 0) return true;
    return false;
  }
}
