/**
 * A daemon in this process lives through changes of its configuration: after random edits it is what a fresh start with
 * the same text is, and neighbours that the edit does not concern hear nothing; and single changes cost what
 * docs/configuration.md says. The same with processes of their own and the real kernel is in test/interop/reload.test.ts.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../../src/lab/namespace.ts';
import { mutate, wordsOf } from '../support/mutate.ts';
import { Random } from '../support/random.ts';
import { runCampaign } from '../support/reload/campaign.ts';
import {
  answersRefresh,
  firstModel,
  isEnabled,
  type NodeModel,
  type PeerModel,
  textOf,
} from '../support/reload/model.ts';
import { reloadVoice } from '../support/reload/voice.ts';
import { startInProcess } from '../support/router/process-world.ts';
import { difference, snapshot } from '../support/router/snapshot.ts';
import type { World } from '../support/router/world.ts';

const start = (text: string): Promise<World> => startInProcess(text, reloadVoice);
const LONG = process.env['PEREGRINE_LONG'] === '1';

describe('random edits of a configuration', () => {
  const seeds = LONG ? [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] : [1, 2];
  const edits = LONG ? 100 : 50;
  for (const seed of seeds) {
    it(`from seed ${seed}, ${edits} of them, lead to the state of a fresh start, and to no flap`, {
      timeout: 600_000,
    }, async () => {
      await runCampaign({ seed, edits, start, patienceMs: 20_000 });
    });
  }
});

/** A running router, and what its neighbours hear while something happens. */
class Running {
  readonly world: World;
  readonly node: NodeModel;

  private constructor(world: World, node: NodeModel) {
    this.world = world;
    this.node = node;
  }

  /** Starts one, waits until everybody has heard everything, and stops it at the end. */
  static async with(prepare: (node: NodeModel) => void, work: (running: Running) => Promise<void>): Promise<void> {
    const node = firstModel();
    prepare(node);
    const running = new Running(await start(textOf(node)), node);
    try {
      await running.settle();
      await work(running);
    } finally {
      await running.world.stop();
    }
  }

  peer(name: string): PeerModel {
    return this.node.peers.find((peer) => peer.name === name)!;
  }

  ask(command: string): Promise<string[]> {
    return this.world.control.ask(command);
  }

  /** Changes the file, says `command`, waits until all is done, and gives the reply. */
  async change(edit: (running: Running) => void, command = 'configure'): Promise<string[]> {
    edit(this);
    this.world.write(textOf(this.node));
    const reply = await this.ask(command);
    await this.settle();
    return reply;
  }

  /** Sessions are up, and nothing changes any more. */
  async settle(): Promise<void> {
    let last: readonly string[] = [];
    await until(
      'nothing changes',
      async () => {
        const now = await snapshot(this.world);
        const same = difference(last, now) === '';
        last = now;
        return same && this.world.speakers.every(({ established, n }) => established === this.#expects(n));
      },
      20_000,
      40,
    );
  }

  /** UPDATEs, lost sessions and requests to send again that speakers saw during `work`: `3: 2 updates 1 losses`. */
  async heard(work: () => Promise<unknown>): Promise<string[]> {
    const count = (): number[][] =>
      this.world.speakers.map(({ updates, losses, refreshes }) => [updates, losses, refreshes]);
    const before = count();
    await work();
    const words = ['updates', 'losses', 'refreshes'];
    return count().flatMap((numbers, i) => {
      const news = numbers.map((number, k) => [number - before[i]![k]!, words[k]!] as const);
      const said = news.filter(([number]) => number !== 0).map(([number, word]) => `${number} ${word}`);
      return said.length === 0 ? [] : [`${i + 1}: ${said.join(' ')}`];
    });
  }

  async routes(request: string): Promise<string[]> {
    const lines = await this.world.control.show(request);
    return lines.flatMap((line) => /^([0-9a-f.:]+\/\d+) /.exec(line)?.[1] ?? []).sort();
  }

  #expects(speaker: number): boolean {
    return this.node.peers.some((peer) => peer.speaker === speaker && isEnabled(peer));
  }
}

const AS_IT_IS = (): void => {};
const last = (reply: readonly string[]): string => reply.at(-1)!;

