/**
 * Filters as they are written: the parser makes these trees, the checker turns them into code (code.ts) at once and
 * forgets them. Nothing here knows what a name means. Every node remembers its first and last token, for carets.
 */
import type { Token } from '../syntax/token.ts';
import type { Type } from './types.ts';

export interface Span {
  readonly first: Token;
  readonly last: Token;
}

export type RelationOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '++';
export type LogicalOperator = '&&' | '||';

export type Expression = Span &
  (
    | { readonly kind: 'number'; readonly value: number }
    | { readonly kind: 'bool'; readonly value: boolean }
    | { readonly kind: 'string'; readonly value: string }
    /** Pairs of hexadecimal digits. */
    | { readonly kind: 'bytes'; readonly digits: string }
    | { readonly kind: 'mac'; readonly value: number }
    | { readonly kind: 'ip'; readonly text: string }
    | { readonly kind: 'quad'; readonly value: number }
    | { readonly kind: 'rd'; readonly text: string }
    | PrefixLiteral
    | { readonly kind: 'flow'; readonly version: 4 | 6; readonly parts: readonly FlowPart[] }
    | NetworkLiteral
    /** `+empty+`, `-empty-`, `--empty--`, `---empty---`. */
    | { readonly kind: 'empty'; readonly type: Type }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'call'; readonly name: string; readonly args: readonly Expression[] }
    | MemberExpression
    | { readonly kind: 'not'; readonly operand: Expression }
    | {
        readonly kind: 'arithmetic';
        readonly operator: ArithmeticOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | {
        readonly kind: 'relation';
        readonly operator: RelationOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    /** One level, from the left: `operators[i]` stands between operands i and i + 1. */
    | {
        readonly kind: 'logical';
        readonly operands: readonly Expression[];
        readonly operators: readonly LogicalOperator[];
      }
    | { readonly kind: 'pair'; readonly parts: readonly [Expression, Expression] }
    | { readonly kind: 'lc'; readonly parts: readonly [Expression, Expression, Expression] }
    | { readonly kind: 'ec'; readonly head: EcHead; readonly parts: readonly [Expression, Expression] }
    | { readonly kind: 'set'; readonly items: readonly SetItem[] }
    | { readonly kind: 'mask'; readonly items: readonly MaskPart[] }
  );

/** `expression.member` or `expression.member(args)`. */
export interface MemberExpression extends Span {
  readonly kind: 'member';
  readonly object: Expression;
  readonly member: Token;
  /** `undefined` without parentheses. */
  readonly args: readonly Expression[] | undefined;
}

/** First word of an extended community: rt, ro, generic, or `unknown` with its number. */
export interface EcHead {
  readonly word: 'rt' | 'ro' | 'generic' | 'unknown';
  readonly number: Expression | undefined;
}

/** A network literal; `max`, `as`, `from` and `rd` make it one of a special table. */
export interface PrefixLiteral extends Span {
  readonly kind: 'prefix';
  readonly address: string;
  readonly length: number;
  readonly rd: string | undefined;
  readonly roa: { readonly maxLength: Expression; readonly asn: Expression } | undefined;
  readonly from: PrefixLiteral | undefined;
}

/** Networks that are no prefixes: `mpls 100`, `eth MAC vlan 5`, `evpn mac ...`. */
export interface NetworkLiteral extends Span {
  readonly kind: 'network';
  /** Its words. */
  readonly of: 'mpls' | 'aspa' | 'eth' | 'neighbor' | 'evpn ead' | 'evpn mac' | 'evpn imet' | 'evpn es';
  readonly operands: readonly Expression[];
}

/** One number or bit mask of a flow specification; see flow.ts. */
export interface FlowTermPart {
  readonly and: boolean;
  readonly operator: number;
  readonly value: Expression;
  /** Of bit masks. */
  readonly mask: Expression | undefined;
}

/** A component of a flow specification. */
export type FlowPart = Span &
  (
    | {
        readonly kind: 'prefix';
        readonly type: 1 | 2;
        readonly prefix: Expression;
        readonly offset: Expression | undefined;
      }
    | {
        readonly kind: 'numbers';
        readonly type: number;
        /** As it is called where it was written. */
        readonly words: string;
        readonly terms: readonly FlowTermPart[];
      }
    | { readonly kind: 'bits' | 'flags'; readonly type: number; readonly terms: readonly FlowTermPart[] }
  );

/** `*`, a value, or a range of values. */
export type SetPart = { readonly from: Expression; readonly to: Expression | undefined } | '*';

export type SetItem = Span &
  (
    | { readonly kind: 'range'; readonly from: Expression; readonly to: Expression | undefined }
    | { readonly kind: 'prefix'; readonly prefix: PrefixLiteral; readonly low: number; readonly high: number }
    /** `(1,2)`, `(1,*)`, `(rt,1,2..3)`, `(1,2,3)`; `to`: the upper bound of `(1,2)..(3,4)`. */
    | {
        readonly kind: 'tuple';
        readonly head: EcHead | undefined;
        readonly parts: readonly SetPart[];
        readonly to: readonly Expression[] | undefined;
      }
  );

export type MaskPart = Span &
  (
    | { readonly kind: 'value'; readonly from: Expression; readonly to: Expression | undefined }
    | { readonly kind: 'any' | 'star' | 'loop' }
  );

export interface VariableDeclaration extends Span {
  readonly type: Type;
  readonly name: Token;
  readonly value: Expression | undefined;
}

export interface CaseArm {
  readonly items: readonly SetItem[];
  readonly body: Block;
}

export interface Block extends Span {
  readonly kind: 'block';
  readonly statements: readonly Statement[];
}

export type Statement =
  | Block
  | (VariableDeclaration & { readonly kind: 'declare' })
  | (Span &
      (
        | { readonly kind: 'assign'; readonly target: Token; readonly value: Expression }
        /** `x.method(args);`: the result goes back into x. */
        | { readonly kind: 'update'; readonly target: Token; readonly value: MemberExpression }
        | { readonly kind: 'unset'; readonly target: Token }
        | { readonly kind: 'call'; readonly call: Expression }
        /** Arms in order; the first whose condition holds is taken. */
        | {
            readonly kind: 'if';
            readonly arms: readonly { readonly condition: Expression; readonly body: Statement }[];
            readonly otherwise: Statement | undefined;
          }
        | {
            readonly kind: 'case';
            readonly value: Expression;
            readonly arms: readonly CaseArm[];
            readonly otherwise: Block | undefined;
          }
        | {
            readonly kind: 'for';
            /** `undefined`: a variable that exists. */
            readonly type: Type | undefined;
            readonly variable: Token;
            readonly list: Expression;
            readonly body: Statement;
          }
        | {
            readonly kind: 'end';
            readonly verdict: 'accept' | 'reject' | 'error';
            readonly printed: readonly Expression[];
          }
        | { readonly kind: 'print'; readonly printed: readonly Expression[]; readonly newline: boolean }
        | { readonly kind: 'return'; readonly value: Expression | undefined }
        | { readonly kind: 'assert'; readonly condition: Expression }
        | { readonly kind: 'check assign'; readonly target: Token; readonly value: Expression }
      ));

export interface FunctionDeclaration extends Span {
  readonly name: Token;
  readonly args: readonly VariableDeclaration[];
  readonly result: Type | undefined;
  readonly body: FilterBody;
}

/** Variables declared before the brace, and the block. */
export interface FilterBody {
  readonly variables: readonly VariableDeclaration[];
  readonly block: Block;
}
