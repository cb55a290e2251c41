/**
 * Statements: scopes, variables, what may be assigned, and the types of functions.
 *
 * The type of a function's value is the one after `->`, or that of its first `return`. A function that calls itself
 * before that is known is read twice: once to find a `return` whose type does not depend on the function itself.
 */
import type { Scope } from '../scope.ts';
import { ConfigError } from '../syntax/diagnostic.ts';
import { wordTokenName } from '../syntax/keywords.ts';
import type { Token } from '../syntax/token.ts';
import type {
  Block,
  Expression,
  FilterBody,
  FunctionDeclaration,
  Span,
  Statement,
  VariableDeclaration,
} from './ast.ts';
import type { AttributeDefinition } from './attributes.ts';
import { ITERATION } from './builtins.ts';
import { attributeNamed, ExpressionChecker } from './check-expression.ts';
import {
  asRuntimeError,
  type CheckContext,
  type CheckNotes,
  convert,
  expectType,
  fail,
  lineOf,
  placeOf,
  UnknownResult,
} from './checker.ts';
import { alwaysEnds, type Code, constant, type FunctionCode, type StatementCode, type Variable } from './code.ts';
import { variableOf } from './symbols.ts';
import { BOOL, CLIST, PAIR, QUAD, type Type, VOID } from './types.ts';
import { CaseTable } from './value-set.ts';

export interface CheckedBody {
  readonly body: readonly StatementCode[];
  readonly variables: readonly Variable[];
}

/** A filter, or a block of statements with variables of its own. `undefined`: it had errors, which are noted. */
export function checkFilter(body: FilterBody, scope: Scope, notes: CheckNotes): CheckedBody | undefined {
  const checker = new StatementChecker(scope, notes, undefined);
  const code = checker.body(body);
  return checker.failed ? undefined : { body: code, variables: checker.variables };
}

/** The condition of `where`. */
export function checkCondition(condition: Expression, scope: Scope, notes: CheckNotes): Code {
  return conditionCode(new ExpressionChecker({ scope, notes }), condition);
}

function conditionCode(expressions: ExpressionChecker, condition: Expression): Code {
  return expressions.tolerantly(BOOL, () => expectType(expressions.check(condition), BOOL, condition, 'CONDITION', 1));
}

export function checkExpression(expression: Expression, scope: Scope, notes: CheckNotes): Code {
  return new ExpressionChecker({ scope, notes }).check(expression);
}

/** Fills in `code`, which its name already stands for in `scope`. False: it had errors, which are noted. */
export function checkFunction(
  declaration: FunctionDeclaration,
  code: FunctionCode,
  scope: Scope,
  notes: CheckNotes,
): boolean {
  code.result = declaration.result;
  if (code.result === undefined) {
    const silent: CheckNotes = { error: () => {}, warnings: [] };
    const first = new StatementChecker(scope, silent, code);
    first.functionBody(declaration);
    code.result = first.firstResult ?? VOID;
  }
  const checker = new StatementChecker(scope, notes, code);
  code.body = checker.functionBody(declaration);
  code.variables = checker.variables;
  code.mayReturnVoid = checker.returnsVoid || !alwaysEnds(code.body);
  code.complete = true;
  return !checker.failed;
}

class StatementChecker {
  readonly variables: Variable[] = [];
  failed = false;
  /** The type of the first `return` that has one. */
  firstResult: Type | undefined;
  /** Some `return` can give a missing value. */
  returnsVoid = false;
  private readonly context: CheckContext;
  private readonly expressions: ExpressionChecker;
  /** `undefined` in a filter. */
  private readonly callee: FunctionCode | undefined;

  constructor(scope: Scope, notes: CheckNotes, callee: FunctionCode | undefined) {
    this.context = { scope: scope.child(), notes };
    this.expressions = new ExpressionChecker(this.context);
    this.callee = callee;
  }

  functionBody(declaration: FunctionDeclaration): StatementCode[] {
    for (const arg of declaration.args) this.declare(arg, 'argument');
    return this.body(declaration.body);
  }

  /** Variables before the brace live in the same scope as those of the block. */
  body(body: FilterBody): StatementCode[] {
    const code: StatementCode[] = [];
    for (const variable of body.variables) this.attempt(code, () => this.declaration(variable));
    for (const statement of body.block.statements) this.attempt(code, () => this.statement(statement));
    return code;
  }

  /** An error ends the statement that it is in; the others are checked all the same. */
  private attempt(body: StatementCode[], check: () => StatementCode): void {
    try {
      body.push(this.tolerantly(check));
    } catch (error) {
      if (error instanceof UnknownResult) return;
      if (!(error instanceof ConfigError)) throw error;
      this.failed = true;
      this.context.notes.error(error.diagnostic);
    }
  }

