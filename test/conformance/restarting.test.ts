/** Our own graceful restart as peers see it: RFC 4724 section 4.1. The daemon is started with `-R`. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hex, NEXT_HOP, ORIGIN } from '../bgp/wire.ts';
import { capability } from '../support/raw-speaker.ts';
import { Arena, type Neighbor } from './arena.ts';
import type { Caller } from './caller.ts';
import { asPath, END_OF_RIB_IPV4, END_OF_RIB_IPV6, KEEPALIVE, update } from './octets.ts';
import { Stage } from './stage.ts';

const ON = 'graceful restart on; connect delay time 0; connect retry time 1;';
/** Both families listed; forwarding was preserved. */
const FAMILIES = [0, 1, 1, 0x80, 0, 2, 1, 0x80];
const restartable = capability(64, 0, 120, ...FAMILIES);
const restarting = capability(64, 0x80, 120, ...FAMILIES);

interface Scenario {
  readonly arena: Arena;
  readonly feeder: Neighbor;
  readonly alsoRestarting: Neighbor;
  readonly plain: Neighbor;
  readonly witness: Neighbor;
}

/** Started anew, with neighbours of every kind; `waitSeconds` is the Selection_Deferral_Timer. */
async function scenario(waitSeconds: number, with_: { feeder: boolean }): Promise<Scenario> {
  const arena = new Arena(`graceful restart wait ${waitSeconds};`);
  const spec = { lines: ON };
  // Neighbours that the file does not have are not waited for.
  const feeder = arena.neighbor('eBGP', spec);
  const alsoRestarting = arena.neighbor('eBGP', spec);
  const plain = arena.neighbor('eBGP', spec);
  // One whose port is closed, and one that accepts connections and says nothing.
  arena.neighbor('eBGP', { lines: ON, active: true, deaf: true });
  arena.neighbor('eBGP', { lines: ON, active: true });
  const all = 'import all; export all; gateway recursive; next hop self;';
  const witness = arena.neighbor('iBGP', { lines: `${ON} rr client;`, ipv4: all, ipv6: '' });
  if (!with_.feeder) feeder.removed = true;
  alsoRestarting.removed = !with_.feeder;
  arena.source.removed = true;
  await arena.start('-R');
  return { arena, feeder, alsoRestarting, plain, witness };
}

async function end({ arena }: Scenario): Promise<void> {
  await delay(200);
  const bugs = arena.log().filter((line) => line['class'] === 'bug' || line['class'] === 'fatal');
  await arena.kill();
  for (const neighbor of arena.neighbors) neighbor.leave();
  arena.remove();
  assert.deepEqual(bugs, []);
}

async function up(neighbor: Neighbor, ...more: Uint8Array[]): Promise<Caller> {
  const stage = new Stage(neighbor);
  const caller = await stage.openConfirm({ capabilities: Buffer.concat([neighbor.capabilities, ...more]) });
  caller.write(KEEPALIVE);
  caller.keepAlive(KEEPALIVE, 10_000);
  return caller;
}

const routes = update({ attributes: [ORIGIN, asPath(4, 65002), NEXT_HOP], nlri: hex('18 470001') });
const heard = (caller: Caller): string =>
  caller.heard.map(({ type, body }) => (type !== 2 ? '' : body.length === 4 ? 'R' : 'u')).join('');

describe('our own graceful restart', () => {
  it('says so in OPEN, tells nothing before the peers have told everything, and waits for nobody who cannot', {
    timeout: 120_000,
  }, async () => {
    const one = await scenario(60, { feeder: true });
    try {
      const watching = await up(one.witness);
      const { body } = watching.heard[0]!;
      const at = body.indexOf(Buffer.from([64, 6]));
      assert.ok(at > 0, body.toString('hex'));
      // R and N bits, 120 seconds; IPv4, whose forwarding state nobody has kept without a kernel protocol.
      assert.equal(
        body
          .subarray(at + 2, at + 8)
          .toString('hex')
          .slice(0, 10),
        'c078000101',
      );
      await up(one.alsoRestarting, restarting);
      await up(one.plain);
      const feeding = await up(one.feeder, restartable);
      feeding.write(routes);
      await delay(4000);
      assert.equal(heard(watching), '', 'nothing yet: the feeder has not finished');
      feeding.write(END_OF_RIB_IPV6);
      await delay(500);
      assert.equal(heard(watching), '', 'one family is not all');
      feeding.write(END_OF_RIB_IPV4);
      await watching.until(() => heard(watching).includes('R'), 30_000);
      assert.match(heard(watching), /^u+R$/, 'routes, then End-of-RIB');
    } finally {
      await end(one);
    }
  });

  it('the timer ends the wait for a peer that never finishes', { timeout: 60_000 }, async () => {
    const one = await scenario(5, { feeder: true });
    try {
      const watching = await up(one.witness);
      const feeding = await up(one.feeder, restartable);
      feeding.write(routes);
      await watching.until(() => heard(watching).includes('R'), 30_000);
      assert.match(heard(watching), /^u+R$/);
    } finally {
      await end(one);
    }
  });

  it('a peer that is not there holds up nobody: a dead node must not stop a mesh', { timeout: 60_000 }, async () => {
    const one = await scenario(240, { feeder: false });
    try {
      const watching = await up(one.witness);
      const plain = await up(one.plain);
      plain.write(routes);
      await watching.until(() => heard(watching).includes('R'), 40_000);
      assert.match(heard(watching), /R/);
    } finally {
      await end(one);
    }
  });
});
