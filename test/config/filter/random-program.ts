/** Random filters that are right by construction: every expression has its type, every name exists. */

type Type = 'int' | 'bool' | 'pair' | 'path' | 'clist';

/** Numbers from a seed, the same on every machine. */
export class Dice {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0;
  }

  /** 0..sides-1 */
  roll(sides: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.roll(choices.length)]!;
  }
}

interface Name {
  readonly name: string;
  readonly type: Type;
}

interface Callable extends Name {
  readonly args: readonly Type[];
}

const WORDS: Readonly<Record<Type, string>> = {
  int: 'int',
  bool: 'bool',
  pair: 'pair',
  path: 'bgppath',
  clist: 'clist',
};
const NUMBERS = ['0', '1', '2', '3', '5', '8', '24', '65535', '65536', '4294967295', '0x80000000'];

/** A zero that is not one while reading: mistakes with constants are found there. */
const UNKNOWN = 'net.len * 0';

export class ProgramWriter {
  private readonly dice: Dice;
  private readonly callables: Callable[] = [];
  private counter = 0;

  constructor(seed: number) {
    this.dice = new Dice(seed);
  }

  program(): string {
    const functions: string[] = [];
    for (let i = this.dice.roll(4); i > 0; i--) functions.push(this.function());
    const body = this.statements([], 3, 6, undefined);
    return `${functions.join('\n')}\nfilter f {\n${body}\n}`;
  }

  private function(): string {
    const name = `f${this.callables.length}`;
    const type = this.dice.pick<Type>(['int', 'bool', 'pair', 'path', 'clist']);
    const args = Array.from({ length: this.dice.roll(3) }, (): Name => ({ name: this.fresh(), type: this.type() }));
    const body = this.statements(args, 2, 3, type);
    const result = this.expression(type, args, 2);
    this.callables.push({ name, type, args: args.map((arg) => arg.type) });
    const list = args.map((arg) => `${WORDS[arg.type]} ${arg.name}`).join('; ');
    return `function ${name}(${list}) -> ${WORDS[type]} {\n${body}\nreturn ${result};\n}`;
  }

  private fresh(): string {
    return `x${this.counter++}`;
  }

  private type(): Type {
    return this.dice.pick<Type>(['int', 'int', 'bool', 'pair', 'path', 'clist']);
  }

  /** `result`: the type of the function around; `undefined` in the filter. */
  private statements(outer: readonly Name[], depth: number, most: number, result: Type | undefined): string {
    const names = [...outer];
    const lines: string[] = [];
    for (let i = 1 + this.dice.roll(most); i > 0; i--) lines.push(this.statement(names, depth, result));
    return lines.join('\n');
  }

  private statement(names: Name[], depth: number, result: Type | undefined): string {
    const { dice } = this;
    const nested = (): string => `{\n${this.statements(names, depth - 1, 3, result)}\n}`;
    const choice = dice.roll(depth > 0 ? 16 : 10);
    switch (choice) {
      case 0:
      case 1:
      case 2: {
        const declared = { name: this.fresh(), type: this.type() };
        const value = dice.roll(5) === 0 ? '' : ` = ${this.expression(declared.type, names, 2)}`;
        names.push(declared);
        return `${WORDS[declared.type]} ${declared.name}${value};`;
      }
      case 3:
      case 4: {
        if (names.length === 0) return `bgp_med = ${this.expression('int', names, 2)};`;
        const { name, type } = dice.pick(names);
        return `${name} = ${this.expression(type, names, 2)};`;
      }
      case 5:
        return dice.pick([
          () => `bgp_med = ${this.expression('int', names, 2)};`,
          () => `bgp_local_pref = ${this.expression('int', names, 2)};`,
          () => `bgp_community = ${this.expression('clist', names, 2)};`,
          () => `bgp_path = ${this.expression('path', names, 2)};`,
          () => 'unset(bgp_med);',
        ])();
      case 6:
        return dice.pick([
          () => `bgp_path.prepend(${this.expression('int', names, 2)});`,
          () => `bgp_community.add(${this.expression('pair', names, 2)});`,
          () => `bgp_community.delete(${this.pairSet()});`,
          () => `bgp_path.filter(${this.intSet()});`,
          () => 'bgp_community.empty;',
        ])();
      case 7:
        return `print ${this.expression(this.type(), names, 2)}, " ", ${this.expression(this.type(), names, 1)};`;
      case 8: {
        if (this.callables.length === 0) return `printn ${this.expression('int', names, 1)};`;
        return `${this.call(dice.pick(this.callables), names, 1)};`;
      }
      case 9:
        if (dice.roll(2) === 0) return `print ${this.expression('bool', names, 3)};`;
        if (result !== undefined && dice.roll(3) > 0) return `return ${this.expression(result, names, 2)};`;
        return dice.pick(['accept;', 'reject;', 'accept "end";', 'error;']);
      case 10:
      case 11: {
        let text = `if ${this.expression('bool', names, 2)} then ${nested()}`;
        for (let i = dice.roll(3); i > 0; i--) text += ` else if ${this.expression('bool', names, 2)} then ${nested()}`;
        return dice.roll(2) === 0 ? text : `${text} else ${nested()}`;
      }
      case 12: {
        const arms = ['0', '1, 3..5', '(2), 8..24', '65535..4294967295'].slice(0, 1 + dice.roll(4));
        const text = arms.map((labels) => `${labels}: ${this.statements(names, depth - 1, 2, result)}`).join('\n');
        const rest = dice.roll(2) === 0 ? '' : `\nelse: ${this.statements(names, depth - 1, 2, result)}`;
        return `case ${this.expression('int', names, 2)} {\n${text}${rest}\n}`;
      }
      case 13:
      case 14: {
        const path = dice.roll(2) === 0;
        const variable: Name = { name: this.fresh(), type: path ? 'int' : 'pair' };
        const body = this.statements([...names, variable], depth - 1, 2, result);
        const list = this.expression(path ? 'path' : 'clist', names, 1);
        return `for ${WORDS[variable.type]} ${variable.name} in ${list} do {\n${body}\n}`;
      }
      default:
        return nested();
    }
  }

