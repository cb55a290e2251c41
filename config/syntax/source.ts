/**
 * One text that is read: a configuration file, an included file, or a line from the control socket. Tokens carry
 * their source and two offsets; lines and columns are worked out only when somebody asks, which is when something is
 * wrong.
 */
import type { ConfigPlace } from '../model.ts';

export class Source {
  readonly path: string;
  readonly text: string;
  /** Offset of the first character of each line; built on first use. */
  private lineStarts: number[] | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  /** Line and column of an offset; both count from 1, a tab is one column. */
  place(offset: number): ConfigPlace {
    const line = this.lineIndex(offset);
    return { file: this.path, line: line + 1, column: offset - this.starts()[line]! + 1 };
  }

  /** The text of the line that holds `offset`, without its end. */
  lineText(offset: number): string {
    const starts = this.starts();
    const line = this.lineIndex(offset);
    const end = line + 1 < starts.length ? starts[line + 1]! - 1 : this.text.length;
    const text = this.text.slice(starts[line], end);
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }

  private lineIndex(offset: number): number {
    const starts = this.starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private starts(): number[] {
    if (this.lineStarts === undefined) {
      this.lineStarts = [0];
      for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) {
        this.lineStarts.push(at + 1);
      }
    }
    return this.lineStarts;
  }
}
