/** Routes a second that the control socket can lay out: `show route` of a full table is a million of these. */
import { bench, run } from 'mitata';
import { AttributeEditor, parseIp, RouteScope, RouteSourceKind } from '../../bgp/index.ts';
import type { RouteLayout } from '../../src/control/format/layout.ts';
import { formatRoute } from '../../src/control/format/route.ts';
import { isoFormat } from '../../src/control/format/time.ts';
import type { RouteView } from '../../src/control/host.ts';
import { ReplyWriter } from '../../src/control/reply.ts';

const editor = new AttributeEditor();
editor.loadEmpty();
editor.setU32(1, 0);
editor.setAsPath(Uint8Array.from([2, 3, 0, 0, 0xfd, 0xe9, 0, 0, 0xfd, 0xea, 0, 0, 0xfd, 0xeb]));
editor.setNextHop(parseIp('10.0.0.1')!);
editor.setU32(5, 100);
editor.setWords(8, Uint32Array.from([0x00010002, 0x00030004, 0xfde80064]));
editor.encodeRecord();

const view: RouteView = {
  prefix: '203.0.113.0/24',
  destination: 'unicast',
  nextHops: [{ gateway: parseIp('10.0.0.1')!, interfaceName: 'eth0', onlink: false, weight: 1 }],
  protocol: 'peer1',
  kind: RouteSourceKind.Bgp,
  primary: true,
  syncFailed: false,
  changedAt: 1_700_000_000_000,
  from: undefined,
  preference: 100,
  scope: RouteScope.Universe,
  bgp: { suppressed: false, stale: false, metric: undefined },
  igpMetric: undefined,
  record: { bytes: editor.bytes, start: editor.start, wireEnd: editor.wireEnd, end: editor.end },
  pathId: 0,
  filtered: false,
  lostAt: undefined,
};

const writer = new ReplyWriter({ write: () => {}, pendingOctets: 0 });
writer.begin();
const layout = (verbose: boolean): RouteLayout => ({
  timeFormat: isoFormat('short', 3),
  now: 1_700_000_001_000,
  verbose,
  customAttributes: [],
});
const short = layout(false);
const verbose = layout(true);

bench('show route, one route', () => formatRoute(writer, view, true, short));
bench('show route all, one route', () => formatRoute(writer, view, true, verbose));

await run();
