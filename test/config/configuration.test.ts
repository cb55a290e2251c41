import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatPrefix } from '../../bgp/index.ts';
import type { DirectConfig, KernelConfig, PipeConfig, StaticConfig } from '../../config/index.ts';
import { complaints, config, firstComplaint, loaded, onlyBgp } from './config-texts.ts';

const DEVICE = 'protocol device { }';

function first<T>(text: string): T {
  return config(text).protocols[0] as T;
}

describe('statements of the daemon', () => {
  it('have the defaults of BIRD', () => {
    const daemon = config(DEVICE);
    assert.deepEqual(
      {
        routerId: daemon.routerId,
        routerIdFrom: daemon.routerIdFrom,
        hostname: daemon.hostname,
        log: daemon.log,
        debug: daemon.debug,
        watchdogWarningMs: daemon.watchdogWarningMs,
        watchdogTimeoutMs: daemon.watchdogTimeoutMs,
        gracefulRestartWait: daemon.gracefulRestartWait,
        mrtdump: daemon.mrtdump,
        controlSockets: daemon.controlSockets,
      },
      {
        routerId: undefined,
        routerIdFrom: undefined,
        hostname: undefined,
        log: [],
        debug: { protocols: 0, channels: 0, tables: 0, commands: 0, latency: false, latencyLimitMs: 1000 },
        watchdogWarningMs: 5000,
        watchdogTimeoutMs: 0,
        gracefulRestartWait: 240,
        mrtdump: { file: undefined, mask: 0 },
        controlSockets: [],
      },
    );
    const short = { format: '%T.%3f', limitSeconds: 72000, limitFormat: '%F' };
    const long = { format: '%F %T.%3f', limitSeconds: undefined, limitFormat: undefined };
    assert.deepEqual(daemon.timeFormats, { route: short, protocol: short, base: long, log: long });
    assert.deepEqual(daemon.tables, [
      { name: 'master4', family: 'ipv4', sorted: false },
      { name: 'master6', family: 'ipv6', sorted: false },
    ]);
  });

  it('read what is written', () => {
    const daemon = config(
      `
      router id 10.1.2.3;
      hostname "node-a";
      graceful restart wait 100;
      debug protocols { states, events };
      debug channels all;
      debug tables { routes };
      debug commands 2;
      debug latency;
      debug latency limit 1500 us;
      watchdog warning 2 s;
      watchdog timeout 3 s;
      mrtdump "/var/log/bird.mrt";
      mrtdump protocols messages_and_more;
      cli "/run/second.ctl" { restrict; };
      cli "/run/third.ctl";
      threads 4;
      protocol device { }
    `.replace('messages_and_more', '{ states, messages }'),
    );
    assert.equal(daemon.routerId, 0x0a010203);
    assert.equal(daemon.hostname, 'node-a');
    assert.equal(daemon.gracefulRestartWait, 100);
    assert.deepEqual(daemon.debug, {
      protocols: 17,
      channels: 63,
      tables: 2,
      commands: 2,
      latency: true,
      latencyLimitMs: 2,
    });
    assert.deepEqual([daemon.watchdogWarningMs, daemon.watchdogTimeoutMs], [2000, 3000]);
    assert.deepEqual(daemon.mrtdump, { file: '/var/log/bird.mrt', mask: 3 });
    assert.deepEqual(daemon.controlSockets, [
      { path: '/run/second.ctl', restrict: true },
      { path: '/run/third.ctl', restrict: false },
    ]);
    assert.equal(daemon.protocols[0]!.debug, 17);
  });

  it('know every target and class of the log', () => {
    const { log } = config(`
      log "/var/log/bird.log" 1000000 "/var/log/bird.old" all;
      log stderr { fatal, bug };
      log syslog name "peregrine" { info, remote, auth };
      log syslog { trace };
      log udp 192.0.2.1 port 5514 { debug, warning, error };
      log udp 2001:db8::1 all;
      ${DEVICE}`);
    const all = ['debug', 'trace', 'info', 'remote', 'warning', 'error', 'auth', 'fatal', 'bug'];
    assert.deepEqual(log, [
      { to: 'file', path: '/var/log/bird.log', limitBytes: 1000000, backup: '/var/log/bird.old', classes: all },
      { to: 'stderr', classes: ['fatal', 'bug'] },
      { to: 'syslog', name: 'peregrine', classes: ['info', 'remote', 'auth'] },
      { to: 'syslog', name: undefined, classes: ['trace'] },
      { to: 'udp', address: '192.0.2.1', port: 5514, classes: ['debug', 'warning', 'error'] },
      { to: 'udp', address: '2001:db8::1', port: 514, classes: all },
    ]);
  });

  it('raise a log limit that would rotate all the time', () => {
    const { config: daemon, warnings } = loaded(`log "a" 100 "b" all; ${DEVICE}`);
    assert.equal(daemon.log[0]!.to === 'file' && daemon.log[0]!.limitBytes, 16384);
    assert.equal(warnings.length, 1);
  });

  it('know every form of timeformat', () => {
    const { timeFormats } = config(`
      timeformat route iso long us;
      timeformat protocol iso short;
      timeformat base "%H:%M" 3600 "%d.%m.";
      timeformat log "%s";
      ${DEVICE}`);
    assert.deepEqual(timeFormats, {
      route: { format: '%F %T.%6f', limitSeconds: undefined, limitFormat: undefined },
      protocol: { format: '%T', limitSeconds: 72000, limitFormat: '%F' },
      base: { format: '%H:%M', limitSeconds: 3600, limitFormat: '%d.%m.' },
      log: { format: '%s', limitSeconds: undefined, limitFormat: undefined },
    });
  });

  it('take the router id from interfaces', () => {
    const { routerIdFrom } = config(`router id from -"lo*", "eth*" 10.0.0.0/8; ${DEVICE}`);
    assert.deepEqual(
      routerIdFrom!.map(({ negative, glob, prefix }) => [negative, glob, prefix && formatPrefix(prefix)]),
      [
        [true, 'lo*', undefined],
        [false, 'eth*', '10.0.0.0/8'],
      ],
    );
  });

  it('print what eval gives', () => {
    assert.deepEqual(loaded(`define x = 4; eval x * 10 + 2; ${DEVICE}`).output, ['42']);
  });
});

