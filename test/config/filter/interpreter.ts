/**
 * The language once more, as slowly and plainly as possible: walks the tree of the parser, values carry their types,
 * errors are thrown. It shares nothing with the checker, the generator and the run time, so that random programs can be
 * run both ways. It knows the part of the language that `random-program.ts` writes.
 */
import type { Block, Expression, FunctionDeclaration, SetItem, Statement } from '../../../config/filter/ast.ts';

export type Value =
  | { readonly type: 'void' }
  | { readonly type: 'int' | 'pair'; readonly number: number }
  | { readonly type: 'bool'; readonly bool: boolean }
  | { readonly type: 'string'; readonly text: string }
  | { readonly type: 'path' | 'clist'; readonly numbers: readonly number[] }
  | { readonly type: 'set'; readonly has: (value: number) => boolean };

const VOID: Value = { type: 'void' };

export class Stopped extends Error {
  readonly verdict: 'accept' | 'reject' | 'error';

  constructor(verdict: 'accept' | 'reject' | 'error') {
    super(verdict);
    this.verdict = verdict;
  }
}

class Returned {
  readonly value: Value;

  constructor(value: Value) {
    this.value = value;
  }
}

export interface World {
  readonly netLength: number;
  med: number | undefined;
  localPref: number | undefined;
  path: readonly number[];
  communities: readonly number[];
  readonly printed: string[];
}

type Frame = Map<string, Value>[];

const int = (number: number): Value => ({ type: 'int', number: number % 4294967296 });
const bool = (value: boolean): Value => ({ type: 'bool', bool: value });

function fail(): never {
  throw new Stopped('error');
}

function number(value: Value): number {
  return value.type === 'int' || value.type === 'pair' ? value.number : fail();
}

function truth(value: Value): boolean {
  return value.type === 'bool' ? value.bool : fail();
}

export class Interpreter {
  private readonly functions: ReadonlyMap<string, FunctionDeclaration>;
  private readonly world: World;
  private rest = '';

  constructor(functions: ReadonlyMap<string, FunctionDeclaration>, world: World) {
    this.functions = functions;
    this.world = world;
  }

  /** `accept`, `reject` or `error`. */
  run(block: Block): 'accept' | 'reject' | 'error' {
    try {
      this.block(block, []);
      return 'error';
    } catch (stopped) {
      if (stopped instanceof Stopped) return stopped.verdict;
      throw stopped;
    } finally {
      if (this.rest !== '') this.world.printed.push(this.rest);
    }
  }

  private block(block: Block, frame: Frame): Returned | undefined {
    const inner = [...frame, new Map<string, Value>()];
    for (const statement of block.statements) {
      const returned = this.statement(statement, inner);
      if (returned !== undefined) return returned;
    }
    return undefined;
  }

  private nested(statement: Statement, frame: Frame): Returned | undefined {
    return statement.kind === 'block' ? this.block(statement, frame) : this.statement(statement, [...frame, new Map()]);
  }

  private statement(statement: Statement, frame: Frame): Returned | undefined {
    switch (statement.kind) {
      case 'block':
        return this.block(statement, frame);
      case 'declare': {
        const empty: Value =
          statement.type.kind === 'bgppath'
            ? { type: 'path', numbers: [] }
            : statement.type.kind === 'clist'
              ? { type: 'clist', numbers: [] }
              : VOID;
        const value = statement.value === undefined ? empty : this.present(statement.value, frame);
        frame.at(-1)!.set(statement.name.text, value);
        return undefined;
      }
      case 'assign':
        this.assign(statement.target.text, this.present(statement.value, frame), frame);
        return undefined;
      case 'update':
        this.assign(statement.target.text, this.evaluate(statement.value, frame), frame);
        return undefined;
      case 'unset':
        if (statement.target.text === 'bgp_med') this.world.med = undefined;
        else this.world.localPref = undefined;
        return undefined;
      case 'call':
        this.evaluate(statement.call, frame);
        return undefined;
      case 'if':
        for (const { condition, body } of statement.arms) {
          if (truth(this.evaluate(condition, frame))) return this.nested(body, frame);
        }
        return statement.otherwise === undefined ? undefined : this.nested(statement.otherwise, frame);
      case 'case': {
        const value = this.evaluate(statement.value, frame);
        for (const arm of statement.arms) {
          if (value.type !== 'void' && this.items(arm.items, frame)(number(value))) return this.block(arm.body, frame);
        }
        return statement.otherwise === undefined ? undefined : this.block(statement.otherwise, frame);
      }
      case 'for': {
        const list = this.evaluate(statement.list, frame);
        if (list.type !== 'path' && list.type !== 'clist') return fail();
        for (const it of list.numbers) {
          const element: Value = { type: list.type === 'path' ? 'int' : 'pair', number: it };
          const returned = this.nested(statement.body, [...frame, new Map([[statement.variable.text, element]])]);
          if (returned !== undefined) return returned;
        }
        return undefined;
      }
      case 'end':
        this.print(statement.printed, frame);
        if (statement.printed.length > 0) this.flush();
        throw new Stopped(statement.verdict);
      case 'print':
        this.print(statement.printed, frame);
        if (statement.newline) this.flush();
        return undefined;
      case 'return':
        return new Returned(statement.value === undefined ? VOID : this.evaluate(statement.value, frame));
      default:
        throw new Error(`the interpreter does not know ${statement.kind}`);
    }
  }

