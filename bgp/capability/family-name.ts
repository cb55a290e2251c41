/** Families as words, also those that are not routed here: peers name them in capabilities. */
import type { FamilyPair } from './capabilities.ts';

/** BIRD's display names by (AFI << 8 | SAFI). */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x0101, 'ipv4'],
  [0x0201, 'ipv6'],
  [0x0102, 'ipv4-mc'],
  [0x0202, 'ipv6-mc'],
  [0x0104, 'ipv4-mpls'],
  [0x0204, 'ipv6-mpls'],
  [0x0180, 'vpn4-mpls'],
  [0x0280, 'vpn6-mpls'],
  [0x0181, 'vpn4-mc'],
  [0x0281, 'vpn6-mc'],
  [0x0185, 'flow4'],
  [0x0285, 'flow6'],
  [0x1946, 'evpn'],
]);

/** `ipv4`, or `<16388/71>` for a family without a name. */
export function familyName(afi: number, safi: number): string {
  return NAMES.get((afi << 8) | safi) ?? `<${afi}/${safi}>`;
}

/** `AF announced: ipv4 ipv6`; the label alone for an empty list. */
export function familyLine(label: string, families: readonly FamilyPair[]): string {
  return [label, ...families.map((family) => familyName(family.afi, family.safi))].join(' ');
}
