/**
 * Random single edits of a configuration, each with what it may do: whose session it may end, whether a protocol goes
 * down and comes up over it, and whether anybody may hear a single UPDATE because of it. These are the promises of
 * docs/configuration.md said a second time, by hand, so that the tests do not ask the code about itself.
 */
import type { Random } from '../random.ts';
import {
  answersRefresh,
  internal,
  isEnabled,
  type NodeModel,
  type PeerModel,
  type Statements,
  textOf,
} from './model.ts';

export interface Edit {
  readonly title: string;
  readonly node: NodeModel;
  /** Speakers whose session may end. */
  readonly flaps: ReadonlySet<number>;
  /** A protocol goes down and up: its routes may be withdrawn and announced again meanwhile. */
  readonly restarts: boolean;
  /** Nobody may hear an UPDATE. */
  readonly silent: boolean;
}

interface Outcome {
  readonly title: string;
  readonly flaps?: Iterable<number>;
  readonly restarts?: boolean;
  readonly silent?: boolean;
}

/** Changes the model and says what may follow; `undefined`: there is nothing of the kind to change. */
type Kind = (node: NodeModel, random: Random) => Outcome | undefined;

const NONE: readonly number[] = [];

// ------------------------------------------------------------------------------------------------------ pools

const CONDITIONS = [
  'net ~ NEAR',
  'net ~ [ 20.0.0.0/8{16,22} ]',
  'net.len < LOW',
  'bgp_path ~ [= * 65100 * =]',
  'bgp_path.len > 2',
  '(65000, 1) ~ bgp_community',
  'bgp_med > 10',
  'bgp_origin = ORIGIN_IGP',
  'net = 30.0.1.0/24',
  'bgp_path.last = 65101',
] as const;

const ACTIONS = [
  'bgp_local_pref = 150;',
  'bgp_local_pref = 50;',
  'bgp_community.add((65000, 5));',
  'bgp_community.delete([(65000, *)]);',
  'bgp_large_community.add((65000, 1, TAG));',
  'bgp_med = 20;',
  'bgp_path.prepend(65000);',
  'tag(TAG);',
  'my_tag = net.len;',
  'reject;',
  '{}',
] as const;

const IMPORT_ACTIONS = [...ACTIONS, 'preference = 120;'] as const;

function filterBody(random: Random, actions: readonly string[]): string {
  const parts: string[] = [];
  for (let i = random.between(0, 3); i > 0; i--) {
    const otherwise = random.once(4) ? ` else ${random.pick(actions)}` : '';
    parts.push(`if ${random.pick(CONDITIONS)} then ${random.pick(actions)}${otherwise}`);
  }
  if (random.once(3)) parts.push(random.pick(actions.filter((action) => action !== 'reject;')));
  parts.push(random.once(8) ? 'reject;' : 'accept;');
  return parts.join(' ').replaceAll('{};', '{}').replaceAll('then reject; else', 'then { reject; } else');
}

function policy(direction: 'import' | 'export', node: NodeModel, random: Random): string {
  switch (random.below(6)) {
    case 0:
      return `${direction} all`;
    case 1:
      return random.once(3) ? `${direction} none` : `${direction} where ${random.pick(CONDITIONS)}`;
    case 2:
      return `${direction} filter { ${filterBody(random, direction === 'import' ? IMPORT_ACTIONS : ACTIONS)} }`;
    default:
      return `${direction} filter ${random.pick(node.filters).name}`;
  }
}

/** Options of BGP whose change ends the session. */
const SESSION_OPTIONS: readonly (readonly [string, readonly string[], ('internal' | 'external')?])[] = [
  ['hold time', ['60', '90', '120', '180']],
  ['keepalive time', ['10', '15', '20']],
  ['connect retry time', ['5', '7', '30']],
  ['error wait time', ['1, 3', '2, 8']],
  ['rr client', [''], 'internal'],
  ['rs client', [''], 'external'],
  ['graceful restart', ['on', 'off', 'aware']],
  ['med metric', ['on', 'off']],
  ['path metric', ['on', 'off']],
  ['igp metric', ['on', 'off']],
  ['default bgp_local_pref', ['90', '110']],
  ['default bgp_med', ['3', '30']],
  ['allow local as', ['', '1']],
  ['allow bgp_local_pref', ['on', 'off'], 'external'],
  ['interpret communities', ['on', 'off']],
  ['enable route refresh', ['on', 'off']],
  ['enable extended messages', ['on', 'off']],
  ['disable after error', ['on', 'off']],
  ['local role', ['customer', 'provider', 'peer'], 'external'],
  ['advertise hostname', ['on', 'off']],
  ['router id', ['10.0.0.1', '10.9.9.9']],
  ['ttl security', ['off']],
];

