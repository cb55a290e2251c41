/**
 * What every datastore promises, as tests that run against each of them: lists, watches without a hole, writes that see
 * each other, outages that lose and invent nothing. The harness starts, stops and spoils the real server.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  canonicalText,
  Follower,
  idText,
  type JsonObject,
  parseJson,
  type ResourceId,
  type Store,
  type StoreChange,
  StoreConflict,
  StoreUnavailable,
} from '../../../config/index.ts';

export interface StoreHarness {
  /** A client of its own. */
  open(): Promise<Store>;
  /** The server goes away with its data; comes back with it. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** The server comes back with nothing. */
  restartEmpty(): Promise<void>;
  /** The server forgets what happened, but not what is. */
  compact(): Promise<void>;
  /** Writes nonsense where a resource would be. */
  poison(): Promise<void>;
  /** Closes connections that are open, in the middle of whatever they do. */
  cut?(): Promise<void>;
  /** From now on everything takes so much longer; `Infinity`: nothing is said any more. */
  delay?(milliseconds: number): void;
  /** Ends the server and removes what it left. */
  close(): Promise<void>;
}

const PATIENCE_MS = 15_000;
const LONG = process.env['PEREGRINE_LONG'] === '1';
const never = new AbortController().signal;

export function pool(name: string, fields: Record<string, unknown> = {}): [ResourceId, JsonObject] {
  const value = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'IPPool',
    metadata: { name },
    spec: { cidr: '10.0.0.0/8', ...fields },
  };
  return [{ kind: 'IPPool', namespace: '', name }, parseJson(JSON.stringify(value)) as JsonObject];
}

function specOf(value: JsonObject | undefined): string {
  return canonicalText(value?.['spec']);
}

