/**
 * Attributes of a route as `show route all` lists them: one line each, `NAME: VALUE`, in the order igp_metric, BGP's by
 * type code, the kernel's, the operator's own. Read straight from the canonical record (bgp/attribute/record.ts).
 *
 * Lists that do not fit a line go on in lines with two tabs. Communities break where BIRD breaks them; what BIRD cuts
 * off with `...` (AS paths, cluster lists, unknown attributes) is shown whole, in such lines of at most `WIDEST`
 * characters, which is what its client can still read.
 */
import {
  AttributeCode,
  AttributeFlag,
  attributeEnd,
  ExtensionAttribute,
  extensionEnd,
  findExtension,
  formatAsPath,
  formatCommunityList,
  formatHex,
  formatIp,
  formatIpv4Word,
  readU16,
  readU32,
  valueStart,
} from '../../../bgp/index.ts';
import type { CustomAttribute } from '../../../config/index.ts';
import { escapeText } from '../../monitor/escape.ts';
import type { AttributeRecord } from '../host.ts';
import { Code, type Lines } from './lines.ts';

/** birdc reads lines of up to 4096 octets. */
const WIDEST = 3600;
/** BIRD breaks a list before the element that would begin behind these columns of its 500-column lines. */
const COMMUNITY_BREAK = 476;
const EXTENDED_COMMUNITY_BREAK = 436;
const LARGE_COMMUNITY_BREAK = 435;

const ORIGIN_WORDS = ['IGP', 'EGP', 'Incomplete'];

/** RTAX_* of linux/rtnetlink.h, as BIRD spells them. */
const METRIC_WORDS = [
  '',
  'lock',
  'mtu',
  'window',
  'rtt',
  'rttvar',
  'sstresh',
  'cwnd',
  'advmss',
  'reordering',
  'hoplimit',
  'initcwnd',
  'features',
  'rto_min',
  'initrwnd',
  'quickack',
];
/** Bits of RTAX_FEATURES. */
const FEATURE_WORDS = ['ecn', 'sack', 'timestamp', 'allfrag'];

/** One attribute by name and value; `breakAt` is the column behind which a long value goes on in a new line. */
export interface Shown {
  readonly name: string;
  readonly value: string;
  readonly breakAt: number;
}

export function formatAttributes(
  lines: Lines,
  record: AttributeRecord,
  customAttributes: readonly CustomAttribute[],
): void {
  const { bytes, start, wireEnd, end } = record;
  const igpMetric = findExtension(bytes, wireEnd, end, ExtensionAttribute.IgpMetric);
  if (igpMetric >= 0) formatShown(lines, shown('igp_metric', readU32(bytes, igpMetric + 4)));
  for (let at = start; at < wireEnd; at = attributeEnd(bytes, at)) formatShown(lines, pathAttribute(bytes, at));
  for (let at = wireEnd; at < end; at = extensionEnd(bytes, at)) {
    const extension = extensionText(bytes, at, customAttributes);
    if (extension !== undefined) formatShown(lines, extension);
  }
}

function shown(name: string, value: string | number, breakAt = WIDEST): Shown {
  return { name, value: String(value), breakAt };
}

