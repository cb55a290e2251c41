/**
 * `npm run bench -- [name...]`: whole daemons side by side on the same load, in turn, several times. Without a name: the
 * list. A name may end in `*`. Afterwards each scenario runs once more, observed (see observer.ts), with those daemons
 * that answer birdc.
 *
 *     --runs N              timed runs of each daemon (3)
 *     --only NAME,NAME      these daemons
 *     --no-observe          no observed runs
 *     --json FILE           everything measured, for programs
 *     --svg FOLDER          plots, after `plots`
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadAverage, median } from './scenario/accounting.ts';
import { type BenchDaemon, DAEMONS } from './scenario/daemons.ts';
import type { Scenario } from './scenario/order.ts';
import { type Chart, drawChart, type Series } from './scenario/plot.ts';
import { formatScenario, machine, makeReport, phasesOf } from './scenario/report.ts';
import { runScenario, type ScenarioRun, whyNot } from './scenario/run.ts';
import { CLIENTS, SCENARIOS, SIZES } from './scenario/scenarios.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
    'no-observe': { type: 'boolean', default: false },
    json: { type: 'string' },
    svg: { type: 'string', default: 'docs' },
  },
});

interface Installed {
  readonly daemon: BenchDaemon;
  readonly version: string;
}

const only = values.only?.split(',');
const all: ScenarioRun[] = [];

function list(): void {
  console.log('scenarios:');
  for (const { name, title } of SCENARIOS) console.log(`  ${name.padEnd(18)} ${title}`);
  console.log('  all                all of them but churn-short');
  console.log('  plots              wall time against table size and against number of clients, as SVG');
  console.log('  micro              every micro bench');
}

function installed(): Installed[] {
  return DAEMONS.filter((daemon) => only?.includes(daemon.name) ?? true).flatMap((daemon) => {
    const version = daemon.version();
    return version === undefined ? [] : [{ daemon, version }];
  });
}

async function timed(scenario: Scenario, daemons: readonly Installed[], runs: number): Promise<ScenarioRun[]> {
  const results: ScenarioRun[] = [];
  const able = daemons.filter(({ daemon }) => scenario.only?.includes(daemon.name) ?? true);
  for (let turn = 0; turn < runs; turn++) {
    // The order turns from run to run, so that no daemon always follows the same one.
    for (let i = 0; i < able.length; i++) {
      const { daemon } = able[(i + turn) % able.length]!;
      // Who failed once is not waited for again.
      if (results.some((run) => run.daemon === daemon.name && run.error !== '')) continue;
      results.push(await runScenario(scenario, daemon));
    }
  }
  return results;
}

async function compare(scenario: Scenario, daemons: readonly Installed[]): Promise<void> {
  const reason = whyNot(scenario);
  if (reason !== undefined) {
    console.log(`\n${scenario.name}: skipped, ${reason}`);
    return;
  }
  const runs = await timed(scenario, daemons, Number(values.runs));
  if (values['no-observe'] !== true && scenario.shape !== 'start') {
    for (const { daemon } of daemons) {
      const failed = runs.some((run) => run.daemon === daemon.name && run.error !== '');
      if (daemon.speaksBird && !failed) runs.push(await runScenario(scenario, daemon, true));
    }
  }
  all.push(...runs);
  console.log(`\n${formatScenario(scenario, runs)}`);
}

async function plots(daemons: readonly Installed[]): Promise<void> {
  const draw = async (
    file: string,
    scenarios: readonly Scenario[],
    x: (scenario: Scenario) => number,
    chart: Chart,
  ) => {
    const series = new Map<string, [number, number][]>(daemons.map(({ daemon }) => [daemon.name, []]));
    for (const scenario of scenarios) {
      // Who was too slow for one size is not asked about larger ones.
      const able = daemons.filter(
        ({ daemon }) => !all.some((run) => run.daemon === daemon.name && run.error !== '' && isOf(run, scenarios)),
      );
      const runs = await timed(scenario, able, Number(values.runs));
      all.push(...runs);
      console.log(`\n${formatScenario(scenario, runs)}`);
      for (const { daemon } of able) {
        const walls = phasesOf(runs, daemon.name, 'announce').map((phase) => phase.wallSeconds);
        if (walls.length > 0) series.get(daemon.name)!.push([x(scenario), median(walls)]);
      }
    }
    const lines: Series[] = [...series].map(([name, points]) => ({ name, points }));
    writeFileSync(join(values.svg, file), drawChart({ ...chart, series: lines }));
  };
  await draw('bench-size.svg', SIZES, (scenario) => scenario.prefixes, {
    title: 'One feed, one receiver: time until everything has arrived',
    xTitle: 'prefixes',
    yTitle: 'seconds',
    series: [],
  });
  await draw('bench-clients.svg', CLIENTS, (scenario) => scenario.receivers, {
    title: '20,000 prefixes to many receivers: time until everybody has everything',
    xTitle: 'receivers',
    yTitle: 'seconds',
    series: [],
  });
}

function isOf(run: ScenarioRun, scenarios: readonly Scenario[]): boolean {
  return scenarios.some((scenario) => scenario.name === run.scenario);
}

function micro(): void {
  const folder = fileURLToPath(new URL('./micro/', import.meta.url));
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.bench.js'))) {
    spawnSync(process.execPath, ['--expose-gc', `${folder}${file}`], { stdio: 'inherit' });
  }
}

function chosen(name: string): readonly Scenario[] {
  if (name === 'all') return SCENARIOS.filter((scenario) => scenario.name !== 'churn-short');
  if (name.endsWith('*')) return SCENARIOS.filter((scenario) => scenario.name.startsWith(name.slice(0, -1)));
  return [...SCENARIOS, ...SIZES, ...CLIENTS].filter((scenario) => scenario.name === name);
}

async function main(): Promise<void> {
  if (positionals.length === 0) return list();
  const daemons = installed();
  console.log(`${machine()}, load ${loadAverage()}`);
  for (const { daemon, version } of daemons) console.log(`  ${daemon.name}: ${version}`);
  const versions = Object.fromEntries(daemons.map(({ daemon, version }) => [daemon.name, version]));
  for (const name of positionals) {
    if (name === 'micro') micro();
    else if (name === 'plots') await plots(daemons);
    else {
      const scenarios = chosen(name);
      if (scenarios.length === 0) {
        console.error(`no scenario ${name}`);
        process.exit(1);
      }
      for (const scenario of scenarios) await compare(scenario, daemons);
    }
    if (values.json !== undefined) {
      writeFileSync(values.json, `${JSON.stringify(makeReport(versions, all), undefined, 2)}\n`);
    }
  }
  if (all.some((run) => run.daemon === 'peregrine' && run.error !== '')) process.exitCode = 1;
}

void main();
