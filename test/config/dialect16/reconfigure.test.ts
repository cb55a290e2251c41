/** What one set of files after another asks of a running node: sessions stay up unless something of theirs changed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type DaemonConfig,
  describePlan,
  FilterEnvironment,
  formatDiagnostic,
  loadConfig,
  planReconfiguration,
} from '../../../config/index.ts';
import { type CalicoFiles, type CalicoNode, type CalicoPeer, renderCalico } from '../../support/calico/render.ts';
import { FOLDER, inFolder } from './texts.ts';

const filters = new FilterEnvironment();

const BASE: CalicoNode = {
  ...{ version: 4, routerId: '198.51.100.5', as: 65010, address: '198.51.100.5', subnet: '198.51.100.0/24' },
  pools: [{ cidr: '10.9.0.0/16', mode: 'none' }],
  blocks: [{ cidr: '10.9.4.0/26' }],
  peers: [
    { kind: 'Mesh', address: '198.51.100.7', as: 65010 },
    { kind: 'Global', address: '198.51.100.1', as: 65020 },
  ],
};

const [A, B] = ['Mesh_198_51_100_7', 'Global_198_51_100_1'];

function parsed(files: CalicoFiles): DaemonConfig {
  const options = { dialect: 'bird1', family: 'ipv4', filters } as const;
  const result = loadConfig(`${FOLDER}/bird.cfg`, inFolder(files), options);
  if ('diagnostics' in result) assert.fail(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result.config;
}

function steps(after: CalicoNode, before: CalicoNode = BASE): string[] {
  return describePlan(planReconfiguration(parsed(renderCalico(before)), parsed(renderCalico(after))));
}

function edited(name: string, from: string, to: string, base: CalicoNode = BASE): string[] {
  const files = renderCalico(base);
  const text = files.get(name) ?? '';
  assert.ok(text.includes(from), `${name} has ${from}`);
  const after = new Map([...files, [name, text.replace(from, () => to)]]);
  return describePlan(planReconfiguration(parsed(files), parsed(after)));
}

/** The node with another description of its first peer. */
function peer(change: Partial<CalicoPeer>): string[] {
  const [first, ...others] = BASE.peers!;
  return steps({ ...BASE, peers: [{ ...first!, ...change }, ...others] });
}

describe('the files of a node, after those before', () => {
  it('are nothing new if they mean the same', () => {
    assert.deepEqual(steps({ ...BASE }), []);
    const aggregation = 'if ( net = 10.9.4.0/26 ) then { accept; }';
    assert.deepEqual(edited('bird_aggr.cfg', aggregation, `# said again\n ${aggregation.replaceAll(' ', '  ')}`), []);
    assert.deepEqual(edited('bird_ipam.cfg', 'function reject_local_routes ()', 'function reject_local_routes()'), []);
  });

  it('add and remove neighbours alone', () => {
    const third = { kind: 'Node', address: '198.51.100.9', as: 65010 } as const;
    const more = { ...BASE, peers: [...BASE.peers!, third] };
    assert.deepEqual(steps(more), ['add Node_198_51_100_9']);
    assert.deepEqual(steps(BASE, more), ['remove Node_198_51_100_9']);
  });

  it('with another pool or block change filters, of the kernel too, and no session', () => {
    const exported = [`export again ${B}.ipv4 (export)`, `export again ${A}.ipv4 (export)`];
    const pools = [...BASE.pools!, { cidr: '10.10.0.0/16', mode: 'none' }] as const;
    assert.deepEqual(steps({ ...BASE, pools }), ['export again kernel1.ipv4 (export)', ...exported]);
    const blocks = [...BASE.blocks!, { cidr: '10.9.5.0/26' }];
    assert.deepEqual(steps({ ...BASE, blocks }), ['update static1 (routes)', ...exported]);
    const communities = [{ cidr: '10.9.0.0/16', values: ['65010:7'] }];
    assert.deepEqual(steps({ ...BASE, communities }), exported);
  });

  it('with a filter of users for one neighbour ask that one again', () => {
    const lines = ['if ((net ~ 10.77.0.0/16)) then { reject; }'];
    const using = (more: readonly string[]): CalicoNode => ({
      ...BASE,
      filters: [{ name: 'bgp_a_importFilterV4', lines: more }],
      peers: [BASE.peers![0]!, { ...BASE.peers![1]!, importFilters: [{ name: 'bgp_a_importFilterV4' }] }],
    });
    assert.deepEqual(steps(using(lines)), [`import again ${B}.ipv4 (import)`]);
    assert.deepEqual(steps(using([...lines, 'accept;']), using(lines)), [`import again ${B}.ipv4 (import)`]);
    assert.deepEqual(steps({ ...BASE, filters: [{ name: 'bgp_a_importFilterV4', lines }] }), []);
  });

  it('restart the one session whose options changed', () => {
    assert.deepEqual(peer({ password: 'new' }), [`restart ${A} (password)`]);
    assert.deepEqual(peer({ keepaliveTime: 10 }), [`restart ${A} (keepalive time)`]);
    assert.deepEqual(peer({ restartTime: 10 }), [`restart ${A} (graceful restart time)`]);
    assert.deepEqual(peer({ passive: true }), [`restart ${A} (passive)`]);
    assert.deepEqual(peer({ ttlSecurity: 1 }), [`restart ${A} (multihop, ttl security)`]);
    assert.deepEqual(peer({ clusterId: '10.0.0.1' }), [`restart ${A} (rr client, rr cluster id)`]);
    assert.deepEqual(peer({ localAs: 65011 })[0]?.startsWith(`restart ${A} (local as`), true);
    assert.deepEqual(edited('bird.cfg', 'add paths on;', 'add paths off;').length, 2);
  });

  it('take over what needs no restart', () => {
    assert.deepEqual(peer({ nextHop: 'self' }), [`export again ${A}.ipv4 (next hop self)`]);
    assert.deepEqual(edited('bird.cfg', 'description "Connection to BGP peer"', 'description "x"'), [
      `update ${B} (description)`,
      `update ${A} (description)`,
    ]);
    assert.deepEqual(
      steps({ ...BASE, logLevel: 'none' }).filter((line) => !/^update .*\(debug\)$/.test(line)),
      [],
    );
    const importing = edited(
      'bird.cfg',
      'import all;',
      'import filter { if krt_metric < 9 then preference = 99; accept; };',
    );
    assert.deepEqual(importing, ['import again kernel1.ipv4 (import)']);
  });

  it('move the listener under sessions that stay', () => {
    const listening = steps({ ...BASE, listen: { address: true, port: 1790 } });
    assert.deepEqual(listening, [
      `update ${B} (local port, listen address)`,
      `update ${A} (local port, listen address)`,
    ]);
    assert.deepEqual(steps({ ...BASE, listen: {} }), []);
  });

  it('restart all sessions for another router id, and nothing else', () => {
    assert.deepEqual(steps({ ...BASE, routerId: '198.51.100.6' }), [
      `restart ${B} (router id)`,
      `restart ${A} (router id)`,
      'update settings (router id)',
    ]);
  });

  it('change static routes one by one', () => {
    assert.deepEqual(steps({ ...BASE, reachable: [{ net: '192.0.2.1/32', via: '198.51.100.1' }] }), [
      'update static1 (routes)',
    ]);
    assert.deepEqual(steps({ ...BASE, blocks: [] })[0], 'remove static1');
  });
});
