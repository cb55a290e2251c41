/**
 * What a filter asks about the prefix of a route, where it asks nothing but whether the prefix is in certain sets and how
 * long it is, or whether that is more or less than certain numbers. All answers together are one number, and routes that differ in nothing else get the same verdict: the
 * callers of a policy remember by it (see `Policy.prefixClass`). Most filters of real networks are like that.
 *
 *     | answers, a bit each (22) | number of the range in which the length is (8) |
 *
 * Ranges of lengths end where a comparison turns: `net.len > 24` makes two of them, `net.len` as a value 129.
 */
import type { PolicyRoute } from '../../bgp/index.ts';
import { NET_LENGTH } from './builtins.ts';
import type { Code, CompareOperator, PrefixQuestions } from './code.ts';
import { IN_PREFIX_SET, INSIDE_NETWORK } from './matches.ts';
import type { PrefixSet } from './prefix-set.ts';
import { coversRoute, isRouteNetwork, type Network } from './value.ts';
import type { ValueSet } from './value-set.ts';

/** `PrefixQuestions` while they are being filled in. */
export interface FoundQuestions {
  readonly sets: Set<PrefixSet>;
  readonly inside: Set<Network>;
  readonly equal: Set<Network>;
  /** Lengths at which a range begins. */
  readonly lengths: Set<number>;
}

const LENGTH_BITS = 8;
const LONGEST = 128;
/** Comparisons with sets of more ranges count as asking for the length itself. */
const MOST_RANGES = 64;
const MOST_ANSWERS = 22;

export function noQuestions(): FoundQuestions {
  return { sets: new Set(), inside: new Set(), equal: new Set(), lengths: new Set() };
}

export function addQuestions(found: FoundQuestions, more: PrefixQuestions): void {
  for (const set of more.sets) found.sets.add(set);
  for (const net of more.inside) found.inside.add(net);
  for (const net of more.equal) found.equal.add(net);
  for (const length of more.lengths) found.lengths.add(length);
}

/** Notes the question that an expression is. False if it is none of these, or its parts have to be looked at. */
export function addQuestion(found: FoundQuestions, code: Code): boolean {
  switch (code.op) {
    case 'match':
      if (code.right.op !== 'constant') return false;
      if (isLength(code.left) && code.builtin.params[1]?.kind === 'set') {
        return addLengthSet(found, code.right.value as ValueSet);
      }
      if (!isRouteNet(code.left)) return false;
      if (code.builtin === IN_PREFIX_SET) found.sets.add(code.right.value as PrefixSet);
      else if (code.builtin === INSIDE_NETWORK) found.inside.add(code.right.value as Network);
      else return false;
      return true;
    case 'compare': {
      const { left, right, operator } = code;
      if (isLength(left) && right.op === 'constant') return addComparison(found, operator, right.value);
      if (isLength(right) && left.op === 'constant') {
        return addComparison(found, MIRRORED[operator], left.value);
      }
      if ((operator !== '=' && operator !== '!=') || !isRouteNet(left)) return false;
      if (right.op !== 'constant' || right.type !== left.type) return false;
      found.equal.add(right.value as Network);
      return true;
    }
    case 'builtin':
      if (!isLength(code)) return false;
      for (let length = 0; length <= LONGEST; length++) found.lengths.add(length);
      return true;
    default:
      return false;
  }
}

function isLength(code: Code): boolean {
  return code.op === 'builtin' && code.builtin === NET_LENGTH && isRouteNet(code.args[0]);
}

function addComparison(found: FoundQuestions, operator: CompareOperator, value: unknown): boolean {
  if (typeof value !== 'number') return false;
  // Where the answer turns when the length grows.
  if (operator !== '>' && operator !== '<=') found.lengths.add(value);
  if (operator !== '<' && operator !== '>=') found.lengths.add(value + 1);
  return true;
}

function addLengthSet(found: FoundQuestions, { ranges, blocks }: ValueSet): boolean {
  if (ranges.count > MOST_RANGES || blocks.length > 0) return false;
  for (let i = 0; i < ranges.count; i++) {
    found.lengths.add(ranges.from[i]!);
    found.lengths.add(ranges.to[i]! + 1);
  }
  return true;
}

const MIRRORED: Readonly<Record<CompareOperator, CompareOperator>> = {
  '=': '=',
  '!=': '!=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

/** For each length the number of its range. */
function lengthRanges(starts: ReadonlySet<number>): Uint8Array {
  const ranges = new Uint8Array(LONGEST + 1);
  for (let length = 1; length <= LONGEST; length++) ranges[length] = ranges[length - 1]! + (starts.has(length) ? 1 : 0);
  return ranges;
}

/** The number for a route; `undefined` if there are more answers than it has room for. */
export function prefixClass(questions: PrefixQuestions): ((route: PolicyRoute) => number) | undefined {
  const sets = [...questions.sets];
  const inside = [...questions.inside];
  const equal = [...questions.equal];
  const ranges = lengthRanges(questions.lengths);
  if (sets.length + inside.length + equal.length > MOST_ANSWERS) return undefined;
  return (route) => {
    let answers = 0;
    for (let i = 0; i < sets.length; i++) answers = (answers << 1) | (sets[i]!.matchesRoute(route) ? 1 : 0);
    for (let i = 0; i < inside.length; i++) answers = (answers << 1) | (coversRoute(inside[i]!, route) ? 1 : 0);
    for (let i = 0; i < equal.length; i++) answers = (answers << 1) | (isRouteNetwork(equal[i]!, route) ? 1 : 0);
    return (answers << LENGTH_BITS) | ranges[route.length]!;
  };
}

export function isRouteNet(code: Code | undefined): boolean {
  return code?.op === 'attribute' && code.attribute.place.in === 'route' && code.attribute.place.field === 'net';
}