export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  patience = PATIENCE_MS,
): Promise<void> {
  const end = Date.now() + patience;
  while (!(await condition())) {
    if (Date.now() > end) assert.fail(`not within ${patience} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** What a follower told, in order. */
class Told {
  readonly changes: StoreChange[] = [];
  readonly words: string[] = [];
  readonly faults: string[] = [];
  readonly follower: Follower;
  constructor(store: Store) {
    this.follower = new Follower(store, {
      changed: (changes) => {
        this.changes.push(...changes);
        this.words.push(
          ...changes.map((change) => (change.type === 'put' ? `+${change.item.id.name}` : `-${change.id.name}`)),
        );
      },
      ready: () => this.words.push('ready'),
      away: () => this.words.push('away'),
      back: () => this.words.push('back'),
      fault: (fault) => this.faults.push(fault.message),
    });
    this.follower.start();
  }
  has(word: string): boolean {
    return this.words.includes(word);
  }
  /** The last thing that was told of each resource: what a listener would hold. */
  specs(): string {
    const held = new Map<string, string>();
    for (const change of this.changes) {
      if (change.type === 'put') held.set(idText(change.item.id), specOf(change.item.value));
      else held.delete(idText(change.id));
    }
    return JSON.stringify([...held].sort());
  }
}

async function specsIn(store: Store): Promise<string> {
  const { items } = await store.list(never);
  return JSON.stringify(items.map((item) => [idText(item.id), specOf(item.value)]).sort());
}

export function storeCompliance(name: string, make: () => Promise<StoreHarness>, skip: string | false = false): void {
  describe(`${name}: promises of a store`, { skip, concurrency: false }, () => {
    let harness: StoreHarness;
    let store: Store;
    const told: Told[] = [];
    const follow = async (client = store): Promise<Told> => {
      const follower = new Told(client);
      told.push(follower);
      await until('ready', () => follower.has('ready'));
      return follower;
    };
    /** Removes what earlier tests left. */
    const wipe = async (): Promise<void> => {
      for (const { id } of (await store.list(never)).items) await store.delete(id, 'any');
    };
    const settle = async (): Promise<void> => {
      for (const one of told.splice(0)) await one.follower.stop();
    };

    before(async () => {
      harness = await make();
      store = await harness.open();
    });
    after(async () => {
      await settle();
      await store.close();
      await harness.close();
    });

    it('begins empty, lists what was put, and gives it back as it was', async () => {
      assert.deepEqual((await store.list(never)).items, []);
      const [id, value] = pool('first', { blockSize: 26, natOutgoing: true });
      const revision = await store.put(id, value, 'absent');
      const got = await store.get(id);
      assert.equal(got?.revision, revision);
      assert.equal(specOf(got?.value), specOf(value));
      const { items } = await store.list(never);
      assert.deepEqual(
        items.map((item) => [idText(item.id), item.revision, specOf(item.value)]),
        [['IPPool/first', revision, specOf(value)]],
      );
      assert.equal(await store.get(pool('other')[0]), undefined);
    });

    it('writes only over what the writer saw', async () => {
      const [id, value] = pool('cas');
      const first = await store.put(id, value, 'absent');
      await assert.rejects(store.put(id, value, 'absent'), StoreConflict);
      const second = await store.put(id, pool('cas', { disabled: true })[1], { revision: first });
      assert.notEqual(second, first);
      await assert.rejects(store.put(id, value, { revision: first }), StoreConflict);
      await assert.rejects(store.delete(id, { revision: first }), StoreConflict);
      assert.equal(await store.delete(id, { revision: second }), true);
      assert.equal(await store.delete(id, 'any'), false);
      await assert.rejects(store.put(id, value, { revision: second }), StoreConflict);
      assert.equal(await store.get(id), undefined);
    });

    it('lets no write be lost when several write at once', async () => {
      const [id] = pool('counter');
      await store.put(id, pool('counter', { blockSize: 0 })[1], 'absent');
      const other = await harness.open();
      const add = async (client: Store): Promise<void> => {
        for (;;) {
          const seen = await client.get(id);
          const size = ((seen!.value['spec'] as JsonObject)['blockSize'] as number) + 1;
          try {
            await client.put(id, pool('counter', { blockSize: size })[1], { revision: seen!.revision });
            return;
          } catch (error) {
            if (!(error instanceof StoreConflict)) throw error;
          }
        }
      };
      await Promise.all(Array.from({ length: 12 }, (_, i) => add(i % 2 === 0 ? store : other)));
      const end = await store.get(id);
      assert.equal((end!.value['spec'] as JsonObject)['blockSize'], 12);
      await other.close();
    });

    it('keeps names and values that are unusual', async () => {
      const [id, value] = pool('a.b-c.0');
      const odd = {
        ...value,
        metadata: {
          name: 'a.b-c.0',
          labels: { constructor: 'x' },
          annotations: { text: 'ä — "quotes" \\ \n 雪', long: 'x'.repeat(100_000) },
        },
      } as JsonObject;
      await store.put(id, odd, 'any');
      const got = (await store.get(id))!.value['metadata'] as JsonObject;
      assert.equal(canonicalText(got['annotations']), canonicalText((odd['metadata'] as JsonObject)['annotations']));
      assert.equal(canonicalText(got['labels']), '{"constructor":"x"}');
      const secret: ResourceId = { kind: 'Secret', namespace: 'kube-system', name: 's' };
      await store.put(
        secret,
        parseJson(
          '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s","namespace":"kube-system"},"data":{"a":"Yg=="}}',
        ) as JsonObject,
        'any',
      );
      assert.equal(canonicalText((await store.get(secret))?.value['data']), '{"a":"Yg=="}');
      assert.equal(await store.get({ ...secret, namespace: 'default' }), undefined);
    });

    it('holds blocks of both families', async () => {
      for (const cidr of ['10.65.3.0/26', 'fd00:65:1::/122']) {
        const name = `node-1-${cidr.replace(/[.:/]/g, '-')}`;
        const value = {
          apiVersion: 'projectcalico.org/v3',
          kind: 'BlockAffinity',
          metadata: { name },
          spec: { cidr, node: 'node-1', state: 'confirmed', deleted: 'false' },
        };
        const id: ResourceId = { kind: 'BlockAffinity', namespace: '', name };
        await store.put(id, parseJson(JSON.stringify(value)) as JsonObject, 'absent');
        const spec = (await store.get(id))?.value['spec'] as JsonObject;
        assert.deepEqual([spec['cidr'], spec['node'], spec['state']], [cidr, 'node-1', 'confirmed']);
        assert.ok((await store.list(never)).items.some((item) => item.id.name === name));
        assert.equal(await store.delete(id, 'any'), true);
      }
    });

    it('has a place for what nodes report, and nobody who follows is told', async () => {
      await wipe();
      const id: ResourceId = { kind: 'CalicoNodeStatus', namespace: '', name: 'report' };
      const wish = {
        apiVersion: 'projectcalico.org/v3',
        kind: 'CalicoNodeStatus',
        metadata: { name: 'report' },
        spec: { node: 'node-1', classes: ['BGP'], updatePeriodSeconds: 10 },
      };
      await store.put(id, parseJson(JSON.stringify(wish)) as JsonObject, 'absent');
      const one = await follow();
      const seen = (await store.get(id))!;
      const report = parseJson('{"lastUpdated":"2026-01-01T00:00:00Z","bgp":{"peersV4":[]}}');
      await store.put(id, { ...seen.value, status: report }, { revision: seen.revision }, 'status');
      await assert.rejects(
        store.put(id, { ...seen.value, status: report }, { revision: seen.revision }, 'status'),
        StoreConflict,
      );
      const got = await store.get(id);
      assert.equal(canonicalText(got?.value['status']), canonicalText(report));
      assert.equal(specOf(got?.value), canonicalText(parseJson(JSON.stringify(wish.spec))));
      await store.put(...pool('then'), 'any');
      await until('then', () => one.has('+then'));
      assert.deepEqual(one.words, ['+report', 'ready', '+then']);
      assert.equal(one.follower.held.get(idText(id))?.value['status'], undefined);
      await settle();
    });

    it('tells every change after the list, in order, and nothing twice', async () => {
      await wipe();
      await store.put(...pool('old'), 'any');
      const { cursor, items } = await store.list(never);
      assert.equal(items.length, 1);
      // Between the list and the watch.
      await store.put(...pool('between'), 'any');
      await store.delete(pool('old')[0], 'any');
      const words: string[] = [];
      const abort = new AbortController();
      const watching = store.watch(
        cursor,
        ({ changes }) =>
          words.push(
            ...changes.map((change) => (change.type === 'put' ? `+${change.item.id.name}` : `-${change.id.name}`)),
          ),
        abort.signal,
      );
      await until('both', () => words.length >= 2);
      await store.put(...pool('after'), 'any');
      await store.put(...pool('after', { disabled: true }), 'any');
      await store.delete(pool('after')[0], 'any');
      await until('all', () => words.length >= 5);
      assert.equal(words.filter((word) => word.endsWith('between')).length, 1);
      assert.deepEqual(words.slice(-3), ['+after', '+after', '-after']);
      abort.abort();
      assert.equal(await watching, 'ended');
    });

    it('ends a watch at once when it is asked to', async () => {
      const { cursor } = await store.list(never);
      const abort = new AbortController();
      let stands = false;
      const watching = store.watch(cursor, () => (stands = true), abort.signal);
      await until('the watch stands', () => stands);
      const asked = Date.now();
      abort.abort();
      assert.equal(await watching, 'ended');
      assert.ok(Date.now() - asked < 10_000);
      const already = new AbortController();
      already.abort();
      assert.equal(await store.watch(cursor, () => {}, already.signal), 'ended');
    });

    it('shows the same to everybody who follows, whatever several writers do', async () => {
      await wipe();
      const other = await harness.open();
      const first = await follow();
      let seed = 7;
      const random = (below: number): number => {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        return Math.floor((seed / 2147483648) * below);
      };
      const work = async (client: Store): Promise<void> => {
        for (let i = 0; i < 40; i++) {
          const [id, value] = pool(`p${random(8)}`, { blockSize: random(33) });
          if (random(3) === 0) await client.delete(id, 'any');
          else await client.put(id, value, 'any');
        }
      };
      const writing = Promise.all([work(store), work(other)]);
      const second = await follow(other);
      await writing;
      await store.put(...pool('end'), 'any');
      for (const one of [first, second]) {
        await until('the last one', () => one.has('+end'));
        await until('the same as the list', async () => one.specs() === (await specsIn(store)));
        assert.ok(!one.has('away'));
      }
      await settle();
      await other.close();
    });

    it('finds its way after a gap', async () => {
      await wipe();
      const { cursor } = await store.list(never);
      for (let i = 0; i < 20; i++) await store.put(...pool(`g${i}`), 'any');
      await store.delete(pool('g3')[0], 'any');
      await harness.compact();
      const seen = new Set<string>();
      const end = new AbortController();
      const answer = await Promise.race([
        store.watch(
          cursor,
          ({ changes }) =>
            void changes.map((change) => seen.add(change.type === 'put' ? change.item.id.name : `-${change.id.name}`)),
          end.signal,
        ),
        until('everything', () => seen.size >= 21 || end.signal.aborted).then(() => 'told everything'),
      ]);
      end.abort();
      assert.ok(answer === 'gap' || answer === 'told everything', answer);
      assert.equal(await store.watch('nonsense', () => {}, never), 'gap');
      const one = await follow();
      await until('the same as the list', async () => one.specs() === (await specsIn(store)));
      await settle();
    });

    it('holds what it knows while the store is away, and tells exactly the difference after', async () => {
      await wipe();
      await store.put(...pool('stays'), 'any');
      await store.put(...pool('changes'), 'any');
      const one = await follow();
      assert.deepEqual([...one.words].sort(), ['+changes', '+stays', 'ready']);
      await harness.stop();
      await until('away', () => one.has('away'));
      await assert.rejects(store.list(never), StoreUnavailable);
      await assert.rejects(store.put(...pool('lost'), 'any'), StoreUnavailable);
      assert.equal(one.follower.held.size, 2);
      await harness.start();
      const other = await harness.open();
      await until('the server answers', () =>
        other.put(...pool('changes', { disabled: true }), 'any').then(
          () => true,
          () => false,
        ),
      );
      await other.put(...pool('new'), 'any');
      await until('back', () => one.has('back') && one.has('+new'));
      assert.deepEqual(
        one.words
          .slice(one.words.indexOf('away'))
          .filter((word) => word !== 'back')
          .sort(),
        ['+changes', '+new', 'away'],
      );
      assert.equal(one.specs(), await specsIn(other));
      await settle();
      await other.close();
    });

    it('says what is gone when the store comes back empty', async () => {
      await wipe();
      await store.put(...pool('gone-1'), 'any');
      await store.put(...pool('gone-2'), 'any');
      const one = await follow();
      await harness.restartEmpty();
      await until('gone', () => one.has('-gone-1') && one.has('-gone-2'));
      const other = await harness.open();
      await until('the server answers', () =>
        other.put(...pool('fresh'), 'any').then(
          () => true,
          () => false,
        ),
      );
      await until('fresh', () => one.has('+fresh'));
      assert.equal(one.specs(), await specsIn(other));
      await settle();
      await other.close();
    });

    it('lives through connections that are cut in the middle of a watch', async (context) => {
      if (harness.cut === undefined) return context.skip('no connections here');
      await until('the server answers', () =>
        wipe().then(
          () => true,
          () => false,
        ),
      );
      const one = await follow();
      for (let round = 0; round < 3; round++) {
        await harness.cut();
        await until('written', () =>
          store.put(...pool(`cut-${round}`), 'any').then(
            () => true,
            () => false,
          ),
        );
        await until('told', () => one.has(`+cut-${round}`));
      }
      await until('the same as the list', async () => one.specs() === (await specsIn(store)));
      assert.ok(
        one.words.every((word) => !word.startsWith('-')),
        one.words.join(' '),
      );
      await settle();
    });

    it('follows a server that is slow, and loses nothing', async (context) => {
      if (harness.delay === undefined) return context.skip('no connections here');
      await until('the server answers', () =>
        wipe().then(
          () => true,
          () => false,
        ),
      );
      harness.delay(60);
      try {
        const one = await follow();
        for (let i = 0; i < 4; i++) await store.put(...pool(`slow-${i}`), 'any');
        await store.delete(pool('slow-2')[0], 'any');
        await until('told', () => one.has('-slow-2'));
        await until('the same as the list', async () => one.specs() === (await specsIn(store)));
        assert.ok(!one.has('away'), one.words.join(' '));
        await settle();
      } finally {
        harness.delay(0);
      }
    });

    it('takes a server that says nothing for one that is away', { timeout: 120_000 }, async (context) => {
      if (harness.delay === undefined) return context.skip('no connections here');
      if (!LONG) return context.skip('one of the long mode: it is waited for');
      await store.put(...pool('silence'), 'any');
      harness.delay(Number.POSITIVE_INFINITY);
      try {
        await assert.rejects(store.list(never), StoreUnavailable);
        await assert.rejects(store.put(...pool('silence', { disabled: true }), 'any'), StoreUnavailable);
      } finally {
        harness.delay(0);
        await harness.cut?.();
      }
      await until('it speaks again', () =>
        store.list(never).then(
          () => true,
          () => false,
        ),
      );
      assert.doesNotMatch(specOf((await store.get(pool('silence')[0]))?.value), /disabled/);
    });

    it('leaves nonsense out, names it, and goes on with the rest', async () => {
      await until('the server answers', () =>
        wipe().then(
          () => true,
          () => false,
        ),
      );
      await store.put(...pool('good'), 'any');
      const one = await follow();
      await harness.poison();
      await until('a fault', () => one.faults.length > 0);
      await store.put(...pool('better'), 'any');
      await until('better', () => one.has('+better'));
      const { items, faults } = await store.list(never);
      assert.deepEqual(items.map((item) => item.id.name).sort(), ['better', 'good']);
      assert.equal(faults.length, 1);
      assert.ok(!one.has('away'));
      await settle();
    });
  });
}