describe('protocols besides bgp', () => {
  it('device', () => {
    const device = config('protocol device { scan time 7; interface "eth*", "x" { preferred 10.0.0.1; }; }')
      .protocols[0];
    assert.ok(device?.kind === 'device');
    assert.equal(device.scanTime, 7);
    assert.deepEqual(device.interfaces[0]!.preferred, ['10.0.0.1']);
    assert.deepEqual(
      device.interfaces[0]!.patterns.map(({ glob }) => glob),
      ['eth*', 'x'],
    );
  });

  it('direct', () => {
    const direct = first<DirectConfig>('protocol direct { ipv4; ipv6; interface -"cali*", "-tun*", "*"; check link; }');
    assert.deepEqual(
      direct.channels.map(({ family, table, preference }) => [family, table, preference]),
      [
        ['ipv4', 'master4', 240],
        ['ipv6', 'master6', 240],
      ],
    );
    assert.deepEqual(
      direct.interfaces.map(({ negative, glob }) => [negative, glob]),
      [
        [true, 'cali*'],
        [true, 'tun*'],
        [false, '*'],
      ],
    );
    assert.equal(direct.checkLink, true);
  });

  it('kernel', () => {
    const plain = first<KernelConfig>('protocol kernel { ipv4; }');
    assert.deepEqual(
      {
        table: plain.kernelTable,
        scan: plain.scanTime,
        persist: plain.persist,
        learn: plain.learn,
        metric: plain.metric,
        merge: plain.mergePaths,
        restart: plain.gracefulRestart,
        buffer: plain.netlinkRxBuffer,
        preference: plain.channel.preference,
        exports: plain.channel.exportPolicy.label,
      },
      {
        table: 254,
        scan: 60,
        persist: false,
        learn: 'off',
        metric: 32,
        merge: 0,
        restart: false,
        buffer: 0,
        preference: 10,
        exports: 'REJECT',
      },
    );
    const full = first<KernelConfig>(
      'protocol kernel { ipv6 { export all; }; learn all; persist; scan time 5; metric 0; kernel table 99; merge paths on limit 8; graceful restart; netlink rx buffer 4096; }',
    );
    assert.deepEqual(
      [full.channel.family, full.learn, full.persist, full.metric, full.kernelTable, full.mergePaths],
      ['ipv6', 'all', true, 0, 99, 8],
    );
    assert.equal(first<KernelConfig>('protocol kernel { ipv4; merge paths; }').mergePaths, 16);
    assert.equal(first<KernelConfig>('protocol kernel { ipv4; merge paths off limit 4; }').mergePaths, 0);
  });

  it('static, with every kind of route', () => {
    const { routes, igpTable4, channel } = first<StaticConfig>(`protocol static {
      ipv4 { preference 210; };
      igp table master4;
      route 10.0.0.0/16 blackhole;
      route 10.1.0.0/16 reject;
      route 10.2.0.0/16 prohibit;
      route 10.3.0.0/16 via 192.0.2.1;
      route 10.4.0.0/16 via 192.0.2.1 weight 2 via "eth1" weight 5 onlink;
      route 10.5.0.0/16 via fe80::1%eth0 dev "eth2" bfd off;
      route 10.6.0.0/16 recursive 10.0.0.9;
      route 10.7.0.0/16 via 192.0.2.1 { bgp_med = 5; };
    }`);
    const hop = (gateway: string | undefined, interfaceName: string | undefined, weight = 1, onlink = false) => ({
      ...{ gateway, interfaceName, weight, onlink, bfd: false },
    });
    assert.deepEqual(
      routes.map(({ prefix, target, policy }) => [formatPrefix(prefix), target, policy !== undefined]),
      [
        ['10.0.0.0/16', { kind: 'blackhole' }, false],
        ['10.1.0.0/16', { kind: 'unreachable' }, false],
        ['10.2.0.0/16', { kind: 'prohibit' }, false],
        ['10.3.0.0/16', { kind: 'hops', hops: [hop('192.0.2.1', undefined)] }, false],
        [
          '10.4.0.0/16',
          { kind: 'hops', hops: [hop('192.0.2.1', undefined, 2), hop(undefined, 'eth1', 5, true)] },
          false,
        ],
        ['10.5.0.0/16', { kind: 'hops', hops: [hop('fe80::1', 'eth2')] }, false],
        ['10.6.0.0/16', { kind: 'recursive', address: '10.0.0.9' }, false],
        ['10.7.0.0/16', { kind: 'hops', hops: [hop('192.0.2.1', undefined)] }, true],
      ],
    );
    assert.deepEqual([igpTable4, channel.preference], ['master4', 210]);
    assert.equal(routes[1]!.place.line, 5);
  });

  it('pipe', () => {
    const pipe = config(`ipv4 table aux; protocol pipe p1 {
      table master4; peer table aux; import none; import limit 5 action warn; }`).protocols[0] as PipeConfig;
    assert.deepEqual(
      [pipe.name, pipe.table, pipe.peerTable, pipe.family, pipe.importPolicy.label, pipe.exportPolicy.label],
      ['p1', 'master4', 'aux', 'ipv4', 'REJECT', 'ACCEPT'],
    );
    assert.deepEqual(pipe.importLimit, { count: 5, action: 'warn' });
  });

  it('get names by kind and number where they have none', () => {
    const names = config(`
      protocol static static2 { ipv4; }
      protocol static { ipv4; }
      protocol static { ipv4; }
      template bgp { local as 1; }
      protocol bgp { local as 1; neighbor 192.0.2.1 as 1; }
      protocol kernel { ipv4; }
      protocol device { }
    `).protocols.map(({ name, unnamed }) => `${name}${unnamed ? '' : '!'}`);
    assert.deepEqual(names, ['static2!', 'static1', 'static3', 'bgp2', 'kernel1', 'device1']);
  });

  it('are refused where routes would be missing', () => {
    for (const word of ['ospf', 'rip', 'babel', 'radv', 'perf']) {
      assert.equal(firstComplaint(`${DEVICE} protocol ${word} { ipv4; }`), `Protocol ${word} is not supported`);
    }
    assert.deepEqual(complaints(`${DEVICE}\nprotocol ospf v2 o { area 0 { }; }`), [
      [
        'bird.conf:2:10 Protocol ospf is not supported',
        '  protocol ospf v2 o { area 0 { }; }',
        '           ^^^^',
        '  Peregrine routes with BGP, static routes and the kernel; run OSPF in another daemon.',
      ].join('\n'),
    ]);
  });

  it('are listed where they do nothing yet', () => {
    const { protocols, notActive } = config(
      `
      roa4 table r4;
      protocol bfd { interface "eth*" { interval 5 ms; }; multihop { passive; }; disabled; }
      protocol rpki r { roa4 { table r4; }; remote "rtr.example.net" port 323; retry keep 90; transport tcp; }
      protocol mrt { table "*"; filename "x"; period 300; where net ~ 10.0.0.0/8; }
      protocol bmp { station address ip 192.0.2.1 port 1790; monitoring rib in pre_policy; }
      protocol static s { roa4 { table r4; }; route 10.0.0.0/8 max 24 as 5; }
      protocol direct { ipv4; ipv6 sadr { table s1; }; }
      protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; source address 192.0.2.1; bfd; ipv4; ipv4 multicast; }
    `.replace('roa4 table r4;', 'roa4 table r4; ipv6 sadr table s1;'),
    );
    assert.deepEqual(
      protocols.map((it) => [it.name, it.kind, it.kind === 'inactive' ? it.protocol : '']),
      [
        ['bfd1', 'inactive', 'bfd'],
        ['r', 'inactive', 'rpki'],
        ['mrt1', 'inactive', 'mrt'],
        ['bmp1', 'inactive', 'bmp'],
        ['s', 'origins', ''],
        ['direct1', 'direct', ''],
        ['b', 'bgp', ''],
      ],
    );
    assert.equal(protocols[0]!.disabled, true);
    assert.deepEqual(
      notActive.map(({ what }) => what),
      [
        'ipv6 sadr table s1',
        'protocol bfd bfd1',
        'protocol rpki r',
        'protocol mrt mrt1',
        'protocol bmp bmp1',
        'channel ipv6 sadr of direct1',
        'bfd',
        'channel ipv4 multicast of b',
      ],
    );
    assert.equal(notActive[2]!.place.line, 4);
  });

  it('have every option checked though they do nothing', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['protocol bmp { }', 'Station address not specified'],
      ['protocol bmp { station address ip 192.0.2.1; }', "syntax error, unexpected ';', expecting PORT"],
      [
        'protocol bmp { station address ip 192.0.2.1 port 5; tx buffer limit 0; }',
        'BMP TX buffer limit must be between 1 and 4096 MB',
      ],
      ['protocol aggregator { }', 'Source table not specified'],
      ['protocol aggregator { table master4; }', 'Destination table not specified'],
      ['protocol aggregator { table master4; peer table master6; }', 'Both tables must have the same type'],
      ['ipv4 table t; protocol aggregator { table master4; peer table t; }', 'Aggregation criterion must be set'],
      [
        'ipv4 table t; protocol aggregator { table master4; peer table t; aggregate on net; }',
        'Merge function must be set',
      ],
      ['protocol aggregator { aggregate on nonsense; }', 'syntax error, unexpected CF_SYM_UNDEFINED'],
      [
        'protocol aggregator { merge by { for route r in routes accept; }; }',
        'syntax error, unexpected ACCEPT, expecting DO',
      ],
      ['protocol l3vpn { }', 'MPLS channel not specified'],
      ['protocol l3vpn { ipv4; }', 'For IPv4 L3VPN, both IPv4 and VPNv4 channels must be specified'],
      ['protocol l3vpn { rd 5; }', 'Route distinguisher expected'],
      ['protocol l3vpn { import target (1, 2); }', 'Extended community or set of them expected'],
      [
        'protocol l3vpn { mpls { label policy nonsense; }; }',
        'syntax error, unexpected CF_SYM_UNDEFINED, expecting STATIC or PREFIX or AGGREGATE or VRF',
      ],
      [
        'mpls domain d { label range x { start 1048576; length 1; }; };',
        'MPLS label range exceeds the labels that there are',
      ],
      [
        'mpls domain d { label range x { begin 5; }; };',
        'syntax error, unexpected CF_SYM_UNDEFINED, expecting START or LENGTH',
      ],
      [
        'mpls domain d { label range static { start 16; length 100; }; label range x; }; protocol bmp { }',
        'Station address not specified',
      ],
      ['protocol rpki { transport ssh { bird private key "x"; }; }', 'User must be set'],
      [
        'protocol bfd { interface "x" { authentication meticulous md5; }; }',
        'syntax error, unexpected MD5, expecting KEYED',
      ],
    ];
    for (const [text, complaint] of cases) assert.equal(firstComplaint(`${DEVICE} ${text}`), complaint, text);
    assert.match(complaints('protocol bfd { interfase "x"; }')[0]!, /Did you mean "interface"\?$/);
    assert.match(complaints('protocol bfd { multihop { multiplyer 5; }; }')[0]!, /Did you mean "multiplier"\?$/);
  });

  it('have their braces and semicolons checked though they do nothing', () => {
    assert.match(firstComplaint('protocol bfd { interface "x" { interval 5 ms } ; }'), /unexpected '}', expecting ';'/);
    assert.match(firstComplaint('protocol bfd { interface "x" { interval 5 ms; }; '), /unexpected END/);
    assert.match(firstComplaint('protocol rpki { remot 192.0.2.1; }'), /unexpected CF_SYM_UNDEFINED/);
  });
});

