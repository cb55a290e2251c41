/**
 * Everything about a router that can be seen from outside and must not depend on its history, as lines. Left out are
 * times, counters of what happened, and the order of routes that were not selected.
 */
import assert from 'node:assert/strict';
import type { World } from './world.ts';

/** Lines of `show protocols all` that tell of the past, or of a timer. */
const HISTORY =
  /^\s+(?:Import|Export) (?:updates|withdraws):|^\s+Route change stats|timer:|^\s+Last error:|^\s+Connect delay|^\s+Error wait|^\s+Pending |^\s+Startup delay/;

export async function snapshot(world: World): Promise<string[]> {
  const { control, speakers } = world;
  const lines: string[] = [];
  const ask = async (request: string, level: (lines: readonly string[]) => string[]): Promise<void> => {
    const reply = await control.show(request);
    assert.doesNotMatch(reply.at(-1)!, /failed|syntax error/);
    lines.push(`# ${request}`, ...level(reply));
  };
  await ask('show route table all all', routes);
  await ask('show route table all filtered all', routes);
  await ask('show protocols all', protocols);
  await ask('show status', status);
  await ask('show symbols', (reply) => [...reply].sort());
  lines.push('# kernel', ...(await world.kernel()));
  for (const speaker of speakers) {
    lines.push(`# speaker ${speaker.n}: ${speaker.established ? 'established' : 'alone'}`, ...speaker.heard());
  }
  return lines;
}

/** Networks in order; of each the selected route first, the others in an order of their own. */
function routes(lines: readonly string[]): string[] {
  const out: string[] = [];
  let networks: string[][][] = [];
  const flush = (): void => {
    const blocks = networks.map(([first, ...others]) => {
      const rest = others.map((route) => route.join('\n')).sort();
      // Every row but the first of a network is written without the network.
      return [first!.join('\n'), ...rest].join('\n');
    });
    out.push(...blocks.sort());
    networks = [];
  };
  for (const raw of lines) {
    const line = raw
      .replace(/\d\d:\d\d:\d\d\.\d{3}|\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?|\d\d:\d\d:\d\d/, 'TIME')
      .replace(/(\[\S+ )\S+/, '$1TIME');
    if (/^[0-9a-f.:]+\/\d+ /.test(line)) networks.push([[line]]);
    else if (/^ +\S+ .*\[\S+ TIME/.test(line) && networks.length > 0) networks.at(-1)!.push([line]);
    else if (/^\t/.test(line) && networks.length > 0) networks.at(-1)!.at(-1)!.push(line);
    else {
      flush();
      out.push(line);
    }
  }
  flush();
  return out;
}

function protocols(lines: readonly string[]): string[] {
  return lines
    .filter((line) => !HISTORY.test(line))
    .map((line) =>
      line
        .replace(/^(\S+ +\S+ +\S+ +\S+ +)(?:\d\S*(?: \d\d:\d\d:\d\d)?) */, '$1TIME ')
        .replace(/^(\S+ +BGP .* TIME +)(?!Established| ).*/, '$1not established')
        // Crossed since it was set: that is history, too.
        .replace(' [HIT]', '')
        .replace(/^(\s+BGP state: +)(?! |Established|Down|Passive).*/, '$1not established'),
    );
}

function status(lines: readonly string[]): string[] {
  return lines.filter((line) => /Router ID|Hostname|Daemon|Shutdown/.test(line));
}

/** Lines that only one of them has, at most `limit` of each; '' if they are the same. */
export function difference(expected: readonly string[], found: readonly string[], limit = 40): string {
  const split = (lines: readonly string[]): string[] => {
    // Each line carries the section and the network that it belongs to.
    let section = '';
    let network = '';
    return lines
      .flatMap((line) => line.split('\n'))
      .map((line) => {
        if (line.startsWith('#')) section = line;
        if (/^\S/.test(line)) network = line.split(' ')[0]!;
        return `${section} | ${network} | ${line}`;
      });
  };
  const count = new Map<string, number>();
  for (const line of split(found)) count.set(line, (count.get(line) ?? 0) + 1);
  const missing: string[] = [];
  for (const line of split(expected)) {
    const left = count.get(line) ?? 0;
    if (left > 0) count.set(line, left - 1);
    else missing.push(`- ${line}`);
  }
  const extra = [...count].flatMap(([line, left]) => new Array<string>(left).fill(`+ ${line}`));
  return [...missing.slice(0, limit), ...extra.slice(0, limit)].join('\n');
}
