/**
 * Values as BIRD shows them: what `print` logs, `format` returns and `eval` answers.
 */
import { formatCommunity, formatExtendedCommunity, formatIpv4Word, formatLargeCommunity } from '../../bgp/index.ts';
import { pathText } from './as-path.ts';
import type { MaskItem, PathMask } from './path-mask.ts';
import type { PrefixSet } from './prefix-set.ts';
import { rdText } from './rd-text.ts';
import { macText } from './special-network.ts';
import { NetType, type Type } from './types.ts';
import {
  type ExtendedCommunity,
  type IpAddress,
  ipText,
  ipv4,
  type LargeCommunity,
  type Network,
  networkIp,
  RouteDistinguisher,
} from './value.ts';
import type { PairBlock, ValueSet } from './value-set.ts';

/** Characters after which a path or a list is cut. */
const LONGEST_LIST = 1000;
/** Characters after which a set is cut; BIRD fails on longer ones. */
const LONGEST_SET = 3900;

export const VOID_TEXT = '(void)';

export function display(type: Type, value: unknown): string {
  if (value === undefined || value === -1) return VOID_TEXT;
  switch (type.kind) {
    case 'void':
    case 'opaque':
      return VOID_TEXT;
    case 'bool':
      return value === true ? 'TRUE' : 'FALSE';
    case 'int':
      return String(value);
    case 'string':
      return value as string;
    case 'enum':
      return `(enum ${type.code.toString(16)})${value}`;
    case 'pair':
      return formatCommunity(value as number);
    case 'quad':
      return formatIpv4Word(value as number);
    case 'mac':
      return macText(value as number);
    case 'ip':
      return ipText(value as IpAddress);
    case 'prefix':
      return networkText(value as Network);
    case 'rd':
      return rdText(value as RouteDistinguisher);
    case 'ec':
      return formatExtendedCommunity((value as ExtendedCommunity).high, (value as ExtendedCommunity).low);
    case 'lc':
      return formatLargeCommunity(
        (value as LargeCommunity).asn,
        (value as LargeCommunity).data1,
        (value as LargeCommunity).data2,
      );
    case 'bytestring':
      return Array.from(value as Uint8Array, (octet) => octet.toString(16).padStart(2, '0')).join(':');
    case 'bgppath':
      return `(path ${cut(pathText(value as Uint8Array).split(' '), ' ', LONGEST_LIST)})`;
    case 'bgpmask':
      return maskText(value as PathMask);
    case 'clist':
      return `(clist ${listText(value as Uint32Array, 1)})`;
    case 'eclist':
      return `(eclist ${listText(value as Uint32Array, 2)})`;
    case 'lclist':
      return `(lclist ${listText(value as Uint32Array, 3)})`;
    case 'set':
      return setText(value as ValueSet);
    case 'prefix set':
      return (value as PrefixSet).toString();
  }
}

export function networkText(net: Network): string {
  const prefix = `${networkAddressText(net)}/${net.length}`;
  switch (net.type) {
    case NetType.Vpn4:
    case NetType.Vpn6:
      return `${rdText(net.rd ?? new RouteDistinguisher(0, 0))} ${prefix}`;
    case NetType.Roa4:
    case NetType.Roa6:
      return `${prefix}-${net.maxLength} AS${net.asn}`;
    case NetType.Flow4:
    case NetType.Flow6:
    case NetType.Mpls:
    case NetType.Aspa:
    case NetType.Eth:
    case NetType.Evpn:
    case NetType.Neighbor:
      return String(net.special);
    case NetType.Sadr6:
      return `${prefix} from ${net.source === undefined ? '::/0' : networkText(net.source)}`;
    default:
      return prefix;
  }
}

/** IPv4-mapped networks of IPv6 keep their IPv6 form. */
function networkAddressText(net: Network): string {
  const text = ipText(networkIp(net));
  return net.version === 6 && !text.includes(':') ? `::ffff:${text}` : text;
}

function listText(words: Uint32Array, stride: number): string {
  const texts: string[] = [];
  for (let i = 0, length = 0; i + stride <= words.length && length <= LONGEST_LIST; i += stride) {
    const text = elementOfList(words, i, stride);
    length += text.length + 1;
    texts.push(text);
  }
  return cut(texts, ' ', LONGEST_LIST);
}

function elementOfList(words: Uint32Array, at: number, stride: number): string {
  if (stride === 1) return formatCommunity(words[at]!);
  if (stride === 2) return formatExtendedCommunity(words[at]!, words[at + 1]!);
  return formatLargeCommunity(words[at]!, words[at + 1]!, words[at + 2]!);
}

/** Joins as many parts as fit; ` ...` stands for the others. */
function cut(parts: readonly string[], separator: string, limit: number): string {
  let text = '';
  for (let i = 0; i < parts.length; i++) {
    const more = i === 0 ? parts[i]! : separator + parts[i];
    if (text.length + more.length > limit) return `${text} ...`;
    text += more;
  }
  return text;
}

export function setText(set: ValueSet): string {
  const { ranges, element } = set;
  const parts: string[] = [];
  let length = 0;
  const put = (text: string): void => {
    length += text.length + 2;
    parts.push(text);
  };
  for (let i = 0; i < ranges.count && length <= LONGEST_SET; i++) {
    const from = elementText(element, ranges.from, i, ranges.stride);
    const to = elementText(element, ranges.to, i, ranges.stride);
    put(from === to ? from : `${from}..${to}`);
  }
  for (const block of set.blocks) if (length <= LONGEST_SET) put(blockText(block));
  return `[${cut(parts, ', ', LONGEST_SET)}]`;
}

function blockText(block: PairBlock): string {
  const half = (from: number, to: number): string =>
    from === 0 && to === 0xffff ? '*' : from === to ? String(from) : `${from}..${to}`;
  return `(${half(block.asnFrom, block.asnTo)},${half(block.dataFrom, block.dataTo)})`;
}

/** One bound of a range, as a value of the element type. */
function elementText(type: Type | undefined, words: Uint32Array, index: number, stride: number): string {
  if (type === undefined) return '';
  const at = stride * index;
  const [w0, w1, w2, w3] = [words[at]!, words[at + 1]!, words[at + 2]!, words[at + 3]!];
  switch (type.kind) {
    case 'ip':
      return ipText(w0 === 0 && w1 === 0 && w2 === 0xffff ? ipv4(w3) : { w0, w1, w2, w3, isV4: false });
    case 'ec':
      return formatExtendedCommunity(w0, w1);
    case 'rd':
      return rdText(new RouteDistinguisher(w0, w1));
    case 'lc':
      return formatLargeCommunity(w0, w1, w2);
    case 'mac':
      return macText(w0 * 0x100000000 + w1);
    default:
      return display(type, w0);
  }
}

export function maskText(mask: PathMask): string {
  const item = (it: MaskItem): string => {
    switch (it.kind) {
      case 'range':
        return it.from === it.to ? String(it.from) : `${it.from}..${it.to}`;
      case 'set':
        return setText(it.set);
      case 'any':
        return '?';
      case 'star':
        return '*';
      case 'loop':
        return '+';
    }
  };
  return `[= ${mask.items.map((it) => `${item(it)} `).join('')}=]`;
}