describe('templates', () => {
  it('give what the protocol does not say itself', () => {
    const peer = onlyBgp(`
      template bgp base { local as 65001; hold time 30; connect retry time 5; ipv4 { import none; export all; }; }
      template bgp mesh from base { hold time 60; rr client; }
      protocol bgp peer from mesh { neighbor 192.0.2.2 as 65001; connect retry time 9; ipv4 { import all; }; }
    `);
    assert.deepEqual([peer.holdTime, peer.connectRetryTime, peer.rrClient], [60, 9, true]);
    const [channel] = peer.channels;
    assert.deepEqual([channel!.importPolicy.label, channel!.exportPolicy.label], ['ACCEPT', 'ACCEPT']);
  });

  it('keep what is added to one protocol from the others', () => {
    const [a, b] = config(`
      template static t { ipv4; route 10.0.0.0/8 blackhole; }
      protocol static a from t { route 11.0.0.0/8 blackhole; }
      protocol static b from t { route 12.0.0.0/8 blackhole; }
    `).protocols as StaticConfig[];
    assert.deepEqual(
      a!.routes.map(({ prefix }) => formatPrefix(prefix)),
      ['10.0.0.0/8', '11.0.0.0/8'],
    );
    assert.deepEqual(
      b!.routes.map(({ prefix }) => formatPrefix(prefix)),
      ['10.0.0.0/8', '12.0.0.0/8'],
    );
  });

  it('are judged where they are used', () => {
    assert.deepEqual(complaints(`template bgp t { rs client; } ${DEVICE}`), []);
    assert.equal(
      firstComplaint('template bgp t { rs client; local as 1; } protocol bgp from t { neighbor 192.0.2.2 as 1; }'),
      'Only external neighbor can be RS client',
    );
  });

  it('cannot be made from themselves', () => {
    assert.equal(firstComplaint(`template bgp t from t { } ${DEVICE}`), 'Template or protocol name expected');
  });
});

