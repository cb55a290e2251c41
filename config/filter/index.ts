/** The filter language: what the configuration's grammar and the control socket use of it. */
export type { EvalResult, FilterConstant } from './declarations.ts';
export {
  evaluateExpression,
  readAttributeDeclaration,
  readConstant,
  readDefine,
  readTestStatement,
} from './declarations.ts';
export type { FilterHost } from './environment.ts';
export { FilterEnvironment } from './environment.ts';
export { UNNAMED } from './policy.ts';
export type { FilterNotes, FilterReader } from './reader.ts';
export { readFilterDeclaration, readFunctionDeclaration, readPolicy, readRouteBlock } from './reader.ts';
export { filterOf } from './symbols.ts';
export type { FilterTestResult } from './tests.ts';
export { FilterTests } from './tests.ts';
export { type Network, prefixOfNetwork } from './value.ts';