describe('a reload', () => {
  it('that changes nothing says nothing', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const heard = await running.heard(async () => {
        for (let i = 0; i < 5; i++) {
          const reply = await running.change(({ node }) => {
            node.layout = 100 + i;
          });
          assert.equal(last(reply), '0003 Reconfigured');
        }
      });
      assert.deepEqual(heard, []);
    });
  });

  it('that adds a peer touches no other', async () => {
    const peer = firstModel().peers[1]!;
    const prepare = (node: NodeModel): void => {
      node.peers = node.peers.filter(({ name }) => name !== peer.name);
    };
    await Running.with(prepare, async (running) => {
      const quiet = { import: 'import none', export: 'export none' };
      const heard = await running.heard(() =>
        running.change(({ node }) => node.peers.unshift({ ...peer, template: undefined, ipv4: quiet })),
      );
      assert.deepEqual(heard, ['2: 1 updates'], 'End-of-RIB');
    });
  });

  it('runs a changed import filter over the import table', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const before = await running.routes('show route protocol p5');
      const heard = await running.heard(() =>
        running.change(() => {
          running.peer('p5').ipv4['import'] = 'import where net.len >= 24';
        }),
      );
      assert.ok(
        heard.every((line) => /^\d: \d+ updates$/.test(line)),
        heard.join('\n'),
      );
      const after = await running.routes('show route protocol p5');
      assert.ok(after.length > 0 && after.length < before.length);
      assert.ok(
        after.every((prefix) => /\/24$|:/.test(prefix)),
        after.join(),
      );
    });
  });

  it('runs filters again that ask a ROA table whose entries changed', async () => {
    const entries = (asn: number): string =>
      `roa4 table r; protocol static ro { roa4 { table r; }; route 20.0.0.0/8 max 32 as ${asn}; }`;
    const prepare = (node: NodeModel): void => {
      node.settings['roa'] = entries(7);
      const peer = node.peers.find(({ name }) => name === 'p5')!;
      peer.ipv4['import'] = 'import where roa_check(r, net, 7) = ROA_VALID';
    };
    await Running.with(prepare, async (running) => {
      const ipv4 = async (): Promise<string[]> =>
        (await running.routes('show route protocol p5')).filter((prefix) => !prefix.includes(':'));
      const before = await ipv4();
      assert.ok(before.length > 0 && before.every((prefix) => prefix.startsWith('20.')), before.join());
      await running.change(({ node }) => {
        node.settings['roa'] = entries(8);
      });
      assert.deepEqual(await ipv4(), []);
      await running.change(({ node }) => {
        node.settings['roa'] = entries(7);
      });
      assert.deepEqual(await ipv4(), before);
    });
  });

  it('asks for the routes again where no import table is', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const heard = await running.heard(() =>
        running.change(() => {
          running.peer('p3').ipv4['import'] = 'import where net.len >= 24';
        }),
      );
      assert.equal(
        heard.find((line) => line.startsWith('3')),
        '3: 1 refreshes',
      );
      assert.ok((await running.routes('show route protocol p3')).every((prefix) => prefix.endsWith('/24')));
    });
  });

  it('asks for them even if there is one, where next hops are found in another way', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const heard = await running.heard(() =>
        running.change(() => {
          running.peer('p5').ipv4['gateway'] = 'gateway recursive';
        }),
      );
      assert.equal(
        heard.find((line) => line.startsWith('5')),
        '5: 1 refreshes',
      );
    });
  });

  it('restarts the session where neither is possible', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const heard = await running.heard(() =>
        running.change(() => {
          running.peer('p6').ipv4['import'] = 'import where net.len >= 24';
        }),
      );
      assert.ok(!answersRefresh(6));
      assert.match(heard.find((line) => line.startsWith('6'))!, / 1 losses/);
      assert.equal(heard.filter((line) => line.includes('losses')).length, 1);
    });
  });

  it('sends what a changed export filter makes different', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const heard = await running.heard(() =>
        running.change(() => {
          running.peer('p3').ipv4['export'] =
            'export filter { if net = 40.0.0.0/16 then reject; if net = 40.2.0.0/16 then bgp_med = 77; accept; }';
        }),
      );
      assert.deepEqual(heard, ['3: 2 updates'], 'one withdrawal, one route');
    });
  });

  it('that is soft leaves alone what was imported and exported, until it changes or is asked for', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const reply = { lines: [] as string[] };
      const heard = await running.heard(async () => {
        reply.lines = await running.change(() => {
          running.peer('p1').ipv4['export'] = 'export none';
          running.peer('p5').ipv4['import'] = 'import none';
          running.node.pipe = { import: 'import none', export: 'export none' };
        }, 'configure soft');
      });
      assert.equal(last(reply.lines), '0003 Reconfigured');
      assert.deepEqual(heard, []);
      const news = await running.heard(() =>
        running.change(({ node }) => {
          node.statics[0]!.routes['40.50.0.0/16'] = 'blackhole';
        }),
      );
      assert.deepEqual(news, ['2: 1 updates', '3: 1 updates', '5: 1 updates'], 'not 1 and not 6');
      const asked = await running.heard(async () => {
        await running.ask('reload p1');
        await running.ask('reload in p5');
        await running.settle();
      });
      assert.match(asked[0]!, /^1: \d+ updates 2 refreshes/);
      assert.deepEqual(
        running.world.speakers[0]!.heard().filter((line) => !/^[0-9a-f]{12}/.test(line)),
        [],
      );
      assert.deepEqual(await running.routes('show route protocol p5 table master4'), []);
    });
  });

  it('gets what a limit refused when it is raised, and obeys one that is set below what is there', async () => {
    const prepare = (node: NodeModel): void => {
      node.peers[2]!.ipv4['import limit'] = 'import limit 3 action block';
    };
    await Running.with(prepare, async (running) => {
      assert.equal((await running.routes('show route protocol p3')).length, 3);
      const heard = await running.heard(() =>
        running.change(() => {
          running.peer('p3').ipv4['import limit'] = 'import limit 100 action block';
        }),
      );
      assert.match(heard.find((line) => line.startsWith('3'))!, / 1 refreshes/);
      assert.equal((await running.routes('show route protocol p3')).length, 13);
      running.peer('p3').ipv4['import limit'] = 'import limit 5 action disable';
      running.peer('p1').ipv4['export limit'] = 'export limit 5 action disable';
      running.world.write(textOf(running.node));
      await running.ask('configure');
      for (const name of ['p1', 'p3']) {
        await until(`${name} is down`, async () =>
          (await running.world.control.show(`show protocols ${name}`)).some((line) => / down /.test(line)),
        );
      }
    });
  });

  it('ends a session that the new requirements would not have let up, and no other', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const heard = await running.heard(() =>
        running.change(() => {
          for (const name of ['p1', 'p3']) running.peer(name).options['require'] = 'require route refresh';
          running.peer('p2').ipv4['mandatory'] = 'mandatory';
        }),
      );
      assert.deepEqual(heard, []);
      assert.ok(!answersRefresh(6));
      running.peer('p6').options['require'] = 'require route refresh';
      running.world.write(textOf(running.node));
      await running.ask('configure');
      await until('speaker 6 is alone', () => running.world.speakers[5]!.losses === 1);
      assert.ok(running.world.speakers.every(({ n, losses }) => n === 6 || losses === 0));
    });
  });

  it('reaches neighbours that were born of a range', async () => {
    const text = (policy: string, more = ''): string => `
      log stderr { bug, fatal }; router id 10.0.0.1;
      protocol device { }
      protocol bgp dyn { local SELF port PORT as 65000; neighbor range 127.0.1.0/24 external; ${more}
        ipv4 { import ${policy}; export none; import table; }; }`;
    const world = await start(text('all'));
    try {
      const external = world.speakers.filter(({ n }) => n !== 3 && n !== 4);
      const count = async (): Promise<number> =>
        (await world.control.show('show route')).filter((line) => /\[dynbgp\d+ /.test(line)).length;
      await until('routes of four', async () => (await count()) === 4 * 13);
      world.write(text('where net.len = 24'));
      await world.control.ask('configure');
      await until('the filter holds', async () => (await count()) === 4 * 5);
      assert.ok(external.every(({ losses }) => losses === 0));
      world.write(text('all', 'hold time 30;'));
      await world.control.ask('configure');
      await until('all are back', async () => (await count()) === 4 * 13);
      assert.ok(external.every(({ losses }) => losses === 1));
    } finally {
      await world.stop();
    }
  });

  it('leaves a protocol that an operator disabled as it is', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      await running.ask('disable st4');
      await running.settle();
      await running.change(({ node }) => {
        node.statics[0]!.options['description'] = 'description "x"';
      });
      assert.match(last((await running.world.control.show('show protocols st4')).slice(0, -1)), / down /);
    });
  });
});

