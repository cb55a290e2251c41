/**
 * Runs a table of UPDATEs against the daemon, all rows at once, each on sessions and with prefixes of its own:
 *
 *   paths with MED 111 for the prefixes under test and for a bystander - the UPDATE under test - a sentinel - a marked
 *   route refresh, whose end says that the daemon has worked on everything before it
 *
 * When all have got so far, the daemon's table is read once, and so is what it told the router behind it.
 */
import { toHex } from '../bgp/wire.ts';
import { capability } from '../support/raw-speaker.ts';
import type { Arena, Neighbor, RouteRow } from './arena.ts';
import type { Caller } from './caller.ts';
import {
  BYSTANDER,
  type Fate,
  KINDS,
  type Kind,
  type Outcome,
  type Position,
  Scene,
  SENTINEL,
  type UpdateCase,
} from './case.ts';
import { KEEPALIVE, reach, update } from './octets.ts';
import { Stage } from './stage.ts';
import { good, NEXT_HOP_IPV6, withoutNextHop } from './update-row.ts';
import { type Told, Witness } from './witness.ts';

/** One row on one kind of session, in one place among the attributes or in all of them. */
interface Performance {
  readonly row: UpdateCase;
  readonly kind: Kind;
  readonly neighbor: Neighbor;
  readonly scenes: readonly Scene[];
  /** `up`, or how the session ended. */
  fate: string;
}

export interface Verdict {
  readonly row: UpdateCase;
  readonly kind: Kind;
  /** What was wrong; empty if nothing was. */
  readonly faults: readonly string[];
}

/** Sessions that are being set up at the same time. */
const AT_ONCE = 50;

export class UpdateRun {
  readonly #arena: Arena;
  readonly #performances: Performance[] = [];
  readonly #witness: Neighbor;
  #scenes = 0;

  /** Registers the neighbours; the arena has to be started afterwards. */
  constructor(arena: Arena, rows: readonly UpdateCase[]) {
    this.#arena = arena;
    const all = 'import none; export all; next hop keep; gateway recursive;';
    this.#witness = arena.neighbor('iBGP', {
      lines: 'rr client; enable extended messages;',
      ipv4: `${all} extended next hop;`,
      ipv6: all,
      // Long messages, and IPv4 with the next hops of IPv6: everything can be told.
      moreCapabilities: Buffer.concat([capability(6), capability(5, 0, 1, 0, 1, 0, 2)]),
    });
    for (const row of rows) {
      for (const kind of row.kinds ?? KINDS) {
        // A session that ends serves one place only.
        const groups = 'reset' in row.outcome(kind) ? row.positions.map((one) => [one]) : [row.positions];
        for (const positions of groups) this.#add(row, kind, positions);
      }
    }
  }

  #add(row: UpdateCase, kind: Kind, positions: readonly Position[]): void {
    const neighbor = this.#arena.neighbor(kind, row.neighbor);
    const { as4 = true, addPath = false } = neighbor.spec;
    const scenes = positions.map((position) => new Scene(kind, position, this.#scenes++, as4, addPath));
    this.#performances.push({ row, kind, neighbor, scenes, fate: '' });
  }

  async run(): Promise<Verdict[]> {
    const stage = new Stage(this.#witness);
    const caller = await stage.established();
    caller.keepAlive(KEEPALIVE, 20_000);
    const witness = new Witness(caller);
    const waiting = [...this.#performances];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        await this.#perform(next).catch((error: Error) => {
          next!.fate = error.message;
        });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    const sentinels = this.#performances
      .filter((one) => one.fate === 'up')
      .flatMap((one) => one.scenes.map((scene) => `4${toHex(scene.ipv4(SENTINEL).nlri)}`));
    await caller.until(() => sentinels.every((prefix) => witness.routes().has(prefix)));
    const routes = await this.#read();
    // What is told follows what is decided; give it the time until nothing comes any more.
    await stage.answers(caller);
    return this.#verdicts(routes, witness.routes());
  }

  async #perform(one: Performance): Promise<void> {
    const stage = new Stage(one.neighbor);
    const caller = await stage.established();
    const [first] = one.scenes;
    if (first === undefined) return;
    for (const scene of one.scenes) before(caller, scene, 0);
    before(caller, first, BYSTANDER);
    if (!(await stage.answers(caller))) {
      one.fate = `before the UPDATE: ${caller.fate}`;
      return;
    }
    for (const scene of one.scenes) caller.write(one.row.update(scene));
    for (const scene of one.scenes) before(caller, scene, SENTINEL);
    one.fate = (await stage.answers(caller)) ? 'up' : await stage.end(caller);
  }

  async #read(): Promise<Map<string, RouteRow[]>> {
    const routes = new Map<string, RouteRow[]>();
    for (const route of await this.#arena.routes()) {
      const key = `${route.protocol} ${route.prefix}`;
      routes.set(key, [...(routes.get(key) ?? []), route]);
    }
    return routes;
  }

  #verdicts(routes: ReadonlyMap<string, readonly RouteRow[]>, told: ReadonlyMap<string, Told>): Verdict[] {
    const verdicts = new Map<string, Verdict & { faults: string[] }>();
    for (const one of this.#performances) {
      const key = `${one.row.id} ${one.kind}`;
      const verdict = verdicts.get(key) ?? { row: one.row, kind: one.kind, faults: [] };
      verdicts.set(key, verdict);
      for (const scene of one.scenes) {
        const place = one.row.positions.length > 1 ? `${scene.position}: ` : '';
        for (const fault of judge(one, scene, routes, told)) verdict.faults.push(`${place}${fault}`);
      }
    }
    return [...verdicts.values()];
  }
}

