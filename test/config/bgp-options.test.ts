import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BgpChannelConfig, BgpConfig } from '../../config/index.ts';
import { bgp, firstComplaint, onlyBgp } from './config-texts.ts';

/** Statement, and what it makes of the session; the other side of the session is internal. */
const TAKEN: readonly [string, Partial<BgpConfig>][] = [
  [
    'local 192.0.2.1 port 5000 as 65001;',
    { localAddress: '192.0.2.1', localPort: 5000, localAs: 65001 } as Partial<BgpConfig>,
  ],
  ['neighbor port 1179;', { neighborPort: 1179 }],
  ['neighbor internal;', { neighborKind: 'internal' }],
  ['source address 192.0.2.9;', { localAddress: '192.0.2.9' } as Partial<BgpConfig>],
  ['multihop;', { multihop: 64 }],
  ['multihop 3;', { multihop: 3 }],
  ['direct;', { multihop: undefined, checkLink: true }],
  ['direct; check link off;', { checkLink: false }],
  ['direct; interface "eth0";', { interfaceName: 'eth0' }],
  ['direct; interface "eth0"; onlink;', { onlink: true }],
  ['dynamic name "peer"; dynamic name digits 3;', { dynamicName: 'peer', dynamicNameDigits: 3 }],
  ['local 192.0.2.1; strict bind; free bind on;', { strictBind: true, freeBind: true }],
  ['source address 192.0.2.9; bfd;', { bfd: true }],
  ['source address 192.0.2.9; bfd graceful;', { bfd: true }],
  ['source address 192.0.2.9; bfd { interval 100 ms; multiplier 3; };', { bfd: true }],
  ['bfd off;', { bfd: false }],
  ['ttl security on;', { ttlSecurity: true }],
  ['password "secret";', { password: 'secret' }],
  ['authentication md5; password "secret";', { password: 'secret' }],
  ['authentication none;', { password: undefined }],
  ['passive;', { passive: true }],
  ['passive no;', { passive: false }],
  ['passive 0;', { passive: false }],
  ['confederation 65000; confederation member;', { confederation: 65000, confederationMember: true }],
  ['rr client; rr cluster id 1.2.3.4;', { rrClient: true, rrClusterId: 0x01020304 }],
  ['rr client; rr cluster id 77;', { rrClusterId: 77 }],
  ['allow bgp_local_pref;', { allowLocalPref: true }],
  ['allow bgp_med;', { allowMed: true }],
  ['allow local as;', { allowLocalAs: Number.POSITIVE_INFINITY }],
  ['allow local as 2;', { allowLocalAs: 2 }],
  ['allow as sets off;', { allowAsSets: false }],
  ['enable route refresh off;', { enableRouteRefresh: false }],
  ['enable enhanced route refresh off;', { enableEnhancedRouteRefresh: false }],
  ['enable as4 off;', { enableAs4: false }],
  ['enable extended messages;', { enableExtendedMessages: true }],
  ['capabilities off;', { capabilities: false }],
  ['advertise hostname;', { advertiseHostname: true }],
  ['graceful restart;', { gracefulRestart: 'on', longLivedGracefulRestart: 'aware' }],
  ['graceful restart off;', { gracefulRestart: 'off', longLivedGracefulRestart: 'off' }],
  ['graceful restart time 60;', { gracefulRestartTime: 60, gracefulRestart: 'aware' }],
  [
    'min graceful restart time 5; max graceful restart time 10;',
    { minGracefulRestartTime: 5, maxGracefulRestartTime: 10 },
  ],
  ['long lived graceful restart on;', { longLivedGracefulRestart: 'on' }],
  ['long lived stale time 5;', { longLivedStaleTime: 5 }],
  ['min long lived stale time 5; max long lived stale time 9;', { minLongLivedStaleTime: 5, maxLongLivedStaleTime: 9 }],
  ['interpret communities off;', { interpretCommunities: false }],
  ['disable after error;', { disableAfterError: true }],
  ['disable after cease;', { disableAfterCease: [0, 1, 2, 3, 4, 5, 6, 8] }],
  ['disable after cease { prefix limit hit, connection collision };', { disableAfterCease: [1, 7] }],
  ['disable after cease off;', { disableAfterCease: [] }],
  ['dynamic name pattern "node-%a"; dynamic limit 50;', { dynamicNamePattern: 'node-%a', dynamicLimit: 50 }],
  ['graceful restart notification off;', { gracefulRestartNotification: false, gracefulRestart: 'aware' }],
  ['graceful shutdown;', { gracefulShutdown: true }],
  ['hold time 30;', { holdTime: 30 }],
  ['hold time 0;', { holdTime: 0 }],
  ['hold time (10 * 3);', { holdTime: 30 }],
  ['min hold time 30;', { minHoldTime: 30 }],
  ['startup hold time 20;', { startupHoldTime: 20 }],
  ['keepalive time 10;', { keepaliveTime: 10 }],
  ['min keepalive time 10;', { minKeepaliveTime: 10 }],
  ['send hold time 0;', { sendHoldTime: 0 }],
  ['tolerate early update;', { tolerateEarlyUpdate: true }],
  ['disable rx;', { disableRx: true }],
  ['connect delay time 1;', { connectDelayTime: 1 }],
  ['start delay time 2;', { connectDelayTime: 2 }],
  ['connect retry time 3;', { connectRetryTime: 3 }],
  ['error wait time 1, 2;', { errorWaitTimeMin: 1, errorWaitTimeMax: 2 }],
  ['error forget time 9;', { errorForgetTime: 9 }],
  ['path metric off;', { pathMetric: false }],
  ['med metric;', { medMetric: true }],
  ['deterministic med;', { deterministicMed: true }],
  ['igp metric off;', { igpMetric: false }],
  ['prefer older;', { preferOlder: true }],
  ['default bgp_med 5;', { defaultMed: 5 }],
  ['default bgp_local_pref 200;', { defaultLocalPref: 200 }],
  ['setkey off; tx size warning 5;', {}],
  ['description "a peer"; disabled; debug { states, packets };', { description: 'a peer', disabled: true, debug: 33 }],
  ['router id 10.9.8.7; vrf "blue"; mrtdump all;', { routerId: 0x0a090807, vrf: 'blue', mrtdump: 3 }],
  ['vrf "blue"; vrf default;', { vrf: undefined }],
];

