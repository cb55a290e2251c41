/** What the kernel says a daemon used: CPU time and memory of a process and of all that it started. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  readonly cpuSeconds: number;
  /** Proportional set size now, MB: pages shared with others are counted by share. */
  readonly memoryMb: number;
  /** Sum of the largest resident sizes, MB. */
  readonly peakMb: number;
}

function tree(pid: number): number[] {
  const all = [pid];
  try {
    for (const task of readdirSync(`/proc/${pid}/task`)) {
      const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim();
      if (children !== '') for (const child of children.split(' ')) all.push(...tree(Number(child)));
    }
  } catch {
    // It ended meanwhile.
  }
  return all;
}

function field(text: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text);
  return match === null ? 0 : Number(match[1]) / 1024;
}

export function usage(pids: readonly number[]): Usage {
  let cpuSeconds = 0;
  let memoryMb = 0;
  let peakMb = 0;
  for (const pid of pids.flatMap(tree)) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      cpuSeconds += (Number(words[11]) + Number(words[12])) / 100;
      memoryMb += field(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss');
      peakMb += field(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmHWM');
    } catch {
      // It ended meanwhile.
    }
  }
  return { cpuSeconds, memoryMb, peakMb };
}

export function loadAverage(): string {
  return readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ');
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
