/** What the rules between protocols are asked about. */
import type { ProtocolConfig } from '../model.ts';
import type { Token } from '../syntax/token.ts';

export interface ProtocolCheck {
  readonly config: ProtocolConfig;
  /** The protocol's name, or its word where there is none. */
  readonly token: Token;
}

export interface WholeCheck {
  readonly protocols: readonly ProtocolCheck[];
  /** The end of the text. */
  readonly end: Token;
  error(token: Token, message: string, hint?: string): void;
  warn(token: Token, message: string, hint?: string): void;
}

export type WholeRule = (check: WholeCheck) => void;
