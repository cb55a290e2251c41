/** What protocols of BIRD 1.6 mean: the model that each option makes, defaults, templates, names, and what is refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatPrefix, PolicyVerdict } from '../../../bgp/index.ts';
import type { BgpChannelConfig, BgpConfig, ChannelConfig, KernelConfig, StaticRoute } from '../../../config/index.ts';
import { DebugMask } from '../../../config/index.ts';
import { TestRoute } from '../filter/support.ts';
import { bgp, complaint, config, ebgp, loaded, only } from './texts.ts';

const DEVICE = 'protocol device { }';

function part<T extends object>(whole: T, expected: Partial<T>): Partial<T> {
  return Object.fromEntries((Object.keys(expected) as (keyof T)[]).map((key) => [key, whole[key]])) as Partial<T>;
}

function labels({ importPolicy, exportPolicy }: ChannelConfig): string {
  return `${importPolicy.label} ${exportPolicy.label}`;
}

describe('the whole text', () => {
  it('names its family, its dialect, one table', () => {
    const four = config(DEVICE);
    assert.deepEqual([four.dialect, four.family], ['bird1', 'ipv4']);
    assert.deepEqual(four.tables, [{ name: 'master', family: 'ipv4', sorted: false }]);
    const six = config(`router id 1.2.3.4; table t1; table t2 sorted; ${DEVICE}`, 'ipv6');
    assert.deepEqual([six.dialect, six.family], ['bird1', 'ipv6']);
    assert.deepEqual(six.tables, [
      { name: 'master', family: 'ipv6', sorted: false },
      { name: 't1', family: 'ipv6', sorted: false },
      { name: 't2', family: 'ipv6', sorted: true },
    ]);
    assert.deepEqual(config(`table master sorted; ${DEVICE}`).tables, [
      { name: 'master', family: 'ipv4', sorted: true },
    ]);
  });

  it('sets what the daemon does', () => {
    const whole = config(`router id 192.0.2.1; graceful restart wait 60; debug protocols { states }; ${DEVICE}
      timeformat base "%s"; log "/tmp/x" all;`);
    assert.equal(whole.routerId, 0xc0000201);
    assert.equal(whole.gracefulRestartWait, 60);
    assert.equal(whole.debug.protocols, DebugMask.states);
    assert.equal(whole.timeFormats.base.format, '%s');
    assert.deepEqual(whole.timeFormats.protocol, { format: '%T', limitSeconds: 72_000, limitFormat: '%F' });
    assert.equal(config(DEVICE).gracefulRestartWait, 240);
  });

  it('says where all sessions listen, wherever it says so', () => {
    const sessions =
      'protocol bgp { local as 1; neighbor 10.0.0.1 as 2; } protocol bgp { local as 1; neighbor 10.0.0.2 as 2; }';
    const places = (text: string): unknown[] =>
      config(text).protocols.map((protocol) => protocol.kind === 'bgp' && [protocol.listenAddress, protocol.localPort]);
    assert.deepEqual(places(sessions), [
      [undefined, 179],
      [undefined, 179],
    ]);
    assert.deepEqual(places(`listen bgp port 1790; ${sessions}`), [
      [undefined, 1790],
      [undefined, 1790],
    ]);
    assert.deepEqual(places(`listen bgp address 10.0.0.9; ${sessions}`), [
      ['10.0.0.9', 179],
      ['10.0.0.9', 179],
    ]);
    assert.deepEqual(places(`${sessions} listen bgp address 10.0.0.9 port 1790 dual v6only;`), [
      ['10.0.0.9', 1790],
      ['10.0.0.9', 1790],
    ]);
    assert.equal(complaint(`listen bgp port 0; ${sessions}`), 'Invalid port number');
    assert.equal(complaint(`listen bgp address ::1; ${sessions}`), 'syntax error, unexpected IP6');
  });

  it('is refused without a protocol, with names used twice or before they are there', () => {
    assert.equal(complaint('router id 1.2.3.4;'), 'No protocol is specified in the config file');
    assert.equal(complaint('template bgp t { local as 1; }'), 'No protocol is specified in the config file');
    assert.equal(complaint(`function f() { } function f() { } ${DEVICE}`), "Symbol 'f' already defined");
    assert.match(complaint('protocol kernel { export filter f; } filter f { accept; }'), /unexpected CF_SYM_UNDEFINED/);
    assert.equal(complaint('protocol device { } protocol device { }'), 'Kernel device protocol already defined');
    assert.equal(
      complaint('template device d { } protocol device from d { }'),
      'Kernel device protocol already defined',
    );
    assert.match(complaint(`filter f { g(1); reject; } ${DEVICE}`), /unexpected CF_SYM_UNDEFINED/);
    assert.equal(
      complaint(`function g(bool x) { } filter f { g(); reject; } ${DEVICE}`),
      "Function 'g' expects 1 arguments, got 0 arguments",
    );
    assert.equal(
      complaint(`function g() { } filter f { g(true); reject; } ${DEVICE}`),
      "Function 'g' expects 0 arguments, got 1 arguments",
    );
  });

  it('tells what belongs to BIRD 2', () => {
    assert.match(complaint('protocol kernel { ipv4 { export all; }; }'), /^syntax error/);
    assert.match(complaint('ipv4 table t1; protocol device { }'), /^syntax error/);
    assert.match(complaint('attribute int x; protocol device { }'), /^syntax error/);
    assert.match(complaint('hostname "x"; protocol device { }'), /^syntax error/);
    assert.match(complaint('protocol bgp { local as 1; neighbor 10.0.0.1 as 1; local role peer; }'), /^syntax error/);
    assert.equal(complaint('protocol ospf { }'), 'Protocol ospf is not supported');
    assert.deepEqual(
      loaded('protocol bfd { }').config.protocols.map(({ kind }) => kind),
      ['inactive'],
    );
  });
});

describe('names', () => {
  it('are made of the kind and a number where none is written', () => {
    const text = `template static s { route 10.0.0.0/8 blackhole; } protocol static from s { }
      protocol kernel { } protocol device { } protocol direct from d { }
      protocol bgp { local as 1; neighbor 10.0.0.1 as 1; } protocol bgp x { local as 1; neighbor 10.0.0.2 as 1; }
      protocol bgp { local as 1; neighbor 10.0.0.3 as 1; }`;
    const names = config(`template direct d { } ${text}`).protocols.map(({ name }) => name);
    assert.deepEqual(names, ['static1', 'kernel1', 'device1', 'direct1', 'bgp1', 'x', 'bgp2']);
  });
});

describe('templates', () => {
  it('give all that they say, and the protocol comes on top', () => {
    const text = `template bgp t { local as 65000; description "d"; add paths on; hold time 30; import none; }
      protocol bgp a from t { neighbor 10.0.0.1 as 65000; }
      protocol bgp b from t { local as 65001; neighbor 10.0.0.2 as 65000; import all; hold time 60; }
      protocol bgp c from a { }`;
    assert.match(complaint(text), /^(Neighbor|Only one)|fine/);
    const { protocols } = config(text.replace('protocol bgp c from a { }', ''));
    const [a, b] = protocols as [BgpConfig, BgpConfig];
    assert.deepEqual([a.localAs, a.holdTime, a.description, labels(a.channels[0]!)], [65000, 30, 'd', 'REJECT REJECT']);
    assert.deepEqual([b.localAs, b.holdTime, b.description, labels(b.channels[0]!)], [65001, 60, 'd', 'ACCEPT REJECT']);
    assert.deepEqual([a.channels[0]!.addPathsSend, b.channels[0]!.addPathsReceive], [true, true]);
  });

  it('give lists, to which the protocol adds', () => {
    const { protocols } = config(`
      template static t { route 10.0.0.0/8 blackhole; }
      protocol static a from t { route 11.0.0.0/8 blackhole; }
      protocol static b from t { }
      template direct d { interface -"cali*"; }
      protocol direct e from d { interface "*"; }`);
    const nets = protocols.map((protocol) =>
      protocol.kind === 'static' ? protocol.routes.map(({ prefix }) => formatPrefix(prefix)) : [],
    );
    assert.deepEqual(nets, [['10.0.0.0/8', '11.0.0.0/8'], ['10.0.0.0/8'], []]);
    const direct = protocols[2]!;
    assert.ok(direct.kind === 'direct');
    assert.deepEqual(
      direct.interfaces.map(({ negative, glob }) => `${negative ? '-' : ''}${glob}`),
      ['-cali*', '*'],
    );
  });

  it('are of the same kind, and are never judged by themselves', () => {
    assert.equal(
      complaint('template bgp t { } protocol static s from t { }'),
      "Can't copy configuration from a different protocol type",
    );
    assert.equal(complaint(`template bgp t { rr client; gateway direct; multihop; } ${DEVICE}`), 'fine');
    assert.match(complaint('protocol kernel from nowhere { }'), /unexpected CF_SYM_UNDEFINED/);
  });
});

describe('options of every protocol', () => {
  it('trace, describe, switch off', () => {
    const masks = (written: string): number => only(config(`protocol device { ${written} }`), 'device').debug;
    assert.equal(masks('debug all;'), DebugMask.all);
    assert.equal(masks('debug off;'), 0);
    assert.equal(masks('debug { states };'), DebugMask.states);
    const { states, routes, filters, events } = DebugMask;
    assert.equal(masks('debug { states, routes, filters, events };'), states | routes | filters | events);
    assert.equal(masks(''), 0);
    const device = only(config('protocol device { description "x"; disabled; router id 1.2.3.4; }'), 'device');
    assert.deepEqual([device.description, device.disabled, device.routerId], ['x', true, 0x01020304]);
  });

  it('let all routes in and none out where nothing is said', () => {
    for (const kind of ['kernel', 'direct', 'static']) {
      const protocol = config(`protocol ${kind} p { }`).protocols[0]!;
      const channel = protocol.kind === 'direct' ? protocol.channels[0]! : (protocol as KernelConfig).channel;
      assert.equal(labels(channel), 'ACCEPT REJECT', kind);
      assert.deepEqual([channel.table, channel.family], ['master', 'ipv4'], kind);
    }
    for (const session of [bgp(''), ebgp('')]) assert.equal(labels(session.channels[0]!), 'ACCEPT REJECT');
  });

  it('filter, limit, prefer, choose a table', () => {
    const text = `table other; filter named { accept; }
      protocol static { import filter named; export where net ~ 10.0.0.0/8; preference 77; table other;
        import limit 10 action block; export limit 20; receive limit 30 action warn; import keep filtered; }`;
    const { channel } = only(config(text), 'static');
    assert.deepEqual(
      part(channel, {
        ...{ table: 'other', preference: 77, importKeepFiltered: true },
        importLimit: { count: 10, action: 'block' },
        exportLimit: { count: 20, action: 'disable' },
        receiveLimit: { count: 30, action: 'warn' },
      }),
      {
        ...{ table: 'other', preference: 77, importKeepFiltered: true },
        importLimit: { count: 10, action: 'block' },
        exportLimit: { count: 20, action: 'disable' },
        receiveLimit: { count: 30, action: 'warn' },
      },
    );
    assert.equal(labels(channel), 'named (unnamed)');
    assert.equal(
      labels(only(config('protocol static { import none; export all; }'), 'static').channel),
      'REJECT ACCEPT',
    );
    assert.equal(complaint('protocol static { preference 65536; }'), 'Value 65536 out of range (0-65535)');
  });

  it('trace channels with their protocol', () => {
    assert.equal(bgp('debug { routes };').channels[0]!.debug, DebugMask.routes);
  });
});

describe('kernel', () => {
  const kernel = (written: string): KernelConfig => only(config(`protocol kernel { ${written} }`), 'kernel');

  it('has defaults of its own', () => {
    const expected: Partial<KernelConfig> = {
      ...{ learn: 'off', persist: false, scanTime: 60, kernelTable: 254, metric: 0, mergePaths: 0 },
      ...{ gracefulRestart: false, deviceRoutes: false },
    };
    assert.deepEqual(part(kernel(''), expected), expected);
    assert.equal(kernel('').channel.preference, 10);
  });

  it('takes its options', () => {
    const written =
      'learn; persist; scan time 2; graceful restart; merge paths on; device routes; kernel table 100; metric 5;';
    const expected: Partial<KernelConfig> = {
      ...{ learn: 'on', persist: true, scanTime: 2, gracefulRestart: true, mergePaths: 16, deviceRoutes: true },
      ...{ kernelTable: 100, metric: 5 },
    };
    assert.deepEqual(part(kernel(written), expected), expected);
    assert.equal(kernel('merge paths yes limit 4;').mergePaths, 4);
    assert.equal(kernel('merge paths off;').mergePaths, 0);
    assert.equal(kernel('import filter { preference = 200; accept; };').channel.importPolicy.label, '(unnamed)');
  });

  it('is one for a table', () => {
    assert.equal(
      complaint('protocol kernel { } protocol kernel { }'),
      'Kernel syncer (kernel1) already attached to table master',
    );
    assert.equal(complaint('table t; protocol kernel { } protocol kernel { table t; kernel table 7; }'), 'fine');
  });

  it('keeps krt_metric of an import filter, which no other protocol does', () => {
    const filter = 'import filter { krt_metric = 5; krt_tunnel = "t"; accept; };';
    const left = (policy: ChannelConfig['importPolicy']): [number, boolean] => {
      const route = new TestRoute('10.0.0.0/8');
      assert.equal(policy.evaluate(route), PolicyVerdict.Accept);
      return [route.attributes.extensionU32(17), route.attributes.extension(21) !== undefined];
    };
    assert.deepEqual(left(kernel(filter).channel.importPolicy), [5, true]);
    assert.deepEqual(left(bgp(filter).channels[0]!.importPolicy), [-1, true]);
    assert.deepEqual(left(only(config(`protocol static { ${filter} }`), 'static').channel.importPolicy), [-1, true]);
    assert.deepEqual(left(only(config(`protocol direct { ${filter} }`), 'direct').channels[0]!.importPolicy), [
      -1,
      true,
    ]);
    // What writes nothing stays what it is, so that it can be compared and cached as such.
    const plain = bgp('import filter { accept; };').channels[0]!.importPolicy;
    assert.equal(plain.writes, false);
    const one = bgp(filter).channels[0]!.importPolicy;
    assert.equal(one.equals(bgp(filter).channels[0]!.importPolicy), true);
    assert.equal(one.equals(plain), false);
  });
});

describe('device and direct', () => {
  it('look at interfaces', () => {
    assert.equal(only(config('protocol device { scan time 2; }'), 'device').scanTime, 2);
    const device = only(config('protocol device { primary "eth*" 10.0.0.0/8; primary 192.0.2.1; }'), 'device');
    assert.deepEqual(
      device.interfaces.map(({ patterns, networks }) => [patterns[0]!.glob, networks.map(formatPrefix)]),
      [
        ['eth*', ['10.0.0.0/8']],
        [undefined, ['192.0.2.1/32']],
      ],
    );
    const written = 'interface -"bond1", -"cali*", "-dummy0", "dummy1", -"kube-ipvs*" 10.0.0.0/8, "*"; check link;';
    const direct = only(config(`protocol direct { ${written} }`), 'direct');
    assert.deepEqual(
      direct.interfaces.map(({ negative, glob, prefix }) => [negative, glob, prefix && formatPrefix(prefix)]),
      [
        [true, 'bond1', undefined],
        [true, 'cali*', undefined],
        [true, 'dummy0', undefined],
        [false, 'dummy1', undefined],
        [true, 'kube-ipvs*', '10.0.0.0/8'],
        [false, '*', undefined],
      ],
    );
    assert.equal(direct.checkLink, true);
    assert.equal(direct.channels[0]!.preference, 240);
  });
});

describe('static', () => {
  const routes = (written: string): readonly StaticRoute[] =>
    only(config(`protocol static { ${written} }`), 'static').routes;
  const target = (written: string): StaticRoute['target'] => routes(`route 10.0.0.0/8 ${written};`)[0]!.target;
  const plain = { interfaceName: undefined, weight: 1, onlink: false, bfd: false };

  it('has routes of every kind', () => {
    assert.deepEqual(target('blackhole'), { kind: 'blackhole' });
    assert.deepEqual(target('drop'), { kind: 'blackhole' });
    assert.deepEqual(target('unreachable'), { kind: 'unreachable' });
    assert.deepEqual(target('reject'), { kind: 'unreachable' });
    assert.deepEqual(target('prohibit'), { kind: 'prohibit' });
    assert.deepEqual(target('recursive 192.0.2.1'), { kind: 'recursive', address: '192.0.2.1' });
    assert.deepEqual(target('via 192.0.2.1'), { kind: 'hops', hops: [{ ...plain, gateway: '192.0.2.1' }] });
    assert.deepEqual(target('via "eth0"'), {
      kind: 'hops',
      hops: [{ ...plain, gateway: undefined, interfaceName: 'eth0' }],
    });
    assert.deepEqual(target('multipath via 192.0.2.1 weight 2 via 192.0.2.2'), {
      kind: 'hops',
      hops: [
        { ...plain, gateway: '192.0.2.1', weight: 2 },
        { ...plain, gateway: '192.0.2.2' },
      ],
    });
    assert.equal(
      only(config('protocol static { route 10.0.0.0/8 via 192.0.2.1; export all; }'), 'static').channel.preference,
      200,
    );
  });

  it('has commands behind a route; krt_metric is lost', () => {
    const [route] = routes('route 10.0.0.0/8 blackhole { bgp_med = 5; krt_metric = 7; };');
    const subject = new TestRoute('10.0.0.0/8');
    assert.equal(route!.policy!.evaluate(subject), PolicyVerdict.Accept);
    assert.deepEqual([subject.attributes.u32(4), subject.attributes.extensionU32(17)], [5, -1]);
  });

  it('says where a route goes', () => {
    assert.equal(complaint('protocol static { route 10.0.0.0/8; }'), 'Unexpected or missing nexthop/type');
    assert.match(complaint('protocol static { route 10.0.0.0/8 multipath 192.0.2.1; }'), /^syntax error/);
  });
});

describe('pipe', () => {
  it('joins two tables; what goes to the other one has to be said', () => {
    const pipe = only(config('table t; protocol pipe { peer table t; mode transparent; }'), 'pipe');
    assert.deepEqual([pipe.table, pipe.peerTable, pipe.family], ['master', 't', 'ipv4']);
    assert.deepEqual([pipe.importPolicy.label, pipe.exportPolicy.label], ['ACCEPT', 'REJECT']);
    const both = only(config('table t; table u; protocol pipe { table u; peer table t; export all; }'), 'pipe');
    assert.deepEqual([both.table, both.exportPolicy.label], ['u', 'ACCEPT']);
    assert.equal(complaint('table t; protocol pipe { peer table t; mode opaque; }'), 'Opaque pipes are not supported');
  });
});

/** Statement of an internal session, and what it makes of it. */
const SESSION: readonly [string, Partial<BgpConfig>][] = [
  ['', { localPort: 179, neighborPort: 179, holdTime: 240, keepaliveTime: undefined, multihop: 64, passive: false }],
  ['', { connectDelayTime: 5, connectRetryTime: 120, errorWaitTimeMin: 60, errorWaitTimeMax: 300, checkLink: false }],
  ['', { gracefulRestart: 'aware', gracefulRestartTime: 120, longLivedGracefulRestart: 'aware' }],
  ['', { matchLocalAddress: false, ttlSecurity: false, allowLocalAs: 0, enableExtendedMessages: false }],
  ['local as 65001;', { localAs: 65001 }],
  ['local 192.0.2.9 as 65001;', { localAddress: '192.0.2.9' } as Partial<BgpConfig>],
  ['neighbor port 1790;', { neighborPort: 1790 }],
  ['source address 192.0.2.9;', { localAddress: '192.0.2.9' } as Partial<BgpConfig>],
  ['ttl security off; multihop;', { ttlSecurity: false, multihop: 64 }],
  ['ttl security on; multihop 2;', { ttlSecurity: true, multihop: 2 }],
  ['direct;', { multihop: undefined, checkLink: false }],
  ['passive on;', { passive: true }],
  ['passive;', { passive: true }],
  ['password "secret";', { password: 'secret' }],
  ['graceful restart;', { gracefulRestart: 'on' }],
  ['graceful restart time 10;', { gracefulRestartTime: 10 }],
  ['graceful restart off;', { gracefulRestart: 'off' }],
  ['connect delay time 2; connect retry time 5;', { connectDelayTime: 2, connectRetryTime: 5 }],
  ['error wait time 5,30; error forget time 100;', { errorWaitTimeMin: 5, errorWaitTimeMax: 30, errorForgetTime: 100 }],
  ['hold time 30; startup hold time 20; keepalive time 5;', { holdTime: 30, startupHoldTime: 20, keepaliveTime: 5 }],
  // A KEEPALIVE as late as the hold time would end every session.
  ['keepalive time 300;', { keepaliveTime: undefined }],
  ['keepalive time 100;', { keepaliveTime: 100 }],
  ['rr client; rr cluster id 10.0.0.1;', { rrClient: true, rrClusterId: 0x0a000001 }],
  ['allow local as 1;', { allowLocalAs: 1 }],
  ['allow local as;', { allowLocalAs: Number.POSITIVE_INFINITY }],
  ['allow bgp_local_pref on;', { allowLocalPref: true }],
  ['source address 192.0.2.9; bfd on;', { bfd: true }],
  ['source address 192.0.2.9; bfd graceful;', { bfd: true }],
  [
    'default bgp_med 5; default bgp_local_pref 200; med metric; igp metric off;',
    { defaultMed: 5, defaultLocalPref: 200 },
  ],
  [
    'path metric off; prefer older; deterministic med; interpret communities off;',
    { pathMetric: false, preferOlder: true },
  ],
  [
    'enable route refresh off; enable as4 off; capabilities off; advertise ipv4;',
    { enableAs4: false, capabilities: false },
  ],
  ['disable after error;', { disableAfterError: true }],
];

