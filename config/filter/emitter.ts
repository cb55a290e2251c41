/**
 * The text of one generated function: lines, temporaries, and the pool of everything that is not a number. Operator
 * text never becomes program text: names, strings, sets and functions are parameters `k0`, `k1`, ... of a factory.
 */

export class Emitter {
  /** Lines of the block that is being written. */
  lines: string[] = [];
  private readonly pool = new Map<unknown, string>();
  private counter = 0;

  put(line: string): void {
    this.lines.push(line);
  }

  /** The name of a constant of any kind. */
  constant(value: unknown): string {
    let name = this.pool.get(value);
    if (name === undefined) {
      name = `k${this.pool.size}`;
      this.pool.set(value, name);
    }
    return name;
  }

  fresh(letter: string): string {
    return `${letter}${this.counter++}`;
  }

  /** A temporary that holds an expression. */
  hold(text: string): string {
    if (isStable(text)) return text;
    const name = this.fresh('t');
    this.put(`const ${name} = ${text};`);
    return name;
  }

  /** What `write` writes, not yet part of the function. */
  capture<T>(write: () => T): { readonly result: T; readonly lines: readonly string[] } {
    const outer = this.lines;
    this.lines = [];
    try {
      const result = write();
      return { result, lines: this.lines };
    } finally {
      this.lines = outer;
    }
  }

  putAll(lines: readonly string[]): void {
    for (const line of lines) this.lines.push(line);
  }

  /**
   * The texts of several operands, evaluated in order: where one needs lines of its own, those before it are held in
   * temporaries first, so that nothing that these lines do changes them.
   */
  sequence(writers: readonly (() => string)[]): string[] {
    const texts: string[] = [];
    for (const write of writers) {
      const { result, lines } = this.capture(write);
      if (lines.length > 0) for (let i = 0; i < texts.length; i++) texts[i] = this.hold(texts[i]!);
      this.putAll(lines);
      texts.push(result);
    }
    return texts;
  }

  /** The function: `head` is what stands before its first line. */
  build(parameters: readonly string[], head: readonly string[]): (...args: never[]) => unknown {
    const source = [
      '"use strict";',
      `return function self(${parameters.join(', ')}) {`,
      ...head,
      ...this.lines,
      '};',
    ].join('\n');
    const make = new Function(...this.pool.values(), source);
    return make(...this.pool.keys());
  }
}

/** True for texts that mean the same later: literals, constants of the pool, variables and temporaries. */
export function isStable(text: string): boolean {
  return /^(?:[ktv]?[0-9]+|-1|true|false|undefined)$/.test(text);
}
