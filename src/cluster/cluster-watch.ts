/**
 * Follows the datastore of one cluster and keeps the model of it. Changes come in bursts (a rollout, a node that comes
 * up, hundreds of nodes at once): they are gathered until nothing came for a moment, and looked at once.
 *
 * While the store is away nothing happens: the model stays what it was.
 */
import { ClusterModel, Follower, idText, type Problem, type Store, type StoreFault } from '../../config/index.ts';

export type StoreState = 'connecting' | 'following' | 'away';

export interface ClusterEvents {
  /** The model is another one than when this was called last. The first call is made when all of it is there. */
  changed(): void;
  /** The store went away, or is back. */
  stateChanged(state: StoreState, reason: string): void;
  /** A resource is refused; the others are not touched by that. */
  refused(what: string, problems: readonly Problem[]): void;
  fault(fault: StoreFault): void;
}

/** Nothing for so long ends a burst; but no burst lasts longer than `LONGEST_MS`. */
const QUIET_MS = 50;
const LONGEST_MS = 500;

export class ClusterWatch {
  readonly model = new ClusterModel();
  readonly #events: ClusterEvents;
  readonly #follower: Follower;
  readonly #store: Store;
  #state: StoreState = 'connecting';
  #reason = '';
  #ready = false;
  #quiet: NodeJS.Timeout | undefined;
  #longest: NodeJS.Timeout | undefined;

  constructor(store: Store, events: ClusterEvents) {
    this.#store = store;
    this.#events = events;
    this.#follower = new Follower(store, {
      changed: (changes) => {
        for (const { id, problems } of this.model.apply(changes)) this.#events.refused(idText(id), problems);
        if (this.#ready) this.#gather();
      },
      ready: () => {
        this.#ready = true;
        this.#setState('following', '');
        this.#tell();
      },
      away: (reason) => this.#setState('away', reason),
      back: () => this.#setState('following', ''),
      fault: (fault) => this.#events.fault(fault),
    });
  }

  get state(): StoreState {
    return this.#state;
  }
  /** Why the store is away. */
  get reason(): string {
    return this.#reason;
  }
  /** Everything of the store has been seen once. */
  get ready(): boolean {
    return this.#ready;
  }

  start(): void {
    this.#follower.start();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#quiet);
    clearTimeout(this.#longest);
    await this.#follower.stop();
    await this.#store.close();
  }

  #gather(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#tell(), QUIET_MS);
    this.#longest ??= setTimeout(() => this.#tell(), LONGEST_MS);
  }

  #tell(): void {
    clearTimeout(this.#quiet);
    clearTimeout(this.#longest);
    this.#quiet = undefined;
    this.#longest = undefined;
    this.#events.changed();
  }

  #setState(state: StoreState, reason: string): void {
    this.#state = state;
    this.#reason = reason;
    this.#events.stateChanged(state, reason);
  }
}