describe('configure', () => {
  it('check says what a reload would do, and does nothing', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      let reply: string[] = [];
      const heard = await running.heard(async () => {
        reply = await running
          .change(({ node }) => {
            node.peers = node.peers.filter(({ name }) => name !== 'p2');
            running.peer('p1').options['hold time'] = 'hold time 33';
            running.peer('p3').ipv4['import'] = 'import none';
            running.peer('p4').options['description'] = 'description "four"';
            node.kernel4!.options['metric'] = 'metric 7';
            node.tables.push({ name: 'more4', version: 4, sorted: false });
            node.settings['hostname'] = 'hostname "other"';
          }, 'configure check')
          .catch(() => running.ask('configure check'));
      });
      assert.deepEqual(heard, []);
      assert.deepEqual(reply, [
        '0002-Reading configuration from test.conf',
        '0020-add table more4',
        ' remove p2',
        ' update k4 (metric)',
        ' export again k4.ipv4',
        ' restart p1 (hold time)',
        ' import again p3.ipv4 (import)',
        ' update p4 (description)',
        ' update settings (hostname)',
        '0020 Configuration OK',
      ]);
    });
  });

  it('refuses a broken file as a whole and shows every mistake', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const heard = await running.heard(async () => {
        running.world.write(`protocol devise { }\nprotocol static { ipv4; rote 10.0.0.0/8 blackhole; }\n`);
        for (const command of ['configure', 'configure check', 'configure soft']) {
          const reply = await running.ask(command);
          assert.equal(reply[1]!.replace('8002-', '8002 '), last(reply));
          assert.match(last(reply), /^8002 test\.conf:1:\d+ /);
          assert.ok(
            reply.some((line) => /Did you mean "device"\?/.test(line)),
            reply.join('\n'),
          );
          assert.ok(
            reply.some((line) => /^ test\.conf:2:\d+ /.test(line)),
            reply.join('\n'),
          );
          assert.ok(reply.filter((line) => /^ {2,}\^+$/.test(line)).length >= 2, reply.join('\n'));
        }
        await running.settle();
      });
      assert.deepEqual(heard, []);
    });
  });

  it('takes a mutated file over as a whole or not at all', { timeout: 1_200_000 }, async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const { world, node } = running;
      const right = textOf(node);
      const words = wordsOf([right]);
      const random = new Random(5);
      const before = await snapshot(world);
      let refused = 0;
      for (let round = 0; round < (LONG ? 5_000 : 150); round++) {
        const text = mutate(right, random, [right], words);
        world.write(text);
        const reply = await running.ask('configure');
        if (last(reply).startsWith('8002 ')) {
          refused++;
          assert.equal(difference(before, await snapshot(world)), '', text);
        } else {
          assert.match(last(reply), /^000[345] /, text);
          world.write(right);
          await until('it is as before', async () => {
            await running.ask('configure');
            return difference(before, await snapshot(world)) === '';
          });
        }
      }
      assert.ok(refused > 20, `${refused} were refused`);
    });
  });

  it('undo goes back, once', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const before = await snapshot(running.world);
      await running.change(() => {
        running.peer('p1').ipv4['export'] = 'export none';
        running.peer('p5').ipv4['import'] = 'import none';
      });
      assert.notEqual(difference(before, await snapshot(running.world)), '');
      assert.deepEqual(await running.ask('configure undo'), ['0021-Undo requested', '0003 Reconfigured']);
      await running.settle();
      assert.equal(difference(before, await snapshot(running.world)), '');
      assert.deepEqual(await running.ask('configure undo'), ['0021-Undo requested', '0019 Nothing to do']);
    });
  });

  it('timeout goes back by itself, unless it is confirmed', async () => {
    await Running.with(AS_IT_IS, async (running) => {
      const before = await snapshot(running.world);
      const edit = (): void => {
        running.peer('p1').ipv4['export'] = 'export none';
      };
      const reply = await running.change(edit, 'configure timeout 1');
      assert.deepEqual(reply.slice(1), ['0022-Undo scheduled in 1 s', '0003 Reconfigured']);
      assert.notEqual(difference(before, await snapshot(running.world)), '');
      await until('it was taken back', async () => difference(before, await snapshot(running.world)) === '');
      await running.change(edit, 'configure timeout 1');
      assert.equal(last(await running.ask('configure confirm')), '0018 Reconfiguration confirmed');
      const confirmed = await snapshot(running.world);
      await delay(1300);
      assert.equal(difference(confirmed, await snapshot(running.world)), '');
      assert.equal(last(await running.ask('configure confirm')), '0019 Nothing to do');
    });
  });
});
