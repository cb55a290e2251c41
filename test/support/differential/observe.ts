/** What a router made of a scenario, in parts that can be compared one by one, and free of what may differ. */
import { setTimeout as delay } from 'node:timers/promises';
import type { World } from '../router/world.ts';

/** `table master4`, `filtered master6`, `speaker 3` -> lines. */
export type Observation = ReadonlyMap<string, readonly string[]>;

/** Waits until nothing changes any more, and looks. */
export async function observe(world: World, tables: readonly string[], patienceMs = 20_000): Promise<Observation> {
  const end = performance.now() + patienceMs;
  let last = '';
  for (;;) {
    const parts = await look(world, tables);
    const now = JSON.stringify([...parts]);
    const established = world.speakers.every((speaker) => speaker.established);
    if (established && now === last) return parts;
    if (performance.now() > end)
      throw new Error(`does not settle: ${established ? 'routes' : 'sessions'}\n${world.log}`);
    last = now;
    await delay(150);
  }
}

async function look(world: World, tables: readonly string[]): Promise<Map<string, readonly string[]>> {
  const parts = new Map<string, readonly string[]>();
  for (const table of tables) {
    parts.set(`table ${table}`, networks(await world.control.show(`show route table ${table} all`)));
    parts.set(`filtered ${table}`, refusedNetworks(await world.control.show(`show route table ${table} filtered`)));
  }
  for (const speaker of world.speakers) parts.set(`speaker ${speaker.n}`, speaker.heard().map(levelHeard));
  return parts;
}

/** One text for each network: the selected route first, the others in an order of their own. */
function networks(lines: readonly string[]): string[] {
  const found: string[][][] = [];
  for (const raw of lines) {
    const line = level(raw);
    if (/^[0-9a-f.:]+\/\d+ /.test(line)) found.push([[line]]);
    else if (/^ +\S.*\[\S+ TIME/.test(line)) found.at(-1)?.push([line]);
    else if (/^\t/.test(line)) found.at(-1)?.at(-1)?.push(line);
  }
  return found
    .map((routes) => {
      const net = routes[0]![0]!.split(' ')[0]!;
      const texts = routes.map((route) => route.join('\n').replace(net, '').replace(/^ +/, ''));
      // A route that is not selected has no place among the others.
      const selected = / \* \(/.test(texts[0]!.split('\n')[0]!) ? texts.splice(0, 1) : [];
      return [net, ...selected, ...texts.sort()].join('\n');
    })
    .sort();
}

/** Who brought routes that were refused. BIRD shows them as the filter left them, ours as they came. */
function refusedNetworks(lines: readonly string[]): string[] {
  let net = '';
  return lines
    .flatMap((line) => {
      net = /^([0-9a-f.:]+\/\d+) /.exec(line)?.[1] ?? net;
      const protocol = /\[(\S+) /.exec(line)?.[1];
      return protocol === undefined ? [] : [`${net} ${protocol}`];
    })
    .sort();
}

function level(line: string): string {
  const plain = line
    .replace(/(\[\S+ )\d\d:\d\d:\d\d\.\d{3}/, '$1TIME')
    // What deterministic MED left out keeps the mark through a pipe in ours, and AS 0 is no origin.
    .replace(/(\(\d+)-\) \[/, '$1) [')
    .replace('[AS0', '[');
  const list =
    /^(\tBGP\.(?:community|ext_community|large_community): )(.*)$/.exec(plain) ??
    /^(\tmy_\wclist: |\tmy_clist: )(.*)$/.exec(plain);
  // Each program keeps lists of communities in an order of its own.
  return list === null
    ? plain
    : `${list[1]}${list[2]!
        .split(/ (?=\()/)
        .sort()
        .join(' ')}`;
}

/** Octets of the lists of communities that a neighbour heard, sorted. */
function levelHeard(line: string): string {
  return line.replace(/ (8|16|32)=([0-9a-f]+)/g, (_, code: string, octets: string) => {
    const size = { '8': 8, '16': 16, '32': 24 }[code]!;
    return ` ${code}=${(octets.match(new RegExp(`.{${size}}`, 'g')) ?? []).sort().join('')}`;
  });
}

/** Parts that differ, with the lines (or networks) that only one of them has. */
export function differences(expected: Observation, found: Observation): Map<string, string> {
  const different = new Map<string, string>();
  for (const [part, lines] of expected) {
    const others = found.get(part) ?? [];
    const missing = lines.filter((line) => !others.includes(line));
    const extra = others.filter((line) => !lines.includes(line));
    if (missing.length + extra.length === 0) continue;
    const text = [...missing.map((line) => `- ${line}`), ...extra.map((line) => `+ ${line}`)].sort((a, b) =>
      a.slice(2).localeCompare(b.slice(2)),
    );
    different.set(part, text.join('\n'));
  }
  return different;
}
