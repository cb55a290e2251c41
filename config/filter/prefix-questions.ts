/**
 * What a filter asks about the prefix of a route, where it asks nothing but whether the prefix is in certain sets and how
 * long it is. All answers together are one number, and routes that differ in nothing else get the same verdict: the
 * callers of a policy remember by it (see `Policy.prefixClass`). Most filters of real networks are like that.
 *
 *     | answers, a bit each (22) | length of the prefix, if anything asks for it (8) |
 */
import type { PolicyRoute } from '../../bgp/index.ts';
import { NET_LENGTH } from './builtins.ts';
import type { Code, PrefixQuestions } from './code.ts';
import { IN_PREFIX_SET, INSIDE_NETWORK } from './matches.ts';
import type { PrefixSet } from './prefix-set.ts';
import { coversRoute, isRouteNetwork, type Network } from './value.ts';

/** `PrefixQuestions` while they are being filled in. */
export interface FoundQuestions {
  readonly sets: Set<PrefixSet>;
  readonly inside: Set<Network>;
  readonly equal: Set<Network>;
  length: boolean;
}

const LENGTH_BITS = 8;
const MOST_ANSWERS = 22;

export function noQuestions(): FoundQuestions {
  return { sets: new Set(), inside: new Set(), equal: new Set(), length: false };
}

export function addQuestions(found: FoundQuestions, more: PrefixQuestions): void {
  for (const set of more.sets) found.sets.add(set);
  for (const net of more.inside) found.inside.add(net);
  for (const net of more.equal) found.equal.add(net);
  found.length ||= more.length;
}

/** Notes the question that an expression is. False if it is none of these, or its parts have to be looked at. */
export function addQuestion(found: FoundQuestions, code: Code): boolean {
  switch (code.op) {
    case 'match':
      if (!isRouteNet(code.left) || code.right.op !== 'constant') return false;
      if (code.builtin === IN_PREFIX_SET) found.sets.add(code.right.value as PrefixSet);
      else if (code.builtin === INSIDE_NETWORK) found.inside.add(code.right.value as Network);
      else return false;
      return true;
    case 'compare': {
      const { left, right, operator } = code;
      if ((operator !== '=' && operator !== '!=') || !isRouteNet(left)) return false;
      if (right.op !== 'constant' || right.type !== left.type) return false;
      found.equal.add(right.value as Network);
      return true;
    }
    case 'builtin':
      if (code.builtin !== NET_LENGTH || !isRouteNet(code.args[0])) return false;
      found.length = true;
      return true;
    default:
      return false;
  }
}

/** The number for a route; `undefined` if there are more answers than it has room for. */
export function prefixClass(questions: PrefixQuestions): ((route: PolicyRoute) => number) | undefined {
  const sets = [...questions.sets];
  const inside = [...questions.inside];
  const equal = [...questions.equal];
  const { length } = questions;
  if (sets.length + inside.length + equal.length > MOST_ANSWERS) return undefined;
  return (route) => {
    let answers = 0;
    for (let i = 0; i < sets.length; i++) answers = (answers << 1) | (sets[i]!.matchesRoute(route) ? 1 : 0);
    for (let i = 0; i < inside.length; i++) answers = (answers << 1) | (coversRoute(inside[i]!, route) ? 1 : 0);
    for (let i = 0; i < equal.length; i++) answers = (answers << 1) | (isRouteNetwork(equal[i]!, route) ? 1 : 0);
    return (answers << LENGTH_BITS) | (length ? route.length : 0);
  };
}

export function isRouteNet(code: Code | undefined): boolean {
  return code?.op === 'attribute' && code.attribute.place.in === 'route' && code.attribute.place.field === 'net';
}
