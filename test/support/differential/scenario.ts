/**
 * A random configuration with a number of random filters in it, each of which leaves a table, or what a neighbour hears,
 * of its own:
 *
 *     speakers 1..6 --import filter--> master4, master6 --pipe, filter--> one table for each filter
 *                   <--export filter--
 */
import { Random } from '../random.ts';
import { internal, OUR_AS, speakerAs } from '../reload/model.ts';
import { SPEAKERS } from '../router/world.ts';
import { customAttributeDeclarations, FilterWriter, ROA_DECLARATIONS } from './filter-writer.ts';

export interface Scenario {
  readonly seed: number;
  /** With SELF, PORT and PEERn. */
  readonly text: string;
  /** Filters by what shows them: the name of a table, `s3 import`, `s3 export`. */
  readonly filters: ReadonlyMap<string, string>;
}

const TARGETS_4 = [
  'blackhole',
  'unreachable',
  'prohibit',
  'via 10.0.0.12',
  'via 10.0.0.15',
  'via "eth0"',
  'recursive 20.2.0.1',
  'recursive 10.0.0.14',
];
const TARGETS_6 = ['blackhole', 'via fd00::13', 'unreachable', 'recursive fd00::12'];

/** Options of a session, any of which may be there. */
const OPTIONS: readonly (readonly [string, ('internal' | 'external')?])[] = [
  ['rr client', 'internal'],
  ['rr client', 'internal'],
  ['rs client', 'external'],
  ['default bgp_med 33'],
  ['default bgp_local_pref 77'],
  ['allow local as 1'],
  ['allow bgp_local_pref on', 'external'],
  ['interpret communities off'],
  ['local role customer', 'external'],
  ['local role provider', 'external'],
  ['local role peer', 'external'],
  ['prefer older off'],
];

const CHANNEL_OPTIONS: readonly string[] = [
  'next hop self',
  'next hop self ebgp',
  'next hop self ibgp',
  'next hop keep',
  'next hop keep ebgp',
  'import table',
  'import keep filtered',
  'gateway recursive',
  'gateway direct',
  'preference 120',
  'preference 90',
  'aigp on',
  'aigp originate',
  'aigp off',
];

/** `filters`: how many. */
export function randomScenario(seed: number, filters: number): Scenario {
  const random = new Random(seed);
  const shown = new Map<string, string>();
  const functions: string[] = [];
  const write = (key: string, tag: string, version: 4 | 6): string => {
    const text = new FilterWriter(random, { version, tag }).write();
    functions.push(text.functions);
    shown.set(key, `${text.functions}\nfilter ${text.body}`);
    return `filter ${text.body}`;
  };
  const atSessions = Math.min(4, filters >> 1);
  const pipes: string[] = [];
  const tables: string[] = [];
  for (let i = 0; i < filters - atSessions; i++) {
    const version = random.once(3) ? 6 : 4;
    const table = `t${i}`;
    tables.push(`ipv${version} table ${table}${random.once(6) ? ' sorted' : ''};`);
    pipes.push(
      `protocol pipe pi${i} { table master${version}; peer table ${table}; import none; export ${write(table, `p${i}`, version)}; }`,
    );
  }
  const filtered = new Map<string, string>();
  for (let i = 0; i < atSessions; i++) {
    const key = `s${random.between(1, 6)} ${random.pick(['import', 'export'])}`;
    if (!filtered.has(key)) filtered.set(key, write(key, `s${i}`, 4));
  }
  // What decides is the same everywhere, and MEDs are compared such that the outcome does not depend on who came first;
  // with `deterministic med` BIRD 2.0.12 forgets routes when the one that beat them is gone.
  const everywhere = [
    'med metric on; ',
    random.once(4) ? 'path metric off; ' : '',
    random.once(4) ? 'igp metric off; ' : '',
  ].join('');
  const text = [
    'log stderr { bug, fatal };',
    'router id 10.0.0.1;',
    customAttributeDeclarations(),
    'protocol device { scan time 30; }',
    ROA_DECLARATIONS,
    ...tables,
    ...functions,
    random.once(2) ? 'protocol direct { ipv4; ipv6; interface "eth0"; }' : '',
    statics(random, 4),
    statics(random, 6),
    ...pipes,
    ...SPEAKERS.map((n) => session(random, n, filtered, everywhere)),
  ];
  return { seed, text: `${text.filter((line) => line !== '').join('\n')}\n`, filters: shown };
}

function statics(random: Random, version: 4 | 6): string {
  const routes = Array.from({ length: random.between(1, 4) }, (_, i) => {
    const net = version === 4 ? `40.${i}.0.0/${random.pick([16, 17, 20])}` : `2001:db8:4${i}::/48`;
    const block = random.pick([
      '',
      '',
      ' { bgp_med = 7; }',
      ' { bgp_community.add((65000, 4)); my_int = 3; }',
      ' { bgp_path.prepend(65102); }',
    ]);
    return `route ${net} ${random.pick(version === 4 ? TARGETS_4 : TARGETS_6)}${block};`;
  });
  return `protocol static st${version} { ipv${version}; ${routes.join(' ')} }`;
}

function session(random: Random, n: number, filtered: ReadonlyMap<string, string>, everywhere: string): string {
  const kind = internal(n) ? 'internal' : 'external';
  const some = <T>(from: readonly T[], once: number): T[] => from.filter(() => random.once(once));
  /** By what they are about, so that none is there twice. */
  const distinct = (texts: readonly string[]): string[] => [
    ...new Map(texts.map((text) => [text.split(' ').slice(0, 2).join(' '), text])).values(),
  ];
  const fitting = OPTIONS.filter(([, only]) => only === undefined || only === kind).map(([text]) => text);
  const options = distinct(some(fitting, 9));
  const channel = (version: 4 | 6): string => {
    const policy = (direction: 'import' | 'export'): string =>
      (version === 4 ? filtered.get(`s${n} ${direction}`) : undefined) ??
      random.pick(['all', 'all', 'where net.len > 20']);
    const chosen = distinct(some(CHANNEL_OPTIONS, 8));
    if (version === 4 && random.once(5)) chosen.push(random.pick(['add paths', 'add paths rx', 'add paths tx']));
    const words = chosen.map((text) => `${text}; `).join('');
    return `ipv${version} { import ${policy('import')}; export ${policy('export')}; ${words}};`;
  };
  // Both have the option, and another default.
  if (kind === 'external') options.push(`enforce first as ${random.once(9) ? 'on' : 'off'}`);
  const families = random.once(2) ? [channel(4), channel(6)] : [channel(4)];
  return `protocol bgp s${n} { local SELF port PORT as ${OUR_AS}; neighbor PEER${n} as ${speakerAs(n)}; direct; passive; ${everywhere}${options
    .map((text) => `${text}; `)
    .join('')}${families.join(' ')} }`;
}
