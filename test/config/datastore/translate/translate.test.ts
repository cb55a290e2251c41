/**
 * A cluster comes to the sessions, routes and filters that it asks for: each case is compared by meaning, protocol by
 * protocol, with a configuration of BIRD 1.6 that was written without the translation; so is the text that is printed.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { FamilyName } from '../../../../bgp/index.ts';
import {
  type DaemonConfig,
  formatDiagnostic,
  type JsonObject,
  NodeConfigMaker,
  type NodePlan,
  type ProtocolConfig,
  parseConfig,
  planNode,
  printConfig,
  Source,
  sameMeaning,
} from '../../../../config/index.ts';
import { renderCalico } from '../../../support/calico/render.ts';
import { inFolder, loadedFiles } from '../../dialect16/texts.ts';
import { clusterOf, readClusters } from './clusters.ts';

const NAMES = { table: (): string => 'master', protocol: (kind: string): string => `${kind}1` };
const cases = await readClusters();

function parsed(text: string, family: FamilyName): DaemonConfig {
  const loaded = parseConfig(new Source('printed', text), inFolder(new Map()), { dialect: 'bird1', family });
  if ('diagnostics' in loaded) assert.fail(`${formatDiagnostic(loaded.diagnostics[0]!)}\n${text}`);
  return loaded.config;
}

/** Says which protocol differs, and in which fields. */
function compare(got: readonly ProtocolConfig[], wanted: readonly ProtocolConfig[], what: string): void {
  assert.deepEqual(
    got.map((protocol) => protocol.name),
    wanted.map((protocol) => protocol.name),
    what,
  );
  for (const [i, protocol] of got.entries()) {
    const other = wanted[i]!;
    if (sameMeaning(protocol, other)) continue;
    const fields = Object.keys(other).filter(
      (key) =>
        key !== 'place' && !sameMeaning(protocol[key as keyof ProtocolConfig], other[key as keyof ProtocolConfig]),
    );
    const channels = (
      'channels' in protocol && 'channels' in other
        ? [protocol.channels[0], other.channels[0]]
        : 'channel' in protocol && 'channel' in other
          ? [protocol.channel, other.channel]
          : []
    ) as (object | undefined)[];
    const inChannel = Object.keys(channels[1] ?? {}).filter(
      (key) =>
        key !== 'place' &&
        !sameMeaning((channels[0] as Record<string, unknown>)[key], (channels[1] as Record<string, unknown>)[key]),
    );
    assert.fail(`${what}: ${protocol.name} differs in ${fields.join(', ')} (${inChannel.join(', ')})`);
  }
}

function planOf(index: number): NodePlan {
  const { resources, options } = cases[index]!;
  const plan = planNode(clusterOf(resources), options);
  assert.ok(typeof plan !== 'string', String(plan));
  return plan;
}

it('has at least sixty clusters', () => {
  assert.ok(cases.length >= 60, `${cases.length}`);
  assert.equal(new Set(cases.map((one) => one.about)).size, cases.length);
});

describe('clusters', () => {
  for (const [index, one] of cases.entries()) {
    it(`${one.file}: ${one.about}`, () => {
      const plan = planOf(index);
      const maker = new NodeConfigMaker();
      const refused: string[] = [];
      for (const [version, expected] of [
        [4, one.v4],
        [6, one.v6],
      ] as const) {
        const family = version === 4 ? 'ipv4' : 'ipv6';
        const files = renderCalico(expected);
        const wanted = loadedFiles(files, family).config;
        const made = maker.make(plan, version, NAMES);
        refused.push(...made.refused.map((note) => `${note.subject}: ${note.reason}`));
        const drop = (protocols: readonly ProtocolConfig[]): readonly ProtocolConfig[] =>
          one.skipKernel4 && version === 4 ? protocols.filter((protocol) => protocol.kind !== 'kernel') : protocols;
        compare(drop(made.protocols), drop(wanted.protocols), `IPv${version}`);
        assert.equal(toNumber(plan.routerId), wanted.routerId);
        // What is printed says the same, but for what its language cannot say.
        if (made.refused.length > 0 || /cannot write/.test(printConfig(plan, version))) continue;
        const printed = parsed(printConfig(plan, version), family);
        compare(drop(printed.protocols), drop(wanted.protocols), `printed IPv${version}`);
        assert.equal(printed.routerId, wanted.routerId);
      }
      const notes = plan.notes.map((note) => `${note.subject}: ${note.reason}`);
      for (const note of one.notes) assert.ok(notes.includes(note), `"${note}" is not among\n${notes.join('\n')}`);
      assert.equal(refused.length, one.refused.length, refused.join('\n'));
      for (const [i, beginning] of one.refused.entries()) assert.ok(refused[i]!.startsWith(beginning), refused[i]);
    });
  }
});