/** Options that nobody hears of. */
const QUIET_OPTIONS: readonly (readonly [string, readonly string[]])[] = [
  ['description', ['"one"', '"two words"']],
  ['debug', ['all', 'off', '{ states }']],
];

/** Options of a channel of BGP: what a change of them asks for. */
const CHANNEL_OPTIONS: readonly (readonly [
  string,
  readonly string[],
  'live' | 'import' | 'refresh' | 'session',
  (4 | 6)?,
])[] = [
  ['import keep filtered', ['on', 'off'], 'import'],
  ['preference', ['90', '100', '110', '130'], 'import'],
  ['import limit', ['500 action block', '600 action warn', '3 action warn', 'off'], 'live'],
  ['receive limit', ['500 action block', '3 action warn', 'off'], 'live'],
  ['export limit', ['500 action block', '700', 'off'], 'live'],
  ['next hop self', ['', 'ebgp', 'ibgp', 'off'], 'live'],
  ['next hop keep', ['', 'ebgp', 'off'], 'live'],
  ['gateway', ['direct', 'recursive'], 'refresh'],
  ['aigp', ['off', 'on'], 'refresh'],
  ['debug', ['{ routes }', 'off'], 'live'],
  ['import table', ['on', 'off'], 'session'],
  ['export table', ['on', 'off'], 'session'],
  ['add paths', ['on', 'rx', 'tx', 'off'], 'session', 4],
  ['extended next hop', ['on', 'off'], 'session', 4],
  ['igp table', ['master4', 'aux4'], 'session', 4],
  ['next hop address', ['10.0.0.77', '10.0.0.78'], 'session', 4],
  ['mandatory', ['on', 'off'], 'live'],
];

const TARGETS = [
  'blackhole',
  'unreachable',
  'prohibit',
  'via 10.0.0.12',
  'via 10.0.0.14',
  'via "eth0"',
  'via 10.0.0.12 weight 3 via 10.0.0.15',
  'recursive 20.1.0.1',
  'via 192.0.2.9',
];

const BLOCKS = ['', ' { bgp_community.add((65000, 2)); }', ' { bgp_med = 9; my_tag = 3; }', ' { preference = 150; }'];

// ------------------------------------------------------------------------------------------------ small changes

/** Sets, changes or takes away one statement; false if nothing would be different. */
function change(statements: Statements, key: string, values: readonly string[], random: Random): boolean {
  const before = statements[key];
  if (before !== undefined && random.once(3)) {
    delete statements[key];
    return true;
  }
  const after = `${key} ${random.pick(values)}`.trim();
  statements[key] = after;
  return before !== after;
}

/** What holds for a channel, the template's part included. */
function effective(node: NodeModel, peer: PeerModel, key: string, version: 4 | 6 = 4): string | undefined {
  const own = version === 4 ? peer.ipv4[key] : peer.ipv6?.[key];
  if (own !== undefined || version === 6) return own;
  return node.templates.find(({ name }) => name === peer.template)?.ipv4[key];
}

function option(node: NodeModel, peer: PeerModel, key: string): string | undefined {
  return peer.options[key] ?? node.templates.find(({ name }) => name === peer.template)?.options[key];
}

/** Speakers that cannot be asked to send again; those whose routes were kept need not be, unless `kept` does not help. */
function unaskable(node: NodeModel, peers: readonly PeerModel[] = node.peers, keptHelps = true): number[] {
  return peers
    .filter((peer) => !answersRefresh(peer.speaker) && !(keptHelps && keepsAll(node, peer)))
    .map(({ speaker }) => speaker);
}

/** Both families have an import table. */
function keepsAll(node: NodeModel, peer: PeerModel): boolean {
  const keeps = (version: 4 | 6): boolean =>
    ['import table', 'import table on'].includes(effective(node, peer, 'import table', version) ?? '');
  return keeps(4) && (peer.ipv6 === undefined || keeps(6));
}

