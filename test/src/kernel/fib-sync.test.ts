import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import { FibSync } from '../../../src/kernel/fib-sync.ts';
import { type Destination, RouteMessage } from '../../../src/kernel/netlink/route.ts';
import { AF_INET } from '../../../src/kernel/netlink/wire.ts';
import { until } from '../../../src/lab/namespace.ts';
import { Scheduler } from '../../../src/scheduler.ts';
import { FakeFib, type Verdict } from './fake-fib.ts';
import { Diary } from './fib-lab.ts';

function to(i: number): Destination {
  return { family: AF_INET, word0: 0x14000000 + (i << 8), word1: 0, word2: 0, word3: 0, length: 24 };
}

describe('FibSync', () => {
  let fib: FakeFib;
  let diary: Diary;
  let errors: unknown[];
  let scheduler: Scheduler;
  let sync: FibSync;

  beforeEach(() => {
    make();
  });
  afterEach(() => {
    sync.close();
    scheduler.close();
    assert.deepEqual(errors, []);
  });

  function make(): void {
    fib = new FakeFib();
    diary = new Diary();
    errors = [];
    scheduler = new Scheduler((_task, error) => errors.push(error));
    sync = new FibSync(fib, scheduler, { version: 4, kernelTable: 254, receiveBufferOctets: 0, name: 'test' }, diary);
  }

  function body(gateway: number, metric = 32): number {
    const route = new RouteMessage();
    route.reset(AF_INET);
    route.priority = metric;
    const hop = route.addHop();
    hop.gatewayFamily = AF_INET;
    hop.gateway0 = gateway;
    hop.interfaceIndex = 1;
    return fib.bodies.intern(route);
  }

  function want(i: number, id: number): void {
    sync.want(to(i).word0, 0, 0, 0, 24, id);
  }

  async function turns(): Promise<void> {
    for (let i = 0; i < 20 && !scheduler.idle; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  /** Answers until nothing is under way. */
  async function settle(verdict?: Parameters<FakeFib['answer']>[0]): Promise<void> {
    for (;;) {
      await turns();
      if (fib.answer(verdict) === 0) break;
    }
  }

  async function scanned(): Promise<void> {
    const { scans } = diary;
    sync.scan();
    await until('a scan', () => diary.scans > scans, 20_000, 2);
  }

  it('writes nothing before it may, then everything, and never more at a time than there is room for', async () => {
    fib.capacity = 10;
    for (let i = 0; i < 100; i++) want(i, body(1));
    await turns();
    assert.equal(fib.history.length, 0);
    sync.startWriting();
    await turns();
    assert.equal(fib.pending.length, 10);
    await settle();
    assert.equal(fib.entries.size, 100);
    assert.equal(sync.pending, 0);
  });

  it('sends only the newest wish when the first is still under way', async () => {
    sync.startWriting();
    const [a, b, c] = [body(1), body(2), body(3)];
    want(1, a);
    await turns();
    want(1, b);
    want(1, c);
    await settle();
    assert.deepEqual(fib.history, [`14000100/24: 0 -> ${a}`, `14000100/24: ${a} -> ${c}`]);
  });

  it('tells of a refusal once, tries again at each scan, and tells again after it had worked', async () => {
    sync.startWriting();
    const verdict = (): Verdict => ({ failure: 'unreachable', remainder: 'nothing' });
    want(1, body(1));
    await settle(verdict);
    assert.equal(sync.isFailed(to(1).word0, 0, 0, 0, 24), true);
    await scanned();
    await settle(verdict);
    assert.deepEqual([diary.refusals.length, fib.history.length], [1, 2]);
    await scanned();
    await settle();
    assert.equal(sync.isFailed(to(1).word0, 0, 0, 0, 24), false);
    assert.equal(sync.failedCount, 0);
    want(1, body(2));
    await settle(verdict);
    assert.equal(diary.refusals.length, 2);
    want(1, 0);
    await settle();
    assert.equal(sync.failedCount, 0);
  });

  it('tries again soon, and silently, when the kernel was only busy', async () => {
    sync.startWriting();
    for (let i = 0; i < 50; i++) want(i, body(1));
    await settle(() => ({ failure: 'busy', remainder: 'unknown' }));
    assert.equal(sync.failedCount, 50);
    await until('another attempt', () => fib.pending.length === 50);
    await settle();
    await until('the scan that it takes to be sure', () => diary.scans > 0);
    await settle();
    assert.deepEqual([fib.entries.size, sync.failedCount, diary.refusals.length], [50, 0, 0]);
  });

  it('finds by a scan what was done though its answer was lost', async () => {
    sync.startWriting();
    const id = body(1);
    want(1, id);
    await turns();
    const [change] = fib.pending;
    fib.put(to(1), id);
    fib.answer(() => ({ failure: 'busy', remainder: 'unknown' }));
    assert.ok(change);
    await until('a scan', () => diary.scans > 0);
    await turns();
    assert.equal(sync.installedCount, 1);
    assert.equal(sync.failedCount, 0);
  });

  it('believes no scan about a row that changed while it ran', async () => {
    sync.startWriting();
    want(1, body(1));
    await settle();
    fib.holdScans = true;
    sync.scan();
    await until('the scan to begin', () => fib.heldScans.length === 1);
    const before = body(1);
    want(1, body(2));
    want(2, body(2));
    await settle();
    // The dump is from before the change, and is read after it.
    fib.put(to(1), before);
    fib.drop(to(2));
    fib.holdScans = false;
    fib.heldScans.shift()!();
    await until('the scan to end', () => diary.scans === 1);
    await turns();
    assert.equal(fib.pending.length, 0);
    assert.equal(sync.installedCount, 2);
  });

  it('scans when nothing is under way: what was lost between a change and its answer is found', async () => {
    sync.startWriting();
    want(1, body(1));
    await turns();
    fib.carryOut();
    fib.drop(to(1));
    fib.listener.lost();
    await new Promise((resolve) => setTimeout(resolve, 20));
    want(2, body(1));
    await turns();
    assert.deepEqual([fib.scans, fib.pending.length], [0, 1]);
    fib.answer();
    await until('the scan', () => diary.scans === 1, 20_000, 2);
    await settle();
    assert.deepEqual([fib.has(to(1)), fib.has(to(2)), sync.pending], [true, true, 0]);
  });

  it('concludes nothing from a scan that was not consistent, and scans again', async () => {
    sync.startWriting();
    want(1, body(1));
    await settle();
    fib.scanOk = false;
    fib.drop(to(1));
    sync.scan();
    await until('the scan', () => fib.scans === 1);
    await turns();
    assert.equal(sync.installedCount, 1);
    fib.scanOk = true;
    await until('the next scan', () => diary.scans === 1, 5000);
    await settle();
    assert.equal(fib.entries.size, 1);
  });

  it('leaves adopted routes in peace until the sweep, also when a scan or a notification speaks of them', async () => {
    for (let i = 0; i < 3; i++) fib.put(to(i), body(1));
    await scanned();
    sync.startWriting();
    assert.equal(sync.adoptedCount, 3);
    want(0, body(1));
    want(1, body(2));
    await settle();
    assert.equal(sync.adoptedCount, 1);
    await scanned();
    await settle();
    assert.equal(fib.history.length, 1);
    sync.sweep();
    await settle();
    assert.deepEqual(fib.history.slice(1), [`14000200/24: ${body(1)} -> 0`]);
    assert.equal(sync.adoptedCount, 0);
  });

  it('withdraws an adopted route at once when the RIB had it and lost it', async () => {
    fib.put(to(0), body(1));
    await scanned();
    sync.startWriting();
    want(0, body(1));
    want(0, 0);
    await settle();
    assert.equal(fib.entries.size, 0);
  });

  it('says when it has enough to do, and when it has room again', async () => {
    let told = 0;
    diary.uncongested = (): void => {
      told++;
    };
    for (let i = 0; i < 5000; i++) want(i, body(1));
    assert.equal(sync.congested, true);
    sync.startWriting();
    await settle();
    assert.equal(sync.congested, false);
    assert.equal(told, 1);
  });

  it('holds one reference for each row and lets go of all of them', async () => {
    sync.startWriting();
    for (let i = 0; i < 20; i++) want(i, body(i));
    await settle();
    for (let i = 0; i < 20; i++) want(i, body(i + 1));
    await turns();
    await new Promise<void>((resolve, reject) => {
      sync.removeAll(resolve);
      settle().catch(reject);
    });
    assert.equal(fib.entries.size, 0);
    assert.equal(fib.bodies.count, 0);
    assert.equal(sync.prefixes.count, 0);
  });

  it('ends removing although the kernel refuses', async () => {
    sync.startWriting();
    want(1, body(1));
    await settle();
    await new Promise<void>((resolve, reject) => {
      sync.removeAll(resolve);
      settle(() => ({ failure: 'denied', remainder: 'old' })).catch(reject);
    });
  });

  it('comes to what is wanted, whatever happens in between', async () => {
    const step = fc.record({
      what: fc.constantFrom('want', 'unwant', 'answer', 'refuse', 'busy', 'delete', 'drop', 'stranger', 'scan', 'turn'),
      row: fc.nat({ max: 7 }),
      gateway: fc.integer({ min: 1, max: 3 }),
      metric: fc.constantFrom(32, 50),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        sync.close();
        scheduler.close();
        make();
        sync.startWriting();
        sync.sweep();
        const wanted = new Map<number, number>();
        for (const { what, row, gateway, metric } of steps) {
          switch (what) {
            case 'want':
              wanted.set(row, body(gateway, metric));
              want(row, body(gateway, metric));
              break;
            case 'unwant':
              wanted.delete(row);
              want(row, 0);
              break;
            case 'answer':
              fib.answer();
              break;
            case 'refuse':
              fib.answer(() => ({ failure: 'unreachable', remainder: 'nothing' }));
              break;
            case 'busy':
              fib.answer((change) => {
                // Half of what was not answered was done all the same.
                if (change.row % 2 === 0) {
                  if (change.next === 0) fib.drop(change.to);
                  else fib.put(change.to, change.next);
                }
                return { failure: 'busy', remainder: 'unknown' };
              });
              break;
            case 'delete': {
              for (const entry of [...fib.entries.values()]) {
                if (entry.to.word0 === to(row).word0) fib.elsewhere(entry.to, entry.body, 12, 'removed');
              }
              break;
            }
            case 'drop':
              fib.drop(to(row));
              break;
            case 'stranger':
              if (!fib.has(to(row))) fib.elsewhere(to(row), body(gateway, metric), 12, 'added');
              break;
            case 'scan':
              sync.scan();
              break;
            case 'turn':
              await turns();
          }
        }
        // Two scans with nothing in between put everything right.
        await settle();
        for (let i = 0; i < 2; i++) {
          await scanned();
          await settle();
        }
        await new Promise((resolve) => setTimeout(resolve, 110));
        await settle();
        await scanned();
        await settle();
        const have = new Map([...fib.entries].map(([key, entry]) => [key, entry.body]));
        const expected = new Map([...wanted].map(([row, id]) => [`${to(row).word0.toString(16)}/24`, id]));
        assert.deepEqual([...have].sort(), [...expected].sort());
        assert.equal(sync.installedCount, expected.size);
        assert.equal(sync.failedCount, 0);
      }),
      { seed: 11, numRuns: 25 },
    );
  });
});
