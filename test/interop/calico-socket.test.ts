/**
 * Two nodes of a mesh, each `bin/compat/bird` as calico-node starts it: what Calico's probes and reporters believe about
 * them, by their sockets and by `birdcl`.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Lab, type LabNode, type RunResult, until } from '../../src/lab/namespace.ts';
import {
  isReady,
  readAgentStatus,
  readMetrics,
  readNodeRoutes,
  readPeerStatus,
  readPeers,
  recoveryRuns,
} from '../support/calico/socket-parsers.ts';
import { whyNot } from '../support/peers/peer.ts';
import { COMPAT } from '../support/programs.ts';
import { scratch } from '../support/scratch.ts';

const configOf = (own: number, other: number): string => `
router id 10.9.0.${own};
protocol static { route 10.65.${own}.0/26 blackhole; route 10.65.${own}.64/26 blackhole; }
protocol kernel { learn; persist; scan time 2; import all; export all; graceful restart; }
protocol device { debug { states }; scan time 2; }
protocol direct { debug { states }; interface -"cali*", -"kube-ipvs*", "*"; }
filter blocks { if net ~ [ 10.65.${own}.0/26, 10.65.${own}.64/26 ] then accept; reject; }
template bgp bgp_template {
  debug { states };
  description "Connection to BGP peer";
  local as 64512;
  multihop;
  gateway recursive;
  import all;
  export filter blocks;
  add paths on;
  graceful restart;
  connect delay time 2;
  connect retry time 5;
  error wait time 5,30;
}
protocol bgp Mesh_10_9_0_${other} from bgp_template {
  neighbor 10.9.0.${other} as 64512;
  source address 10.9.0.${own};
}
`;

class CalicoDaemon {
  readonly node: LabNode;
  readonly socket: string;
  readonly config: string;
  readonly #process;

  constructor(node: LabNode, text: string) {
    const folder = scratch(`calico-${node.namespace}`).path;
    this.node = node;
    this.socket = join(folder, 'bird.ctl');
    this.config = join(folder, 'bird.cfg');
    writeFileSync(this.config, text);
    this.#process = node.start('bird', join(COMPAT, 'bird'), ['-R', '-s', this.socket, '-d', '-c', this.config]);
  }

  get log(): string {
    return this.#process.output;
  }

  birdcl(...words: string[]): Promise<RunResult> {
    return this.node.tryRun(join(COMPAT, 'birdcl'), ['-s', this.socket, ...words], undefined, 10_000);
  }

  /** Requests on one connection; the whole conversation, and each reply. */
  async ask(...requests: string[]): Promise<{ readonly conversation: string; readonly replies: string[] }> {
    const socket = connect(this.socket);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (data) => {
      text += data;
    });
    socket.on('error', () => {});
    const next = async (from: number): Promise<number> => {
      const end = /^\d{4} .*\n/m;
      await until('a reply', () => end.test(text.slice(from)) || undefined, 10_000, 5);
      const match = end.exec(text.slice(from))!;
      return from + match.index + match[0].length;
    };
    const replies: string[] = [];
    let at = await next(0);
    for (const request of requests) {
      socket.write(`${request}\n`);
      const end = await next(at);
      replies.push(text.slice(at, end));
      at = end;
    }
    socket.destroy();
    return { conversation: text, replies };
  }

  stop(): Promise<number> {
    return this.#process.stop();
  }
}