const speakers = (peers: readonly PeerModel[]): number[] => peers.map(({ speaker }) => speaker);

/** Speakers of peers whose channel goes with this table. */
function tableUsers(node: NodeModel, table: string): number[] {
  return node.peers
    .filter((peer) => {
      const own = effective(node, peer, 'table');
      return table === 'master4' ? own === undefined : own === `table ${table}`;
    })
    .map(({ speaker }) => speaker);
}

/** Everything that may name a filter. */
function policies(node: NodeModel): Statements[] {
  const others = [node.pipe, node.kernel4?.channel].filter((statements) => statements !== undefined);
  const ofPeers = node.peers.flatMap(({ ipv4, ipv6 }) => (ipv6 === undefined ? [ipv4] : [ipv4, ipv6]));
  return [...others, ...ofPeers, ...node.templates.map(({ ipv4 }) => ipv4)];
}

function freshName(node: NodeModel, letter: string, random: Random): string {
  const used = new Set([...node.peers, ...node.filters].map(({ name }) => name));
  for (;;) {
    const name = `${letter}${random.below(10_000)}`;
    if (!used.has(name)) return name;
  }
}

// -------------------------------------------------------------------------------------------------------- kinds

const layout: Kind = (node, random) => {
  node.layout = random.below(1 << 30);
  return { title: 'other blanks, comments and order', silent: true };
};

const order: Kind = (node, random) => {
  node.peers = random.shuffled(node.peers);
  node.statics = random.shuffled(node.statics);
  return { title: 'protocols in another order', silent: true };
};

const renameFilter: Kind = (node, random) => {
  const filter = random.pick(node.filters);
  const name = freshName(node, 'f', random);
  for (const statements of policies(node)) {
    for (const key of ['import', 'export'])
      if (statements[key] === `${key} filter ${filter.name}`) statements[key] = `${key} filter ${name}`;
  }
  filter.name = name;
  return { title: 'a filter has another name', silent: true };
};

const unusedThings: Kind = (node, random) => {
  const name = `X${random.below(5)}`;
  if (node.constants[name] !== undefined) delete node.constants[name];
  else node.constants[name] = `${random.below(100)}`;
  return { title: 'a constant that nobody uses', silent: true };
};

const settings: Kind = (node, random) => {
  const [key, values] = random.pick([
    ['timeformat protocol', ['iso long', 'iso short', '"%F" 5 "%T"']],
    ['timeformat route', ['iso long', 'iso short ms']],
    ['watchdog warning', ['4 s', '10 s']],
    ['graceful restart wait', ['100', '200']],
    ['debug protocols', ['{ states }', 'off', '{ states, events }']],
    ['debug channels', ['{ states }', 'off']],
    ['debug latency', ['on', 'off']],
  ] as const);
  change(node.settings, key, values, random);
  return { title: `the setting ${key}`, silent: true };
};

const hostname: Kind = (node, random) => {
  if (!change(node.settings, 'hostname', ['"left"', '"right"'], random)) return undefined;
  const told = node.peers.filter((peer) => option(node, peer, 'advertise hostname') === 'advertise hostname on');
  return { title: 'the host name', flaps: speakers(told), restarts: told.length > 0, silent: told.length === 0 };
};

const routerId: Kind = (node, random) => {
  const before = node.settings['router id'];
  node.settings['router id'] = `router id ${random.pick(['10.0.0.1', '10.0.0.2', '10.0.0.254'])}`;
  if (node.settings['router id'] === before) return undefined;
  const own = node.peers.filter((peer) => option(node, peer, 'router id') === undefined);
  return { title: 'the router id', flaps: speakers(own), restarts: true };
};

const body: Kind = (node, random) => {
  const filter = random.pick(node.filters);
  filter.body = filterBody(random, ACTIONS);
  const flaps = unaskable(node);
  return { title: `the filter ${filter.name}: ${filter.body}`, flaps, restarts: flaps.length > 0 };
};

