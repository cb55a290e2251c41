/** `show route PREFIX why PROTOCOL` of whole daemons that talk to each other. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { WholeDaemon } from './whole-daemon.ts';

let nextPort = 41_000 + (process.pid % 10_000);

interface Texts {
  /** Before everything, in the first line. */
  readonly first?: string;
  /** Behind the neighbour. */
  readonly beside?: string;
  /** In the channel; line 7 of the text and those after it. */
  readonly channel?: string;
  /** In the neighbour. */
  readonly session?: string;
}

function textOf(
  own: 1 | 2,
  port: number,
  { first = '', beside = '', channel = 'import all; export all;', session = '' }: Texts,
): string {
  const other = 3 - own;
  return `${first} router id 10.0.0.${own};
protocol device { }
protocol bgp peer {
  local 127.1.0.${own} port ${port} as 6500${own}; neighbor 127.1.0.${other} port ${port} as 6500${other};
  direct; connect delay time 0; connect retry time 1; error wait time 1, 2; strict bind; ${session}
  ipv4 { next hop address 10.0.0.${own};
${channel}
  };
}
${beside}
`;
}

interface Pair {
  readonly a: WholeDaemon;
  readonly b: WholeDaemon;
  readonly port: number;
}

async function pair(t: TestContext, a: Texts, b: Texts): Promise<Pair> {
  const port = nextPort++;
  const left = await WholeDaemon.start(t, textOf(1, port, a), '10.0.0.1');
  const right = await WholeDaemon.start(t, textOf(2, port, b), '10.0.0.2');
  await left.until('show protocols peer', /Established/);
  return { a: left, b: right, port };
}

/** Times of arrival are none of our business. */
const level = (text: string): string => text.replace(/\d\d:\d\d:\d\d\.\d{3}/g, 'TIME');

const statics = (...routes: string[]): string =>
  `protocol static s { ipv4; ${routes.map((route) => `route ${route} blackhole;`).join(' ')} }`;

test('export: sent, filtered with the line, refused by a rule, not there', async (t) => {
  const rules = `filter out {
  if net = 10.2.0.0/16 then reject;
  # Nothing stands here.
  if net = 10.4.0.0/16 && 1 / (net.len - 16) = 1 then accept;
  accept;
}`;
  const beside = statics('10.1.0.0/16', '10.2.0.0/16', '10.4.0.0/16');
  const { a, b } = await pair(
    t,
    { beside, channel: `import all; export ${rules};`.replace('filter out', 'filter') },
    {
      beside: statics('172.16.0.0/16'),
    },
  );
  await a.until('show route exported peer', /10\.1\.0\.0\/16/);
  assert.equal(
    level(await a.ask('show route 10.1.0.0/16 why peer')),
    `Table master4:
10.1.0.0/16          blackhole [s TIME] * (200)
	to peer.ipv4: sent; export filter (unnamed) accepts it at main.conf:11
	from peer.ipv4: no such route; it was not announced`,
  );
  assert.match(
    await a.ask('show route 10.2.0.0/16 why peer.ipv4'),
    /to peer\.ipv4: not sent; export filter \(unnamed\) rejects it at main\.conf:8$/m,
  );
  assert.match(
    await a.ask('show route 10.4.0.0/16 why peer'),
    /to peer\.ipv4: not sent; export filter \(unnamed\) fails: .*line 10: .*$/m,
  );
  const back = await a.until('show route 172.16.0.0/16 why peer', /from peer/);
  assert.match(back, /from peer\.ipv4: accepted and selected; import filter ACCEPT accepts it$/m);
  assert.match(back, /to peer\.ipv4: not sent; learned from this neighbor$/m);
  assert.equal(
    await a.ask('show route 10.9.0.0/16 why peer'),
    `Table master4:
10.9.0.0/16          not in table master4
	from peer.ipv4: no such route; it was not announced
	to peer.ipv4: not sent; the table has no route to it`,
  );
  assert.equal(await a.raw('show route for 192.0.2.1 why peer'), '8001 Network not found\n');
  assert.match(
    await b.ask('show route for 10.1.2.3 why peer'),
    /^10\.1\.0\.0\/16 .*\n.*\n\tfrom peer\.ipv4: accepted and selected/m,
  );
});

