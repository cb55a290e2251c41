/** What the filter language keeps in the scopes of the configuration (scope.ts), with the kinds of its symbols. */
import type { Policy } from '../../bgp/index.ts';
import type { ConfigSymbol } from '../scope.ts';
import type { AttributeDefinition } from './attributes.ts';
import type { FunctionCode, Variable } from './code.ts';
import type { Type } from './types.ts';

/** `define NAME = value;` */
export interface ConstantDefinition {
  readonly type: Type;
  readonly value: unknown;
}

export function constantOf(symbol: ConfigSymbol): ConstantDefinition | undefined {
  return symbol.kind === 'constant' ? (symbol.definition as ConstantDefinition) : undefined;
}

export function variableOf(symbol: ConfigSymbol): Variable | undefined {
  return symbol.kind === 'variable' || symbol.kind === 'argument' ? (symbol.definition as Variable) : undefined;
}

export function attributeOf(symbol: ConfigSymbol): AttributeDefinition | undefined {
  return symbol.kind === 'attribute' ? (symbol.definition as AttributeDefinition) : undefined;
}

export function functionOf(symbol: ConfigSymbol): FunctionCode | undefined {
  return symbol.kind === 'function' ? (symbol.definition as FunctionCode) : undefined;
}

/** The policy that `filter NAME` declared. */
export function filterOf(symbol: ConfigSymbol): Policy | undefined {
  return symbol.kind === 'filter' ? (symbol.definition as Policy) : undefined;
}