/** Announces a path with MED 111 for both families. */
function before(caller: Caller, scene: Scene, which: number): void {
  caller.write(
    update({ attributes: good(scene, 111), nlri: scene.ipv4Nlri(which) }),
    update({
      attributes: [
        reach(NEXT_HOP_IPV6, scene.ipv6(which).nlri),
        ...withoutNextHop(scene).map((one) => (one[1] === 4 ? good(scene, 111)[3]! : one)),
      ],
    }),
  );
}

function* judge(
  one: Performance,
  scene: Scene,
  routes: ReadonlyMap<string, readonly RouteRow[]>,
  told: ReadonlyMap<string, Told>,
): Generator<string> {
  const outcome: Outcome = one.row.outcome(one.kind);
  const found = (text: string): string => fateOf(routes.get(`${one.neighbor.name} ${text}`));
  const ends = 'reset' in outcome;
  const wanted = !ends ? 'up' : typeof outcome.reset === 'string' ? outcome.reset : outcome.reset(scene);
  if (one.fate !== wanted) yield `session: ${one.fate} instead of ${wanted}`;
  const hasIpv6 = one.neighbor.spec.ipv6 !== '';
  const expected: readonly (readonly [string, Fate])[] = [
    [scene.ipv4().text, ends ? 'withdrawn' : outcome.ipv4],
    [scene.ipv6().text, ends || !hasIpv6 ? 'withdrawn' : outcome.ipv6],
    [scene.ipv4(SENTINEL).text, ends ? 'withdrawn' : 'kept'],
    [scene.ipv6(SENTINEL).text, ends || !hasIpv6 ? 'withdrawn' : 'kept'],
  ];
  for (const [prefix, fate] of expected) {
    if (found(prefix) !== fate) yield `${prefix}: ${found(prefix)} instead of ${fate}`;
  }
  if (scene === one.scenes[0]) {
    const bystander = found(scene.ipv4(BYSTANDER).text);
    const fate = ends ? 'withdrawn' : 'kept';
    if (bystander !== fate) yield `a bystander: ${bystander} instead of ${fate}`;
  }
  if (ends) return;
  // The router behind is told exactly what is in the table.
  const families = [
    [`4${toHex(scene.ipv4().nlri)}`, outcome.ipv4],
    [`6${toHex(scene.ipv6().nlri)}`, hasIpv6 ? outcome.ipv6 : 'withdrawn'],
  ] as const;
  for (const [prefix, fate] of families) {
    const attributes = told.get(prefix);
    const heard = attributes === undefined ? 'withdrawn' : metricFate(attributes.get(4));
    if (heard !== fate) yield `the next router: ${heard} instead of ${fate}`;
    if (fate !== 'applied' || attributes === undefined) continue;
    const untold = one.row.untold?.(one.kind);
    // LOCAL_PREF and the reflection attributes are ours to add; the value that came must not be among them.
    const sent = untold === undefined ? undefined : attributes.get(untold);
    if (sent !== undefined && !OURS.has(untold!)) yield `the next router is told ${sent}`;
    const { told: due } = one.row;
    if (due !== undefined && attributes.get(due[1]!) !== toHex(due)) {
      yield `the next router is told ${attributes.get(due[1]!) ?? 'nothing'} instead of ${toHex(due)}`;
    }
  }
}

const OURS: ReadonlySet<number> = new Set([5, 9, 10]);

function fateOf(rows: readonly RouteRow[] | undefined): Fate | string {
  if (rows === undefined) return 'withdrawn';
  if (rows.length > 1) return `${rows.length} paths`;
  const metric = rows[0]?.attributes?.['med'];
  return metric === 111 ? 'kept' : metric === 222 ? 'applied' : `MED ${String(metric)}`;
}

function metricFate(octets: string | undefined): Fate | string {
  return octets === '8004040000006f' ? 'kept' : octets === '800404000000de' ? 'applied' : `MED ${octets ?? 'none'}`;
}