  /** The statement; where the dialect finds mistakes of types when it runs them, one that fails. */
  private tolerantly(check: () => StatementCode): StatementCode {
    try {
      return check();
    } catch (error) {
      return { op: 'fail', ...asRuntimeError(this.context, error) };
    }
  }

  private inScope<T>(check: () => T): T {
    const { context } = this;
    const outer = context.scope;
    context.scope = outer.child();
    try {
      return check();
    } finally {
      context.scope = outer;
    }
  }

  private declare(declared: { readonly name: Token; readonly type: Type }, kind: 'variable' | 'argument'): Variable {
    const { name, type } = declared;
    const { scope } = this.context;
    if (scope.own(name.text) !== undefined) fail({ first: name, last: name }, `Symbol '${name.text}' already defined`);
    const variable = { index: this.variables.length, type };
    this.variables.push(variable);
    scope.define({ name: name.text, kind, token: name, definition: variable });
    return variable;
  }

  private declaration(declaration: VariableDeclaration): StatementCode {
    const line = lineOf(declaration);
    // The value is read before the name exists: `int x = x;` means an outer x.
    let value: Code | undefined;
    let problem: unknown;
    try {
      value = this.valueFor(declaration.value, declaration.type, 'VAR_INIT');
    } catch (error) {
      problem = error;
    }
    const variable = this.declare(declaration, 'variable');
    if (problem !== undefined) throw problem;
    return { op: 'assign', variable, value, line };
  }

  private valueFor(expression: Expression | undefined, type: Type, instruction: string): Code | undefined {
    if (expression === undefined) return undefined;
    return expectType(this.expressions.check(expression), type, expression, instruction, 1);
  }

  private block(block: Block): StatementCode {
    return this.inScope(() => {
      const body: StatementCode[] = [];
      for (const statement of block.statements) this.attempt(body, () => this.statement(statement));
      return { op: 'block', body };
    });
  }

  private nested(statement: Statement): StatementCode {
    if (statement.kind === 'block') return this.block(statement);
    return this.inScope(() => this.tolerantly(() => this.statement(statement)));
  }

  private statement(statement: Statement): StatementCode {
    const line = lineOf(statement);
    switch (statement.kind) {
      case 'block':
        return this.block(statement);
      case 'declare':
        return this.declaration(statement);
      case 'assign':
        return this.assign(statement.target, () => this.expressions.check(statement.value), statement.value, line);
      case 'update':
        return this.assign(statement.target, () => this.expressions.check(statement.value), statement.value, line);
      case 'unset': {
        const attribute = this.attribute(statement.target);
        if (!attribute.removable) fail(spanOf(statement.target), `Attribute ${attribute.name} cannot be unset`);
        return { op: 'unset', attribute, line };
      }
      case 'call':
        return { op: 'evaluate', value: this.expressions.check(statement.call) };
      case 'if':
        return {
          op: 'if',
          arms: statement.arms.map(({ condition, body }) => ({
            condition: this.condition(condition),
            body: this.nested(body),
          })),
          otherwise: statement.otherwise === undefined ? undefined : this.nested(statement.otherwise),
        };
      case 'case':
        return this.caseStatement(statement);
      case 'for':
        return this.forStatement(statement);
      case 'end':
        return {
          op: 'end',
          verdict: statement.verdict,
          printed: this.printed(statement.printed),
          place: placeOf(statement),
        };
      case 'print':
        return { op: 'print', printed: this.printed(statement.printed), newline: statement.newline };
      case 'return':
        return this.returnStatement(statement.value, statement);
      case 'assert': {
        const { condition } = statement;
        const code = expectType(this.expressions.check(condition), BOOL, condition, 'ASSERT', 1);
        return { op: 'assert', condition: code, line };
      }
      case 'check assign': {
        const value = this.expressions.check(statement.value);
        const assign = this.assign(statement.target, () => value, statement.value, line);
        const target: Expression = { kind: 'name', name: statement.target.text, ...spanOf(statement.target) };
        const read = this.expressions.check(target);
        const expected = convert(value, read.type, statement.value) ?? value;
        const condition: Code = {
          op: 'compare',
          operator: '=',
          left: read,
          right: expected,
          type: BOOL,
          mayBeVoid: false,
          line,
        };
        return { op: 'block', body: [assign, { op: 'assert', condition, line }] };
      }
    }
  }

  private condition(condition: Expression): Code {
    try {
      return conditionCode(this.expressions, condition);
    } catch (error) {
      // While the type of the function is looked for, what stands behind the condition counts.
      if (!(error instanceof UnknownResult)) throw error;
      return constant(BOOL, true, lineOf(condition));
    }
  }

  private printed(list: readonly Expression[]): Code[] {
    return list.map((expression) => this.expressions.check(expression));
  }

  // ------------------------------------------------------------------------------------------------- assignment