describe('names', () => {
  it('are listed with their kinds', () => {
    const { symbols } = config(`
      define C = 5; function f() { return 1; } filter g { accept; } attribute int a;
      ipv4 table t1; template bgp tb { } protocol device d { }`);
    assert.deepEqual(
      symbols.map(({ name, kind }) => `${name} ${kind}`),
      [
        'master4 table',
        'master6 table',
        'C constant',
        'f function',
        'g filter',
        'a attribute',
        't1 table',
        'tb template',
        'd protocol',
      ],
    );
  });

  it('give custom attributes their numbers', () => {
    const { customAttributes } = config(`attribute int one; attribute ip two; ${DEVICE}`);
    assert.deepEqual(
      customAttributes.map(({ name, type }) => [name, type]),
      [
        ['one', 'int'],
        ['two', 'ip'],
      ],
    );
    assert.notEqual(customAttributes[0]!.id, customAttributes[1]!.id);
  });

  it('may be words of the language', () => {
    const daemon = config('ipv4 table metric; protocol static direct { ipv4 { table metric; }; }');
    assert.deepEqual([daemon.protocols[0]!.name, daemon.tables[2]!.name], ['direct', 'metric']);
  });

  it('of tables are those of their family', () => {
    const { tables } = config(`ipv4 table a sorted; ipv6 table b { sorted on; }; roa4 table c; ${DEVICE}`);
    assert.deepEqual(tables.slice(2), [
      { name: 'a', family: 'ipv4', sorted: true },
      { name: 'b', family: 'ipv6', sorted: true },
    ]);
  });
});

