/** What the kernel says a daemon used: CPU time and memory of a process and of all that it started. */
import { readdirSync, readFileSync } from 'node:fs';

export interface Usage {
  readonly cpuSeconds: number;
  /**
   * Resident memory now, MB. Pages that several processes of the daemon share count once, and pages shared with
   * programs that have nothing to do with it (another Node, a second bird) count in full, as if it was alone.
   */
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

function megabytes(text: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text);
  return match === null ? 0 : Number(match[1]) / 1024;
}

export function usage(pids: readonly number[]): Usage {
  let cpuSeconds = 0;
  let privateMb = 0;
  let sharedMb = 0;
  let peakMb = 0;
  for (const pid of pids.flatMap(tree)) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      cpuSeconds += (Number(words[11]) + Number(words[12])) / 100;
      const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      privateMb += megabytes(rollup, 'Private_Clean') + megabytes(rollup, 'Private_Dirty');
      sharedMb = Math.max(sharedMb, megabytes(rollup, 'Shared_Clean') + megabytes(rollup, 'Shared_Dirty'));
      peakMb += megabytes(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmHWM');
    } catch {
      // It ended meanwhile.
    }
  }
  return { cpuSeconds, memoryMb: privateMb + sharedMb, peakMb };
}

export function loadAverage(): string {
  return readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 3).join(' ');
}

/** True once the process, or one that it started, listens on the TCP port. */
export function listens(pid: number, port: number): boolean {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  for (const table of ['tcp', 'tcp6']) {
    try {
      for (const line of readFileSync(`/proc/${pid}/net/${table}`, 'utf8').split('\n').slice(1)) {
        const words = line.trim().split(/\s+/);
        if (words[3] === '0A' && `${words[1]} `.endsWith(wanted)) return true;
      }
    } catch {
      // Not there yet.
    }
  }
  return false;
}

/** Prefixes in the kernel's IPv4 routing tables of that process's network namespace. */
export function kernelPrefixes(pid: number): number {
  let prefixes = 0;
  for (const line of readFileSync(`/proc/${pid}/net/fib_triestat`, 'utf8').split('\n')) {
    const match = /^\s*Prefixes:\s+(\d+)/.exec(line);
    // Both tables are listed, and as long as nobody adds rules they are one and the same.
    if (match !== null) prefixes = Math.max(prefixes, Number(match[1]));
  }
  return prefixes;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Between two values the mean of them counts in proportion. NaN for none. */
export function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  return sorted[below]! + (at - below) * (sorted[Math.ceil(at)]! - sorted[below]!);
}
