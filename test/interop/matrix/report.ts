/** The table in docs/interop.md. */
import { execFileSync } from 'node:child_process';
import type { Witness } from './bench.ts';
import type { Row } from './row.ts';

export type Cell = { readonly holds: true } | { readonly holds: false; readonly reason: string };

export function versionOf({ version }: Witness): string {
  const words = execFileSync('sh', ['-c', version.command], { encoding: 'utf8' });
  return version.find.exec(words)?.[1] ?? '?';
}

export function report(
  rows: readonly Row[],
  witnesses: readonly Witness[],
  cells: ReadonlyMap<string, Cell>,
  versions: readonly string[],
): string {
  const notes: string[] = [];
  const note = (text: string): string => {
    if (!notes.includes(text)) notes.push(text);
    return `${notes.indexOf(text) + 1}`;
  };
  const head = ['', ...witnesses.map(({ kind }, i) => `${kind} ${versions[i]}`)];
  const lines = rows.map((row) => {
    const marks = witnesses.map(({ kind }) => {
      const cell = cells.get(`${row.title}|${kind}`);
      if (cell === undefined) return 'fails';
      return cell.holds ? 'yes' : `- (${note(`${kind} ${cell.reason}`)})`;
    });
    return [row.title, ...marks];
  });
  const table = [head, head.map((_, i) => (i === 0 ? '---' : ':-:')), ...lines].map(
    (cellsOf) => `| ${cellsOf.join(' | ')} |`,
  );
  return `<!-- matrix -->
${table.join('\n')}

${notes.map((text, i) => `${i + 1}. ${text}`).join('\n')}
<!-- end -->`;
}