  private call(callable: Callable, names: readonly Name[], depth: number): string {
    return `${callable.name}(${callable.args.map((type) => this.expression(type, names, depth - 1)).join(', ')})`;
  }

  private intSet(): string {
    return this.dice.pick(['[1]', '[0..5]', '[]', '[1, 3, 8..24]', '[0, 2, 4, 6, 8, 10..65535]', '[4294967295]']);
  }

  private pairSet(): string {
    return this.dice.pick(['[(1,2)]', '[(1,*)]', '[(*,3)]', '[(0..5,1..3), (8,8)]', '[]', '[(0..1000,0..9)]']);
  }

  private expression(type: Type, names: readonly Name[], depth: number): string {
    const { dice } = this;
    const own = names.filter((name) => name.type === type);
    if (own.length > 0 && dice.roll(3) === 0) return dice.pick(own).name;
    const callable = this.callables.filter((it) => it.type === type);
    if (depth > 0 && callable.length > 0 && dice.roll(6) === 0) return this.call(dice.pick(callable), names, depth);
    const e = (inner: Type): string => this.expression(inner, names, depth - 1);
    switch (type) {
      case 'int':
        if (depth <= 0) return dice.pick([...NUMBERS, 'net.len', 'bgp_med', 'bgp_local_pref', 'bgp_path.len']);
        return dice.pick([
          () => dice.pick(NUMBERS),
          () => 'bgp_med',
          () => `(${e('int')} ${dice.pick(['+', '-', '*', '&', '|'])} ${e('int')})`,
          () => `(${e('int')} / (${UNKNOWN} + ${e('int')}))`,
          () => `${e('path')}.${dice.pick(['len', 'first', 'last'])}`,
          () => `${e('clist')}.len`,
          () => `${e('pair')}.${dice.pick(['asn', 'data'])}`,
        ])();
      case 'bool':
        if (depth <= 0) return dice.pick(['true', 'false', '(net.len > 8)', 'defined(bgp_med)', '(bgp_med = 5)']);
        return dice.pick([
          () => `(${e('int')} ${dice.pick(['=', '!=', '<', '<=', '>', '>='])} ${e('int')})`,
          () => `(${e('pair')} ${dice.pick(['=', '<', '>='])} ${e('pair')})`,
          () => `(${e('int')} ${dice.pick(['~', '!~'])} ${dice.roll(2) === 0 ? this.intSet() : e('path')})`,
          () => `(${e('pair')} ${dice.pick(['~', '!~'])} ${dice.roll(2) === 0 ? this.pairSet() : e('clist')})`,
          () => `(${e('path')} ~ ${this.intSet()})`,
          () => `(${e('clist')} !~ ${this.pairSet()})`,
          () => `!${e('bool')}`,
          () => `(${e('bool')} ${dice.pick(['&&', '||'])} ${e('bool')} ${dice.pick(['&&', '||'])} ${e('bool')})`,
          () => `defined(${e(dice.pick<Type>(['int', 'bool', 'pair']))})`,
          () => `(${e('path')} = ${e('path')})`,
          () => `(${e('bool')} ${dice.pick(['=', '<'])} ${e('bool')})`,
        ])();
      case 'pair':
        if (depth <= 0) return dice.pick(['(1, 2)', '(0, 3)', '(8, 8)', '(65535, 65535)']);
        return dice.pick([
          () => `(${UNKNOWN} + ${e('int')}, ${e('int')})`,
          () => '(1, 2)',
          () => `(net.len, ${e('int')})`,
        ])();
      case 'path':
        if (depth <= 0) return dice.pick(['bgp_path', '+empty+']);
        return dice.pick([
          () => 'bgp_path',
          () => `${e('path')}.prepend(${e('int')})`,
          () => `${e('path')}.delete(${dice.roll(2) === 0 ? this.intSet() : e('int')})`,
          () => `${e('path')}.filter(${this.intSet()})`,
        ])();
      case 'clist':
        if (depth <= 0) return dice.pick(['bgp_community', '-empty-']);
        return dice.pick([
          () => 'bgp_community',
          () => `${e('clist')}.add(${e('pair')})`,
          () => `${e('clist')}.delete(${dice.roll(2) === 0 ? this.pairSet() : e('pair')})`,
          () => `${e('clist')}.filter(${this.pairSet()})`,
        ])();
    }
  }
}