test('import: refused by the filter, with its line where the route is kept, and by limits', async (t) => {
  const filter = (keep: string): string => `import ${keep};
import filter {
  if net = 10.1.0.0/16 then reject;
  bgp_med = 5;
  accept;
}; import limit 2 action block; export none;`;
  const announcing = { beside: statics('10.1.0.0/16', '10.2.0.0/16', '10.3.0.0/16', '10.4.0.0/16') };
  const { b } = await pair(t, announcing, { channel: filter('keep filtered') });
  await b.until('show protocols all peer', /Import limit: +2 \[HIT\]/);
  const refused = await b.until('show route 10.1.0.0/16 why peer', /from/);
  assert.match(refused, /from peer\.ipv4: not accepted; import filter \(unnamed\) rejects it at main\.conf:9$/m);
  assert.match(refused, /to peer\.ipv4: not sent; rejected by the import filter$/m);
  const answers = [];
  for (const net of ['10.2.0.0/16', '10.3.0.0/16', '10.4.0.0/16'])
    answers.push(await b.ask(`show route ${net} why peer`));
  // The filter writes, so of what it let in the original is not known any more, nor is the line.
  assert.equal(
    answers.filter((answer) => /accepted and selected; import filter \(unnamed\) accepts it$/m.test(answer)).length,
    2,
  );
  assert.equal(
    answers.filter((answer) =>
      /not accepted; import limit of 2 routes \(block\); import filter \(unnamed\) accepts it at main\.conf:11$/m.test(
        answer,
      ),
    ).length,
    1,
  );
  const { b: forgetful } = await pair(t, announcing, { channel: filter('table') });
  await forgetful.until('show route table master4', /10\.2\.0\.0\/16/);
  const known = await forgetful.until('show route 10.2.0.0/16 why peer', /from/);
  assert.match(known, /accepted and selected; import filter \(unnamed\) accepts it at main\.conf:11$/m);
  const held = await forgetful.ask('show route 10.1.0.0/16 why peer');
  assert.match(held, /not accepted; import filter \(unnamed\) rejects it at main\.conf:9$/m);
  const { b: blind } = await pair(t, announcing, { channel: filter('keep filtered off') });
  await blind.until('show protocols all peer', /Import limit: +2 \[HIT\]/);
  assert.match(
    await blind.ask('show route 10.1.0.0/16 why peer'),
    /from peer\.ipv4: no such route; it was not announced, or import filter \(unnamed\) rejected it \(see `import keep filtered`\), or import limit of 2 routes \(block\)$/m,
  );
});

