/** Two flags and an environment make the configuration of a node; what a site compares is printed from the datastore. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { type DaemonConfig, formatDiagnostic, parseConfig, Source } from '../../../config/index.ts';
import { COMMAND_LINE, nodeModeText, printedConfig, withCommandLine } from '../../../src/cluster/node-mode.ts';
import { readWorkload } from '../../../src/cluster/workloads.ts';
import { scratch } from '../../support/scratch.ts';

const NO_FILES = { readFile: () => ({ error: 'none' }), glob: () => ({ error: 'none' }) };
const home = scratch('node-mode').path;

function config(text: string, dialect: 'bird1' | 'bird2' = 'bird2'): DaemonConfig {
  const loaded = parseConfig(new Source(COMMAND_LINE, text), NO_FILES, { dialect });
  if ('diagnostics' in loaded) throw new Error(loaded.diagnostics.map(formatDiagnostic).join('\n'));
  return loaded.config;
}

it('says the same in both languages', () => {
  for (const dialect of ['bird1', 'bird2'] as const) {
    const calico = config(nodeModeText('a.b', 'redis://u:p@h:1/2?prefix=x', {}), dialect).protocols.find(
      (one) => one.kind === 'calico',
    );
    assert.ok(calico?.kind === 'calico');
    assert.deepEqual(
      [calico.node, calico.datastore, calico.secretNamespace],
      ['a.b', 'redis://u:p@h:1/2?prefix=x', 'kube-system'],
    );
  }
});

it('takes from the environment what a node of Calico has there', () => {
  const environment = {
    NAMESPACE: 'calico-system',
    CALICO_K8S_NODE_REF: 'ip-10-0-0-1',
    CALICO_ROUTER_ID: 'hash',
    USE_POD_CIDR: 'true',
    CALICO_ADVERTISE_CLUSTER_IPS: '10.96.0.0/12',
  };
  const calico = config(nodeModeText('n', 'file:x', environment)).protocols.find((one) => one.kind === 'calico');
  assert.ok(calico?.kind === 'calico');
  assert.deepEqual(
    [
      calico.secretNamespace,
      calico.kubernetesNode,
      calico.routerIdFromName,
      calico.usePodCidr,
      calico.clusterIps?.length,
    ],
    ['calico-system', 'ip-10-0-0-1', true, true, 12],
  );
  const reports = (value: string): boolean =>
    config(nodeModeText('n', 'file:x', { PEREGRINE_REPORT_STATUS: value })).protocols.some(
      (one) => one.kind === 'calico' && one.reportStatus,
    );
  assert.deepEqual(['true', 'false', ''].map(reports), [true, false, false]);
  const literal = config(nodeModeText('n', 'file:x', { CALICO_ROUTER_ID: '1.2.3.4' })).protocols.find(
    (one) => one.kind === 'calico',
  );
  assert.equal(literal?.routerId, 0x01020304);
  assert.throws(() => nodeModeText('n"; }', 'file:x', {}), /cannot be in a name/);
});

it('refuses what cannot be, with the place', () => {
  for (const [text, message] of [
    ['node "n";', 'Datastore not specified'],
    ['datastore "file:x";', 'Name of the node not specified'],
    ['node "N"; datastore "file:x";', "Name of a node must be made of lower-case letters, digits, '-' and '.'"],
    ['node "n"; datastore "mysql://x";', /^Invalid datastore: a datastore begins with file:/],
    ['node "n"; datastore "file:x"; secret namespace "a.b";', /^Name of a namespace must be/],
    ['node "n"; datastore "file:x"; cluster ips 10.0.0.1/8;', /./],
  ] as const) {
    const loaded = parseConfig(new Source('x', `protocol calico { ${text} }`), NO_FILES);
    assert.ok('diagnostics' in loaded, text);
    if (typeof message === 'string') assert.equal(loaded.diagnostics[0]!.message, message);
    else assert.match(loaded.diagnostics[0]!.message, message);
  }
});

it('finds its text beside the files of the disk', () => {
  const files = withCommandLine(NO_FILES, 'text');
  assert.deepEqual(files.readFile(COMMAND_LINE), { value: 'text' });
  assert.deepEqual(files.readFile('other'), { error: 'none' });
});

it('prints what the datastore says for one family, and what has no place in it beside it', async () => {
  writeFileSync(
    join(home, 'all.yaml'),
    `{ kind: Node, metadata: { name: a }, spec: { bgp: { ipv4Address: 10.0.0.1/24 } } }
---
{ kind: Node, metadata: { name: b }, spec: { bgp: { ipv4Address: 10.0.0.2/24 } } }
---
{ kind: BGPPeer, metadata: { name: long }, spec: { peerIP: 10.0.0.9, asNumber: 1, maxRestartTime: 9000s } }
---
{ kind: Unknown }
`,
  );
  const notes: string[] = [];
  const print = (node: string, version: 4 | 6): Promise<string> =>
    printedConfig(config(nodeModeText(node, `file:${home}`, {})), version, {}, (note) => notes.push(note));
  const text = await print('a', 4);
  assert.match(text, /^router id 10\.0\.0\.1;$/m);
  assert.match(text, /^protocol bgp Mesh_10_0_0_2 from bgp_template \{$/m);
  assert.match(notes.join('\n'), /all\.yaml:7: not a resource of a kind that is used here/);
  assert.match(notes.join('\n'), /^BGPPeer\/long: /m);
  assert.match(await print('a', 6), /# IPv6 disabled on this node\.\n$/);
  await assert.rejects(print('c', 4), /there is no Node\/c/);
  await assert.rejects(
    printedConfig(config('protocol device { }'), 4, {}, () => {}),
    /no protocol calico/,
  );
  await assert.rejects(
    printedConfig(config(nodeModeText('a', 'file:/nowhere/at/all', {})), 4, {}, () => {}),
    /file:\/nowhere\/at\/all: /,
  );
});

it('reads what the agent of a node tells of workloads, and nothing else', () => {
  assert.deepEqual(
    readWorkload(
      '{"ifaceName":"cali1","ipv4Nets":["10.65.0.7/32","10.65.0.8/32"],"ipv6Nets":["fd00::7/128"],"bgpPeerName":"p"}',
    ),
    {
      peerName: 'p',
      ipv4: '10.65.0.7',
      ipv6: 'fd00::7',
    },
  );
  for (const text of ['', 'null', '[]', '{}', '{"bgpPeerName":""}', '{"bgpPeerName":7}'])
    assert.equal(readWorkload(text), undefined, text);
  assert.deepEqual(readWorkload('{"bgpPeerName":"p","ipv4Nets":"x"}'), {
    peerName: 'p',
    ipv4: undefined,
    ipv6: undefined,
  });
});
