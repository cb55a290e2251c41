/**
 * What all parts of the checker share: the scope, the places of messages, conversions between types, calls of builtins
 * with folding.
 */
import type { ConfigPlace } from '../model.ts';
import type { Scope } from '../scope.ts';
import { ConfigError, type Diagnostic, diagnosticAt } from '../syntax/diagnostic.ts';
import type { Expression, Span } from './ast.ts';
import type { Builtin } from './builtin.ts';
import { IP_OF_QUAD, IPS_OF_QUADS, QUAD_OF_IP, QUADS_OF_IPS } from './builtins.ts';
import { type Code, constant } from './code.ts';
import { fold } from './folding.ts';
import { PrefixSet } from './prefix-set.ts';
import { EMPTY_SET, IP, isAssignable, PREFIX_SET, QUAD, setTypeOf, type Type } from './types.ts';
import type { IpAddress } from './value.ts';
import { ValueSet } from './value-set.ts';

export interface CheckNotes {
  error(diagnostic: Diagnostic): void;
  readonly warnings: Diagnostic[];
}

/** Functions that cannot return the type of their value before it is known (see `checkFunction`). */
export class UnknownResult extends Error {}

export interface CheckContext {
  /** The innermost scope at the place that is checked. */
  scope: Scope;
  readonly notes: CheckNotes;
}

/**
 * Values of types that do not go together. BIRD 1 has no types while it reads: there the statement fails when it is run,
 * and with it the filter, so the text is taken and the operator is warned.
 */
export class TypeMistake extends ConfigError {}

export function failTypes(span: Span, message: string, hint?: string): never {
  throw new TypeMistake(spanDiagnostic(span, message, hint));
}

/** What the mistake comes to in the dialect of the text: thrown on, or a warning and the message of the failing run. */
export function asRuntimeError({ scope, notes }: CheckContext, error: unknown): { message: string; line: number } {
  if (!(error instanceof TypeMistake) || scope.dialect !== 'bird1') throw error;
  const { message, place, hint } = error.diagnostic;
  const then = 'A route that comes here is rejected.';
  notes.warnings.push({
    ...error.diagnostic,
    severity: 'warning',
    hint: hint === undefined ? then : `${hint} ${then}`,
  });
  return { message, line: place.line };
}

export function fail(span: Span, message: string, hint?: string): never {
  throw new ConfigError(spanDiagnostic(span, message, hint));
}

export function warn(context: CheckContext, span: Span, message: string): void {
  context.notes.warnings.push({ ...spanDiagnostic(span, message), severity: 'warning' });
}

function spanDiagnostic({ first, last }: Span, message: string, hint?: string): Diagnostic {
  const end = first.source === last.source ? Math.max(last.end, first.end) : first.end;
  return diagnosticAt(first.source, first.start, end, message, { hint });
}

export function placeOf({ first }: Span): ConfigPlace {
  return first.source.place(first.start);
}

export function lineOf(span: Span): number {
  return placeOf(span).line;
}

/** IPv4 addresses and quads stand for each other, and so do their sets. */
const CONVERSIONS: readonly { readonly from: Type; readonly to: Type; readonly by: Builtin }[] = [
  { from: IP, to: QUAD, by: QUAD_OF_IP },
  { from: QUAD, to: IP, by: IP_OF_QUAD },
  { from: setTypeOf(IP)!, to: setTypeOf(QUAD)!, by: QUADS_OF_IPS },
  { from: setTypeOf(QUAD)!, to: setTypeOf(IP)!, by: IPS_OF_QUADS },
];

export function isConvertible(from: Type, to: Type): boolean {
  return isAssignable(from, to) || CONVERSIONS.some((it) => it.from === from && it.to === to);
}

/** The value as a value of another type; `undefined` if there is no way. */
export function convert(code: Code, to: Type, span: Span): Code | undefined {
  if (code.type === to) return code;
  if (code.type === EMPTY_SET && isAssignable(EMPTY_SET, to)) {
    return constant(to, to === PREFIX_SET ? new PrefixSet([]) : new ValueSet(undefined, []), code.line);
  }
  const conversion = CONVERSIONS.find((it) => it.from === code.type && it.to === to);
  if (conversion === undefined) return undefined;
  // A constant that is no IPv4 address is of another type, not a mistake of its own.
  if (to === QUAD && code.op === 'constant' && !(code.value as IpAddress).isV4) return undefined;
  return callBuiltin(conversion.by, [code], span);
}

/** The value, converted where it can be; an error about argument `index` of an instruction otherwise. */
export function expectType(code: Code, to: Type, span: Span, instruction: string, index: number): Code {
  const converted = convert(code, to, span);
  if (converted !== undefined) return converted;
  return failTypes(span, `Argument ${index} of ${instruction} must be of type ${to.name}, got type ${code.type.name}`);
}

/** Complains about a call of a function of the language with too few or too many arguments. */
export function expectCount(call: Extract<Expression, { kind: 'call' }>, count: number): void {
  const { name, args } = call;
  if (args.length === count) return;
  const got = `${args.length} argument${args.length === 1 ? '' : 's'}`;
  fail(call, `Function '${name}' expects ${count} argument${count === 1 ? '' : 's'}, got ${got}`);
}

/**
 * An error of types that BIRD finds when it runs the instruction; where all operands are constants, that is while it
 * reads, and it says so.
 */
export function failOperands(codes: readonly Code[], span: Span, message: string, hint?: string): never {
  const early = codes.every((code) => code.op === 'constant');
  return failTypes(span, early ? `filter preevaluation, line ${lineOf(span)}: ${message}` : message, hint);
}

/** A call with arguments of the right types, or its value where all of them are constants. */
export function callBuiltin(builtin: Builtin, args: readonly Code[], span: Span): Code {
  const line = lineOf(span);
  const values: unknown[] = [];
  for (const arg of args) if (arg.op === 'constant') values.push(arg.value);
  if (values.length < args.length) {
    const mayBeVoid = builtin.passesVoid && args[0]!.mayBeVoid;
    return { op: 'builtin', builtin, args, type: builtin.result, mayBeVoid, line };
  }
  const folded = fold(builtin, values);
  if ('error' in folded) fail(span, `filter preevaluation, line ${line}: ${folded.error}`);
  return constant(builtin.result, folded.value, line);
}