const constant: Kind = (node, random) => {
  const [name, values] = random.pick([
    ['LOW', ['16', '18', '22', '24']],
    ['TAG', ['7', '8', '9']],
    ['NEAR', ['[ 20.0.0.0/8{20,24}, 30.0.0.0/16+ ]', '[ 20.1.0.0/16+, 40.0.0.0/8+ ]', '[ 0.0.0.0/0{24,32} ]']],
  ] as const);
  node.constants[name] = random.pick(values);
  const flaps = unaskable(node);
  return { title: `the constant ${name} is ${node.constants[name]}`, flaps, restarts: flaps.length > 0 };
};

const addFilter: Kind = (node, random) => {
  if (node.filters.length > 8) return undefined;
  node.filters.push({ name: freshName(node, 'f', random), body: filterBody(random, ACTIONS) });
  return { title: 'one more filter', silent: true };
};

const sessionOption: Kind = (node, random) => {
  const peer = random.pick(node.peers);
  const kind = internal(peer.speaker) ? 'internal' : 'external';
  const fitting = SESSION_OPTIONS.filter(([, , only]) => only === undefined || only === kind);
  const [key, values] = random.pick(fitting);
  // A role is an offer to the other side of another kind.
  if (!change(peer.options, key, values, random)) return undefined;
  return { title: `${peer.name}: ${peer.options[key] ?? `no ${key}`}`, flaps: [peer.speaker], restarts: true };
};

const quietOption: Kind = (node, random) => {
  const peer = random.pick(node.peers);
  const [key, values] = random.pick(QUIET_OPTIONS);
  change(peer.options, key, values, random);
  return { title: `${peer.name}: ${peer.options[key] ?? `no ${key}`}`, silent: true };
};

const disable: Kind = (node, random) => {
  const peer = random.pick(node.peers);
  if (isEnabled(peer)) peer.options['disabled'] = 'disabled';
  else delete peer.options['disabled'];
  return { title: `${peer.name}: ${isEnabled(peer) ? 'enabled' : 'disabled'}`, flaps: [peer.speaker], restarts: true };
};

const filters: Kind = (node, random) => {
  const peer = random.pick(node.peers);
  const channel = peer.ipv6 !== undefined && random.once(3) ? peer.ipv6 : peer.ipv4;
  const direction = random.pick(['import', 'export'] as const);
  channel[direction] = policy(direction, node, random);
  const flaps = direction === 'import' ? unaskable(node, [peer]) : NONE;
  return { title: `${peer.name}: ${channel[direction]}`, flaps, restarts: flaps.length > 0 };
};

const channelOption: Kind = (node, random) => {
  const peer = random.pick(node.peers);
  const version = peer.ipv6 !== undefined && random.once(3) ? 6 : 4;
  const channel = version === 4 ? peer.ipv4 : peer.ipv6!;
  const [key, values, asks, only] = random.pick(CHANNEL_OPTIONS);
  if (only !== undefined && only !== version) return undefined;
  if (!change(channel, key, values, random)) return undefined;
  const flaps =
    asks === 'session' ? [peer.speaker] : asks === 'live' ? NONE : unaskable(node, [peer], asks === 'import');
  return { title: `${peer.name} ipv${version}: ${channel[key] ?? `no ${key}`}`, flaps, restarts: flaps.length > 0 };
};

const moveTable: Kind = (node, random) => {
  const peer = random.pick(node.peers);
  if (!change(peer.ipv4, 'table', ['aux4', 'spare4'], random)) return undefined;
  return { title: `${peer.name}: ${peer.ipv4['table'] ?? 'table master4'}`, flaps: [peer.speaker], restarts: true };
};

const secondFamily: Kind = (node, random) => {
  const peer = random.pick(node.peers);
  peer.ipv6 = peer.ipv6 === undefined ? { import: 'import all', export: policy('export', node, random) } : undefined;
  // Conditions about IPv4 prefixes are simply false for others.
  return {
    title: `${peer.name}: ${peer.ipv6 === undefined ? 'without' : 'with'} IPv6`,
    flaps: [peer.speaker],
    restarts: true,
  };
};