/** Statement, and the complaint about it. */
const REFUSED: readonly [string, string][] = [
  ['local port 65536;', 'Invalid port number'],
  ['neighbor port 0;', 'Invalid port number'],
  ['neighbor 192.0.2.7;', 'Only one neighbor per BGP instance is allowed'],
  ['neighbor range 10.0.0.0/8;', 'Only one neighbor per BGP instance is allowed'],
  ['neighbor range 10.0.0.1/8;', 'Only one neighbor per BGP instance is allowed'],
  ['source address nowhere;', "syntax error, unexpected CF_SYM_UNDEFINED, expecting IP4 or IP6 or CF_SYM_KNOWN or '('"],
  ['multihop 300;', 'Multihop must be in range 1-255'],
  ['interface eth0;', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting TEXT'],
  ['interface range "eth*";', 'Interface range is not supported'],
  ['dynamic name "%";', "Forbidden character '%' in dynamic name"],
  [`dynamic name "${'x'.repeat(49)}";`, 'Dynamic name too long'],
  [`dynamic name pattern "%a${'x'.repeat(47)}";`, 'Dynamic name too long'],
  ['dynamic name pattern "node";', 'Not a pattern for names'],
  ['dynamic name pattern "node %a";', 'Not a pattern for names'],
  ['dynamic name pattern "node%x";', 'Not a pattern for names'],
  ['dynamic limit 0;', 'Dynamic limit must be positive'],
  ['require policy perhaps;', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['bfd { interval 5; };', "syntax error, unexpected ';', expecting S or MS or US"],
  ['authentication md5;', 'Authentication md5 requires password'],
  ['authentication none; password "x";', 'Password is not used with authentication none'],
  ['authentication ao;', 'TCP-AO is not supported'],
  ['keys { key { id 1; }; };', 'TCP-AO is not supported'],
  ['graceful restart time 4096;', 'Value 4096 out of range (0-4095)'],
  ['long lived stale time 16777216;', 'Value 16777216 out of range (0-16777215)'],
  ['disable after cease { coffee };', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['hold time "x";', "syntax error, unexpected TEXT, expecting NUM or CF_SYM_KNOWN or '('"],
  ['hold time ("x");', 'Number expected'],
  ['passive "x";', "syntax error, unexpected TEXT, expecting ';'"],
  ['passive ("x");', 'Switch value expected'],
  ['password 5;', 'syntax error, unexpected NUM, expecting CF_SYM_KNOWN or TEXT'],
  ['description (5);', 'String expected'],
  ['local role;', "syntax error, unexpected ';'"],
  ['error wait time 1 2;', "syntax error, unexpected NUM, expecting ','"],
  ['rr cluster id ::1;', 'syntax error, unexpected IP6'],
  ['debug { everything };', 'syntax error, unexpected CF_SYM_UNDEFINED'],
  ['hold time 5', "syntax error, unexpected '}', expecting ';'"],
  ['graceful;', "syntax error, unexpected ';', expecting RESTART or SHUTDOWN"],
  ['long lived graceful retstart;', 'syntax error, unexpected CF_SYM_UNDEFINED, expecting RESTART'],
];

/** Statement of the channel, and what it makes of it. */
const CHANNEL_TAKEN: readonly [string, Partial<BgpChannelConfig>][] = [
  ['', { preference: 100, gateway: 'recursive', nextHopPrefer: 'local', aigp: 'on', table: 'master4' }],
  ['mandatory;', { mandatory: true }],
  ['preference 5;', { preference: 5 }],
  ['next hop self;', { nextHopSelf: 'all' }],
  ['next hop self ebgp;', { nextHopSelf: 'ebgp' }],
  ['next hop keep ibgp;', { nextHopKeep: 'ibgp' }],
  ['next hop keep off;', { nextHopKeep: 'off' }],
  ['next hop address 192.0.2.5;', { nextHopAddress: '192.0.2.5' } as Partial<BgpChannelConfig>],
  ['next hop prefer global;', { nextHopPrefer: 'global' }],
  ['link local next hop format double;', { linkLocalNextHopFormat: 'double' }],
  ['igp table master4; igp table master6;', { igpTable4: 'master4', igpTable6: 'master6' }],
  ['import table; export table on;', { importTable: true, exportTable: true }],
  ['extended next hop; require extended next hop;', { extendedNextHop: true, requireExtendedNextHop: true }],
  ['add paths;', { addPathsReceive: true, addPathsSend: true }],
  ['add paths rx;', { addPathsReceive: true, addPathsSend: false }],
  ['add paths tx; require add paths;', { addPathsReceive: false, addPathsSend: true, requireAddPaths: true }],
  ['add paths; add paths best 3;', { addPathsReceive: true, addPathsSend: true, addPathsBest: 3 }],
  ['aigp originate;', { aigp: 'originate' }],
  ['aigp off;', { aigp: 'off' }],
  ['cost 10;', { cost: 10 }],
  ['graceful restart off; long lived graceful restart;', { gracefulRestart: false, longLivedGracefulRestart: true }],
  [
    'long lived stale time 7; min long lived stale time 1; max long lived stale time 9;',
    { longLivedStaleTime: 7, minLongLivedStaleTime: 1, maxLongLivedStaleTime: 9 },
  ],
  ['import keep filtered;', { importKeepFiltered: true }],
  ['import limit 10;', { importLimit: { count: 10, action: 'disable' } }],
  ['receive limit 10 action warn;', { receiveLimit: { count: 10, action: 'warn' } }],
  ['export limit (2+3) action restart;', { exportLimit: { count: 5, action: 'restart' } }],
  ['import limit 10; import limit off;', { importLimit: undefined }],
  ['rpki reload off; debug all;', { rpkiReload: false, debug: 63 }],
  ['export block 100; missing lladdr self; export settle time 1 ms 2 ms;', {}],
];

function partOf<T extends object>(whole: T, part: Partial<T>): Partial<T> {
  const keys = Object.keys(part) as (keyof T)[];
  return Object.fromEntries(keys.map((key) => [key, whole[key]])) as Partial<T>;
}

describe('options of protocol bgp', () => {
  for (const [statement, expected] of TAKEN) {
    it(`take ${statement}`, () => assert.deepEqual(partOf(bgp(statement), expected), expected));
  }
  for (const [statement, expected] of REFUSED) {
    it(`refuse ${statement}`, () => {
      const text = `protocol bgp b { local as 65001; neighbor 192.0.2.2 as 65001; ${statement} }`;
      assert.equal(firstComplaint(text), expected);
    });
  }
});

describe('options of channels of protocol bgp', () => {
  for (const [statement, expected] of CHANNEL_TAKEN) {
    it(`take ${statement}`, () => {
      const channel = bgp(`ipv4 { ${statement} };`).channels[0]!;
      assert.deepEqual(partOf(channel, expected), expected);
    });
  }
});

describe('defaults of protocol bgp', () => {
  it('are those of BIRD for an internal session', () => {
    const { place: _place, channels: _channels, ...session } = bgp('ipv4;');
    assert.deepEqual(session, {
      kind: 'bgp',
      name: 'b',
      unnamed: false,
      description: undefined,
      disabled: false,
      debug: 0,
      mrtdump: 0,
      routerId: undefined,
      vrf: undefined,
      localAs: 65001,
      localAddress: undefined,
      localPort: 179,
      listenAddress: undefined,
      matchLocalAddress: true,
      neighborAddress: '192.0.2.2',
      neighborRange: undefined,
      neighborPort: 179,
      neighborAs: 65001,
      neighborKind: undefined,
      interfaceName: undefined,
      onlink: false,
      multihop: 64,
      dynamicName: 'dynbgp',
      dynamicNameDigits: 0,
      dynamicNamePattern: undefined,
      dynamicLimit: undefined,
      strictBind: false,
      freeBind: false,
      checkLink: false,
      bfd: false,
      ttlSecurity: false,
      password: undefined,
      passive: false,
      confederation: undefined,
      confederationMember: false,
      rrClient: false,
      rrClusterId: undefined,
      rsClient: false,
      allowLocalPref: false,
      allowMed: false,
      allowLocalAs: 0,
      allowAsSets: true,
      enforceFirstAs: false,
      enableRouteRefresh: true,
      enableEnhancedRouteRefresh: true,
      enableAs4: true,
      enableExtendedMessages: false,
      capabilities: true,
      advertiseHostname: false,
      require: {
        routeRefresh: false,
        enhancedRouteRefresh: false,
        as4: false,
        extendedMessages: false,
        hostname: false,
        gracefulRestart: false,
        longLivedGracefulRestart: false,
      },
      gracefulRestart: 'aware',
      gracefulRestartTime: 120,
      gracefulRestartNotification: true,
      minGracefulRestartTime: undefined,
      maxGracefulRestartTime: undefined,
      longLivedGracefulRestart: 'aware',
      longLivedStaleTime: 3600,
      minLongLivedStaleTime: undefined,
      maxLongLivedStaleTime: undefined,
      interpretCommunities: true,
      gracefulShutdown: false,
      disableAfterError: false,
      disableAfterCease: [],
      holdTime: 240,
      minHoldTime: 0,
      startupHoldTime: 240,
      tolerateEarlyUpdate: false,
      keepaliveTime: undefined,
      minKeepaliveTime: 0,
      sendHoldTime: undefined,
      disableRx: false,
      connectDelayTime: 5,
      connectRetryTime: 120,
      errorWaitTimeMin: 60,
      errorWaitTimeMax: 300,
      errorForgetTime: 300,
      pathMetric: true,
      medMetric: false,
      deterministicMed: false,
      igpMetric: true,
      preferOlder: false,
      defaultMed: 0,
      defaultLocalPref: 100,
      localRole: undefined,
      requireRoles: false,
    });
  });

  it('depend on the kind of session', () => {
    const external = onlyBgp(
      'protocol bgp { local as 1; neighbor 192.0.2.2 as 2; ipv4 { import all; export none; }; rs client; }',
    );
    assert.deepEqual([external.multihop, external.checkLink], [undefined, true]);
    const [channel] = external.channels;
    assert.deepEqual(
      [channel!.gateway, channel!.nextHopPrefer, channel!.nextHopKeep, channel!.aigp],
      ['direct', 'global', 'all', 'off'],
    );
    assert.equal(bgp('rr client; ipv4;').channels[0]!.nextHopKeep, 'ibgp');
    assert.equal(bgp('ipv4 { import all; };').channels[0]!.exportPolicy.label, 'REJECT');
    const dynamic = onlyBgp('protocol bgp { local as 1; neighbor range 10.0.0.0/8 internal; }');
    assert.equal(dynamic.passive, true);
  });

  it('an external session without a policy: refused, or nothing passes, or the defaults of internal ones', () => {
    const text = (option: string): string =>
      `protocol bgp b { local as 1; neighbor 192.0.2.2 as 2; ${option} ipv4 { export none; }; }`;
    assert.equal(firstComplaint(text('')), 'EBGP requires explicit import policy');
    assert.equal(firstComplaint(text('require policy;')), 'EBGP requires explicit import policy');
    const labels = (option: string): string[] => {
      const channel = onlyBgp(text(option)).channels[0]!;
      return [channel.importPolicy.label, channel.exportPolicy.label];
    };
    assert.deepEqual(labels('require policy deny;'), ['REJECT (no policy, RFC 8212)', 'REJECT']);
    assert.deepEqual(labels('require policy off;'), ['ACCEPT', 'REJECT']);
    assert.equal(bgp('require policy deny; ipv4;').channels[0]!.importPolicy.label, 'ACCEPT', 'internal');
  });

  it('the first AS of a path is compared on external sessions, except behind a route server', () => {
    const compared = (neighbor: string, options = '', template = ''): boolean =>
      onlyBgp(
        `template bgp t { local as 1; ${template} ipv4 { import all; export none; }; }
         protocol bgp b from t { neighbor ${neighbor}; ${options} }`,
      ).enforceFirstAs;
    const external = '192.0.2.2 as 2';
    assert.equal(compared(external), true);
    assert.equal(compared('192.0.2.2 external'), true);
    assert.equal(compared('range 192.0.2.0/24 as 2'), true);
    assert.equal(compared('range 192.0.2.0/24 external'), true);
    assert.equal(compared('192.0.2.2 as 1'), false);
    assert.equal(compared('range 192.0.2.0/24 internal'), false);
    assert.equal(compared('192.0.2.2 as 1', 'enforce first as off;'), false);
    assert.equal(compared(external, 'confederation 9; confederation member;'), true);
    assert.equal(compared(external, 'rs client; local role rs_server;'), true, 'we are the route server');
    assert.equal(compared(external, 'local role rs_client;'), false);
    assert.equal(compared(external, 'local role rs_client; enforce first as;'), true);
    assert.equal(compared(external, 'enforce first as off;'), false);
    assert.equal(compared(external, '', 'enforce first as off;'), false, 'said in the template');
    assert.equal(compared(external, '', 'local role rs_client;'), false, 'a route server in the template');
    assert.equal(compared(external, 'enforce first as;', 'enforce first as off;'), true);
    assert.equal(
      firstComplaint(
        'template bgp t { local as 1; enforce first as; } protocol bgp from t { neighbor 192.0.2.2 as 1; }',
      ),
      'Enforce first AS check requires EBGP sessions',
    );
  });

  it('require what was required', () => {
    const all = ['route refresh', 'enhanced route refresh', 'as4', 'extended messages', 'hostname'];
    const more = ['graceful restart', 'long lived graceful restart'];
    const { require } = bgp([...all, ...more].map((what) => `require ${what};`).join(' '));
    assert.deepEqual(Object.values(require), [true, true, true, true, true, true, true]);
  });
});
