/**
 * `npm run bench -- [name...] [--runs N] [--only daemon,daemon] [--json FILE]`. Scenarios run whole daemons side by
 * side on the same load, in turn, several times; `micro` runs the micro benches. Without a name: the list.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadAverage, median } from './scenario/accounting.ts';
import { DAEMONS } from './scenario/daemons.ts';
import { type FeedRun, type FeedScenario, runFeed } from './scenario/feed.ts';

const SCENARIOS: readonly FeedScenario[] = [
  { name: 'feed-100k', prefixes: 100_000, feeders: 1, receivers: 1, timeoutMs: 60_000 },
  { name: 'feed-1m', prefixes: 1_000_000, feeders: 1, receivers: 1, timeoutMs: 180_000 },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' }, only: { type: 'string' }, json: { type: 'string' } },
});

if (positionals.length === 0) {
  console.log('scenarios:');
  for (const scenario of SCENARIOS) console.log(`  ${scenario.name.padEnd(12)} ${describe(scenario)}`);
  console.log('  micro        every micro bench');
} else if (positionals.includes('micro')) {
  const folder = fileURLToPath(new URL('./micro/', import.meta.url));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.bench.js'))) {
    spawnSync(process.execPath, ['--expose-gc', `${folder}${file}`], { stdio: 'inherit' });
  }
} else {
  for (const name of positionals) {
    const scenario = SCENARIOS.find((candidate) => candidate.name === name);
    if (scenario === undefined) {
      console.error(`no scenario ${name}`);
      process.exit(1);
    }
    await compare(scenario);
  }
}

function describe(scenario: FeedScenario): string {
  return `${scenario.feeders} feed of ${scenario.prefixes} prefixes, ${scenario.receivers} receiver`;
}

async function compare(scenario: FeedScenario): Promise<void> {
  const only = values.only?.split(',');
  const installed = DAEMONS.filter((daemon) => only?.includes(daemon.name) ?? true)
    .map((daemon) => ({ daemon, version: daemon.version() }))
    .filter(({ version }) => version !== undefined);
  console.log(
    `\n${scenario.name}: ${describe(scenario)}; ${cpus().length} x ${cpus()[0]?.model ?? '?'}, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadAverage()}`,
  );
  const runs: FeedRun[] = [];
  for (let turn = 0; turn < Number(values.runs); turn++) {
    // The order turns from run to run, so that no daemon always follows the same one.
    for (let i = 0; i < installed.length; i++) {
      const { daemon } = installed[(i + turn) % installed.length]!;
      try {
        runs.push(await runFeed(scenario, daemon));
      } catch (error) {
        runs.push(failed(daemon.name, (error as Error).message));
      }
    }
  }
  const rows = installed.map(({ daemon, version }) =>
    row(
      daemon.name,
      version!,
      runs.filter((run) => run.daemon === daemon.name),
    ),
  );
  console.log(
    table([
      ['daemon', 'wall s', 'spread', 'CPU s', 'memory MB', 'peak MB', 'withdraw wall s', 'CPU s', 'note'],
      ...rows,
    ]),
  );
  if (values.json !== undefined) {
    writeFileSync(
      values.json,
      JSON.stringify(
        {
          scenario,
          at: new Date().toISOString(),
          versions: installed.map(({ daemon, version }) => [daemon.name, version]),
          runs,
        },
        undefined,
        2,
      ),
    );
  }
}

function failed(daemon: string, error: string): FeedRun {
  const none = Number.NaN;
  return {
    daemon,
    wallSeconds: none,
    cpuSeconds: none,
    memoryMb: none,
    peakMb: none,
    withdrawWallSeconds: none,
    withdrawCpuSeconds: none,
    error,
  };
}

function row(name: string, version: string, runs: readonly FeedRun[]): string[] {
  const good = runs.filter((run) => run.error === '');
  const of = (pick: (run: FeedRun) => number, digits: number): string =>
    good.length === 0 ? '-' : median(good.map(pick)).toFixed(digits);
  const walls = good.map((run) => run.wallSeconds);
  const spread = good.length === 0 ? '-' : `${Math.min(...walls).toFixed(2)}-${Math.max(...walls).toFixed(2)}`;
  const note = runs.find((run) => run.error !== '')?.error ?? version;
  return [
    name,
    of((run) => run.wallSeconds, 2),
    spread,
    of((run) => run.cpuSeconds, 2),
    of((run) => run.memoryMb, 0),
    of((run) => run.peakMb, 0),
    of((run) => run.withdrawWallSeconds, 2),
    of((run) => run.withdrawCpuSeconds, 2),
    note.slice(0, 60),
  ];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
