import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BGP_CHANNEL_STATEMENTS } from '../../config/grammar/bgp-channel.ts';
import { BGP_STATEMENTS } from '../../config/grammar/bgp-statements.ts';
import { KERNEL_STATEMENTS } from '../../config/grammar/kernel.ts';
import type { StatementText } from '../../config/grammar/option-table.ts';
import { PIPE_STATEMENTS } from '../../config/grammar/pipe.ts';
import { STATIC_STATEMENTS } from '../../config/grammar/static.ts';
import {
  type DaemonConfig,
  describePlan,
  FilterEnvironment,
  type ProtocolStep,
  parseConfig,
  planIsEmpty,
  planReconfiguration,
  type ReconfigurationPlan,
  Source,
} from '../../config/index.ts';
import { BGP_CHANNEL_COSTS, CHANNEL_COSTS, PROTOCOL_COSTS } from '../../config/reconfigure.ts';
import { config, NO_FILES } from './config-texts.ts';

const filters = new FilterEnvironment();

/** Both configurations share the environment of filters, as in a daemon. */
function parsed(text: string): DaemonConfig {
  const result = parseConfig(new Source('bird.conf', text), NO_FILES, { filters });
  assert.ok('config' in result, text);
  return result.config;
}

function plan(before: string, after: string, soft = false): ReconfigurationPlan {
  return planReconfiguration(parsed(before), parsed(after), { soft });
}

function lines(before: string, after: string): string[] {
  return describePlan(plan(before, after));
}

const peer = (options: string, channel = 'import all; export none;'): string =>
  `protocol bgp p { local as 65001; neighbor 192.0.2.2 as 65002; ${options} ipv4 { ${channel} }; }`;

describe('entries of ROA and ASPA tables', () => {
  const text = (entries: string, channel: string, more = ''): string => `
    roa4 table r; aspa table a; ipv4 table t;
    protocol static s { roa4 { table r; }; ${entries} }
    protocol pipe pi { table master4; peer table t; export where net.len > 8; ${more} }
    ${peer('', channel)}`;
  const roa = (asn: number): string => `route 10.0.0.0/8 max 24 as ${asn};`;
  const asks = 'import where roa_check(r) != ROA_INVALID; export none;';

  it('that are different run the filters again that ask for them', () => {
    assert.deepEqual(lines(text(roa(1), asks), text(roa(2), asks)), [
      'update s (roas)',
      'import again p.ipv4 (validation)',
    ]);
    const out = 'import all; export where aspa_check_upstream(a) = ASPA_VALID;';
    assert.deepEqual(lines(text(roa(1), out), text(`${roa(1)} disabled;`, out)), [
      'update s (disabled)',
      'export again p.ipv4 (validation)',
    ]);
    const pipe = 'import where roa_check(r, net, 5) = ROA_VALID;';
    const none = 'import all; export none;';
    assert.deepEqual(lines(text(roa(1), none, pipe), text(roa(2), none, pipe)), [
      'update s (roas)',
      'import again pi.ipv4 (validation)',
    ]);
  });

  it('concern nobody else, nor those who do not want to hear of it', () => {
    const none = 'import all; export none;';
    assert.deepEqual(lines(text(roa(1), none), text(roa(2), none)), ['update s (roas)']);
    assert.deepEqual(lines(text(roa(1), `${asks} rpki reload off;`), text(roa(2), `${asks} rpki reload off;`)), [
      'update s (roas)',
    ]);
    assert.deepEqual(lines(text(`${roa(1)} ${roa(2)}`, asks), text(`${roa(2)} ${roa(1)}`, asks)), ['update s (roas)']);
    assert.ok(
      plan(text(roa(1), asks), text(roa(2), asks), true).protocols.every(({ channels }) =>
        channels.every(({ reimport }) => !reimport),
      ),
    );
  });
});

