/**
 * The attributes of a route as JSON. AS_PATH is a list of numbers in which a set is a list of its own; communities are
 * texts with colons; AIGP is text because it may exceed 2^53; attributes that nobody here knows are hexadecimal octets with their flags.
 */
import {
  AttributeCode,
  attributeEnd,
  ExtensionAttribute,
  extensionEnd,
  formatExtendedCommunity,
  formatHex,
  formatIp,
  formatIpv4Word,
  readU16,
  readU32,
  SegmentType,
  valueStart,
} from '../../../bgp/index.ts';
import type { CustomAttribute } from '../../../config/index.ts';
import { aigpText, extensionText } from '../format/attribute.ts';
import type { AttributeRecord } from '../host.ts';

type AsPath = (
  | number
  | { readonly set: number[] }
  | { readonly confedSequence: number[] }
  | { readonly confedSet: number[] }
)[];

export function attributes(record: AttributeRecord, customAttributes: readonly CustomAttribute[]): object {
  const { bytes, start, wireEnd, end } = record;
  const found: Record<string, unknown> = {};
  for (let at = start; at < wireEnd; at = attributeEnd(bytes, at)) pathAttribute(bytes, at, found);
  for (let at = wireEnd; at < end; at = extensionEnd(bytes, at)) {
    const id = readU16(bytes, at);
    if (
      id === ExtensionAttribute.Preference ||
      id === ExtensionAttribute.Scope ||
      id === ExtensionAttribute.IgpMetric
    ) {
      continue;
    }
    const shown = extensionText(bytes, at, customAttributes);
    if (shown !== undefined) found[shown.name] = /^[0-9]+$/.test(shown.value) ? Number(shown.value) : shown.value;
  }
  return found;
}

function pathAttribute(bytes: Uint8Array, at: number, found: Record<string, unknown>): void {
  const code = bytes[at + 1]!;
  const start = valueStart(bytes, at);
  const end = attributeEnd(bytes, at);
  switch (code) {
    case AttributeCode.Origin:
      found['origin'] = ['IGP', 'EGP', 'Incomplete'][bytes[start]!] ?? bytes[start];
      break;
    case AttributeCode.AsPath:
      found['asPath'] = asPath(bytes, start, end);
      break;
    case AttributeCode.NextHop:
      found['nextHop'] = formatIp(bytes, start, end - start === 4 ? 4 : 16);
      if (end - start === 32) found['nextHopLinkLocal'] = formatIp(bytes, start + 16, 16);
      break;
    case AttributeCode.MultiExitDisc:
      found['med'] = readU32(bytes, start);
      break;
    case AttributeCode.LocalPref:
      found['localPref'] = readU32(bytes, start);
      break;
    case AttributeCode.AtomicAggregate:
      found['atomicAggregate'] = true;
      break;
    case AttributeCode.Aggregator:
      found['aggregator'] = { as: readU32(bytes, start), address: formatIpv4Word(readU32(bytes, start + 4)) };
      break;
    case AttributeCode.Communities:
      found['communities'] = words(bytes, start, end, 1, ([word]) => `${word! >>> 16}:${word! & 0xffff}`);
      break;
    case AttributeCode.OriginatorId:
      found['originatorId'] = formatIpv4Word(readU32(bytes, start));
      break;
    case AttributeCode.ClusterList:
      found['clusterList'] = words(bytes, start, end, 1, ([word]) => formatIpv4Word(word!));
      break;
    case AttributeCode.ExtendedCommunities:
      found['extendedCommunities'] = words(bytes, start, end, 2, ([high, low]) => formatExtendedCommunity(high!, low!));
      break;
    case AttributeCode.LargeCommunity:
      found['largeCommunities'] = words(bytes, start, end, 3, (value) => value.join(':'));
      break;
    case AttributeCode.OnlyToCustomer:
      found['onlyToCustomer'] = readU32(bytes, start);
      break;
    case AttributeCode.Aigp:
      found['aigp'] = aigpText(bytes, start, end);
      break;
    default:
      found[`type${code}`] = { flags: bytes[at], value: formatHex(bytes, start, end, '') };
  }
}

function words<T>(bytes: Uint8Array, start: number, end: number, width: 1 | 2 | 3, shape: (words: number[]) => T): T[] {
  const list: T[] = [];
  for (let at = start; at + 4 * width <= end; at += 4 * width) {
    const value: number[] = [];
    for (let i = 0; i < width; i++) value.push(readU32(bytes, at + 4 * i));
    list.push(shape(value));
  }
  return list;
}

function asPath(bytes: Uint8Array, start: number, end: number): AsPath {
  const path: AsPath = [];
  for (let at = start; at < end; ) {
    const next = at + 2 + 4 * bytes[at + 1]!;
    const numbers = words(bytes, at + 2, next, 1, ([word]) => word!);
    switch (bytes[at]) {
      case SegmentType.Sequence:
        path.push(...numbers);
        break;
      case SegmentType.Set:
        path.push({ set: numbers });
        break;
      case SegmentType.ConfedSequence:
        path.push({ confedSequence: numbers });
        break;
      default:
        path.push({ confedSet: numbers });
    }
    at = next;
  }
  return path;
}