  private print(printed: readonly Expression[], frame: Frame): void {
    for (const expression of printed) {
      // What the expression prints itself comes first.
      const text = show(this.evaluate(expression, frame));
      this.rest += text;
    }
  }

  private flush(): void {
    this.world.printed.push(this.rest);
    this.rest = '';
  }

  private assign(name: string, value: Value, frame: Frame): void {
    const scope = frame.findLast((names) => names.has(name));
    if (scope !== undefined) scope.set(name, value);
    else if (name === 'bgp_med') this.world.med = number(value);
    else if (name === 'bgp_local_pref') this.world.localPref = number(value);
    else if (value.type === 'path') this.world.path = value.numbers;
    else if (value.type === 'clist') this.world.communities = value.numbers;
    else fail();
  }

  private present(expression: Expression, frame: Frame): Value {
    const value = this.evaluate(expression, frame);
    return value.type === 'void' ? fail() : value;
  }

  private evaluate(expression: Expression, frame: Frame): Value {
    const at = (inner: Expression): Value => this.evaluate(inner, frame);
    switch (expression.kind) {
      case 'number':
        return int(expression.value);
      case 'bool':
        return bool(expression.value);
      case 'string':
        return { type: 'string', text: expression.value };
      case 'empty':
        return { type: expression.type.kind === 'bgppath' ? 'path' : 'clist', numbers: [] };
      case 'pair': {
        const [high, low] = [number(at(expression.parts[0])), number(at(expression.parts[1]))];
        return high > 65535 || low > 65535 ? fail() : { type: 'pair', number: high * 65536 + low };
      }
      case 'set':
        return { type: 'set', has: this.items(expression.items, frame) };
      case 'name':
        return this.name(expression.name, frame);
      case 'call':
        return this.call(expression.name, expression.args.map(at));
      case 'member': {
        if (expression.object.kind === 'name' && expression.object.name === 'net') return int(this.world.netLength);
        return this.member(expression.member.text, at(expression.object), (expression.args ?? []).map(at));
      }
      case 'not':
        return bool(!truth(at(expression.operand)));
      case 'arithmetic': {
        const [a, b] = [number(at(expression.left)), number(at(expression.right))];
        switch (expression.operator) {
          case '+':
            return int(a + b);
          case '-':
            return int(a - b + 4294967296);
          case '*':
            return int(Number((BigInt(a) * BigInt(b)) % 4294967296n));
          case '/':
            return b === 0 ? fail() : int(Math.floor(a / b));
          case '&':
            return int(Number(BigInt(a) & BigInt(b)));
          case '|':
            return int(Number(BigInt(a) | BigInt(b)));
          default:
            return fail();
        }
      }
      case 'relation':
        return this.relation(expression.operator, at(expression.left), at(expression.right));
      case 'logical': {
        let value = truth(at(expression.operands[0]!));
        expression.operators.forEach((operator, i) => {
          const counts = operator === '&&' ? value : !value;
          if (counts) value = truth(at(expression.operands[i + 1]!));
        });
        return bool(value);
      }
      default:
        throw new Error(`the interpreter does not know ${expression.kind}`);
    }
  }

  private name(name: string, frame: Frame): Value {
    const value = frame.findLast((names) => names.has(name))?.get(name);
    if (value !== undefined) return value;
    const { world } = this;
    switch (name) {
      case 'bgp_med':
        return world.med === undefined ? VOID : int(world.med);
      case 'bgp_local_pref':
        return world.localPref === undefined ? VOID : int(world.localPref);
      case 'bgp_path':
        return { type: 'path', numbers: world.path };
      case 'bgp_community':
        return { type: 'clist', numbers: world.communities };
      default:
        throw new Error(`the interpreter does not know the name ${name}`);
    }
  }

