/**
 * Writes what this node reports of itself into the CalicoNodeStatus resources that ask for it. A report is a courtesy:
 * one write at a time, none while the datastore is away, each resource no more often than it asks and never twice within
 * seconds; what fails is tried again later and later. Somebody else's change in between is never written over: the
 * resource is read again.
 */
import {
  idText,
  type JsonObject,
  type NodeStatusResource,
  type ResourceId,
  readResource,
  type StatusClass,
  type Store,
  StoreConflict,
  type Waiter,
} from '../../config/index.ts';

export interface ReporterPorts {
  readonly store: Store;
  readonly node: string;
  readonly waiter: Waiter;
  /** Monotonic milliseconds. */
  now(): number;
  /** What goes under `status`. */
  report(classes: readonly StatusClass[]): Promise<JsonObject>;
  /** What could not be written, once for each time it goes wrong. */
  failed(what: string, reason: string): void;
}

/** A resource is not written again within this time, whatever it asks for. */
const SHORTEST_MS = 5_000;
/** From one write to the next one. */
const BETWEEN_MS = 500;
const LONGEST_WAIT_MS = 300_000;
const IDLE_MS = 3_600_000;
/** How often a resource that others change at the same time is read again. */
const ATTEMPTS = 5;
const CONFLICT_MS = 100;

interface Asked {
  readonly id: ResourceId;
  wish: string;
  periodMs: number;
  due: number;
  writtenAt: number;
  failures: number;
}

export class StatusReporter {
  readonly #ports: ReporterPorts;
  readonly #asked = new Map<string, Asked>();
  #stopped = false;
  #away = false;
  #wake = new AbortController();
  #running: Promise<void> | undefined;

  constructor(ports: ReporterPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Nothing is written any more once this resolves. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake.abort();
    await this.#running;
  }

  /** While the store is away nobody has to hear it from us, too. */
  setAway(away: boolean): void {
    if (this.#away === away) return;
    this.#away = away;
    this.#wake.abort();
  }

  /** The resources of the cluster; those of other nodes are passed over. */
  follow(resources: Iterable<NodeStatusResource>): void {
    const gone = new Set(this.#asked.keys());
    const { now, node, waiter } = this.#ports;
    for (const resource of resources) {
      if (resource.node !== node || resource.periodSeconds === 0) continue;
      const id: ResourceId = { kind: 'CalicoNodeStatus', namespace: '', name: resource.name };
      const key = idText(id);
      gone.delete(key);
      const periodMs = Math.max(SHORTEST_MS, resource.periodSeconds * 1000);
      const wish = `${resource.periodSeconds} ${resource.classes.join(' ')}`;
      const known = this.#asked.get(key);
      if (known?.wish === wish) continue;
      const writtenAt = known?.writtenAt ?? Number.NEGATIVE_INFINITY;
      const due = Math.max(now() + waiter.random() * BETWEEN_MS, writtenAt + SHORTEST_MS);
      this.#asked.set(key, { id, wish, periodMs, due, writtenAt, failures: 0 });
    }
    for (const key of gone) this.#asked.delete(key);
    this.#wake.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const next = this.#away ? undefined : this.#next();
      const wait = next === undefined ? IDLE_MS : next.due - this.#ports.now();
      if (next !== undefined && wait <= 0) {
        await this.#serve(next);
        await this.#sleep(BETWEEN_MS);
      } else await this.#sleep(wait);
    }
  }

  /** Ends early when something is new, which is looked at no sooner than a write may follow the last one. */
  async #sleep(milliseconds: number): Promise<void> {
    if (this.#stopped) return;
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
    await this.#ports.waiter.wait(milliseconds, this.#wake.signal);
  }

  #next(): Asked | undefined {
    let first: Asked | undefined;
    for (const asked of this.#asked.values()) if (first === undefined || asked.due < first.due) first = asked;
    return first;
  }

  async #serve(asked: Asked): Promise<void> {
    const { now, waiter, failed } = this.#ports;
    try {
      const written = await this.#write(asked.id);
      asked.failures = 0;
      if (written) asked.writtenAt = now();
      // It asks for something else, or is gone: `follow` will hear of it.
      asked.due = now() + asked.periodMs;
    } catch (error) {
      if (this.#stopped) return;
      if (asked.failures++ === 0) failed(idText(asked.id), (error as Error).message);
      const longest = Math.min(LONGEST_WAIT_MS, asked.periodMs * 2 ** Math.min(asked.failures, 10));
      asked.due = now() + longest / 2 + (waiter.random() * longest) / 2;
    }
  }

  /** False where the resource no longer asks us. */
  async #write(id: ResourceId): Promise<boolean> {
    const { store, node, report, waiter } = this.#ports;
    for (let attempt = 1; ; attempt++) {
      const present = await store.get(id);
      if (present === undefined || this.#stopped) return false;
      const { resource } = readResource(present.value);
      if (resource?.kind !== 'CalicoNodeStatus' || resource.node !== node || resource.periodSeconds === 0) return false;
      const value = { ...present.value, status: await report(resource.classes) };
      if (this.#stopped) return false;
      try {
        await store.put(id, value, { revision: present.revision }, 'status');
        return true;
      } catch (error) {
        if (!(error instanceof StoreConflict) || attempt >= ATTEMPTS) throw error;
      }
      await waiter.wait(waiter.random() * CONFLICT_MS * attempt, this.#wake.signal);
    }
  }
}
