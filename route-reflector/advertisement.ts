/**
 * The export rules of one kind of session, behind the port that update groups ask. One object serves every session
 * whose facts are equal.
 */
import type { Advertisement, AdvertisementReason, OutgoingRoute, RewriteForm, RouteSource } from '../rib/index.ts';
import { admission } from './admission.ts';
import { RouteFinisher } from './finish.ts';
import { ADDED_OCTETS, AttributeRewriter } from './rewrite.ts';
import type { ExportSession } from './session.ts';

export class SessionAdvertisement implements Advertisement {
  readonly key: string;
  readonly prepares: boolean;
  readonly addedOctets = ADDED_OCTETS;
  readonly #session: ExportSession;
  readonly #rewriter: AttributeRewriter;
  readonly #finisher: RouteFinisher;

  constructor(session: ExportSession) {
    this.#session = session;
    this.prepares = session.prepares;
    this.#rewriter = new AttributeRewriter(session);
    this.#finisher = new RouteFinisher(session);
    this.key = keyOf(session);
  }

  sourceClass(source: RouteSource): string {
    const bgp = source.bgp;
    if (bgp === undefined) return `kind ${source.kind}`;
    // The peer's identifier is asked for in reflected routes alone: elsewhere all sources of one kind are one class.
    const originator = bgp.internal && this.#session.internal ? bgp.peerId : 0;
    const link = bgp.multihop ? '' : (bgp.linkInterface ?? '');
    return `${bgp.internal} ${bgp.localAs} ${bgp.rrClient ? bgp.clusterId : ''} ${originator} ${link}`;
  }

  admits(route: OutgoingRoute): AdvertisementReason {
    return admission(route, this.#session);
  }

  rewrite(route: OutgoingRoute): AdvertisementReason {
    return this.#rewriter.rewrite(route);
  }

  formOf(route: OutgoingRoute): RewriteForm | 0 {
    return this.#rewriter.formOf(route);
  }

  rewriteAs(form: RewriteForm, bytes: Uint8Array, start: number, wireEnd: number): void {
    this.#rewriter.rewriteAs(form, bytes, start, wireEnd);
  }

  get record(): Uint8Array {
    return this.#rewriter.record;
  }

  get recordEnd(): number {
    return this.#rewriter.recordEnd;
  }

  get extensionEnd(): number {
    return this.#rewriter.extensionEnd;
  }

  finish(route: OutgoingRoute): AdvertisementReason {
    return this.#finisher.finish(route);
  }

  get finished(): Uint8Array {
    return this.#finisher.record;
  }

  get finishedEnd(): number {
    return this.#finisher.recordEnd;
  }
}

/** All facts in one line, independent of the order in which the object was filled. */
function keyOf(session: ExportSession): string {
  const facts: Record<string, unknown> = { ...session, family: session.family.name };
  return Object.keys(facts)
    .sort()
    .map((name) => `${name}=${String(facts[name])}`)
    .join(' ');
}
