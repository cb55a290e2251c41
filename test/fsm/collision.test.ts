import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IPV4_UNICAST } from '../../bgp/index.ts';
import type { PeerFsmConfig } from '../../fsm/index.ts';
import { familyConfig, mirrored, never, peerConfig } from './harness.ts';
import { Link } from './link.ts';

/** Long enough for every pause of the machine, far shorter than a startup hold time. */
const SETTLED_MS = 60_000;

/**
 * Tries every order in which the network can deliver, as long as anything is under way; time passes only when nothing
 * is. Situations that were met before are not looked at again. Calls `verify` in every final situation.
 */
function explore(
  make: () => Link,
  verify: (link: Link) => void,
): { readonly situations: number; readonly finals: number } {
  const seen = new Set<string>();
  let finals = 0;
  const pending: number[][] = [[]];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const link = make();
    for (const choice of path) link.choices()[choice]?.();
    const count = link.choices().length;
    const key = link.key();
    if (seen.has(key)) continue;
    seen.add(key);
    if (count === 0) {
      finals++;
      verify(link);
      continue;
    }
    for (let choice = 0; choice < count; choice++) pending.push([...path, choice]);
  }
  return { situations: seen.size, finals };
}

function verifySettled(link: Link): void {
  link.run(link.now + SETTLED_MS);
  const wires = link.ends.map((end) => {
    const { established } = end.fsm;
    assert.ok(established, `${end.name} has a session`);
    const found = end.halves.get(established.connection);
    assert.ok(found);
    return found.wire;
  });
  assert.equal(wires[0], wires[1], 'both ends chose the same connection');
  const dumped = link.wires.filter((wire) => wire.collisions > 0);
  assert.ok(dumped.length <= 1, 'at most one connection is given up by a collision');
  for (const wire of link.wires) assert.ok(wire.collisions <= 2, 'each end says so at most once');
  for (const end of link.ends) {
    assert.equal(end.halves.size, 1, `${end.name} keeps one connection`);
    assert.equal(end.sessionsUp, 1, `${end.name} came up once`);
    assert.equal(end.sessionsDown, 0, `${end.name} never lost a session`);
    assert.equal(end.fsm.backOff.seconds, 0, `${end.name} was never put off`);
  }
}

const restartable = {
  gracefulRestart: 'on',
  families: [familyConfig({ family: IPV4_UNICAST, gracefulRestart: 'on', longLived: 'on' })],
  longLivedGracefulRestart: 'on',
} as const satisfies Partial<PeerFsmConfig>;

describe('connection collision (RFC 4271 section 6.8), both ends ours, every order of events', () => {
  const identifiers = [
    ['the lower identifier', 0x0a000001, 0x0a000002],
    ['the higher identifier', 0x0a000002, 0x0a000001],
    ['the higher identifier as an unsigned number', 0xfe000001, 0x0a000001],
    ['the same identifier, lower AS', 0x0a000001, 0x0a000001],
  ] as const;
  for (const [title, localId, peerId] of identifiers) {
    for (const [kind, overrides] of [
      ['', {}],
      [', graceful restart agreed', restartable],
      [', one end waits for the OPEN (DelayOpen)', { delayOpenTime: 2 }],
    ] as const) {
      it(`exactly one session when the one end has ${title}${kind}`, () => {
        const local = peerConfig({ connectDelayTime: 0, localId, ...overrides });
        const peer = { ...mirrored(local, peerId), delayOpenTime: 0 };
        const { situations, finals } = explore(() => {
          const link = new Link([local, peer], never);
          link.start();
          return link;
        }, verifySettled);
        // The search has really searched.
        assert.ok(situations > 50, `${situations} situations`);
        assert.ok(finals > 1, `${finals} final situations`);
      });
    }
  }

  it('a passive end never dials, whatever happens', () => {
    const local = peerConfig({ connectDelayTime: 0, passive: true });
    const peer = mirrored({ ...local, passive: false }, 0x0a000002);
    explore(
      () => {
        const link = new Link([local, peer], never);
        link.start();
        return link;
      },
      (link) => {
        verifySettled(link);
        assert.ok(link.wires.every((wire) => wire.dialer.end === link.ends[1]));
      },
    );
  });
});