describe('reconfiguration', () => {
  it('of the same meaning does nothing', () => {
    const before = `
      filter good { if net ~ [ 10.0.0.0/8+ ] then accept; reject; }
      define WAIT = 30;
      template bgp t { local as 65001; hold time WAIT; }
      protocol bgp p from t { neighbor 192.0.2.2 as 65002; ipv4 { import filter good; export none; }; }
      protocol static { ipv4; route 10.0.0.0/8 via 192.0.2.1; route 10.1.0.0/16 blackhole { bgp_med = 5; }; }`;
    const after = `
      # another layout, other names
      protocol bgp p { ipv4 { export none; import filter {
          if (net ~ [ 10.0.0.0/8+ ]) then
            accept;
          reject;
        }; };
        neighbor 192.0.2.2 as 65002; local as (65000 + 1); hold time 15; hold time 30; }
      protocol static { ipv4; route 10.0.0.0/8 via 192.0.2.1; route 10.1.0.0/16 blackhole { bgp_med = 5; }; }`;
    const steps = plan(before, after);
    assert.deepEqual(
      steps.protocols.map(({ action, changed, channels }) => [action, changed, channels]),
      [
        ['unchanged', [], []],
        ['unchanged', [], []],
      ],
    );
    assert.ok(planIsEmpty(steps));
    assert.deepEqual(describePlan(steps), []);
  });

  it('finds nothing to do where a default that depends on the session is written down', () => {
    assert.deepEqual(lines(peer(''), peer('enforce first as; direct; check link;')), []);
  });

  it('adds and removes protocols and tables', () => {
    const before = 'protocol device { } protocol kernel { ipv4; }';
    const after = 'ipv4 table t1; protocol device { } protocol static s { ipv4 { table t1; }; }';
    assert.deepEqual(lines(before, after), ['add table t1', 'remove kernel1', 'add s']);
    const steps = plan(before, after).protocols;
    assert.deepEqual(
      steps.map(({ name, action, before: was, after: now }) => [name, action, was?.kind, now?.kind]),
      [
        ['kernel1', 'remove', 'kernel', undefined],
        ['device1', 'unchanged', 'device', 'device'],
        ['s', 'add', undefined, 'static'],
      ],
    );
  });

  const cases: readonly [string, string, string, string[]][] = [
    ['an option of the session', peer(''), peer('hold time 30;'), ['restart p (hold time)']],
    ['a default that is undone', peer(''), peer('enforce first as off;'), ['restart p (enforce first as)']],
    ['a password', peer('password "a";'), peer('password "b";'), ['restart p (password)']],
    ['the neighbor', peer(''), peer('neighbor as 65003;'), ['restart p (neighbor as)']],
    ['the description', peer(''), peer('description "x";'), ['update p (description)']],
    ['debug', peer(''), peer('debug all;'), ['update p (debug)']],
    ['disabled', peer(''), peer('disabled;'), ['update p (disabled)']],
    ['a requirement', peer(''), peer('require as4;'), ['update p (require)']],
    [
      'the import filter',
      peer(''),
      peer('', 'import where net ~ 10.0.0.0/8; export none;'),
      ['import again p.ipv4 (import)'],
    ],
    ['the export filter', peer(''), peer('', 'import all; export all;'), ['export again p.ipv4 (export)']],
    [
      'preference and next hop self',
      peer(''),
      peer('', 'import all; export none; preference 5; next hop self;'),
      ['import and export again p.ipv4 (preference, next hop self)'],
    ],
    ['a limit', peer(''), peer('', 'import all; export none; import limit 5;'), ['update p.ipv4 (import limit)']],
    ['add paths', peer(''), peer('', 'import all; export none; add paths rx;'), ['restart p (ipv4 add paths receive)']],
    [
      'the table',
      `ipv4 table t; ${peer('')}`,
      `ipv4 table t; ${peer('', 'import all; export none; table t;')}`,
      ['restart p (ipv4 table)'],
    ],
    ['another channel', peer(''), peer('ipv6 { import all; export none; };'), ['restart p (channels)']],
    [
      'a table that is sorted now',
      `ipv4 table t; ${peer('', 'import all; export none; table t;')}`,
      `ipv4 table t sorted; ${peer('', 'import all; export none; table t;')}`,
      ['remove table t', 'add table t', 'restart p (table t)'],
    ],
    [
      'the router id',
      peer(''),
      `router id 1.2.3.4; ${peer('')}`,
      ['restart p (router id)', 'update settings (router id)'],
    ],
    [
      'the router id where the protocol has its own',
      peer('router id 9.9.9.9;'),
      `router id 1.2.3.4; ${peer('router id 9.9.9.9;')}`,
      ['update settings (router id)'],
    ],
    ['the log', peer(''), `log stderr all; ${peer('')}`, ['update settings (log)']],
    ['the kind of a protocol', 'protocol direct x { ipv4; }', 'protocol static x { ipv4; }', ['restart x (protocol)']],
    [
      'a static route',
      'protocol static s { ipv4; }',
      'protocol static s { ipv4; route 10.0.0.0/8 blackhole; }',
      ['update s (routes)'],
    ],
    [
      'the scan time',
      'protocol kernel { ipv4; }',
      'protocol kernel { ipv4; scan time 5; }',
      ['update kernel1 (scan time)'],
    ],
    [
      'the metric',
      'protocol kernel { ipv4; }',
      'protocol kernel { ipv4; metric 5; }',
      ['update kernel1 (metric)', 'export again kernel1.ipv4'],
    ],
    [
      'interfaces of device',
      'protocol device { }',
      'protocol device { interface "a"; }',
      ['update device1 (interfaces)'],
    ],
    [
      'interfaces of direct',
      'protocol direct { ipv4; }',
      'protocol direct { ipv4; interface "a"; }',
      ['restart direct1 (interfaces)'],
    ],
    [
      'a filter of a pipe',
      'ipv4 table t; protocol pipe { table master4; peer table t; }',
      'ipv4 table t; protocol pipe { table master4; peer table t; import none; }',
      ['update pipe1 (import)', 'import again pipe1.ipv4 (import)'],
    ],
  ];
  for (const [what, before, after, expected] of cases) {
    it(`of ${what}`, () => assert.deepEqual(lines(before, after), expected));
    it(`of ${what}, undone`, () => assert.equal(planIsEmpty(plan(after, before)), false));
  }

  it('that is soft re-runs no filter, but restarts what has to', () => {
    const filtered = peer('', 'import none; export all;');
    assert.deepEqual(plan(peer(''), filtered, true).protocols[0]!.channels, [
      { family: 'ipv4', reimport: false, refresh: false, reexport: false, changed: ['importPolicy', 'exportPolicy'] },
    ]);
    assert.equal(plan(peer(''), peer('hold time 9;'), true).protocols[0]!.action, 'restart');
  });

  it('knows the cost of every value of the model', () => {
    const apart = new Set(['kind', 'name', 'unnamed', 'place', 'channel', 'channels', 'family', 'protocol']);
    const daemon = config(`
      ipv4 table t; roa4 table r;
      protocol device { } protocol direct { ipv4; } protocol kernel { ipv4; } protocol static { ipv4; }
      protocol pipe { table master4; peer table t; } protocol bfd { }
      protocol bgp { local as 1; neighbor 192.0.2.2 as 1; ipv4; }`);
    const without = (value: object, costs: Readonly<Record<string, unknown>>): string[] =>
      Object.keys(value).filter((key) => !apart.has(key) && costs[key] === undefined);
    for (const protocol of daemon.protocols) {
      assert.deepEqual(without(protocol, PROTOCOL_COSTS[protocol.kind]), [], protocol.kind);
      if (protocol.kind === 'kernel') assert.deepEqual(without(protocol.channel, CHANNEL_COSTS), []);
      if (protocol.kind === 'bgp') assert.deepEqual(without(protocol.channels[0]!, BGP_CHANNEL_COSTS), []);
    }
    assert.equal(daemon.protocols.length, 7);
  });
});

