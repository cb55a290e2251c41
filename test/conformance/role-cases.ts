/** Roles and ONLY_TO_CUSTOMER: RFC 9234 section 5. */
import { attribute, hex, NEXT_HOP, ORIGIN } from '../bgp/wire.ts';
import { capability } from '../support/raw-speaker.ts';
import { type Arena, CHANNEL, PEER_AS } from './arena.ts';
import { both, type Fate, POSITIONS, type SessionCase, type UpdateCase } from './case.ts';
import { asPath, KEEPALIVE, u32, update } from './octets.ts';
import { Stage } from './stage.ts';
import { good, inPlace, reachIpv6 } from './update-row.ts';
import { Witness } from './witness.ts';

const SECTION = 'Roles and ONLY_TO_CUSTOMER';
const SPEC = 'RFC 9234 section 5';

const ROLES = ['provider', 'rs_server', 'rs_client', 'customer', 'peer'] as const;
type RoleName = (typeof ROLES)[number];
/** The number that the other end has to say. */
const OTHER: Readonly<Record<RoleName, number>> = { provider: 3, rs_server: 2, rs_client: 1, customer: 0, peer: 4 };

const neighbor = (role: RoleName) => ({ lines: `local role ${role};`, moreCapabilities: capability(9, OTHER[role]) });

const otc = (as: number): Uint8Array => attribute(0xc0, 35, u32(as));

/** A route from a neighbour for whom we are `role`. `told`: the mark with which others hear of it. */
function received(role: RoleName, mark: number | undefined, fate: Fate, told: number | undefined): UpdateCase {
  const words = mark === undefined ? 'no OTC' : mark === PEER_AS ? 'OTC of the neighbour' : 'OTC of another AS';
  return {
    id: `otc-in-${role}-${mark === undefined ? 'none' : mark === PEER_AS ? 'neighbor' : 'other'}`,
    section: SECTION,
    rule: `our role is ${role}, ${words} comes in`,
    spec: SPEC,
    kinds: ['eBGP'],
    neighbor: neighbor(role),
    positions: mark === undefined ? ['first'] : POSITIONS,
    update: (scene) => {
      const others = [reachIpv6(scene), ...good(scene)];
      return update({
        attributes: mark === undefined ? others : inPlace(scene, otc(mark), others),
        nlri: scene.ipv4Nlri(),
      });
    },
    outcome: () => both(fate),
    ...(told === undefined ? { untold: () => 35 } : { told: otc(told) }),
  };
}

const OTHER_AS = 64999;

export const ROLE_UPDATE_CASES: readonly UpdateCase[] = [
  ...(['provider', 'rs_server'] as const).flatMap((role) => [
    received(role, PEER_AS, 'withdrawn', undefined),
    received(role, OTHER_AS, 'withdrawn', undefined),
    received(role, undefined, 'applied', undefined),
  ]),
  ...(['rs_client', 'customer'] as const).flatMap((role) => [
    received(role, PEER_AS, 'applied', PEER_AS),
    received(role, OTHER_AS, 'applied', OTHER_AS),
    received(role, undefined, 'applied', PEER_AS),
  ]),
  received('peer', PEER_AS, 'applied', PEER_AS),
  received('peer', OTHER_AS, 'withdrawn', undefined),
  received('peer', undefined, 'applied', PEER_AS),
];

/** Two routes of a neighbour without roles: without OTC, and with OTC 65010. */
function bring(arena: Arena): Promise<void> {
  let fed = brought.get(arena);
  if (fed === undefined) {
    fed = (async () => {
      const stage = new Stage(arena.source);
      const caller = await stage.established();
      const mandatory = [ORIGIN, asPath(4, stage.as), NEXT_HOP];
      caller.write(update({ attributes: mandatory, nlri: hex('19 c6336400') }));
      caller.write(update({ attributes: [...mandatory, otc(65010)], nlri: hex('19 c6336480') }));
      caller.keepAlive(KEEPALIVE, 20_000);
      await stage.answers(caller);
    })();
    brought.set(arena, fed);
  }
  return fed;
}
const brought = new WeakMap<Arena, Promise<void>>();

function sent(role: RoleName, expected: string): SessionCase {
  return {
    id: `otc-out-${role}`,
    section: SECTION,
    rule: `our role is ${role}: what goes out of a route without OTC and of one with OTC 65010`,
    spec: SPEC,
    kinds: ['eBGP'],
    neighbor: { ...neighbor(role), ipv4: `${CHANNEL} export where net ~ [ 198.51.100.0/24{25,25} ];`, ipv6: '' },
    play: async (stage) => {
      await bring(stage.arena);
      const caller = await stage.established();
      await stage.answers(caller);
      const routes = new Witness(caller).routes();
      const mark = (nlri: string): string => {
        const told = routes.get(`4${nlri}`);
        return told === undefined ? 'nothing' : (told.get(35) ?? 'no OTC');
      };
      return `${mark('19c6336400')}, ${mark('19c6336480')}`;
    },
    expected,
  };
}

export const ROLE_SESSION_CASES: readonly SessionCase[] = [
  sent('provider', 'c023040000fde9, c023040000fdf2'),
  sent('rs_server', 'c023040000fde9, c023040000fdf2'),
  sent('peer', 'c023040000fde9, nothing'),
  sent('rs_client', 'no OTC, nothing'),
  sent('customer', 'no OTC, nothing'),
];
