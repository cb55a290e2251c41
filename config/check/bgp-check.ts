/**
 * What the rules of BGP sessions are asked about. Each rule is a file of its own: one sentence of what is right, and
 * the complaint about what is not.
 */
import type { Dialect } from '../dialect.ts';
import type { BgpChannelOptions } from '../grammar/bgp-channel.ts';
import type { BgpOptions } from '../grammar/bgp-options.ts';
import type { TableDefinition } from '../table-definition.ts';

/** What a rule sees: the finished session and where things were written. */
export interface BgpCheck {
  readonly dialect: Dialect;
  readonly options: BgpOptions;
  /** Same AS on both sides. */
  readonly internal: boolean;
  /** Same AS or same confederation. */
  readonly interior: boolean;
  /** TTL of a multihop session, `undefined` for a direct one. */
  readonly hops: number | undefined;
  readonly channels: readonly BgpChannelCheck[];
  written(key: keyof BgpOptions): boolean;
  error(key: keyof BgpOptions, message: string, hint?: string): void;
  warn(key: keyof BgpOptions, message: string, hint?: string): void;
}

export interface BgpChannelCheck {
  readonly options: BgpChannelOptions;
  readonly words: string;
  readonly table: TableDefinition;
  readonly gateway: 'direct' | 'recursive';
  error(key: keyof BgpChannelOptions | undefined, message: string, hint?: string): void;
}

export type BgpRule = (check: BgpCheck) => void;
