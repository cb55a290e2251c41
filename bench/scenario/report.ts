/** Runs of scenarios as tables for people and as JSON for everything else. */
import { cpus, totalmem } from 'node:os';
import { loadAverage, median } from './accounting.ts';
import type { Scenario } from './order.ts';
import type { PhaseRun, ScenarioRun } from './run.ts';

export interface Report {
  readonly at: string;
  readonly machine: string;
  readonly load: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly runs: readonly ScenarioRun[];
}

export function machine(): string {
  return `${cpus().length} x ${cpus()[0]?.model ?? '?'}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}

export function makeReport(versions: Readonly<Record<string, string>>, runs: readonly ScenarioRun[]): Report {
  return { at: new Date().toISOString(), machine: machine(), load: loadAverage(), versions, runs };
}

/** Good runs of one daemon, phase by phase. */
export function phasesOf(runs: readonly ScenarioRun[], daemon: string, phase: string): PhaseRun[] {
  return runs
    .filter((run) => run.daemon === daemon && run.error === '' && run.observed === undefined)
    .flatMap((run) => run.phases.filter((one) => one.name === phase));
}

/** One line for each daemon and phase of a scenario: medians of the timed runs, and what the observed run saw. */
export function formatScenario(scenario: Scenario, runs: readonly ScenarioRun[]): string {
  const rows: string[][] = [
    ['daemon', 'phase', 'runs', 'wall s', 'spread', 'CPU s', 'memory MB', 'peak MB', 'further figures'],
  ];
  const daemons = [...new Set(runs.map((run) => run.daemon))];
  for (const daemon of daemons) {
    const own = runs.filter((run) => run.daemon === daemon);
    const names = [...new Set(own.flatMap((run) => run.phases.map((phase) => phase.name)))];
    for (const name of names) {
      const phases = phasesOf(own, daemon, name);
      if (phases.length > 0) rows.push(phaseRow(daemon, name, phases));
    }
    for (const error of new Set(own.map((run) => run.error).filter((text) => text !== ''))) {
      rows.push([daemon, 'FAILED', '', '', '', '', '', '', error.slice(0, 100)]);
    }
  }
  const loads = [...new Set(runs.map((run) => run.load.split(' ')[0]!))];
  const lines = [`${scenario.name}: ${scenario.title} (load average ${loads.join(', ')})`, formatTable(rows)];
  for (const run of runs) if (run.observed !== undefined) lines.push(formatObserved(run));
  return lines.join('\n');
}

function phaseRow(daemon: string, name: string, phases: readonly PhaseRun[]): string[] {
  const of = (pick: (phase: PhaseRun) => number, digits: number): string => median(phases.map(pick)).toFixed(digits);
  const walls = phases.map((phase) => phase.wallSeconds);
  const keys = Object.keys(phases[0]!.figures);
  const figures = keys.map((key) => `${key} ${of((phase) => phase.figures[key]!, 2)}`);
  return [
    daemon,
    name,
    String(phases.length),
    of((phase) => phase.wallSeconds, 2),
    `${Math.min(...walls).toFixed(2)}-${Math.max(...walls).toFixed(2)}`,
    of((phase) => phase.cpuSeconds, 2),
    of((phase) => phase.memoryMb, 0),
    of((phase) => phase.peakMb, 0),
    figures.join(', '),
  ];
}

function formatObserved(run: ScenarioRun): string {
  const { lost, longestSilence, answers, answerP99Ms, answerMaxMs } = run.observed!;
  const turns = run.phases.flatMap((phase) => phase.longestTurnMs ?? []);
  const turn = turns.length === 0 ? '' : `; longest turn ${Math.max(...turns).toFixed(0)} ms`;
  const sessions = `20 sessions with hold time 3 s: ${lost} lost, longest silence ${longestSilence.toFixed(1)} s`;
  const answered = `show status: p99 ${answerP99Ms.toFixed(1)} ms, max ${answerMaxMs.toFixed(1)} ms of ${answers}`;
  return `  ${run.daemon} observed: ${sessions}; ${answered}${turn}`;
}

export function formatTable(rows: readonly (readonly string[])[]): string {
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
