/**
 * BGPFilter resources as functions of the filter language. A function looks at the rules in order; where none matches it
 * ends without a verdict, and whoever called it goes on.
 */
import { formatPrefix } from '../../../bgp/index.ts';
import type { BgpFilterResource, FilterOperation, FilterRule, MatchOperator } from '../resource/bgp-filter.ts';
import type { Community } from '../resource/community.ts';
import type { FilterFunction } from './plan.ts';
import { sha256 } from './sha256.ts';

/** LOCAL_PREF and kernel metric together make this: the greater one is, the less is the other. */
export const PIVOT = 2147483647;
/** Names of the language have 64 characters at most. */
const NAME_BUDGET = 45;
const KEPT = 28;
const HASH_DIGITS = 16;

const OPERATORS: Readonly<Record<MatchOperator, string>> = { Equal: '=', NotEqual: '!=', In: '~', NotIn: '!~' };

/** `undefined` where the filter says nothing for this direction and family. */
export function filterFunction(
  filter: BgpFilterResource,
  direction: 'import' | 'export',
  version: 4 | 6,
): FilterFunction | undefined {
  const rules =
    direction === 'import'
      ? version === 4
        ? filter.import4
        : filter.import6
      : version === 4
        ? filter.export4
        : filter.export6;
  if (rules.length === 0) return undefined;
  const name = `bgp_${shortName(filter.name)}_${direction}FilterV${version}`;
  return { filter: filter.name, name, rules, asksSameAs: rules.some((rule) => rule.peerType !== undefined) };
}

function shortName(name: string): string {
  if (name.length <= NAME_BUDGET) return name;
  const hash = sha256(name).toString('hex').toUpperCase().slice(0, HASH_DIGITS);
  return `${name.slice(0, KEPT)}_${hash}`;
}

/** One rule as one statement. */
export function ruleText(rule: FilterRule): string {
  const conditions = conditionsOf(rule);
  const verdict = rule.action === 'Accept' ? 'accept;' : 'reject;';
  const body = [...rule.operations.flatMap(operationText), verdict].join(' ');
  const plain = conditions.length === 0 ? body : `if (${conditions.join('&&')}) then { ${body} }`;
  if (rule.peerType === undefined) return plain;
  return `if (${rule.peerType === 'iBGP' ? '' : '!'}is_same_as) then { ${plain} }`;
}

function conditionsOf(rule: FilterRule): readonly string[] {
  const conditions: string[] = [];
  if (rule.net !== undefined) {
    const { cidr, operator, lengths } = rule.net;
    const bits = cidr.version === 4 ? 32 : 128;
    const text = formatPrefix(cidr);
    const range =
      lengths === undefined
        ? text
        : `[ ${text}{${Math.max(cidr.length, lengths.min ?? 0)},${Math.min(bits, lengths.max ?? bits)}} ]`;
    conditions.push(`(net ${OPERATORS[operator]} ${range})`);
  }
  if (rule.remotePeers) conditions.push('((defined(source))&&(source ~ [ RTS_BGP ]))');
  if (rule.interfacePattern !== undefined) {
    conditions.push(`((defined(ifname))&&(ifname ~ "${rule.interfacePattern}"))`);
  }
  if (rule.community !== undefined) {
    conditions.push(`(${communityText(rule.community)} ~ ${communityAttribute(rule.community)})`);
  }
  if (rule.asPathPrefix.length > 0) conditions.push(`(bgp_path ~ [= ${rule.asPathPrefix.join(' ')} * =])`);
  if (rule.priority !== undefined) {
    conditions.push(`(defined(bgp_local_pref)&&(bgp_local_pref = ${PIVOT - rule.priority}))`);
  }
  return conditions;
}

function operationText(operation: FilterOperation): readonly string[] {
  switch (operation.op) {
    case 'addCommunity':
      return [addCommunityText(operation.community)];
    case 'prependAsPath':
      // Each one goes to the front: the last one first.
      return [...operation.numbers].reverse().map((number) => `bgp_path.prepend(${number});`);
    case 'setPriority':
      return [`bgp_local_pref = ${PIVOT - operation.priority};`];
  }
}

export function addCommunityText(community: Community): string {
  return `${communityAttribute(community)}.add(${communityText(community)});`;
}

function communityText({ parts }: Community): string {
  return `(${parts.join(', ')})`;
}

function communityAttribute({ kind }: Community): string {
  return kind === 'standard' ? 'bgp_community' : 'bgp_large_community';
}