describe('a node of Calico', { skip: whyNot() ?? false }, () => {
  const lab = new Lab();
  after(() => lab.destroy());

  it('is what probes and reporters take it for', { timeout: 120_000 }, async () => {
    const [one, two] = [await lab.node('one'), await lab.node('two')];
    await lab.wire(one, 'eth0', two, 'eth0');
    await one.address('eth0', '10.9.0.1/24');
    await two.address('eth0', '10.9.0.2/24');
    const first = new CalicoDaemon(one, configOf(1, 2));
    const answers = async (daemon: CalicoDaemon): Promise<boolean> =>
      (await daemon.birdcl('show', 'status')).status === 0;
    await until('the first node answers', () => answers(first), 20_000, 200);

    // Alone: alive, not ready, and the other one is known not to be there.
    const alive = await first.birdcl('show', 'status');
    assert.equal(alive.status, 0, first.log);
    assert.match(alive.stdout, /^BIRD v/);
    const alone = await first.ask('show protocols', 'show status');
    const [lonely] = readPeers(alone.replies[0]!);
    assert.notEqual(lonely!.bgpState, 'Established');
    assert.equal(isReady(readPeers(alone.replies[0]!), recoveryRuns(alone.replies[1]!), false), false);

    const second = new CalicoDaemon(two, configOf(2, 1));
    await until('the second node answers', () => answers(second), 20_000, 200);
    const ready = async (daemon: CalicoDaemon): Promise<boolean> => {
      const { replies } = await daemon.ask('show protocols', 'show status');
      return isReady(readPeers(replies[0]!), recoveryRuns(replies[1]!), true);
    };
    await until(
      'both are ready as young nodes',
      async () => (await ready(first)) && (await ready(second)),
      60_000,
      250,
    );

    const name = 'Mesh_10_9_0_2';
    const { replies } = await first.ask('show protocols', `show protocols all ${name}`, 'show protocols all');
    assert.deepEqual(
      readPeers(replies[0]!).map(({ type, ip, state, info }) => ({ type, ip, state, info })),
      [{ type: 'Mesh', ip: '10.9.0.2', state: 'up', info: 'Established' }],
    );
    assert.deepEqual(readPeerStatus(replies[1]!), { state: 'Established', ip: '10.9.0.2' });
    assert.match(
      replies[1]!,
      /Neighbor caps: +refresh enhanced-refresh restart-able llgr-\w+ AS4 add-path-rx add-path-tx$/m,
    );
    assert.match(replies[1]!, /Session: +internal multihop AS4 add-path-rx add-path-tx$/m);
    assert.match(replies[1]!, /Hold timer: +\d+\/\d+$/m);
    const metrics = new Map(readMetrics(replies[2]!).map((entry) => [entry.name, entry]));
    assert.deepEqual([...metrics.keys()].sort(), [name, 'device1', 'direct1', 'kernel1', 'static1'].sort());
    assert.deepEqual([metrics.get(name)!.imported, metrics.get(name)!.exported], [2, 2]);

    const status = readAgentStatus((await first.ask('show status')).conversation);
    assert.equal(status.ready, true);
    assert.equal(status.routerId, '10.9.0.1');
    assert.match(status.version!, /^v\d+\.\d+\.\d+\+birdv1\.6\.8/);
    for (const time of [status.now, status.started, status.configured])
      assert.match(time!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);

    const routes = readNodeRoutes((await first.ask('show route')).replies[0]!);
    const learned = routes.filter(({ from }) => from === name);
    assert.deepEqual(
      learned
        .map(({ destination, gateway, interfaceName, inFib }) => [destination, gateway, interfaceName, inFib])
        .sort(),
      [
        ['10.65.2.0/26', '10.9.0.2', 'eth0', true],
        ['10.65.2.64/26', '10.9.0.2', 'eth0', true],
      ],
    );
    const exported = readNodeRoutes((await first.ask(`show route export ${name}`)).replies[0]!);
    assert.deepEqual(exported.map(({ destination, gateway }) => `${gateway} ${destination}`).sort(), [
      'blackhole 10.65.1.0/26',
      'blackhole 10.65.1.64/26',
    ]);
    const detail = await first.birdcl('show', 'route', '10.65.2.0/26', 'all');
    assert.match(
      detail.stdout,
      /10\.65\.2\.0\/26 *via 10\.9\.0\.2 on .* \[Mesh_10_9_0_2 \d\d:\d\d:\d\d\] \* \(100\/0\) \[i\]/,
    );
    assert.match(detail.stdout, /^\tBGP\.local_pref: 100$/m);

    // What is refused or unknown is no failure of the client.
    assert.deepEqual(
      await first
        .birdcl('show', 'protocols', 'all', 'Mesh_1_2_3_4')
        .then(({ status: code, stdout }) => [code, stdout.split('\n')[1]]),
      [0, 'Mesh_1_2_3_4 is not a protocol'],
    );
    writeFileSync(first.config, 'protocol bgp {');
    const refused = await first.birdcl('configure');
    assert.equal(refused.status, 0);
    assert.match(refused.stdout, /bird\.cfg:1:\d+ /);
    assert.equal(await ready(first), true, 'a file that is wrong changes nothing');
    assert.equal(await second.stop(), 0);
    await until('the peer is gone', async () => !(await ready(first)), 20_000, 200);
    const gone = await first.birdcl('show', 'route', '10.65.2.0/26');
    assert.match(gone.stdout, /Network not in table/);
    assert.equal(gone.status, 0);
  });
});