/** Values for what the tables call `<seconds>` and the like; two of each, so that one of them is not the default. */
const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  '<switch>': ['on', 'off'],
  '<seconds>': ['7', '9'],
  '<number>': ['3', '4'],
  '<AS>': ['64999', '64998'],
  '<address>': ['192.0.2.77', '192.0.2.78'],
  '"<text>"': ['"abc"', '"abd"'],
  '"<name>"': ['"eth7"', '"eth8"'],
  '<table>': ['t4', 'master4'],
  '<0-65535>': ['5', '6'],
  '<0-10>': ['3', '4'],
  '<1-255>': ['5', '6'],
  '<3-65535>': ['33', '34'],
};

/** Texts of a statement, made from its syntax: every alternative that needs nothing but samples. */
function sampleTexts(syntax: string): string[] {
  const alternatives = syntax.replace(/ \[.*?\]/g, '').split(' | ');
  const words = /^[a-z0-9_ ]*/.exec(syntax)![0].trim();
  return alternatives.flatMap((alternative, i) => {
    const text = i === 0 ? alternative : `${words} ${alternative}`;
    const placeholder = /"?<[^>]+>"?/.exec(text)?.[0];
    if (placeholder === undefined) return /[{}<>"]/.test(text) ? [] : [text];
    const samples = SAMPLES[placeholder] ?? [];
    return samples.map((sample) => text.replace(placeholder, sample)).filter((one) => !one.includes('<'));
  });
}

describe('costs of options', () => {
  const head = 'ipv4 table t4; protocol device { }';
  const session = 'local as 65001; neighbor 192.0.2.2 as 65002;';
  const policies = 'import all; export all;';
  const places: readonly (readonly [string, readonly StatementText[], (statement: string) => string])[] = [
    ['bgp', BGP_STATEMENTS.list, (text) => `protocol bgp b { ${session} ipv4 { ${policies} }; ${text} }`],
    [
      'bgp (internal)',
      BGP_STATEMENTS.list,
      (text) => `protocol bgp b { ${session.replace('65002', '65001')} ipv4; ${text} }`,
    ],
    [
      'a channel of bgp',
      BGP_CHANNEL_STATEMENTS.list,
      (text) => `protocol bgp b { ${session} ipv4 { ${policies} ${text} }; }`,
    ],
    ['static', STATIC_STATEMENTS.list, (text) => `protocol static s { ipv4; ${text} }`],
    ['kernel', KERNEL_STATEMENTS.list, (text) => `protocol kernel k { ipv4; ${text} }`],
    ['pipe', PIPE_STATEMENTS.list, (text) => `protocol pipe p { table master4; peer table t4; ${text} }`],
  ];

  for (const [name, statements, around] of places) {
    it(`of ${name} are what the manual says`, () => {
      const wrong: string[] = [];
      let tried = 0;
      const whole = (statement: string): string => `${head} ${around(statement)}`;
      for (const { syntax, cost, activity } of statements) {
        if (activity !== 'active') continue;
        const steps = sampleTexts(syntax).flatMap((text) => {
          const read = parseConfig(new Source('bird.conf', whole(`${text};`)), NO_FILES);
          if ('diagnostics' in read) return [];
          return plan(whole(''), whole(`${text};`)).protocols.filter(({ action }) => action !== 'unchanged');
        });
        for (const step of steps) {
          tried++;
          if (costOf(step) !== (cost === 'nothing' ? 'update' : cost))
            wrong.push(`${syntax}: ${cost}, but ${costOf(step)}`);
        }
      }
      assert.deepEqual(wrong, []);
      assert.ok(tried > statements.length / 2, `${tried} of ${statements.length}`);
    });
  }

  function costOf({ action, channels }: ProtocolStep): string {
    if (action === 'restart') return 'restart';
    const imports = channels.some(({ reimport }) => reimport);
    const refresh = channels.some((channel) => channel.refresh);
    const exports = channels.some(({ reexport }) => reexport);
    if (imports && exports) return 'both';
    return refresh ? 'refresh' : imports ? 'import' : exports ? 'export' : 'update';
  }
});