function pathAttribute(bytes: Uint8Array, at: number): Shown {
  const code = bytes[at + 1]!;
  const start = valueStart(bytes, at);
  const end = attributeEnd(bytes, at);
  switch (code) {
    case AttributeCode.Origin:
      return shown('BGP.origin', ORIGIN_WORDS[bytes[start]!] ?? bytes[start]!);
    case AttributeCode.AsPath:
      return shown('BGP.as_path', formatAsPath(bytes, start, end));
    case AttributeCode.NextHop:
      return shown('BGP.next_hop', nextHops(bytes, start, end));
    case AttributeCode.MultiExitDisc:
      return shown('BGP.med', readU32(bytes, start));
    case AttributeCode.LocalPref:
      return shown('BGP.local_pref', readU32(bytes, start));
    case AttributeCode.AtomicAggregate:
      return shown('BGP.atomic_aggr', '');
    case AttributeCode.Aggregator:
      return shown('BGP.aggregator', `${formatIpv4Word(readU32(bytes, start + 4))} AS${readU32(bytes, start)}`);
    case AttributeCode.Communities:
      return shown('BGP.community', formatCommunityList(bytes, start, end, 1), COMMUNITY_BREAK);
    case AttributeCode.OriginatorId:
      return shown('BGP.originator_id', formatIpv4Word(readU32(bytes, start)));
    case AttributeCode.ClusterList:
      return shown('BGP.cluster_list', quads(bytes, start, end));
    case AttributeCode.ExtendedCommunities:
      return shown('BGP.ext_community', formatCommunityList(bytes, start, end, 2), EXTENDED_COMMUNITY_BREAK);
    case AttributeCode.Aigp:
      return shown('BGP.aigp', aigpText(bytes, start, end));
    case AttributeCode.LargeCommunity:
      return shown('BGP.large_community', formatCommunityList(bytes, start, end, 3), LARGE_COMMUNITY_BREAK);
    case AttributeCode.OnlyToCustomer:
      return shown('BGP.otc', readU32(bytes, start));
    default: {
      const transitive = (bytes[at]! & AttributeFlag.Transitive) !== 0 ? ' [t]' : '';
      return shown(`BGP.${code.toString(16).padStart(2, '0')}${transitive}`, formatHex(bytes, start, end, ' '));
    }
  }
}

/**
 * `NAME: VALUE`, broken between elements: before the one that would begin behind column `breakAt`. An element of a list
 * of communities begins with a parenthesis; of other lists, behind any blank.
 */
