/** What a BGP protocol writes into the log: one place for the words, the classes and the limits. */
import {
  formatHex,
  formatNlri,
  formatProblem,
  type Ip,
  type RouteRefresh,
  type Update,
  type UpdateProblem,
  UpdateVerdict,
} from '../../bgp/index.ts';
import { DebugMask, type LogClass } from '../../config/index.ts';
import { formatLastError, type LastError, type Negotiation } from '../../fsm/index.ts';
import type { LogLimiter } from '../monitor/log-limiter.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Log } from '../protocol/log.ts';
import type { BgpChannel } from './bgp-channel.ts';

/** A message in hexadecimal goes into the log at most this often. */
const HEX_INTERVAL_MS = 1000;

/** Prefixes named in one line. */
const MOST_PREFIXES = 4;

const VERDICT_WORDS: Readonly<Record<UpdateVerdict, string>> = {
  [UpdateVerdict.Ok]: 'ignored',
  [UpdateVerdict.Discard]: 'attribute discarded',
  [UpdateVerdict.Withdraw]: 'treated as withdrawal',
  [UpdateVerdict.Reset]: 'session reset',
};

export class BgpLog {
  readonly #protocol: { readonly name: string; readonly debug: number };
  readonly #context: { readonly log: Log; readonly clock: Clock };
  readonly #limiter: LogLimiter;
  #hexAt = Number.NEGATIVE_INFINITY;

  constructor(
    protocol: { readonly name: string; readonly debug: number },
    context: { readonly log: Log; readonly clock: Clock },
    limiter: LogLimiter,
  ) {
    this.#protocol = protocol;
    this.#context = context;
    this.#limiter = limiter;
  }

  event(logClass: LogClass, text: string, fields: Readonly<Record<string, unknown>> = {}): void {
    const { name } = this.#protocol;
    this.#context.log.write(logClass, `${name}: ${text}`, { protocol: name, ...fields });
  }

  trace(kind: 'events' | 'packets', text: () => string): void {
    if ((this.#protocol.debug & DebugMask[kind]) !== 0) this.event('trace', text());
  }

  sessionUp({ options, holdTime }: Negotiation, families: readonly BgpChannel[]): void {
    const names = families.map((family) => family.family.name);
    this.event('info', `BGP session established (${names.join(' ')})`, {
      peerAs: options.peerAs,
      peerId: options.peerId,
      holdTime,
      families: names,
    });
  }

  sessionDown(error: LastError, keepRoutes: boolean): void {
    const kept = keepRoutes ? ', routes are kept' : '';
    this.event('info', `BGP session closed${kept}`, { reason: formatLastError(error), keepRoutes });
  }

  /** The peer's fault or ours: said always, but not too often. TCP that cannot be opened: only if somebody listens. */
  failed(error: LastError, waitSeconds: number): void {
    const { name } = this.#protocol;
    const communication = error.communication === '' ? '' : `: ${error.communication}`;
    const text = `${formatLastError(error)}${communication}`;
    const fields = { protocol: name, code: error.code, subcode: error.subcode, waitSeconds };
    if (error.class === 'received' || error.class === 'sent') {
      this.#limiter.write(name, 'session', 'remote', `${name}: ${text}`, fields);
    } else {
      this.trace('events', () => text);
    }
    if (waitSeconds > 0) this.trace('events', () => `Startup delayed by ${waitSeconds} seconds due to errors`);
  }

  tooMany(address: Ip, limit: number): void {
    const { name } = this.#protocol;
    const text = `${name}: Connection from ${address} refused: ${limit} dynamic sessions are there already`;
    this.#limiter.write(name, 'dynamic limit', 'warning', text, { protocol: name, address, limit });
  }

  ignoredRefresh({ afi, safi, subtype }: RouteRefresh, reason: string): void {
    const { name } = this.#protocol;
    this.#limiter.write(name, 'refresh', 'remote', `${name}: ROUTE-REFRESH ignored: ${reason}`, {
      protocol: name,
      afi,
      safi,
      subtype,
    });
  }

  /** RFC 9774 deprecates AS_SETs; a table of the Internet still has some, so this is told once in a session. */
  asSet(update: Update): void {
    const { name } = this.#protocol;
    const text = `${name}: neighbor sends AS_SETs in AS_PATH, deprecated by RFC 9774${prefixWords(update)}`;
    this.#limiter.write(name, 'as-set', 'warning', text, { protocol: name });
  }

  /** RFC 7606 section 6: every error is told with its clause and prefixes, and the message can be had in full. */
  updateProblems(
    problems: readonly UpdateProblem[],
    verdict: UpdateVerdict,
    update: Update,
    start: number,
    end: number,
  ): void {
    const { name } = this.#protocol;
    const text = (): string =>
      `${name}: UPDATE ${VERDICT_WORDS[verdict]}: ${problems.map(formatProblem).join('; ')}${prefixWords(update)}`;
    this.#limiter.write(name, 'update', 'remote', text, () => {
      const now = this.#context.clock.now();
      const whole = now - this.#hexAt >= HEX_INTERVAL_MS;
      if (whole) this.#hexAt = now;
      return {
        protocol: name,
        verdict: VERDICT_WORDS[verdict],
        ...(whole ? { message: formatHex(update.bytes, start, end, '') } : {}),
      };
    });
  }
}

/** ` for 203.0.113.0/24, 198.51.100.0/24 and 7 more`, or nothing. */
function prefixWords({ bytes, nlri, reach }: Update): string {
  const shown: string[] = [];
  let count = 0;
  for (const field of [nlri, reach]) {
    if (field.family === undefined) continue;
    count += field.count;
    let at = field.start;
    while (at < field.end && shown.length < MOST_PREFIXES) {
      if (field.addPath) at += 4;
      shown.push(formatNlri(bytes, at, field.family));
      at += 1 + ((bytes[at]! + 7) >> 3);
    }
  }
  if (count === 0) return '';
  const more = count - shown.length;
  return ` for ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