/** The same for what BIRD 2 has in channels. */
const CHANNEL: readonly [string, Partial<BgpChannelConfig>][] = [
  [
    '',
    { family: 'ipv4', table: 'master', preference: 100, gateway: 'recursive', nextHopSelf: 'off', nextHopKeep: 'off' },
  ],
  ['', { addPathsReceive: false, addPathsSend: false, preparedExport: true, aigp: 'off', nextHopAddress: undefined }],
  ['gateway recursive;', { gateway: 'recursive' }],
  ['direct; gateway direct;', { gateway: 'direct' }],
  ['direct;', { gateway: 'direct' }],
  ['next hop self;', { nextHopSelf: 'all' }],
  ['next hop keep;', { nextHopKeep: 'all' }],
  ['add paths on;', { addPathsReceive: true, addPathsSend: true }],
  ['add paths rx;', { addPathsReceive: true, addPathsSend: false }],
  ['add paths tx;', { addPathsReceive: false, addPathsSend: true }],
  ['add paths off;', { addPathsReceive: false, addPathsSend: false }],
  ['source address 192.0.2.9;', { nextHopAddress: '192.0.2.9' } as Partial<BgpChannelConfig>],
  ['preference 150;', { preference: 150 }],
  ['missing lladdr self; igp table master;', { igpTable4: 'master' }],
];