const addPeer: Kind = (node, random) => {
  const free = [1, 2, 3, 4, 5, 6].filter((speaker) => !node.peers.some((peer) => peer.speaker === speaker));
  if (free.length === 0) return undefined;
  const speaker = random.pick(free);
  const peer: PeerModel = {
    speaker,
    name: freshName(node, 'q', random),
    template: random.once(2) ? random.pick(node.templates).name : undefined,
    options: {},
    ipv4: { import: policy('import', node, random), export: policy('export', node, random) },
    ipv6: undefined,
  };
  node.peers.splice(random.below(node.peers.length + 1), 0, peer);
  return { title: `one more peer ${peer.name}`, flaps: [speaker], restarts: true };
};

const removePeer: Kind = (node, random) => {
  if (node.peers.length < 4) return undefined;
  const [peer] = node.peers.splice(random.below(node.peers.length), 1);
  return { title: `no peer ${peer!.name}`, flaps: [peer!.speaker], restarts: true };
};

const renamePeer: Kind = (node, random) => {
  const peer = random.pick(node.peers);
  peer.name = freshName(node, 'n', random);
  return { title: `a peer is called ${peer.name}`, flaps: [peer.speaker], restarts: true };
};

/** The template's words are put into the peer, or the other way round: nothing changes. */
const inlineTemplate: Kind = (node, random) => {
  const peer = random.pick(node.peers.filter((candidate) => candidate.template !== undefined));
  const template = node.templates.find(({ name }) => name === peer?.template);
  if (peer === undefined || template === undefined) return undefined;
  peer.template = undefined;
  peer.options = { ...template.options, ...peer.options };
  peer.ipv4 = { ...template.ipv4, ...peer.ipv4 };
  return { title: `${peer.name} says what its template said`, silent: true };
};

const template: Kind = (node, random) => {
  const chosen = random.pick(node.templates);
  const users = node.peers.filter((peer) => peer.template === chosen.name);
  if (random.once(2)) {
    if (!change(chosen.options, 'hold time', ['60', '90', '180'], random)) return undefined;
    const heard = users.filter((peer) => peer.options['hold time'] === undefined);
    return {
      title: 'hold time in the template',
      flaps: speakers(heard),
      restarts: heard.length > 0,
      silent: heard.length === 0,
    };
  }
  const direction = random.pick(['import', 'export'] as const);
  chosen.ipv4[direction] = policy(direction, node, random);
  const flaps = direction === 'import' ? unaskable(node, users) : NONE;
  return { title: `template: ${chosen.ipv4[direction]}`, flaps, restarts: flaps.length > 0 };
};

const staticRoute: Kind = (node, random) => {
  const chosen = random.pick(node.statics);
  const nets = Object.keys(chosen.routes);
  const target =
    chosen.version === 4
      ? `${random.pick(TARGETS)}${random.pick(BLOCKS)}`
      : random.pick(['blackhole', 'via fd00::13', 'unreachable']);
  switch (random.below(3)) {
    case 0: {
      const net = chosen.version === 4 ? `40.${random.below(40)}.0.0/16` : `2001:db8:4${random.below(9)}::/48`;
      chosen.routes[net] = target;
      return { title: `route ${net} ${target}` };
    }
    case 1: {
      if (nets.length < 2) return undefined;
      const net = random.pick(nets);
      delete chosen.routes[net];
      return { title: `no route ${net}` };
    }
    default: {
      const net = random.pick(nets);
      chosen.routes[net] = target;
      return { title: `route ${net} is ${target}` };
    }
  }
};

const staticOption: Kind = (node, random) => {
  const chosen = random.pick(node.statics);
  const [statements, key, values, restarts] = random.pick([
    [chosen.options, 'check link', ['on', 'off'], false],
    [chosen.options, 'description', ['"s"', '"t"'], false],
    [chosen.options, 'disabled', ['', 'off'], true],
    [chosen.channel, 'import', ['all', 'none', 'where net.len > LOW', 'filter { preference = 140; accept; }'], false],
    [chosen.channel, 'preference', ['200', '210'], false],
    [chosen.channel, 'import keep filtered', ['on', 'off'], false],
    [chosen.channel, 'import limit', ['100 action block', 'off'], false],
  ] as const);
  if (!change(statements, key, values, random)) return undefined;
  return { title: `${chosen.name}: ${statements[key] ?? `no ${key}`}`, restarts };
};