  private call(name: string, args: readonly Value[]): Value {
    if (name === 'defined') return bool(args[0]!.type !== 'void');
    const declaration = this.functions.get(name);
    if (declaration === undefined) throw new Error(`the interpreter does not know the function ${name}`);
    const names = new Map(declaration.args.map((arg, i): [string, Value] => [arg.name.text, args[i]!]));
    return this.block(declaration.body.block, [names])?.value ?? VOID;
  }

  private member(name: string, object: Value, args: readonly Value[]): Value {
    if (object.type === 'void') return fail();
    if (object.type === 'pair') return int(name === 'asn' ? Math.floor(object.number / 65536) : object.number % 65536);
    if (object.type !== 'path' && object.type !== 'clist') return fail();
    const { type, numbers } = object;
    const arg = args[0];
    switch (name) {
      case 'len':
        return int(numbers.length);
      case 'first':
        return int(numbers[0] ?? 0);
      case 'last':
        return int(numbers.at(-1) ?? 0);
      case 'empty':
        return { type, numbers: [] };
      case 'prepend':
        return { type, numbers: [number(arg!), ...numbers] };
      case 'add': {
        const added = number(arg!);
        return { type, numbers: numbers.includes(added) ? numbers : [...numbers, added] };
      }
      case 'delete': {
        if (arg!.type === 'set') {
          const { has } = arg!;
          return { type, numbers: numbers.filter((it) => !has(it)) };
        }
        const dropped = number(arg!);
        return { type, numbers: numbers.filter((it) => it !== dropped) };
      }
      case 'filter':
        return arg!.type === 'set' ? { type, numbers: numbers.filter(arg!.has) } : fail();
      default:
        throw new Error(`the interpreter does not know the member ${name}`);
    }
  }

  private relation(operator: string, a: Value, b: Value): Value {
    if (operator === '~' || operator === '!~') return bool(this.matches(a, b) === (operator === '~'));
    if (operator === '=' || operator === '!=') return bool(same(a, b) === (operator === '='));
    const order = (value: Value): number =>
      value.type === 'void' ? -1 : value.type === 'bool' ? Number(value.bool) : number(value);
    const [x, y] = [order(a), order(b)];
    return bool(operator === '<' ? x < y : operator === '<=' ? x <= y : operator === '>' ? x > y : x >= y);
  }

  private matches(a: Value, b: Value): boolean {
    if (a.type === 'void') return fail();
    if (b.type === 'set') {
      return a.type === 'path' || a.type === 'clist' ? a.numbers.some(b.has) : b.has(number(a));
    }
    return b.type === 'path' || b.type === 'clist' ? b.numbers.includes(number(a)) : fail();
  }

  /** Items of ints and of pairs, as a test on their numbers. */
  private items(items: readonly SetItem[], frame: Frame): (value: number) => boolean {
    const tests = items.map((item): ((value: number) => boolean) => {
      if (item.kind === 'range') {
        const from = number(this.evaluate(item.from, frame));
        const to = item.to === undefined ? from : number(this.evaluate(item.to, frame));
        return (value) => value >= from && value <= to;
      }
      if (item.kind !== 'tuple') return fail();
      const halves = item.parts.map((part): ((half: number) => boolean) => {
        if (part === '*') return () => true;
        const from = number(this.evaluate(part.from, frame));
        const to = part.to === undefined ? from : number(this.evaluate(part.to, frame));
        return (half) => half >= from && half <= to;
      });
      return (value) => halves[0]!(Math.floor(value / 65536)) && halves[1]!(value % 65536);
    });
    return (value) => tests.some((test) => test(value));
  }
}

function same(a: Value, b: Value): boolean {
  if (a.type !== b.type) return false;
  switch (a.type) {
    case 'void':
      return true;
    case 'bool':
      return b.type === 'bool' && a.bool === b.bool;
    case 'string':
      return b.type === 'string' && a.text === b.text;
    case 'path':
    case 'clist':
      return show(a) === show(b);
    default:
      return number(a) === number(b);
  }
}

function show(value: Value): string {
  const pair = (it: number): string => `(${Math.floor(it / 65536)},${it % 65536})`;
  switch (value.type) {
    case 'void':
      return '(void)';
    case 'bool':
      return value.bool ? 'TRUE' : 'FALSE';
    case 'string':
      return value.text;
    case 'int':
      return String(value.number);
    case 'pair':
      return pair(value.number);
    case 'path':
      return `(path ${value.numbers.join(' ')})`;
    case 'clist':
      return `(clist ${value.numbers.map(pair).join(' ')})`;
    default:
      return '?';
  }
}
