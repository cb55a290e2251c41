/**
 * What the name of a table stands for while a configuration is read. Tables of all kinds are known by name, so that
 * filters and protocols that mention them can be read; those for IPv4 and IPv6 prefixes hold routes.
 */
import type { FamilyName } from '../bgp/index.ts';
import type { ConfigSymbol } from './scope.ts';

export type NetTypeName =
  | 'ipv4'
  | 'ipv6'
  | 'ipv6 sadr'
  | 'vpn4'
  | 'vpn6'
  | 'roa4'
  | 'roa6'
  | 'flow4'
  | 'flow6'
  | 'eth'
  | 'mpls'
  | 'aspa'
  | 'evpn'
  | 'neighbor';

export interface TableDefinition {
  readonly name: string;
  readonly type: NetTypeName;
  readonly sorted: boolean;
  readonly trie: boolean;
}

/** The definition of a symbol of kind `table`. */
export function tableOf(symbol: ConfigSymbol): TableDefinition {
  return symbol.definition as TableDefinition;
}

/** The family of the tables that hold routes; `undefined` for the others. */
export function familyOfNetType(type: NetTypeName): FamilyName | undefined {
  return type === 'ipv4' || type === 'ipv6' ? type : undefined;
}