const pipe: Kind = (node, random) => {
  if (node.pipe === undefined) {
    node.pipe = { import: policy('import', node, random), export: policy('export', node, random) };
    return { title: 'a pipe' };
  }
  if (random.once(4)) {
    node.pipe = undefined;
    return { title: 'no pipe', restarts: true };
  }
  const direction = random.pick(['import', 'export'] as const);
  node.pipe[direction] = policy(direction, node, random);
  return { title: `pipe: ${node.pipe[direction]}` };
};

const kernel: Kind = (node, random) => {
  if (node.kernel4 === undefined) {
    node.kernel4 = { options: {}, channel: { export: policy('export', node, random) } };
    return { title: 'a kernel protocol', silent: true };
  }
  const { options, channel } = node.kernel4;
  if (random.once(5)) {
    node.kernel4 = undefined;
    return { title: 'no kernel protocol', silent: true };
  }
  const [statements, key, values] = random.pick([
    [options, 'metric', ['32', '50', '60']],
    [options, 'scan time', ['10', '20']],
    [options, 'merge paths', ['on', 'on limit 4', 'off']],
    [
      channel,
      'export',
      ['all', 'none', `where ${random.pick(CONDITIONS)}`, `filter ${random.pick(node.filters).name}`],
    ],
  ] as const);
  if (!change(statements, key, values, random)) return undefined;
  return { title: `kernel: ${statements[key] ?? `no ${key}`}`, silent: true };
};

const direct: Kind = (node, random) => {
  if (node.direct === undefined) node.direct = {};
  else if (random.once(4)) node.direct = undefined;
  else if (!change(node.direct, 'interface', ['"eth*"', '-"lo", "*"', '10.0.0.0/8', '"none"'], random))
    return undefined;
  return {
    title: `direct: ${node.direct === undefined ? 'none' : (node.direct['interface'] ?? 'all')}`,
    restarts: true,
  };
};

const tables: Kind = (node, random) => {
  if (random.once(2)) {
    const name = `t${random.below(4)}`;
    const at = node.tables.findIndex((table) => table.name === name);
    if (at >= 0) node.tables.splice(at, 1);
    else node.tables.push({ name, version: random.once(2) ? 4 : 6, sorted: random.once(2) });
    return { title: `the table ${name} that nobody uses`, silent: true };
  }
  const table = random.pick(node.tables.filter(({ name }) => name === 'aux4' || name === 'spare4'));
  table.sorted = !table.sorted;
  return {
    title: `${table.name} is ${table.sorted ? '' : 'not '}sorted`,
    flaps: tableUsers(node, table.name),
    restarts: true,
  };
};

const KINDS: readonly (readonly [number, Kind])[] = [
  [3, layout],
  [2, order],
  [2, renameFilter],
  [1, unusedThings],
  [3, settings],
  [1, hostname],
  [1, routerId],
  [6, body],
  [4, constant],
  [2, addFilter],
  [5, sessionOption],
  [3, quietOption],
  [4, disable],
  [8, filters],
  [9, channelOption],
  [3, moveTable],
  [2, secondFamily],
  [6, addPeer],
  [3, removePeer],
  [1, renamePeer],
  [1, inlineTemplate],
  [3, template],
  [8, staticRoute],
  [4, staticOption],
  [4, pipe],
  [5, kernel],
  [2, direct],
  [3, tables],
];

/** Each as often as it weighs. */
const DRAWN: readonly Kind[] = KINDS.flatMap(([weight, kind]) => new Array<Kind>(weight).fill(kind));

/** Sorted tables hold no recursive routes: such a text would be refused. */
function fitsTogether(node: NodeModel): boolean {
  const sorted = node.tables.filter((table) => table.sorted).flatMap(({ name }) => tableUsers(node, name));
  return !node.peers.some(
    (peer) => sorted.includes(peer.speaker) && effective(node, peer, 'gateway') === 'gateway recursive',
  );
}

/** One edit of `node`, which stays as it is. The text is always another one. */
export function randomEdit(node: NodeModel, random: Random): Edit {
  const before = textOf(node);
  for (;;) {
    const kind = random.pick(DRAWN);
    const next = structuredClone(node);
    const outcome = kind(next, random);
    if (outcome === undefined || textOf(next) === before || !fitsTogether(next)) continue;
    const { title, flaps = NONE, restarts = false, silent = false } = outcome;
    return { title, node: next, flaps: new Set(flaps), restarts, silent };
  }
}
