/** What tables of UPDATEs are written with: a row maker, and the attributes that are good in them. */
import { NEXT_HOP, ORIGIN } from '../bgp/wire.ts';
import type { Kind, Outcome, Position, Scene, UpdateCase } from './case.ts';
import { asPath, med, reach, type UpdateParts, update } from './octets.ts';

const ONE: readonly Position[] = ['first'];

export const NEXT_HOP_IPV6 = '20010db8000000000000000000000001';

/** The good attributes of a scene; MED 222 marks what is under test, 111 what was there before. */
export function good(scene: Scene, metric = 222): Uint8Array[] {
  return [ORIGIN, asPath(scene.as4 ? 4 : 2, 65002, 65003), NEXT_HOP, med(metric)];
}

/** What goes with MP_REACH_NLRI alone. */
export const withoutNextHop = (scene: Scene): Uint8Array[] => good(scene).filter((one) => one !== NEXT_HOP);

/** MP_REACH_NLRI of the scene's IPv6 prefix. */
export const reachIpv6 = (scene: Scene, nextHop = NEXT_HOP_IPV6): Uint8Array => reach(nextHop, scene.ipv6().nlri);

/** One more attribute among the good ones, where the scene wants it. */
export function inPlace(scene: Scene, one: Uint8Array, others: readonly Uint8Array[] = good(scene)): Uint8Array[] {
  if (scene.position === 'first') return [one, ...others];
  return scene.position === 'last' ? [...others, one] : [...others.slice(0, 2), one, ...others.slice(2)];
}

/** The same prefix from a sender that does not clear what lies behind its length. */
export function withHostBits(nlri: Uint8Array): Uint8Array {
  const changed = nlri.slice();
  changed[changed.length - 1]! |= 0x7f;
  return changed;
}

interface Parts extends Omit<UpdateCase, 'id' | 'section' | 'rule' | 'spec' | 'positions' | 'update' | 'outcome'> {
  readonly positions?: readonly Position[];
}

export function updateRow(
  section: string,
  spec: string,
): (
  id: string,
  rule: string,
  parts: (scene: Scene) => UpdateParts | Uint8Array,
  outcome: Outcome | ((kind: Kind) => Outcome),
  more?: Parts,
) => UpdateCase {
  return (id, rule, parts, outcome, more = {}) => ({
    id,
    section,
    rule,
    spec,
    positions: ONE,
    update: (scene) => {
      const made = parts(scene);
      return made instanceof Uint8Array ? made : update(made);
    },
    outcome: typeof outcome === 'function' ? outcome : () => outcome,
    ...more,
  });
}
