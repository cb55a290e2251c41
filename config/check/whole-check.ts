/** What the rules between protocols are asked about. */
import type { FamilyName } from '../../bgp/index.ts';
import type { Dialect } from '../dialect.ts';
import type { ProtocolConfig } from '../model.ts';
import type { Token } from '../syntax/token.ts';

export interface ProtocolCheck {
  readonly config: ProtocolConfig;
  /** The protocol's name, or its word where there is none. */
  readonly token: Token;
}

export interface WholeCheck {
  readonly dialect: Dialect;
  /** Of a daemon that has only one (BIRD 1). */
  readonly family: FamilyName;
  /** As written. */
  readonly routerId: number | undefined;
  readonly protocols: readonly ProtocolCheck[];
  /** The end of the text. */
  readonly end: Token;
  error(token: Token, message: string, hint?: string): void;
  warn(token: Token, message: string, hint?: string): void;
}

export type WholeRule = (check: WholeCheck) => void;
