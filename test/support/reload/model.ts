/**
 * A router's configuration as data, and its text. The random edits (edits.ts) change the data; the text is what daemons
 * read. Words in it that depend on where it runs: SELF, PORT, PEER1 .. PEER6 (addresses), see `World`.
 *
 *     speakers 1..6 --BGP--> master4, master6        static, direct, kernel beside them
 *     speaker 6     --BGP--> aux4  <--pipe--> master4
 */
import { Random } from '../random.ts';

/** Statements by their subject, without the semicolon: `hold time` -> `hold time 30`. */
export type Statements = Record<string, string>;

export interface PeerModel {
  /** Number of the speaker behind it, 1..6. */
  readonly speaker: number;
  name: string;
  template: string | undefined;
  options: Statements;
  ipv4: Statements;
  ipv6: Statements | undefined;
}

export interface TemplateModel {
  readonly name: string;
  options: Statements;
  ipv4: Statements;
}

export interface StaticModel {
  readonly name: string;
  readonly version: 4 | 6;
  options: Statements;
  channel: Statements;
  /** Network -> the rest of the route's text. */
  routes: Statements;
}

export interface FilterModel {
  name: string;
  body: string;
}

export interface NodeModel {
  settings: Statements;
  /** Name -> expression. */
  constants: Statements;
  filters: FilterModel[];
  tables: { readonly name: string; readonly version: 4 | 6; sorted: boolean }[];
  templates: TemplateModel[];
  statics: StaticModel[];
  /** Options of the pipe between master4 and aux4; undefined: no pipe. */
  pipe: Statements | undefined;
  kernel4: { options: Statements; channel: Statements } | undefined;
  direct: Statements | undefined;
  peers: PeerModel[];
  /** Chooses blanks, comments and the order of what has no order. */
  layout: number;
}

export const OUR_AS = 65000;

/** AS number of a speaker: 3 and 4 are internal. */
export function speakerAs(speaker: number): number {
  return speaker === 3 || speaker === 4 ? OUR_AS : 65000 + speaker;
}

export function internal(speaker: number): boolean {
  return speakerAs(speaker) === OUR_AS;
}

/** The speaker sends its routes again when it is asked to (RFC 2918). */
export function answersRefresh(speaker: number): boolean {
  return speaker !== 6;
}

/** The configuration that the edits start from. */
export function firstModel(): NodeModel {
  const peer = (speaker: number, ipv4: Statements, more: Partial<PeerModel> = {}): PeerModel => ({
    speaker,
    name: `p${speaker}`,
    template: undefined,
    options: {},
    ipv4,
    ipv6: undefined,
    ...more,
  });
  return {
    settings: { 'router id': 'router id 10.0.0.1' },
    constants: { LOW: '18', TAG: '7', NEAR: '[ 20.0.0.0/8{20,24}, 30.0.0.0/16+ ]' },
    filters: [
      { name: 'in1', body: 'if net ~ NEAR then bgp_local_pref = 150; accept;' },
      { name: 'in2', body: 'if net.len < LOW then reject; tag(TAG); accept;' },
      { name: 'out1', body: 'if source = RTS_STATIC then bgp_med = 5; accept;' },
      { name: 'out2', body: 'bgp_community.add((65000, 9)); if net ~ [ 40.0.0.0/8+ ] then reject; accept;' },
    ],
    tables: [
      { name: 'aux4', version: 4, sorted: false },
      { name: 'spare4', version: 4, sorted: false },
    ],
    templates: [
      {
        name: 'upstream',
        options: { 'hold time': 'hold time 90' },
        ipv4: { import: 'import filter in1', export: 'export all' },
      },
    ],
    statics: [
      {
        name: 'st4',
        version: 4,
        options: {},
        channel: {},
        routes: {
          '40.0.0.0/16': 'blackhole',
          '40.1.0.0/16': 'via 10.0.0.11',
          '40.2.0.0/16': 'unreachable { bgp_community.add((65000, 2)); }',
          '40.3.0.0/16': 'via 10.0.0.12 weight 2 via 10.0.0.13',
        },
      },
      {
        name: 'st6',
        version: 6,
        options: {},
        channel: {},
        routes: { '2001:db8:40::/48': 'blackhole', '2001:db8:41::/48': 'via fd00::12' },
      },
    ],
    pipe: { import: 'import all', export: 'export where net ~ [ 20.0.0.0/8+, 40.0.0.0/8+ ]' },
    kernel4: { options: {}, channel: { export: 'export where source = RTS_BGP' } },
    direct: {},
    peers: [
      peer(
        1,
        { import: 'import filter in1', export: 'export filter out1' },
        { ipv6: { import: 'import all', export: 'export all' } },
      ),
      peer(2, {}, { template: 'upstream' }),
      peer(
        3,
        { import: 'import all', export: 'export all', 'next hop self': 'next hop self' },
        { options: { 'rr client': 'rr client' } },
      ),
      peer(4, {
        import: 'import filter in2',
        export: 'export filter out2',
        'import table': 'import table',
        'add paths': 'add paths',
      }),
      peer(
        5,
        { import: 'import filter in2', export: 'export all', 'import table': 'import table' },
        { template: 'upstream', ipv6: { import: 'import all', export: 'export none' } },
      ),
      peer(6, { import: 'import all', export: 'export filter out2', table: 'table aux4' }),
    ],
    layout: 1,
  };
}

