/**
 * A daemon with the real kernel below it lives through random edits of its configuration: after each it is what a fresh
 * start with the same file is, in its tables, its protocols, the kernel and the eyes of six neighbours, and neighbours
 * that the edit does not concern hear nothing. A daemon inside the test process does the same in
 * test/src/reload.test.ts, with more edits.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { until } from '../../src/lab/namespace.ts';
import { ControlClient } from '../support/control-client.ts';
import { whyNot } from '../support/peers/peer.ts';
import { runCampaign } from '../support/reload/campaign.ts';
import { firstModel, textOf } from '../support/reload/model.ts';
import { reloadVoice } from '../support/reload/voice.ts';
import { LabWorlds } from '../support/router/lab-world.ts';

const LONG = process.env['PEREGRINE_LONG'] === '1';

describe('reload', { skip: whyNot('birdc') ?? false }, () => {
  const worlds = new LabWorlds(reloadVoice);
  after(() => worlds.destroy());

  const edits = LONG ? 1000 : 60;
  it(`${edits} random edits lead to the state of a fresh start, and to no flap`, {
    timeout: LONG ? 3_600_000 : 240_000,
  }, async () => {
    let done = 0;
    const progress = (): void => {
      if (++done % 100 === 0) console.log(`${done} edits`);
    };
    await runCampaign({ seed: 7, edits, start: worlds.start, ahead: true, patienceMs: 20_000, progress });
    assert.equal(done, edits);
  });

  it('by SIGHUP takes a file over, and refuses a broken one as a whole', { timeout: 60_000 }, async () => {
    const node = firstModel();
    const text = (): string => textOf(node).replace('{ bug, fatal }', '{ error, bug, fatal }');
    const world = await worlds.start(text());
    const { daemon, speakers } = world;
    try {
      await until('all sessions are up', () => speakers.every(({ established }) => established));
      const heard = (): number => speakers[2]!.heard().length;
      await until('speaker 3 has heard of all', () => heard() > 20);
      node.peers[2]!.ipv4['export'] = 'export none';
      world.write(text());
      daemon.signal('SIGHUP');
      await until('speaker 3 has nothing', () => heard() === 0);
      const updates = speakers.map((speaker) => speaker.updates);
      node.peers[2]!.ipv4['export'] = 'export all';
      world.write(`${text()}\nprotocol bgp { nonsense; }`);
      daemon.signal('SIGHUP');
      await until('the file is refused', () => /syntax error/.test(daemon.log));
      await world.control.ask('show protocols');
      assert.deepEqual(
        speakers.map((speaker) => speaker.updates),
        updates,
      );
      assert.ok(speakers.every(({ losses }) => losses === 0));
    } finally {
      await world.stop();
    }
  });

  it("by birdc: a plan before, every mistake with its caret, and BIRD's last line", { timeout: 60_000 }, async () => {
    const node = firstModel();
    const world = await worlds.start(textOf(node));
    const { daemon } = world;
    try {
      node.peers[0]!.options['hold time'] = 'hold time 33';
      world.write(textOf(node));
      const plan = await daemon.birdc('configure', 'check');
      assert.match(plan, /^restart p1 \(hold time\)\nConfiguration OK\n$/m);
      world.write(textOf(node).replace('hold time 33', 'hold tyme 33').replace('import table', 'import tabel'));
      const refused = (await daemon.tryBirdc('configure')).stdout;
      const mistakes = refused.match(/^\S+:\d+:\d+ .*$/gm) ?? [];
      assert.equal(mistakes.length, 3, refused);
      assert.equal(mistakes[0], mistakes[2]);
      assert.match(refused, /\^\^\^\^/);
      assert.match(refused, /Did you mean "time"\?/);
    } finally {
      await world.stop();
    }
  });

  it('opens and closes further control sockets', { timeout: 60_000 }, async () => {
    const text = (more: string): string => `${more}\n${textOf(firstModel())}`;
    const world = await worlds.start(text(''));
    const further = join(world.daemon.folder, 'further.ctl');
    const ask = async (command: string): Promise<string | undefined> => {
      const client = await ControlClient.open(further).catch(() => undefined);
      const reply = await client?.ask(command);
      client?.close();
      return reply?.at(-1);
    };
    const configure = async (more: string): Promise<void> => {
      world.write(text(more));
      await world.control.ask('configure');
    };
    try {
      assert.equal(await ask('configure'), undefined);
      await configure(`cli "${further}";`);
      await until('it is there', async () => (await ask('configure')) === '0003 Reconfigured');
      await configure(`cli "${further}" { restrict; };`);
      await until('it is for looking only', async () => (await ask('configure')) === '8007 Access denied');
      await configure('');
      await until('it is gone', async () => (await ask('show status')) === undefined);
    } finally {
      await world.stop();
    }
  });
});
