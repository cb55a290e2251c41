/** The follower holds what it knows, waits longer and longer without knocking in step, and tells exactly the difference. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Follower, MemoryStore, type Store, StoreUnavailable, type Waiter } from '../../../config/index.ts';
import { pool, until } from './compliance.ts';

/** Time that passes only when somebody waits. */
class SimulatedTime implements Waiter {
  now = 0;
  readonly waits: number[] = [];
  #chance = 0.123;
  /** Called with the time after each wait. */
  onTime: (now: number) => void = () => {};

  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    this.waits.push(milliseconds);
    this.now += milliseconds;
    this.onTime(this.now);
    await new Promise((resolve) => setImmediate(resolve));
    if (signal.aborted) return;
  }

  random(): number {
    this.#chance = (this.#chance * 9301 + 0.49297) % 1;
    return this.#chance;
  }
}

interface Heard {
  readonly words: string[];
  readonly follower: Follower;
}

function follow(store: Store, waiter: Waiter): Heard {
  const words: string[] = [];
  const follower = new Follower(
    store,
    {
      changed: (changes) =>
        words.push(
          ...changes.map((change) => (change.type === 'put' ? `+${change.item.id.name}` : `-${change.id.name}`)),
        ),
      ready: () => words.push('ready'),
      away: () => words.push('away'),
      back: () => words.push('back'),
      fault: (fault) => words.push(`fault ${fault.message}`),
    },
    waiter,
  );
  follower.start();
  return { words, follower };
}

it('changes nothing during an hour of outage, and only what differs after it', async () => {
  const store = new MemoryStore();
  for (const name of ['a', 'b', 'c']) await store.put(...pool(name), 'any');
  const time = new SimulatedTime();
  const { words, follower } = follow(store, time);
  await until('ready', () => words.includes('ready'));
  store.setAway(true);
  const begin = time.now;
  time.onTime = (now) => {
    if (now - begin < 3_600_000) return;
    time.onTime = () => {};
    store.setAway(false);
    void store.delete(pool('a')[0], 'any');
    void store.put(...pool('b', { disabled: true }), 'any');
    void store.put(...pool('d'), 'any');
  };
  await until('the end', () => words.includes('+d') && words.includes('back'));
  assert.deepEqual(words.slice(0, 5).sort(), ['+a', '+b', '+c', 'away', 'ready']);
  assert.deepEqual(
    words
      .slice(5)
      .filter((word) => word !== 'back')
      .sort(),
    ['+b', '+d', '-a'],
  );
  assert.equal(words.filter((word) => word === 'away').length, 1);
  // Doubling up to half a minute, never less than half of that.
  const [first, second, third] = time.waits;
  assert.ok(
    first! >= 125 && first! <= 250 && second! >= 250 && second! <= 500 && third! >= 500 && third! <= 1000,
    time.waits.slice(0, 3).join(),
  );
  const late = time.waits.slice(10);
  assert.ok(late.every((wait) => wait >= 15_000 && wait <= 30_000));
  assert.ok(new Set(late.map(Math.round)).size > late.length / 2, 'waits are spread');
  await follower.stop();
});

it('begins with short waits again after it has been back', async () => {
  const store = new MemoryStore();
  const time = new SimulatedTime();
  const { words, follower } = follow(store, time);
  await until('ready', () => words.includes('ready'));
  for (let round = 1; round <= 3; round++) {
    store.setAway(true);
    await until('a few waits', () => time.waits.length > round * 5);
    store.setAway(false);
    await until('back', () => words.filter((word) => word === 'back').length === round);
    time.waits.push(0);
    const last = time.waits.length;
    store.setAway(true);
    await until('a wait', () => time.waits.length > last);
    assert.ok(time.waits[last]! <= 250, `${time.waits[last]}`);
    store.setAway(false);
    await until('back', () => words.at(-1) === 'back');
    words.length = 0;
    for (let i = 0; i < round; i++) words.push('back');
  }
  await follower.stop();
});

it('waits for a store that was never there, and then tells everything once', async () => {
  const store = new MemoryStore();
  await store.put(...pool('a'), 'any');
  store.setAway(true);
  const time = new SimulatedTime();
  const { words, follower } = follow(store, time);
  await until('tries', () => time.waits.length > 5);
  assert.deepEqual(words, ['away']);
  store.setAway(false);
  await until('back', () => words.includes('back'));
  assert.deepEqual(words, ['away', '+a', 'ready', 'back']);
  await follower.stop();
});

it('does not tell a write that changes nothing', async () => {
  const store = new MemoryStore();
  await store.put(...pool('a'), 'any');
  const { words, follower } = follow(store, new SimulatedTime());
  await until('ready', () => words.includes('ready'));
  await store.put(...pool('a'), 'any');
  await store.put(...pool('b'), 'any');
  await until('b', () => words.includes('+b'));
  assert.deepEqual(words, ['+a', 'ready', '+b']);
  await follower.stop();
});

it('outlives a store with a fault of its own', async () => {
  const store = new MemoryStore();
  let faults = 3;
  const faulty: Store = Object.assign(Object.create(store) as Store, {
    list: async () => {
      if (faults-- > 0) throw new TypeError('x is not a function');
      return store.list();
    },
    watch: store.watch.bind(store),
  });
  const { words, follower } = follow(faulty, new SimulatedTime());
  await until('ready', () => words.includes('ready'));
  assert.deepEqual(words, ['away', 'ready', 'back']);
  await follower.stop();
});

it('lists a store that has nothing but gaps less and less often, and one that gets on at once', async () => {
  const store = new MemoryStore();
  await store.put(...pool('a'), 'any');
  let gaps = 12;
  const faulty: Store = Object.assign(Object.create(store) as Store, {
    list: store.list.bind(store),
    watch: (...args: Parameters<Store['watch']>) =>
      gaps-- > 0 ? Promise.resolve('gap' as const) : store.watch(...args),
  });
  const time = new SimulatedTime();
  const { words, follower } = follow(faulty, time);
  await until('many gaps', () => time.waits.length >= 12);
  const sum = (waits: readonly number[]): number => waits.reduce((all, wait) => all + wait, 0);
  assert.ok(sum(time.waits.slice(0, 2)) <= 750 && sum(time.waits.slice(6, 12)) > 30_000, time.waits.join());
  await store.put(...pool('b'), 'any');
  await until('b', () => words.includes('+b'));
  gaps = 1;
  const before = time.waits.length;
  store.compact();
  store.clear();
  await until('one more', () => time.waits.length > before);
  assert.ok(time.waits[before]! <= 250, `${time.waits[before]}`);
  assert.ok(!words.includes('away'));
  await follower.stop();
});

it('stops in the middle of anything', async () => {
  for (const away of [true, false]) {
    const store = new MemoryStore();
    store.setAway(away);
    const { follower } = follow(store, {
      wait: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      random: () => 0,
    });
    await new Promise((resolve) => setImmediate(resolve));
    await follower.stop();
  }
  await assert.rejects(Promise.reject(new StoreUnavailable('x')), /x/);
});