describe('bgp', () => {
  for (const [written, expected] of SESSION) {
    it(`session: ${written || 'defaults'} ${Object.keys(expected)[0]}`, () => {
      assert.deepEqual(part(bgp(written), expected), expected);
    });
  }
  for (const [written, expected] of CHANNEL) {
    it(`channel: ${written || 'defaults'} ${Object.keys(expected)[0]}`, () => {
      const { channels } = bgp(written);
      assert.equal(channels.length, 1);
      assert.deepEqual(part(channels[0]!, expected), expected);
    });
  }

  it('is direct towards other ASes, of IPv6 in bird6', () => {
    assert.deepEqual([ebgp('').multihop, ebgp('').channels[0]!.gateway], [undefined, 'direct']);
    assert.deepEqual([ebgp('multihop;').multihop, ebgp('multihop;').channels[0]!.gateway], [64, 'recursive']);
    const six =
      'router id 1.2.3.4; protocol bgp { local as 1; neighbor 2001:db8::1 as 1; source address 2001:db8::2; }';
    const [channel] = only(config(six, 'ipv6'), 'bgp').channels;
    assert.deepEqual([channel!.family, channel!.nextHopAddress], ['ipv6', '2001:db8::2']);
  });

  it('compares no first AS: there is no word to switch it off', () => {
    assert.equal(ebgp('').enforceFirstAs, false);
    const written = 'protocol bgp b { local as 1; neighbor 10.0.0.1 as 2; enforce first as off; }';
    assert.match(complaint(written), /^syntax error/);
  });

  it('warns of a keepalive time that ends sessions', () => {
    const text = 'protocol bgp b { local as 1; neighbor 10.0.0.1 as 1; keepalive time 240; }';
    assert.deepEqual(
      loaded(text).warnings.map(({ message }) => message),
      ['Keepalive time should be at most 1/2 of hold time', 'Keepalive time is as long as the hold time'],
    );
  });

  const refused: readonly [string, string][] = [
    ['neighbor 10.0.0.1 as 1;', 'Local AS number must be set'],
    ['local as 1;', 'Neighbor must be configured'],
    ['local as 1; neighbor 10.0.0.1;', 'Remote AS number (or peer type) must be set'],
    ['local as 1; neighbor 10.0.0.1 as 2; rr client;', 'Only internal neighbor can be RR client'],
    ['local as 1; neighbor 10.0.0.1 as 1; multihop; gateway direct;', 'Multihop BGP cannot use direct gateway mode'],
    ['local as 1; neighbor 10.0.0.1 as 1; multihop; interface "eth0";', 'Multihop BGP cannot be bound to interface'],
    ['local as 1; neighbor 10.0.0.1 as 1; neighbor 10.0.0.2 as 1;', 'Only one neighbor per BGP instance is allowed'],
    ['local as 1; neighbor 10.0.0.1 as 1; rs client;', 'Only external neighbor can be RS client'],
    ['local as 1; neighbor 10.0.0.1 port 0 as 1;', 'Invalid port number'],
    ['local as 1; neighbor 10.0.0.1 as 1; multihop 0;', 'Multihop must be in range 1-255'],
    ['local as 1; neighbor 10.0.0.1 as 1; hold time 2;', 'Hold time must be in range 3-65535 or zero'],
    ['local as 1; neighbor 10.0.0.1 as 1; bfd; multihop;', 'Multihop BGP with BFD requires specified local address'],
  ];
  for (const [written, message] of refused) {
    it(`refuses ${written}`, () => assert.equal(complaint(`protocol bgp b { ${written} }`), message));
  }

  it('refuses link-local neighbours without a link, or over several hops', () => {
    const six = (written: string): string =>
      complaint(`router id 1.2.3.4; protocol bgp { local as 1; ${written} }`, 'ipv6');
    assert.equal(six('neighbor fe80::1 as 2;'), 'Link-local addresses require defined interface');
    assert.equal(six('neighbor fe80::1%eth0 as 1;'), 'Multihop BGP cannot be used with link-local addresses');
    assert.equal(six('neighbor fe80::1%eth0 as 2;'), 'fine');
  });
});