// -------------------------------------------------------------------------------------------------------- as text

const COMMENTS = ['# nothing to see here', '/* a word\n   of comment */', '# protocol bgp gone { }', ''];

/** Writes blocks with blanks and comments that mean nothing. */
class Writer {
  readonly #random: Random;
  #text = '';

  constructor(layout: number) {
    this.#random = new Random(layout);
  }

  line(text: string): void {
    const { pick, once } = this.#bound;
    this.#text += `${pick(['', '  ', '\t'])}${text}${once(6) ? ` # ${text.length}` : ''}\n${once(5) ? `${pick(COMMENTS)}\n` : ''}`;
  }

  /** `head { a; b; }`, its statements in any order. */
  block(head: string, statements: Statements, more: readonly string[] = [], end = ''): string {
    const list = [...more, ...this.#random.shuffled(Object.values(statements))];
    const { pick } = this.#bound;
    const gap = pick([' ', '\n  ', '\n\t\t']);
    return `${head} {${list.map((text) => `${gap}${text};`).join('')}${gap}}${end}`;
  }

  get text(): string {
    return this.#text;
  }

  readonly #bound = {
    pick: <T>(items: readonly T[]): T => this.#random.pick(items),
    once: (times: number): boolean => this.#random.once(times),
  };
}

export function textOf(node: NodeModel): string {
  const writer = new Writer(node.layout);
  writer.line('log stderr { bug, fatal };');
  for (const text of Object.values(node.settings)) writer.line(`${text};`);
  writer.line('attribute int my_tag;');
  for (const { name, version, sorted } of node.tables)
    writer.line(`ipv${version} table ${name}${sorted ? ' sorted' : ''};`);
  for (const [name, expression] of Object.entries(node.constants)) writer.line(`define ${name} = ${expression};`);
  writer.line('function tag(int x) { my_tag = x; bgp_community.add((65000, x)); }');
  for (const { name, body } of node.filters) writer.line(`filter ${name} { ${body} }`);
  writer.line('protocol device { scan time 10; }');
  if (node.direct !== undefined) writer.line(writer.block('protocol direct dir', node.direct, ['ipv4', 'ipv6']));
  for (const { name, version, options, channel, routes } of node.statics) {
    const list = Object.entries(routes).map(([net, rest]) => `route ${net} ${rest}`);
    writer.line(writer.block(`protocol static ${name}`, options, [writer.block(`ipv${version}`, channel), ...list]));
  }
  if (node.pipe !== undefined)
    writer.line(writer.block('protocol pipe pi', node.pipe, ['table master4', 'peer table aux4']));
  if (node.kernel4 !== undefined) {
    writer.line(writer.block('protocol kernel k4', node.kernel4.options, [writer.block('ipv4', node.kernel4.channel)]));
  }
  for (const { name, options, ipv4 } of node.templates) {
    writer.line(writer.block(`template bgp ${name}`, options, [writer.block('ipv4', ipv4)]));
  }
  for (const peer of node.peers) {
    const { speaker, name, template, options, ipv4, ipv6 } = peer;
    const fixed = [
      `local SELF port PORT as ${OUR_AS}`,
      `neighbor PEER${speaker} as ${speakerAs(speaker)}`,
      'direct',
      'passive',
      writer.block('ipv4', ipv4),
      ...(ipv6 === undefined ? [] : [writer.block('ipv6', ipv6)]),
    ];
    writer.line(
      writer.block(`protocol bgp ${name}${template === undefined ? '' : ` from ${template}`}`, options, fixed),
    );
  }
  return writer.text;
}

/** The peer's session can come up. */
export function isEnabled({ options }: PeerModel): boolean {
  return options['disabled'] === undefined;
}
