/**
 * Log messages for one session (`echo`). A session that reads slowly loses messages instead of making the daemon keep
 * them: at most `limitOctets` wait, chatty classes are dropped at half of that, and the next message that fits is
 * preceded by a line that says how many were lost.
 */
import type { LogClass } from '../../config/index.ts';
import { isChatty, LOG_CLASSES } from '../monitor/log-level.ts';
import type { ControlHost, EchoMessage } from './host.ts';
import type { ReplyWriter } from './reply.ts';

/** BIRD's limits and default of the buffer of a session. */
export const ECHO_BUFFER = { default: 4096, min: 256, max: 65536 } as const;

export class Echo {
  readonly #host: ControlHost;
  readonly #writer: ReplyWriter;
  #mask = 0;
  #limitOctets: number = ECHO_BUFFER.default;
  #lost = 0;
  #unsubscribe: (() => void) | undefined;

  constructor(host: ControlHost, writer: ReplyWriter) {
    this.#host = host;
    this.#writer = writer;
  }

  /** Shows messages of these classes from now on; none: stops. */
  select(classes: readonly LogClass[], limitOctets: number): void {
    this.#mask = 0;
    for (const logClass of classes) this.#mask |= 1 << LOG_CLASSES.indexOf(logClass);
    this.#limitOctets = limitOctets;
    if (this.#mask === 0) {
      this.close();
    } else {
      this.#unsubscribe ??= this.#host.subscribeLog((message) => this.#show(message));
    }
  }

  close(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#lost = 0;
  }

  #show(message: EchoMessage): void {
    if ((this.#mask & (1 << LOG_CLASSES.indexOf(message.class))) === 0) return;
    const room = isChatty(message.class) ? this.#limitOctets / 2 : this.#limitOctets;
    // A reply under way may fill the socket by itself; its octets are not the echo's fault.
    const waiting = this.#writer.ended ? this.#writer.pendingOctets : this.#echoed();
    if (waiting + message.text.length > room) {
      this.#lost++;
      return;
    }
    if (this.#lost > 0) {
      this.#writer.asynchronous(`<${this.#lost} messages lost>`);
      this.#lost = 0;
    }
    this.#writer.asynchronous(message.text);
    this.#count(message.text.length);
  }

  /** Octets echoed into a reply that is under way; forgotten when the socket is empty. */
  #inReply = 0;

  #echoed(): number {
    if (this.#writer.pendingOctets === 0) this.#inReply = 0;
    return this.#inReply;
  }

  #count(octets: number): void {
    if (!this.#writer.ended) this.#inReply += octets;
  }
}