describe('what is wrong', () => {
  it('is shown completely, each with its place', () => {
    const text = [
      'router id 10.0.0.1;',
      'protocol device { scan tiem 10; }',
      'protocol bgp peer1 {',
      '\tlocal as 65001;',
      '\tneighbour 192.0.2.1 as 65002;',
      '\tipv4 { import all; export filter nope; };',
      '}',
      'protocol bgp peer2 { local as 65001; neighbor 192.0.2.2 as 65002; ipv4 { import all; }; }',
      'protocol static { ipv4; route 10.0.0.1/8 blackhole; }',
    ].join('\n');
    assert.deepEqual(complaints(text).join('\n').split('\n'), [
      'bird.conf:2:24 syntax error, unexpected CF_SYM_UNDEFINED, expecting TIME',
      '  protocol device { scan tiem 10; }',
      '                         ^^^^',
      '  Did you mean "time"?',
      'bird.conf:5:2 syntax error, unexpected CF_SYM_UNDEFINED',
      '  \tneighbour 192.0.2.1 as 65002;',
      '  \t^^^^^^^^^',
      '  Did you mean "neighbor"?',
      "bird.conf:6:35 syntax error, unexpected CF_SYM_UNDEFINED, expecting '{' or CF_SYM_KNOWN",
      '  \tipv4 { import all; export filter nope; };',
      '  \t                                 ^^^^',
      'bird.conf:8:67 EBGP requires explicit export policy',
      '  protocol bgp peer2 { local as 65001; neighbor 192.0.2.2 as 65002; ipv4 { import all; }; }',
      '                                                                    ^^^^',
      '  Write what you mean in ipv4 { ... }: export all; or export none; or export filter ...;',
      'bird.conf:9:31 Invalid IPv4 prefix 10.0.0.1/8, maybe you wanted 10.0.0.0/8',
      '  protocol static { ipv4; route 10.0.0.1/8 blackhole; }',
      '                                ^^^^^^^^^^',
      '  10.0.0.0/8 is 10.0.0.0 - 10.255.255.255; the address alone is 10.0.0.1/32.',
    ]);
  });

  it('is not said again of what follows from it', () => {
    const text = `
      define LIMIT = nonsense;
      filter f { if net ~ nonsense then accept; }
      ipv4 table t1 { nonsense; }
      protocol bgp b { local as 1; neighbor 192.0.2.2 as 1; hold time LIMIT; ipv4 { import filter f; }; }`;
    assert.deepEqual(
      complaints(text).map((it) => it.split('\n')[0]),
      [
        'bird.conf:2:22 syntax error, unexpected CF_SYM_UNDEFINED',
        'bird.conf:3:27 syntax error, unexpected CF_SYM_UNDEFINED',
        'bird.conf:4:23 syntax error, unexpected CF_SYM_UNDEFINED',
      ],
    );
  });

  it('names the channel for options that stand outside of it', () => {
    assert.deepEqual(complaints('protocol kernel { export all; ipv4; }'), [
      [
        'bird.conf:1:19 syntax error, unexpected EXPORT',
        '  protocol kernel { export all; ipv4; }',
        '                    ^^^^^^',
        '  "export" is an option of a channel: ipv4 { export ...; };',
      ].join('\n'),
    ]);
  });

  it('ends after twenty', () => {
    assert.equal(complaints('nonsense;\n'.repeat(100)).length, 20);
  });

  it('is found at the end of a text that stops too early', () => {
    assert.deepEqual(
      complaints('protocol bgp {\n  ipv4 { import all;').map((it) => it.split('\n')[0]),
      ['bird.conf:2:21 syntax error, unexpected END'],
    );
  });

  it('is an empty text', () => {
    assert.equal(firstComplaint(''), 'No protocol is specified in the config file');
    assert.equal(firstComplaint('# nothing\n'), 'No protocol is specified in the config file');
  });

  it('are two kernel protocols for one table', () => {
    assert.equal(
      firstComplaint('protocol kernel { ipv4; } protocol kernel { ipv4; }'),
      'Kernel syncer (kernel1) already attached to table master4',
    );
    assert.equal(
      firstComplaint('ipv4 table t1; protocol kernel a { ipv4; } protocol kernel { ipv4 { table t1; }; }'),
      'Kernel table 254 already used by a',
    );
    assert.deepEqual(
      complaints('ipv4 table t1; protocol kernel { ipv4; } protocol kernel { ipv4 { table t1; }; kernel table 5; }'),
      [],
    );
  });

  it('is doubted where it may be meant', () => {
    const warnings = (text: string): string[] => loaded(text).warnings.map(({ message }) => message);
    const session = 'local as 1; neighbor 192.0.2.2 as 1;';
    assert.deepEqual(warnings(`protocol bgp a { ${session} } protocol bgp b { ${session} }`), [
      'Neighbor 192.0.2.2 is already the neighbor of a',
    ]);
    assert.deepEqual(warnings(`protocol bgp a { ${session} } protocol bgp b { ${session} disabled; }`), []);
    assert.deepEqual(warnings(`protocol bgp a { ${session} keepalive time 200; }`), [
      'Keepalive time should be at most 1/2 of hold time',
    ]);
    assert.deepEqual(warnings(`protocol bgp a { ${session} password "${'x'.repeat(81)}"; }`), [
      'Password is longer than 80 octets',
    ]);
    assert.deepEqual(warnings(`protocol bgp a { ${session} local 2001:db8::1; }`), [
      'Local address and neighbor are of different address families',
    ]);
  });
});