  private assign(target: Token, check: () => Code, span: Span, line: number): StatementCode {
    const symbol = this.context.scope.lookup(target.text);
    const variable = symbol === undefined ? undefined : variableOf(symbol);
    if (variable !== undefined) {
      return { op: 'assign', variable, value: expectType(check(), variable.type, span, 'VAR_SET', 1), line };
    }
    const attribute = this.attribute(target);
    const isStatic = attribute.place.in === 'route';
    if (!attribute.writable) {
      if (isStatic) fail(spanOf(target), 'This static attribute is read-only.');
      fail(spanOf(target), `Attribute ${attribute.name} is read-only; it can be tested by defined() and unset`);
    }
    const value = expectType(check(), attribute.type, span, isStatic ? 'RTA_SET' : 'EA_SET', 1);
    return { op: 'set', attribute, value, line };
  }

  private attribute(target: Token): AttributeDefinition {
    const name = target.text;
    const attribute = attributeNamed(this.context, name);
    if (attribute !== undefined) return attribute;
    if (this.context.scope.lookup(name) !== undefined) fail(spanOf(target), `Can't assign to symbol ${name}`);
    // The message about an unknown name is the one that reading it would give.
    this.expressions.check({ kind: 'name', name, ...spanOf(target) });
    return fail(spanOf(target), `syntax error, unexpected ${wordTokenName(name, false)}`);
  }

  // ------------------------------------------------------------------------------------------------- control flow

  private returnStatement(value: Expression | undefined, span: Span): StatementCode {
    const { callee } = this;
    const line = lineOf(span);
    if (callee === undefined) {
      if (value === undefined) return fail(span, 'A filter ends with accept or reject, not with return');
      const code = this.expressions.check(value);
      if (code.type === BOOL) return { op: 'decide', value: code, place: placeOf(span) };
      return { op: 'fail', message: "Can't return non-bool from non-function", line };
    }
    if (value === undefined) {
      if (callee.result !== undefined && callee.result !== VOID) {
        fail(span, `Function '${callee.name}' has to return a value of type ${callee.result.name}`);
      }
      return { op: 'return', value: undefined };
    }
    const code = this.expressions.check(value);
    if (code.type !== VOID) this.firstResult ??= code.type;
    if (code.mayBeVoid || code.type === VOID) this.returnsVoid = true;
    if (callee.result === undefined || code.type === VOID) return { op: 'return', value: code };
    const converted = convert(code, callee.result, value);
    if (converted === undefined) {
      fail(value, `Can't return ${code.type.name} from function '${callee.name}' of type ${callee.result.name}`);
    }
    return { op: 'return', value: converted };
  }

  private caseStatement(statement: Extract<Statement, { kind: 'case' }>): StatementCode {
    const value = this.expressions.check(statement.value);
    const { type } = value;
    const sets = statement.arms.map((arm) => this.expressions.labels(arm.items, type));
    const table = new CaseTable(sets);
    if (table.ambiguous) {
      const arm = sets.findIndex((_, i) => new CaseTable(sets.slice(0, i + 1)).ambiguous);
      const { items } = statement.arms[arm]!;
      const span = { first: items[0]!.first, last: items.at(-1)!.last };
      fail(span, 'Overlapping intervals in switch cases not allowed', 'An arm before it has some of these values.');
    }
    return {
      op: 'case',
      value,
      table,
      arms: statement.arms.map((arm) => this.block(arm.body)),
      otherwise: statement.otherwise === undefined ? undefined : this.block(statement.otherwise),
      line: lineOf(statement),
    };
  }

  private forStatement(statement: Extract<Statement, { kind: 'for' }>): StatementCode {
    const list = this.expressions.check(statement.list);
    const iteration = ITERATION.get(list.type);
    if (iteration === undefined) {
      return fail(statement.list, `Value of expression in FOR must be iterable, got ${list.type.name}`);
    }
    const name = statement.variable.text;
    return this.inScope(() => {
      const symbol = this.context.scope.lookup(name);
      const variable =
        statement.type === undefined
          ? symbol === undefined
            ? undefined
            : variableOf(symbol)
          : this.declare({ name: statement.variable, type: statement.type }, 'variable');
      if (variable === undefined) {
        return fail(spanOf(statement.variable), 'Loop variable expected', 'Write its type: for int x in ...');
      }
      // A cluster list is a clist whose elements are quads.
      const asQuads = list.type === CLIST && variable.type === QUAD && iteration.element === PAIR;
      if (variable.type !== iteration.element && !asQuads) {
        const message = `Loop variable '${name}' in FOR must be ${iteration.element.name}, is ${variable.type.name}`;
        fail(spanOf(statement.variable), message);
      }
      return { op: 'for', variable, list, body: this.nested(statement.body), line: lineOf(statement) };
    });
  }
}

function spanOf(token: Token): Span {
  return { first: token, last: token };
}
