/** What the demonstration prints: a line for each step, and tables. */

const colour = process.stdout.isTTY === true;
const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);

/** Runs a step and says how long it took; on a terminal the line shows that it is under way. */
export async function step<T>(text: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  if (colour) process.stdout.write(`  … ${text}`);
  try {
    const result = await work();
    const took = `${((performance.now() - start) / 1000).toFixed(1)} s`;
    process.stdout.write(`${colour ? '\r\u001b[K' : ''}  ${paint(32, 'ok')} ${text} ${paint(90, `(${took})`)}\n`);
    return result;
  } catch (error) {
    process.stdout.write(`${colour ? '\r\u001b[K' : ''}  ${paint(31, 'failed')} ${text}\n`);
    throw error;
  }
}

export function heading(text: string): void {
  process.stdout.write(`\n${paint(1, text)}\n`);
}

/** Columns as wide as their longest cell, two blanks between. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd();
  process.stdout.write(`  ${paint(90, line(head))}\n`);
  for (const row of rows) process.stdout.write(`  ${line(row)}\n`);
}

export function verdict(good: boolean): string {
  return good ? 'yes' : 'NO';
}
