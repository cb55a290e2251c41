/**
 * What all protocols share: a name, a life (down -> start -> up -> stop -> flush -> down), channels into tables, and
 * the operator's switches. A kind of protocol extends this class and fills in the hooks.
 *
 *        start()            setState('up')
 *   down -------> start -----------------> up
 *    ^                |  shutdown()         |
 *    |                v                     v
 *   flush <---------------- stop <----------+      stop: the other side is being told; flush: routes are leaving the
 *     (channels empty)   finished()                tables, in bounded pieces
 */
import type { Prefix } from '../../bgp/index.ts';
import { compareProtocols, type ProtocolConfig, type ProtocolStep } from '../../config/index.ts';
import type { Channel } from './channel.ts';
import type { ProtocolContext } from './context.ts';
import type { ProtocolLabel, ProtocolState, RunningProtocol, ShutdownReason } from './running.ts';

export type { ProtocolLabel, ProtocolState, ShutdownReason } from './running.ts';

/** What a reload asks for: refresh what comes in, send again what goes out, or both. */
export type ReloadDirection = 'in' | 'out' | 'both';

export abstract class Protocol implements RunningProtocol {
  abstract readonly label: ProtocolLabel;
  abstract readonly channels: readonly Channel[];
  readonly name: string;
  protected readonly context: ProtocolContext;
  #config: ProtocolConfig;
  #state: ProtocolState = 'down';
  #since: number;
  #disabled: boolean;
  #message = '';
  #debug: number;
  #removed = false;
  #startAgain = false;
  #flushing = 0;

  constructor(config: ProtocolConfig, context: ProtocolContext) {
    this.name = config.name;
    this.#config = config;
    this.context = context;
    this.#disabled = config.disabled;
    this.#debug = config.debug;
    this.#since = context.clock.wall();
  }

  // ------------------------------------------------------------------------------------------- what a kind fills in

  /** Begin to work; calls `setState('up')` when ready, now or later. Channels are opened by the kind. */
  protected abstract onStart(): void;
  /** Stop to work; calls `finished()` when the other side is told, now or later. */
  protected abstract onStop(reason: ShutdownReason): void;
  /** Routes have left the tables; last chance to clean up. */
  protected onDown(): void {}
  /** The `Table` column; '---' where a protocol has several channels. */
  get tableLabel(): string {
    return '---';
  }
  /** The `Info` column. */
  get info(): string {
    return '';
  }
  /** A new configuration of its kind holds from now on; `step` says what it asks for, and never that is a restart. */
  protected abstract onReconfigure(next: ProtocolConfig, step: ProtocolStep, soft: boolean): void;
  /** `reload`; a text where it cannot be done (reply 8006). */
  reload(direction: ReloadDirection): string | undefined {
    for (const channel of this.channels) {
      if (direction !== 'out') channel.reloadIn();
      if (direction !== 'in') channel.reloadOut();
    }
    return undefined;
  }

  /** Tells neighbours that the sessions are about to go, or not (RFC 8326). False: there are none to tell. */
  gracefulShutdown(_on: boolean): boolean {
    return false;
  }

  /** Why no route was made of what the other side said of this network; `undefined`: it was not refused lately. */
  refusalOf(_channel: Channel, _prefix: Prefix): string | undefined {
    return undefined;
  }

  // ------------------------------------------------------------------------------------------------- for everybody

  get config(): ProtocolConfig {
    return this.#config;
  }
  get state(): ProtocolState {
    return this.#state;
  }
  /** Milliseconds since 1970 of the last change of state. */
  get since(): number {
    return this.#since;
  }
  get disabled(): boolean {
    return this.#disabled;
  }
  /** What the operator said with `disable` or `restart`. */
  get message(): string {
    return this.#message;
  }
  get debug(): number {
    return this.#debug;
  }
  set debug(mask: number) {
    this.#debug = mask;
  }
  /** Whether it reads or fills the table of that name. */
  usesTable(name: string): boolean {
    return this.channels.some((channel) => channel.runner.table.name === name);
  }
  /** It goes away when it is down. */
  get removed(): boolean {
    return this.#removed;
  }
  get routerId(): number {
    return this.#config.routerId ?? this.context.routerId;
  }

  /**
   * Takes over a new configuration in place. False: it needs a restart (the caller shuts the protocol down and a new one
   * starts in its place).
   */
  reconfigure(next: ProtocolConfig, soft: boolean, step = compareProtocols(this.#config, next, { soft })): boolean {
    if (step.action === 'restart') return false;
    const before = this.#config;
    if (next.debug !== before.debug) this.#debug = next.debug;
    this.#config = next;
    this.onReconfigure(next, step, soft);
    // As the commands: an operator's `disable` holds until the file says something else than before.
    if (next.disabled !== before.disabled) {
      if (next.disabled) this.disable();
      else this.enable();
    }
    return true;
  }

  start(): void {
    if (this.#state !== 'down' || this.#disabled || this.#removed) return;
    this.setState('start');
    this.onStart();
  }

  enable(message = ''): void {
    this.#disabled = false;
    this.#message = message;
    if (this.#state === 'down') this.start();
    else if (this.#state !== 'start' && this.#state !== 'up') this.#startAgain = true;
  }

  disable(message = '', reason: ShutdownReason = 'disable'): void {
    this.#disabled = true;
    this.#message = message;
    this.#startAgain = false;
    this.shutdown(reason);
  }

  restart(message = '', reason: ShutdownReason = 'restart'): void {
    this.#message = message;
    if (this.#disabled) return;
    this.#startAgain = true;
    if (this.#state === 'down') this.#reachedDown();
    else this.shutdown(reason);
  }

  /** Goes down and never comes back; `context.protocolGone` follows. */
  remove(reason: ShutdownReason = 'remove'): void {
    this.#removed = true;
    this.#startAgain = false;
    if (this.#state === 'down') this.context.protocolGone(this);
    else this.shutdown(reason);
  }

  shutdown(reason: ShutdownReason): void {
    if (this.#state !== 'start' && this.#state !== 'up') return;
    this.setState('stop');
    this.onStop(reason);
  }

  protected setState(state: ProtocolState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.context.clock.wall();
    this.context.protocolChanged(this);
  }

  /** The kind has stopped; routes leave the tables now. */
  protected finished(): void {
    if (this.#state !== 'stop') return;
    this.setState('flush');
    this.#flushing = 1;
    for (const channel of this.channels) {
      this.#flushing++;
      channel.flush(() => this.#flushed());
    }
    this.#flushed();
  }

  #flushed(): void {
    this.#flushing--;
    if (this.#flushing > 0) return;
    this.onDown();
    this.setState('down');
    this.#reachedDown();
  }

  #reachedDown(): void {
    if (this.#removed) {
      this.context.protocolGone(this);
    } else if (this.#startAgain) {
      this.#startAgain = false;
      this.start();
    }
  }
}