function formatShown(lines: Lines, { name, value, breakAt }: Shown): void {
  const head = `${name}: `;
  if (head.length + value.length <= breakAt) {
    lines.line(Code.RouteAttribute, `\t${head}${value}`);
    return;
  }
  const separator = breakAt === WIDEST ? / / : / (?=\()/;
  let text = head;
  let tabs = '\t';
  let limit = breakAt;
  let empty = true;
  for (const element of value.split(separator)) {
    if (!empty && text.length > limit) {
      lines.line(Code.RouteAttribute, `${tabs}${text}`);
      text = '';
      tabs = '\t\t';
      // A line that goes on has one column less in BIRD.
      limit = breakAt - 1;
      empty = true;
    }
    text += empty ? element : ` ${element}`;
    empty = false;
  }
  lines.line(Code.RouteAttribute, `${tabs}${text}`);
}

function nextHops(bytes: Uint8Array, start: number, end: number): string {
  if (end - start === 4) return formatIp(bytes, start, 4);
  const global = formatIp(bytes, start, 16);
  return end - start === 32 ? `${global} ${formatIp(bytes, start + 16, 16)}` : global;
}

function quads(bytes: Uint8Array, start: number, end: number): string {
  const words: string[] = [];
  for (let at = start; at + 4 <= end; at += 4) words.push(formatIpv4Word(readU32(bytes, at)));
  return words.join(' ');
}

/** The accumulated metric of the first AIGP TLV (RFC 7311 section 3: type 1, length 11). */
export function aigpText(bytes: Uint8Array, start: number, end: number): string {
  for (let at = start; at + 3 <= end; ) {
    const length = readU16(bytes, at + 1);
    if (bytes[at] === 1 && length >= 11 && at + 11 <= end) {
      return ((BigInt(readU32(bytes, at + 3)) << 32n) | BigInt(readU32(bytes, at + 7))).toString();
    }
    if (length < 3) break;
    at += length;
  }
  return formatHex(bytes, start, end, ' ');
}

/** An extension attribute by name and value; `undefined` for those that are shown elsewhere. */
export function extensionText(
  bytes: Uint8Array,
  at: number,
  customAttributes: readonly CustomAttribute[],
): Shown | undefined {
  const id = readU16(bytes, at);
  const start = at + 4;
  const end = extensionEnd(bytes, at);
  switch (id) {
    // Shown in the route's own line, and `igp_metric` before everything else.
    case ExtensionAttribute.Preference:
    case ExtensionAttribute.Scope:
    case ExtensionAttribute.IgpMetric:
      return undefined;
    case ExtensionAttribute.KrtSource:
      return shown('Kernel.source', number(bytes, start, end));
    case ExtensionAttribute.KrtMetric:
      return shown('Kernel.metric', number(bytes, start, end));
    case ExtensionAttribute.KrtPrefSrc:
      return shown('Kernel.prefsrc', formatIp(bytes, start, end - start === 4 ? 4 : 16));
    case ExtensionAttribute.KrtRealm:
      return shown('Kernel.realm', number(bytes, start, end));
    case ExtensionAttribute.KrtScope:
      return shown('Kernel.scope', number(bytes, start, end));
    case ExtensionAttribute.KrtTunnel:
      return shown('Kernel.tunnel', words(bytes, start, end));
  }
  if (id >= ExtensionAttribute.KrtMetricBase && id < ExtensionAttribute.CustomBase) {
    const metric = id - ExtensionAttribute.KrtMetricBase;
    return shown(`Kernel.${METRIC_WORDS[metric] ?? metric}`, metricValue(metric, bytes, start, end));
  }
  const custom = customAttributes.find((attribute) => attribute.id === id);
  if (custom === undefined) return shown(`ea.${id}`, formatHex(bytes, start, end, ' '));
  return shown(custom.name, customValue(custom.type, bytes, start, end), customBreak(custom.type));
}

function metricValue(metric: number, bytes: Uint8Array, start: number, end: number): string {
  if (METRIC_WORDS[metric] === 'lock') return bitWords(readU32(bytes, start), METRIC_WORDS);
  if (METRIC_WORDS[metric] === 'features') return bitWords(readU32(bytes, start), FEATURE_WORDS);
  return number(bytes, start, end);
}

function bitWords(bits: number, words: readonly string[]): string {
  const set: string[] = [];
  for (let bit = 0; bit < 32; bit++) if ((bits & (1 << bit)) !== 0) set.push(words[bit] ?? String(bit));
  return set.join(' ');
}

function number(bytes: Uint8Array, start: number, end: number): string {
  return end - start === 4 ? String(readU32(bytes, start)) : formatHex(bytes, start, end, ' ');
}

function words(bytes: Uint8Array, start: number, end: number): string {
  return escapeText(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'));
}

function customBreak(type: string): number {
  switch (type) {
    case 'clist':
      return COMMUNITY_BREAK;
    case 'eclist':
      return EXTENDED_COMMUNITY_BREAK;
    case 'lclist':
      return LARGE_COMMUNITY_BREAK;
    default:
      return WIDEST;
  }
}

/** A value of an attribute that the operator declared, by its type word in the filter language. */
function customValue(type: string, bytes: Uint8Array, start: number, end: number): string {
  switch (type) {
    case 'int':
      return number(bytes, start, end);
    case 'quad':
      return quads(bytes, start, end);
    case 'ip':
      return formatIp(bytes, start, end - start === 4 ? 4 : 16);
    case 'bool':
      return bytes[end - 1] === 0 ? 'FALSE' : 'TRUE';
    case 'bgppath':
      return formatAsPath(bytes, start, end);
    case 'pair':
    case 'clist':
      return formatCommunityList(bytes, start, end, 1);
    case 'ec':
    case 'eclist':
      return formatCommunityList(bytes, start, end, 2);
    case 'lc':
    case 'lclist':
      return formatCommunityList(bytes, start, end, 3);
    case 'string':
      return words(bytes, start, end);
    default:
      return formatHex(bytes, start, end, ' ');
  }
}
