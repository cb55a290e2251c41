/**
 * Edits a configuration again and again under a running router. After each edit it has to be what a fresh start with
 * the same file is, and nobody may have heard more of it than the edit is worth (edits.ts says what that is). Then the
 * same file is read once more: nobody may hear anything.
 */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../random.ts';
import { difference, snapshot } from '../router/snapshot.ts';
import type { World } from '../router/world.ts';
import { type Edit, randomEdit } from './edits.ts';
import { firstModel, isEnabled, type NodeModel, textOf } from './model.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly edits: number;
  /** A router with six speakers around it. */
  start(text: string): Promise<World>;
  /** Starts the router for the next edit while this one is looked at: for starts that take long. */
  readonly ahead?: boolean;
  /** Called after each edit that was carried out right. */
  progress?(done: number): void;
  /** How long a router may take to be what it has to be. */
  readonly patienceMs?: number;
}

/** What a speaker has counted. */
interface Counts {
  readonly losses: number;
  readonly updates: number;
  readonly redundant: number;
}

const counts = (world: World): Counts[] =>
  world.speakers.map(({ losses, updates, redundant }) => ({ losses, updates, redundant: redundant.length }));

/** Runs the campaign; throws with the edit, the difference and the log where something is not as it has to be. */
export async function runCampaign(options: CampaignOptions): Promise<void> {
  const random = new Random(options.seed);
  let node = firstModel();
  const world = await options.start(textOf(node));
  let next: Prepared | undefined;
  try {
    await agree(world, await options.start(textOf(node)), node, options.patienceMs);
    for (let number = 1; number <= options.edits; number++) {
      const prepared: Prepared = next ?? prepare(node, random, options);
      const { edit, text } = prepared;
      next = number < options.edits && options.ahead === true ? prepare(edit.node, random, options) : undefined;
      try {
        await carryOut(world, prepared, options);
      } catch (error) {
        const { message } = error as Error;
        const title = `seed ${options.seed}, edit ${number}: ${edit.title}`;
        const texts = `--- before\n${textOf(node)}\n--- after\n${text}\n--- log\n${world.log.slice(-6000)}`;
        throw new Error(`${title}\n${message}\n${texts}`);
      }
      node = edit.node;
      options.progress?.(number);
    }
  } finally {
    await (await next?.fresh)?.stop();
    await world.stop();
  }
}

/** An edit, and the router that starts with its text. */
interface Prepared {
  readonly edit: Edit;
  readonly text: string;
  readonly fresh: Promise<World>;
}

function prepare(node: NodeModel, random: Random, options: CampaignOptions): Prepared {
  const edit = randomEdit(node, random);
  const text = textOf(edit.node);
  return { edit, text, fresh: options.start(text) };
}

async function carryOut(world: World, { edit, text, fresh }: Prepared, options: CampaignOptions): Promise<void> {
  const before = counts(world);
  world.write(text);
  await configure(world);
  await agree(world, await fresh, edit.node, options.patienceMs);
  const after = counts(world);
  for (const [i, { n, redundant, notifications }] of world.speakers.entries()) {
    const [was, is] = [before[i]!, after[i]!];
    if (!edit.flaps.has(n))
      assert.equal(is.losses, was.losses, `the session of speaker ${n} ended (${notifications.at(-1)})`);
    if (edit.silent) assert.equal(is.updates, was.updates, `speaker ${n} heard UPDATEs`);
    if (!edit.restarts && is.losses === was.losses)
      assert.deepEqual(redundant.slice(was.redundant), [], `speaker ${n} heard what it knew`);
  }
  // The same file again.
  await configure(world);
  await delay(20);
  await world.control.ask('show protocols');
  assert.deepEqual(counts(world), after, 'somebody heard of a reload that changes nothing');
}

async function configure(world: World): Promise<void> {
  const reply = await world.control.ask('configure');
  assert.match(reply.at(-1)!, /^000[34] /);
}

/** Waits until the edited router is as the fresh one, with every session up that can be, and stops the fresh one. */
async function agree(world: World, fresh: World, node: NodeModel, patienceMs = 10_000): Promise<void> {
  const wanted = new Set(node.peers.filter(isEnabled).map(({ speaker }) => speaker));
  const complete = (one: World): boolean => one.speakers.every(({ n, established }) => established === wanted.has(n));
  const end = performance.now() + patienceMs;
  try {
    for (let equalTimes = 0; equalTimes < 2; ) {
      const [ours, theirs] = [await snapshot(world), await snapshot(fresh)];
      const same = complete(world) && complete(fresh) && difference(theirs, ours) === '';
      equalTimes = same ? equalTimes + 1 : 0;
      if (!same && performance.now() > end) {
        const missing = fresh.speakers.filter(({ n, established }) => established !== wanted.has(n)).map(({ n }) => n);
        throw new Error(
          `not as after a fresh start (-: only there, +: only here; sessions wrong there: ${missing.join() || 'none'})\n${difference(theirs, ours)}`,
        );
      }
      await delay(same ? 15 : 25);
    }
  } finally {
    await fresh.stop();
  }
}
