/**
 * Questions to tables of the RPKI.
 *
 *     roa_check( table [ ',' prefix ',' asn ] )               without both: of the route's own
 *     aspa_check( table ',' path ',' upstream )
 *     aspa_check_upstream( table )    aspa_check_downstream( table )          of the route's own path
 */
import { didYouMean } from '../syntax/diagnostic.ts';
import { type NetTypeName, tableOf } from '../table-definition.ts';
import type { Expression } from './ast.ts';
import { ATTRIBUTES } from './attributes.ts';
import { METHODS } from './builtins.ts';
import { type CheckContext, callBuiltin, expectCount, expectType, fail, lineOf, warn } from './checker.ts';
import { type Code, constant } from './code.ts';
import { BGPPATH, BOOL, ENUM_ASPA, ENUM_ROA, INT, PREFIX } from './types.ts';

type Call = Extract<Expression, { kind: 'call' }>;
type Check = (expression: Expression) => Code;

/** The name of a table; one that cannot have entries of the kind is doubtful, but BIRD takes it. */
function tableName(expression: Expression, context: CheckContext, kind: string, types: readonly NetTypeName[]): string {
  const { scope } = context;
  const symbol = expression.kind === 'name' ? scope.lookup(expression.name) : undefined;
  if (symbol?.kind !== 'table') {
    const hint = expression.kind === 'name' ? didYouMean(expression.name, scope.names('table')) : undefined;
    return fail(expression, 'Table name required', hint);
  }
  const { name, type } = tableOf(symbol);
  if (!types.includes(type)) warn(context, expression, `${name} is a table for ${type}: there is no ${kind} in it`);
  return name;
}

function ownAttribute(name: 'net' | 'bgp_path', line: number): Code {
  const attribute = ATTRIBUTES.get(name)!;
  return { op: 'attribute', attribute, type: attribute.type, mayBeVoid: false, line };
}

export function roaCheck(call: Call, context: CheckContext, check: Check): Code {
  const { args } = call;
  if (args.length !== 1) expectCount(call, 3);
  const line = lineOf(call);
  const table = tableName(args[0]!, context, 'ROA', ['roa4', 'roa6']);
  const result = { op: 'roa check', table, type: ENUM_ROA, mayBeVoid: false, line } as const;
  if (args.length === 1) {
    const asn = callBuiltin(METHODS.get('last')![0]!, [ownAttribute('bgp_path', line)], call);
    return { ...result, net: ownAttribute('net', line), asn };
  }
  const net = expectType(check(args[1]!), PREFIX, args[1]!, 'ROA_CHECK', 1);
  return { ...result, net, asn: expectType(check(args[2]!), INT, args[2]!, 'ROA_CHECK', 2) };
}

export function aspaCheck(call: Call, context: CheckContext, check: Check): Code {
  const { name, args } = call;
  const line = lineOf(call);
  expectCount(call, name === 'aspa_check' ? 3 : 1);
  const table = tableName(args[0]!, context, 'ASPA', ['aspa']);
  const result = { op: 'aspa check', table, type: ENUM_ASPA, mayBeVoid: false, line } as const;
  if (name !== 'aspa_check') {
    const upstream = constant(BOOL, name === 'aspa_check_upstream', line);
    return { ...result, path: ownAttribute('bgp_path', line), upstream };
  }
  const path = expectType(check(args[1]!), BGPPATH, args[1]!, 'ASPA_CHECK', 1);
  return { ...result, path, upstream: expectType(check(args[2]!), BOOL, args[2]!, 'ASPA_CHECK', 2) };
}