describe('what runs beside what is printed', () => {
  const index = cases.findIndex((one) => one.about.startsWith('a password for the mesh'));

  it('runs passwords that the language cannot write, and does not print them', () => {
    const { resources, options } = cases[index]!;
    const odd = resources.map((value) =>
      value['kind'] === 'Secret' ? { ...value, data: {}, stringData: { mesh: 'say "no"; #' } } : value,
    );
    const plan = planNode(clusterOf(odd), options);
    assert.ok(typeof plan !== 'string');
    const [session] = new NodeConfigMaker()
      .make(plan, 4, NAMES)
      .protocols.filter((protocol) => protocol.kind === 'bgp');
    assert.ok(session?.kind === 'bgp');
    assert.equal(session.password, 'say "no"; #');
    const text = printConfig(plan, 4);
    assert.ok(!text.includes('say'));
    assert.match(text, /# The password has characters that this language cannot write\./);
    parsed(text, 'ipv4');
  });

  it('compares no first AS, as on a node whose files are of BIRD 1.6', () => {
    const sessions = cases.flatMap((_, i) =>
      new NodeConfigMaker().make(planOf(i), 4, NAMES).protocols.filter((protocol) => protocol.kind === 'bgp'),
    );
    const external = sessions.filter(({ localAs, neighborAs }) => localAs !== neighborAs);
    assert.ok(external.length > 10, `${external.length} external sessions`);
    assert.deepEqual(
      external.filter(({ enforceFirstAs }) => enforceFirstAs),
      [],
    );
  });

  it('keeps the very same filters when a node joins, and reads nothing again', () => {
    const maker = new NodeConfigMaker();
    const mesh = cases.findIndex((one) => one.about.startsWith('a full mesh'));
    const { resources, options } = cases[mesh]!;
    const before = maker.make(planOf(mesh), 4, NAMES).protocols;
    const more = [...resources, ...Array.from({ length: 200 }, (_, i) => node(`more-${i}`, `10.0.1.${i}/24`))];
    const plan = planNode(clusterOf(more), options);
    assert.ok(typeof plan !== 'string');
    const after = maker.make(plan, 4, NAMES).protocols;
    assert.equal(after.length, before.length + 200);
    for (const protocol of before) {
      const same = after.find((one) => one.name === protocol.name)!;
      assert.ok(sameMeaning(protocol, same), protocol.name);
      if (protocol.kind === 'bgp' && same.kind === 'bgp') {
        assert.equal(same.channels[0]!.exportPolicy, protocol.channels[0]!.exportPolicy);
      }
    }
  });

  it('plans five hundred nodes and two thousand blocks in a moment', () => {
    const pools = { kind: 'IPPool', metadata: { name: 'p' }, spec: { cidr: '10.64.0.0/10' } };
    const nodes = Array.from({ length: 500 }, (_, i) => node(`n-${i}`, `10.0.${i >> 8}.${i & 255}/16`));
    const blocks = Array.from({ length: 2000 }, (_, i) => ({
      kind: 'BlockAffinity',
      metadata: { name: `b-${i}` },
      spec: {
        cidr: `10.64.${i >> 2}.${(i & 3) * 64}/26`.replace(
          /^10\.64\.(\d+)/,
          (_, n: string) => `10.${64 + (Number(n) >> 8)}.${Number(n) & 255}`,
        ),
        node: `n-${i % 500}`,
        state: 'confirmed',
      },
    }));
    const cluster = clusterOf([pools, ...nodes, ...blocks] as never);
    const maker = new NodeConfigMaker();
    const run = (): number => {
      const begin = performance.now();
      const plan = planNode(cluster, { node: 'n-7' });
      assert.ok(typeof plan !== 'string');
      assert.equal(maker.make(plan, 4, NAMES).protocols.length, 4 + 499);
      return performance.now() - begin;
    };
    run();
    assert.ok(Math.min(run(), run(), run()) < 2500);
  });

  it('plans thousands of services in a moment', () => {
    const settings = {
      kind: 'BGPConfiguration',
      metadata: { name: 'default' },
      spec: { serviceLoadBalancerAggregation: 'Disabled', serviceClusterIPs: [{ cidr: '10.96.0.0/12' }] },
    };
    const services = Array.from({ length: 4000 }, (_, i) => ({
      kind: 'Service',
      metadata: { name: `s-${i}`, namespace: 'a' },
      spec: { clusterIP: `10.96.${i >> 8}.${i & 255}`, externalTrafficPolicy: i % 2 === 0 ? 'Local' : 'Cluster' },
    }));
    const slices = services.map(({ metadata: { name } }, i) => ({
      kind: 'EndpointSlice',
      metadata: { name: `${name}-x`, namespace: 'a', labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.65.0.1'], nodeName: `n-${i % 8}` }],
    }));
    const cluster = clusterOf([settings, node('n-0', '10.0.0.1/24'), ...services, ...slices] as never);
    const run = (): number => {
      const begin = performance.now();
      const plan = planNode(cluster, { node: 'n-0' });
      assert.ok(typeof plan !== 'string');
      // The range, every service of the one kind, and of the other one those with an endpoint here.
      assert.equal(plan.families[0].announced.length, 1 + 2000 + 500);
      return performance.now() - begin;
    };
    run();
    assert.ok(Math.min(run(), run(), run()) < 2500);
  });

  it('has no plan for a node that is not there, or cannot be read', () => {
    const cluster = clusterOf([
      node('a', '10.0.0.1/24'),
      { kind: 'Node', metadata: { name: 'b' }, spec: { bgp: { ipv4Address: 'x' } } },
    ] as never);
    assert.equal(planNode(cluster, { node: 'c' }), 'there is no Node/c in the datastore');
    assert.equal(
      planNode(cluster, { node: 'b' }),
      'Node/b cannot be read: spec.bgp.ipv4Address: "x" is not an address with the length of its network',
    );
  });
});

function node(name: string, address: string): JsonObject {
  return { kind: 'Node', metadata: { name }, spec: { bgp: { ipv4Address: address } } } as never;
}

function toNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