test('the decision: why a route is not the selected one, and what follows for others', async (t) => {
  const { a } = await pair(t, { beside: statics('10.1.0.0/16') }, { beside: statics('10.1.0.0/16') });
  const answer = await a.until('show route 10.1.0.0/16 why peer', /from/);
  assert.match(answer, /\[s .*\n\tto peer\.ipv4: sent;/);
  assert.match(answer, /\[peer .*\n.*\n\tfrom peer\.ipv4: accepted, not selected; lower preference;/);
  assert.match(answer, /\tto peer\.ipv4: not sent; not the selected route: lower preference$/);
});

test('lines follow the file, also where a reload changes nothing else', async (t) => {
  const channel = 'import all; export filter { if net.len = 16 then reject; accept; };';
  const { a, port } = await pair(t, { beside: statics('10.1.0.0/16'), channel }, {});
  assert.match(await a.until('show route 10.1.0.0/16 why peer', /to peer/), /rejects it at main\.conf:7$/m);
  await a.reload(`\n\n\n${textOf(1, port, { beside: statics('10.1.0.0/16'), channel })}`);
  assert.match(await a.ask('show route 10.1.0.0/16 why peer'), /rejects it at main\.conf:10$/m);
});

test('a soft reload: what was sent stays, and the answer says what the new filter thinks', async (t) => {
  const texts = (verdict: string): Texts => ({
    beside: statics('10.1.0.0/16'),
    channel: `import all; export filter { ${verdict}; };`,
  });
  const { a, port } = await pair(t, texts('accept'), {});
  await a.until('show route 10.1.0.0/16 why peer', /to peer\.ipv4: sent;/);
  await a.reload(textOf(1, port, texts('reject')), true);
  const answer = await a.ask('show route 10.1.0.0/16 why peer');
  assert.match(
    answer,
    /to peer\.ipv4: still sent, to be withdrawn; export filter \(unnamed\) rejects it at main\.conf:7$/m,
  );
});

test('a protocol that is down, one that only takes, one that only gives', async (t) => {
  const beside = `${statics('10.1.0.0/16')}
protocol kernel { merge paths on; ipv4 { import all; export all; }; }
protocol bgp away { local 127.1.0.1 port 1 as 1; neighbor 127.1.0.9 port 1 as 2; disabled; ipv4 { import all; export all; }; }`;
  const { a } = await pair(t, { beside }, {});
  assert.match(
    await a.ask('show route 10.1.0.0/16 why away'),
    /to away\.ipv4: nothing is sent; the protocol is not up but down\n\tfrom away\.ipv4: nothing is accepted; the protocol is not up but down$/m,
  );
  const kernel = await a.until('show route 10.1.0.0/16 why kernel1', /sent/);
  assert.match(kernel, /to kernel1\.ipv4: sent; export filter ACCEPT accepts it$/m);
  const own = await a.ask('show route 10.1.0.0/16 why s');
  assert.match(
    own,
    /from s\.ipv4: accepted and selected; import filter ACCEPT accepts it\n\tto s\.ipv4: nothing is sent$/m,
  );
});

test('the question is checked like any other', async (t) => {
  const a = await WholeDaemon.start(t, textOf(1, nextPort++, { beside: statics('10.1.0.0/16') }), '10.0.0.1');
  for (const [question, answer] of [
    ['show route why peer', '9001 One network expected'],
    ['show route in 10.0.0.0/8 why peer', '9001 One network expected'],
    ['show route 10.1.0.0/16 why', '9001 syntax error, unexpected END, expecting CF_SYM_KNOWN'],
    ['show route 10.1.0.0/16 why nosuch', '9001 syntax error, unexpected CF_SYM_UNDEFINED, expecting CF_SYM_KNOWN'],
    ['show route 10.1.0.0/16 why peer.ipv6', '9001 Channel peer.ipv6 not found'],
    ['show route 10.1.0.0/16 why peer primary', '9001 Incompatible show route options'],
    ['show route 10.1.0.0/16 export peer why peer', '9001 Incompatible show route options'],
    ['show route 2001:db8::/32 why peer', '9001 No valid tables'],
    ['show route 10.1.0.0/16 why device1', '9001 No valid tables'],
    ['show route 10.1.0.0/16 why peer why s', '9001 Protocol specified twice'],
  ] as const) {
    assert.equal(await a.raw(question), `${answer}\n`, question);
  }
});

test('json: the same as data, and in the layout of BIRD 1 the row is its own', async (t) => {
  const channel = 'import all; export filter { if net.len = 16 then reject; accept; };';
  const { a } = await pair(t, { beside: statics('10.1.0.0/16'), channel }, {});
  await a.until('show route 10.1.0.0/16 why peer', /to peer/);
  const [line] = (await a.ask('json show route 10.1.0.0/16 why peer')).split('\n');
  const { route, ...answer } = JSON.parse(line!) as { route: { protocol: string }; findings: unknown[] };
  assert.equal(route.protocol, 's');
  assert.deepEqual(answer, {
    table: 'master4',
    prefix: '10.1.0.0/16',
    protocol: 'peer',
    channel: 'ipv4',
    findings: [
      {
        direction: 'export',
        outcome: 'refused',
        reason: '',
        filter: {
          label: '(unnamed)',
          verdict: 'rejects',
          place: { file: 'main.conf', line: 7, column: 50 },
          error: '',
        },
      },
    ],
  });
  const node = await WholeDaemon.start(
    t,
    'router id 10.0.0.1;\nprotocol device { }\nprotocol static s { route 10.1.0.0/16 blackhole; }\nprotocol kernel { export where\n net.len > 16; }\n',
    '10.0.0.1',
    { dialect: 'bird1', family: 'ipv4' },
  );
  assert.equal(
    level((await node.until('show route 10.1.0.0/16 why kernel1', /not sent;/)).replace(/\d\d:\d\d:\d\d/, 'TIME')),
    `10.1.0.0/16        blackhole [s TIME] * (200)
	to kernel1: not sent; export filter (unnamed) rejects it at main.conf:5
	from kernel1: no such route; it was not announced`,
  );
});

test('what goes out beside the selected route: the next best one, and hops of equal cost', async (t) => {
  const { a } = await pair(
    t,
    {
      first: 'ipv4 table ranked sorted;',
      beside: `
protocol static best { ipv4 { table ranked; preference 300; }; route 10.1.0.0/16 via 10.0.0.7; }
protocol static same { ipv4 { table ranked; preference 250; }; route 10.1.0.0/16 via 10.0.0.8; }
protocol static last { ipv4 { table ranked; preference 250; }; route 10.1.0.0/16 via 10.0.0.9; }
protocol static one { ipv4; route 10.2.0.0/16 via 10.0.0.7; }
protocol static two { ipv4; route 10.2.0.0/16 via 10.0.0.8; }
protocol kernel { merge paths on; ipv4 { import none; export all; }; }`,
      channel: 'table ranked; secondary; import all; export filter { if proto = "best" then reject; accept; };',
    },
    {},
  );
  const answer = await a.until('show route 10.1.0.0/16 why peer', /: sent/);
  const outcomes = answer
    .split('\n')
    .filter((line) => line.startsWith('\tto'))
    .map((line) => line.slice('\tto peer.ipv4: '.length));
  assert.match(outcomes[0]!, /^not sent; export filter \(unnamed\) rejects it/);
  assert.match(outcomes[1]!, /^sent; export filter \(unnamed\) accepts it/);
  assert.equal(outcomes[2], 'not sent; a better route of the network is sent');
  const merged = await a.until('show route 10.2.0.0/16 why kernel1', /joined/);
  assert.match(merged, /\[one .*\n.*\n\tto kernel1\.ipv4: sent; export filter ACCEPT accepts it$/m);
  assert.match(
    merged,
    /\[two .*\n.*\n\tto kernel1\.ipv4: sent; joined with the selected route; export filter ACCEPT accepts it$/m,
  );
});
