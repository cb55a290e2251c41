/**
 * Attributes as BIRD itself shows them: both read the same static routes with the same attributes, random ones too, and
 * list them. Whatever fits BIRD's lines has to look the same.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  AttributeEditor,
  ExtensionAttribute,
  type Policy,
  type PolicyRoute,
  PolicyVerdict,
  RouteScope,
  RouteSourceKind,
} from '../../../bgp/index.ts';
import type { StaticConfig, StaticRoute } from '../../../config/index.ts';
import type { AttributeRecord } from '../../../src/control/host.ts';
import { FakeHost, makeRoute } from './fake-host.ts';
import { connect, eventually, RawClient, startServer, temporaryFolder } from './raw-client.ts';
import { normalize } from './transcripts.ts';

const ENV = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
const found = spawnSync('bird', ['--version'], { env: ENV, encoding: 'utf8' });
const SKIP: string | false =
  found.error === undefined && `${found.stdout}${found.stderr}`.includes(' 2.0.') ? false : 'BIRD 2.0 is not installed';

let seed = 4711;
function random(limit: number): number {
  seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  return (seed >>> 8) % limit;
}

/** At most `limit` different tuples in ascending order: we keep lists sorted, BIRD keeps them as they were written. */
function tuples(limit: number, make: () => number[]): number[][] {
  const made = Array.from({ length: random(limit) }, make);
  const compare = (a: number[], b: number[]): number => {
    const at = a.findIndex((value, i) => value !== b[i]);
    return at < 0 ? 0 : a[at]! - b[at]!;
  };
  return made.sort(compare).filter((tuple, i) => i === 0 || compare(made[i - 1]!, tuple) !== 0);
}

/** Lists long enough to be broken at every possible column, others short enough for one line. */
function lists(): string {
  const digits = (most: number): number => random(10 ** (1 + random(most)));
  const communities = tuples(60, () => [random(65536), digits(4)]);
  const extended = tuples(50, () => [random(65536), digits(6)]);
  const large = tuples(50, () => [digits(9), digits(6), digits(9)]);
  return [
    ...communities.map(([high, low]) => `bgp_community.add((${high},${low}));`),
    ...extended.map(([key, value]) => `bgp_ext_community.add((rt,${key},${value}));`),
    ...large.map(([asn, one, two]) => `bgp_large_community.add((${asn},${one},${two}));`),
    ...Array.from({ length: random(20) }, () => `bgp_path.prepend(${1 + digits(6)});`),
    ...Array.from({ length: random(15) }, (_, i) => `bgp_cluster_list.add(10.${random(256)}.${random(256)}.${i});`),
  ].join(' ');
}

function configText(): string {
  const fixed = [
    'my_tag = 7; igp_metric = 5; krt_metric = 99;',
    'krt_prefsrc = 1.2.3.4; krt_realm = 4; krt_mtu = 1400; krt_lock_mtu = true; krt_lock_window = true;',
    'krt_feature_ecn = true; krt_advmss = 1300; krt_hoplimit = 8; krt_rto_min = 9;',
    'bgp_origin = ORIGIN_EGP; bgp_next_hop = 1.2.3.4; bgp_med = 5; bgp_local_pref = 3; bgp_originator_id = 1.1.1.1;',
    'bgp_ext_community.add((rt, 1, 2)); bgp_ext_community.add((rt, 1.2.3.4, 2)); bgp_ext_community.add((ro, 70000, 2)); bgp_ext_community.add((generic, 0x43000001, 2));',
    'my_ip = 1.2.3.4; my_quad = 5.6.7.8; my_list = add(-empty-, (1,2)); my_path = prepend(prepend(+empty+, 3), 4);',
    'my_large = add(---empty---, (1,2,3)); my_ext = add(--empty--, (rt,1,2));',
    'my_ip = 2001:db8::1;',
  ];
  const blocks = [...fixed, ...Array.from({ length: 60 }, lists)];
  return `
router id 10.0.0.1;
attribute int my_tag;
attribute ip my_ip;
attribute quad my_quad;
attribute clist my_list;
attribute lclist my_large;
attribute eclist my_ext;
attribute bgppath my_path;
protocol static s4 {
  ipv4;
${blocks.map((block, i) => `  route 10.0.${i}.0/24 blackhole { ${block} };`).join('\n')}
}
`;
}

/** What the block behind a static route sets, as our filters set it. */
function recordOf(route: StaticRoute): AttributeRecord {
  const editor = new AttributeEditor();
  editor.loadEmpty();
  const subject: PolicyRoute = {
    version: 4,
    word0: Buffer.from(route.prefix.bytes).readUInt32BE(0),
    word1: 0,
    word2: 0,
    word3: 0,
    length: route.prefix.length,
    source: RouteSourceKind.Static,
    protocol: 's4',
    attributes: editor,
    from: '',
    preference: 200,
    scope: RouteScope.Universe,
    nextHop: { kind: 'blackhole' },
    error: '',
    print: () => {},
  };
  const verdict = (route.policy as Policy).evaluate(subject);
  assert.equal(verdict, PolicyVerdict.Accept, subject.error);
  editor.encodeRecord();
  const bytes = editor.bytes.slice(editor.start, editor.end);
  return { bytes, start: 0, wireEnd: editor.wireEnd - editor.start, end: bytes.length };
}

test('attributes of all kinds look as BIRD shows them', { skip: SKIP, timeout: 30_000 }, async (t) => {
  const text = configText();
  const folder = temporaryFolder(t);
  const socket = path.join(folder, 'bird.ctl');
  const file = path.join(folder, 'bird.conf');
  fs.writeFileSync(file, text);
  const bird = spawn('bird', ['-f', '-c', file, '-s', socket], { env: ENV, stdio: 'ignore' });
  t.after(() => bird.kill('SIGKILL'));
  await eventually('BIRD listens', () => fs.existsSync(socket), 10_000);
  const { client: reference } = await RawClient.connect(socket);
  t.after(() => reference.close());

  const host = new FakeHost(text);
  const config = host.config.protocols.find((candidate) => candidate.name === 's4') as StaticConfig;
  host.tableViews = [{ name: 'master4', family: 'ipv4', isDefault: true, networks: 0, routes: 0 }];
  host.routesOf.set(
    'master4',
    config.routes.map((route) => {
      const record = recordOf(route);
      const editor = new AttributeEditor();
      editor.load(record.bytes, record.start, record.wireEnd, record.end);
      const igpMetric = editor.extensionU32(ExtensionAttribute.IgpMetric);
      return makeRoute({
        prefix: `${route.prefix.bytes.join('.')}/${route.prefix.length}`,
        protocol: 's4',
        kind: RouteSourceKind.Static,
        preference: 200,
        destination: 'blackhole',
        igpMetric: igpMetric < 0 ? undefined : igpMetric,
        record,
      });
    }),
  );
  const client = await connect(t, await startServer(t, host));
  for (let i = 0; i < config.routes.length; i++) {
    const request = `show route 10.0.${i}.0/24 all`;
    const ours = normalize(await client.send(request));
    const theirs = normalize(await reference.send(request));
    assert.equal(ours, theirs, request);
  }
});
