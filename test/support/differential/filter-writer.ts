/**
 * Random filters in the language of BIRD 2.0.12, right by construction: every expression has its type, every name
 * exists, nothing is written that the release cannot read. What a filter computes ends in attributes of the route, so
 * that two programs that understand it differently leave different tables.
 *
 * Lists of communities are never walked in an order that shows: programs keep them in orders of their own. Nor is it
 * asked whether a list is defined: in BIRD that depends on how it became empty.
 */
import type { Random } from '../random.ts';

type Type = 'int' | 'bool' | 'pair' | 'ip' | 'quad' | 'path' | 'clist' | 'eclist' | 'lclist' | 'ec' | 'lc' | 'prefix';

const TYPES: readonly Type[] = [
  'int',
  'int',
  'bool',
  'pair',
  'ip',
  'path',
  'clist',
  'eclist',
  'lclist',
  'lc',
  'prefix',
];

const WORDS: Readonly<Record<Type, string>> = {
  int: 'int',
  bool: 'bool',
  pair: 'pair',
  ip: 'ip',
  quad: 'quad',
  path: 'bgppath',
  clist: 'clist',
  eclist: 'eclist',
  lclist: 'lclist',
  ec: 'ec',
  lc: 'lc',
  prefix: 'prefix',
};

/** Attributes that the configuration declares, by type: `attribute int my_int;`. */
export const CUSTOM_ATTRIBUTES: readonly (readonly [Type, string])[] = [
  ['int', 'my_int'],
  ['int', 'my_other'],
  ['ip', 'my_ip'],
  ['quad', 'my_quad'],
  ['path', 'my_path'],
  ['clist', 'my_clist'],
  ['eclist', 'my_eclist'],
  ['lclist', 'my_lclist'],
];

/** What `roa_check` asks: entries of the networks and the ASes that speakers announce. */
export const ROA_DECLARATIONS = [
  'roa4 table roas4;',
  'roa6 table roas6;',
  'protocol static ro4 { roa4 { table roas4; }; route 20.0.0.0/8 max 17 as 65001; route 20.1.0.0/16 max 24 as 65002;' +
    ' route 20.2.0.0/16 max 20 as 65101; route 30.0.0.0/16 max 24 as 65003; route 30.0.1.0/24 max 24 as 65100;' +
    ' route 30.1.0.0/16 max 16 as 0; route 40.0.0.0/8 max 16 as 0; }',
  'protocol static ro6 { roa6 { table roas6; }; route 2001:db8::/32 max 40 as 65001; route 2001:db8:40::/44 max 48 as 65102; }',
].join('\n');

export function customAttributeDeclarations(): string {
  return CUSTOM_ATTRIBUTES.map(([type, name]) => `attribute ${WORDS[type]} ${name};`).join(' ');
}

/** What a filter may assign to. */
const WRITABLE: readonly (readonly [Type, string])[] = [
  ...CUSTOM_ATTRIBUTES,
  ['int', 'bgp_med'],
  ['int', 'bgp_local_pref'],
  ['path', 'bgp_path'],
  ['path', 'bgp_path'],
  ['clist', 'bgp_community'],
  ['clist', 'bgp_community'],
  ['eclist', 'bgp_ext_community'],
  ['lclist', 'bgp_large_community'],
];

const AS_ITEMS = [
  ['0', '1..5', '65000', '65001', '65002..65004', '65100', '65101..65103', '4200000000..4294967295'],
  ['0..65535', '4200000000'],
];
const PAIR_ITEMS = [
  ['(65000,*)', '(65001,0..10)', '(65002..65004,*)', '(0,0)', '(65535,*)', '(16..32,16..32)'],
  ['(65000,1)', '(65000,2..17)', '(65001,17)', '(1,*)', '(65003,20)', '(17..20,*)'],
  ['(*,3)', '(*,17..20)', '(*,100)'],
];
const LC_ITEMS = [
  ['(65000,*,*)', '(65001,1,2..9)', '(65002..65005,*,*)', '(0,0,0)', '(4200000000,0..5,*)'],
  ['(65000,1,*)', '(65001,*,*)', '(65002,0..1,*)', '(4200000000,1,0..5)'],
];
const EC_ITEMS = [['(rt, 65000, *)', '(rt, 65001, 1..5)', '(ro, 65001, *)', '(unknown 0x4306, 10, *)']];

interface Name {
  readonly name: string;
  readonly type: Type;
}

interface Callable extends Name {
  readonly args: readonly Type[];
}

export interface FilterText {
  /** Definitions that stand in front. */
  readonly functions: string;
  /** `{ ... }` */
  readonly body: string;
}

export interface FilterOptions {
  readonly version: 4 | 6;
  /** Distinguishes the names of functions. */
  readonly tag: string;
}

export class FilterWriter {
  readonly #random: Random;
  readonly #version: 4 | 6;
  readonly #tag: string;
  readonly #callables: Callable[] = [];
  #counter = 0;

  constructor(random: Random, { version, tag }: FilterOptions) {
    this.#random = random;
    this.#version = version;
    this.#tag = tag;
  }

  write(): FilterText {
    const functions: string[] = [];
    for (let i = this.#random.below(3); i > 0; i--) functions.push(this.#function());
    const statements = this.#statements([], 3, this.#random.between(2, 7), undefined);
    const end = this.#random.pick(['accept;', 'accept;', 'accept;', `if ${this.#bool([], 1)} then accept; reject;`]);
    return { functions: functions.join('\n'), body: `{\n${statements}\n${end}\n}` };
  }

  // ------------------------------------------------------------------------------------------------------ functions

  #function(): string {
    const { pick, below } = this.#bound;
    const name = `fn_${this.#tag}_${this.#callables.length}`;
    const type = pick<Type>(['int', 'int', 'bool', 'pair', 'path', 'clist', 'lclist', 'ip']);
    const args = Array.from({ length: below(3) }, (): Name => ({ name: this.#fresh(), type: pick(TYPES) }));
    const body = this.#statements(args, 2, below(3), type);
    const result = this.#expression(type, args, 2);
    this.#callables.push({ name, type, args: args.map((arg) => arg.type) });
    return `function ${name}(${args.map((arg) => `${WORDS[arg.type]} ${arg.name}`).join('; ')})\n{\n${body}\nreturn ${result};\n}`;
  }

  #fresh(): string {
    return `v_${this.#counter++}`;
  }

  // ----------------------------------------------------------------------------------------------------- statements

  /** `result`: type of the function around; undefined in the filter itself. */
  #statements(outer: readonly Name[], depth: number, count: number, result: Type | undefined): string {
    const names = [...outer];
    const lines: string[] = [];
    for (let i = 0; i < count; i++) {
      if (this.#random.once(4)) {
        const made = { name: this.#fresh(), type: this.#random.pick(TYPES) };
        lines.push(`${WORDS[made.type]} ${made.name} = ${this.#expression(made.type, names, 2)};`);
        names.push(made);
      } else {
        lines.push(this.#statement(names, depth, result));
      }
    }
    return lines.join('\n');
  }

  #statement(names: readonly Name[], depth: number, result: Type | undefined): string {
    const { pick, below, once } = this.#bound;
    switch (below(depth > 0 ? 12 : 6)) {
      case 0:
      case 1:
      case 2: {
        const [type, name] = pick(WRITABLE);
        return `${name} = ${this.#expression(type, names, 2)};`;
      }
      case 3: {
        const [type, name] = pick(WRITABLE);
        return this.#method(type, name, names) ?? `${name} = ${this.#expression(type, names, 1)};`;
      }
      case 4: {
        const variables = names.filter(({ type }) => type !== 'ec');
        if (variables.length === 0) return this.#scalar(names);
        const { name, type } = pick(variables);
        return `${name} = ${this.#expression(type, names, 2)};`;
      }
      case 5:
        return this.#scalar(names);
      case 6:
      case 7:
      case 8: {
        const then = this.#block(names, depth - 1, result);
        const otherwise = once(3) ? ` else ${this.#block(names, depth - 1, result)}` : '';
        return `if ${this.#bool(names, 3)} then ${then}${otherwise}`;
      }
      case 9:
        return this.#case(names, depth - 1, result);
      case 10:
        return this.#for(names);
      default: {
        if (result !== undefined && once(2))
          return `if ${this.#bool(names, 2)} then return ${this.#expression(result, names, 1)};`;
        return `if ${this.#bool(names, 2)} then ${pick(['reject;', 'accept;'])}`;
      }
    }
  }

  #block(names: readonly Name[], depth: number, result: Type | undefined): string {
    return `{\n${this.#statements(names, depth, this.#random.between(1, 3), result)}\n}`;
  }

  /** Attributes that take few values. */
  #scalar(names: readonly Name[]): string {
    const { pick } = this.#bound;
    return pick([
      () => `bgp_origin = ${pick(['ORIGIN_IGP', 'ORIGIN_EGP', 'ORIGIN_INCOMPLETE'])};`,
      () => `unset(${pick(['bgp_med', 'bgp_local_pref', 'bgp_community', 'bgp_large_community', 'bgp_path'])});`,
      () => `my_int = ${this.#int(names, 3)};`,
      // Releases differ in what becomes of more than 16 bits.
      () => `preference = ${pick(['100', 'net.len', '90 + bgp_path.len', '120'])};`,
      () => `my_quad = ${this.#expression('quad', names, 1)};`,
    ])();
  }

  /** `attribute.method(...)`: the statement form, which 2.0.12 has for attributes alone. */
  #method(type: Type, name: string, names: readonly Name[]): string | undefined {
    const { pick } = this.#bound;
    if (name.startsWith('my_')) return undefined;
    switch (type) {
      case 'path':
        return pick([
          () => `${name}.prepend(${this.#int(names, 1)});`,
          () => `${name}.delete(${this.#asSet()});`,
          () => `${name}.filter(${this.#asSet()});`,
          () => `${name}.empty;`,
        ])();
      case 'clist':
        return pick([
          () => `${name}.add(${this.#pair(names, 1)});`,
          () => `${name}.delete(${this.#pairSet()});`,
          () => `${name}.filter(${this.#pairSet()});`,
          () => `${name}.delete(${this.#pair(names, 1)});`,
          () => `${name}.empty;`,
        ])();
      case 'eclist':
        return pick([
          () => `${name}.add(${this.#ec(names)});`,
          () => `${name}.delete(${this.#ecSet()});`,
          () => `${name}.filter(${this.#ecSet()});`,
        ])();
      case 'lclist':
        return pick([
          () => `${name}.add(${this.#lc(names, 1)});`,
          () => `${name}.delete(${this.#lcSet()});`,
          () => `${name}.filter(${this.#lcSet()});`,
        ])();
      default:
        return undefined;
    }
  }

  #case(names: readonly Name[], depth: number, result: Type | undefined): string {
    const { pick } = this.#bound;
    const [value, labels] = pick([
      () => [this.#int(names, 2), ['0..7', '8, 16, 24', '25..32', '65001..65006']] as const,
      () => ['net.len', ['0..15', '16', '17..23', '24..47', '48..128']] as const,
      () => ['bgp_origin', ['ORIGIN_IGP', 'ORIGIN_EGP..ORIGIN_INCOMPLETE']] as const,
      () => ['source', ['RTS_STATIC', 'RTS_BGP', 'RTS_DEVICE, RTS_INHERIT']] as const,
      () => [this.#pair(names, 1), ['(0..100,*)', '(65000,1)', '(65001..65006,0..5)']] as const,
    ])();
    const arms = labels.map((label) => `${label}: ${this.#statements(names, depth, 1, result)}`);
    const otherwise = this.#random.once(2) ? `\nelse: ${this.#statements(names, depth, 1, result)}` : '';
    return `case ${value} {\n${arms.join('\n')}${otherwise}\n}`;
  }

  /** Loops that add up, so that the order does not show; over paths also such that it does. */
  #for(names: readonly Name[]): string {
    const { pick } = this.#bound;
    const item = this.#fresh();
    const sum = this.#fresh();
    const [head, more] = pick([
      () => [`int ${item} in ${this.#expression('path', names, 1)}`, `${sum} = ${sum} * 3 + ${item};`] as const,
      () => [`int ${item} in bgp_path`, `if ${item} ~ ${this.#asSet()} then ${sum} = ${sum} + ${item};`] as const,
      () =>
        [
          `pair ${item} in ${this.#expression('clist', names, 1)}`,
          `${sum} = ${sum} + ${item}.asn * 7 + ${item}.data;`,
        ] as const,
      () => [`lc ${item} in bgp_large_community`, `${sum} = ${sum} + ${item}.data1 + ${item}.data2 * 5;`] as const,
      () => [`ec ${item} in bgp_ext_community`, `if ${item} ~ ${this.#ecSet()} then ${sum} = ${sum} + 1;`] as const,
    ])();
    return `int ${sum} = ${this.#int(names, 1)};\nfor ${head} do { ${more} }\nmy_int = ${sum};`;
  }

  // ---------------------------------------------------------------------------------------------------- expressions

  #expression(type: Type, names: readonly Name[], depth: number): string {
    if (this.#random.once(4)) {
      const known = names.filter((name) => name.type === type);
      if (known.length > 0) return this.#random.pick(known).name;
    }
    if (depth > 0 && this.#random.once(6)) {
      const callable = this.#callables.filter((candidate) => candidate.type === type);
      if (callable.length > 0) {
        const { name, args } = this.#random.pick(callable);
        return `${name}(${args.map((arg) => this.#expression(arg, names, depth - 1)).join(', ')})`;
      }
    }
    switch (type) {
      case 'int':
        return this.#int(names, depth);
      case 'bool':
        return this.#bool(names, depth);
      case 'pair':
        return this.#pair(names, depth);
      case 'ip':
        return this.#ip(names, depth);
      case 'quad':
        return this.#random.pick(['1.2.3.4', '10.0.0.13', '192.0.2.1']);
      case 'path':
        return this.#path(names, depth);
      case 'clist':
        return this.#list(
          'bgp_community',
          '-empty-',
          'my_clist',
          () => this.#pair(names, depth - 1),
          () => this.#pairSet(),
          depth,
        );
      case 'eclist':
        return this.#list(
          'bgp_ext_community',
          '--empty--',
          'my_eclist',
          () => this.#ec(names),
          () => this.#ecSet(),
          depth,
        );
      case 'lclist':
        return this.#list(
          'bgp_large_community',
          '---empty---',
          'my_lclist',
          () => this.#lc(names, depth - 1),
          () => this.#lcSet(),
          depth,
        );
      case 'ec':
        return this.#ec(names);
      case 'lc':
        return this.#lc(names, depth);
      case 'prefix':
        return this.#random.pick(['net', 'net', this.#prefix()]);
    }
  }

  #number(): string {
    return this.#random.pick([
      '0',
      '1',
      '2',
      '3',
      '5',
      '16',
      '24',
      '100',
      '65000',
      '65001',
      '65535',
      '65536',
      '0x7fffffff',
      '4294967295',
    ]);
  }

  #int(names: readonly Name[], depth: number): string {
    const { pick, once } = this.#bound;
    if (depth <= 0 || once(4))
      return pick([this.#number(), this.#number(), 'net.len', 'bgp_path.len', 'bgp_local_pref']);
    return pick([
      () => 'net.len',
      () => `${this.#term('path', names)}.${pick(['len', 'first', 'last', 'last_nonaggregated'])}`,
      () => `${pick(['bgp_community', 'bgp_large_community', 'bgp_ext_community'])}.len`,
      () => pick(['bgp_med', 'bgp_local_pref', 'preference', 'my_int', 'bgp_med']),
      () => `(${this.#int(names, depth - 1)} + ${this.#int(names, depth - 1)})`,
      () => `(${this.#int(names, depth - 1)} - ${this.#int(names, depth - 1)})`,
      () => `(${this.#int(names, depth - 1)} * ${this.#int(names, depth - 1)})`,
      () => `(${this.#int(names, depth - 1)} / (${pick(['net.len', 'bgp_path.len'])} - ${pick(['0', '2', '24'])}))`,
      () => `${this.#term('pair', names)}.${pick(['asn', 'data'])}`,
      () => `${this.#term('lc', names)}.${pick(['asn', 'data1', 'data2'])}`,
    ])();
  }

  /** Something that a dot may follow. */
  #term(type: Type, names: readonly Name[]): string {
    const known = names.filter((name) => name.type === type);
    if (known.length > 0 && this.#random.once(2)) return this.#random.pick(known).name;
    if (type === 'path') return this.#random.pick(['bgp_path', 'bgp_path', 'my_path']);
    return `(${type === 'pair' ? this.#pair(names, 0) : this.#lc(names, 0)})`;
  }

  #bool(names: readonly Name[], depth: number): string {
    const { pick, once } = this.#bound;
    if (depth <= 0 || once(8)) return pick(['true', 'false', 'source = RTS_BGP', 'net.len > 20']);
    return pick([
      () => `(${this.#bool(names, depth - 1)} ${pick(['&&', '||'])} ${this.#bool(names, depth - 1)})`,
      () => `!(${this.#bool(names, depth - 1)})`,
      () => `${this.#int(names, depth - 1)} ${pick(['=', '!=', '<', '<=', '>', '>='])} ${this.#int(names, depth - 1)}`,
      () => `${this.#pair(names, depth - 1)} ${pick(['=', '!=', '<', '>='])} ${this.#pair(names, depth - 1)}`,
      () => `${this.#lc(names, depth - 1)} ${pick(['=', '!=', '<='])} ${this.#lc(names, depth - 1)}`,
      () => `net ${pick(['~', '!~'])} ${this.#prefixSet()}`,
      () =>
        `${this.#expression('prefix', names, 0)} ${pick(['~', '!~', '=', '!='])} ${this.#expression('prefix', names, 0)}`,
      () => `${this.#ip(names, depth - 1)} ~ ${this.#prefix()}`,
      () => `${this.#ip(names, depth - 1)} ${pick(['=', '<', '>='])} ${this.#ip(names, depth - 1)}`,
      () => `${this.#expression('path', names, depth - 1)} ${pick(['~', '!~'])} ${this.#mask(names)}`,
      () => `${this.#expression('path', names, depth - 1)} ~ ${this.#asSet()}`,
      () => `${this.#int(names, 0)} ~ ${this.#expression('path', names, depth - 1)}`,
      () => `${this.#int(names, depth - 1)} ${pick(['~', '!~'])} ${this.#asSet()}`,
      () => `${this.#pair(names, depth - 1)} ~ ${this.#expression('clist', names, depth - 1)}`,
      () => `${this.#expression('clist', names, depth - 1)} ${pick(['~', '!~'])} ${this.#pairSet()}`,
      () => `${this.#expression('lclist', names, depth - 1)} ~ ${this.#lcSet()}`,
      () => `${this.#expression('eclist', names, depth - 1)} ~ ${this.#ecSet()}`,
      () => `${this.#ec(names)} ~ ${this.#expression('eclist', names, depth - 1)}`,
      () => `${this.#pair(names, depth - 1)} ~ ${this.#pairSet()}`,
      () => `defined(${pick(['bgp_med', 'bgp_local_pref', 'my_int', 'my_ip', 'my_quad'])})`,
      () => `bgp_origin ${pick(['=', '!=', '<', '>'])} ${pick(['ORIGIN_IGP', 'ORIGIN_EGP', 'ORIGIN_INCOMPLETE'])}`,
      () => `source ${pick(['=', '!='])} ${pick(['RTS_BGP', 'RTS_STATIC'])}`,
      () => this.#roaCheck(names),
      () => `proto ${pick(['~', '!~', '='])} ${pick(['"s*"', '"s1"', '"st4"', '"?2"'])}`,
    ])();
  }

  #roaCheck(names: readonly Name[]): string {
    const { pick } = this.#bound;
    const answer = `${pick(['=', '!='])} ${pick(['ROA_VALID', 'ROA_INVALID', 'ROA_UNKNOWN'])}`;
    // With the table alone BIRD 2.0 does not see a path that the filter has written, and fails without one.
    const asn = pick(['bgp_path.last', this.#int(names, 0)]);
    return `roa_check(${pick(['roas4', 'roas6'])}, ${pick(['net', this.#prefix()])}, ${asn}) ${answer}`;
  }

  #pair(names: readonly Name[], depth: number): string {
    const { pick } = this.#bound;
    const half = (): string => pick(['0', '1', '2', '5', '65000', '65001', '65535', 'net.len', 'bgp_path.len']);
    if (depth > 0 && this.#random.once(6)) return `bgp_community.${pick(['min', 'max'])}`;
    const known = names.filter(({ type }) => type === 'pair');
    if (known.length > 0 && this.#random.once(4)) return pick(known).name;
    return `(${half()},${half()})`;
  }

  #lc(names: readonly Name[], depth: number): string {
    const { pick } = this.#bound;
    const part = (): string => pick(['0', '1', '2', '65000', '65001', '4200000000', 'net.len', 'bgp_path.len']);
    if (depth > 0 && this.#random.once(6)) return `bgp_large_community.${pick(['min', 'max'])}`;
    const known = names.filter(({ type }) => type === 'lc');
    if (known.length > 0 && this.#random.once(4)) return pick(known).name;
    return `(${part()}, ${part()}, ${part()})`;
  }

  #ec(names: readonly Name[]): string {
    const { pick } = this.#bound;
    const key = pick(['65000', '65001', '4200000000', '10.0.0.1']);
    const known = names.filter(({ type }) => type === 'ec');
    if (known.length > 0 && this.#random.once(4)) return pick(known).name;
    return pick([
      () => `(${pick(['rt', 'ro'])}, ${key}, ${pick(['1', '2', '100', 'net.len'])})`,
      () => `(unknown 0x4306, ${pick(['10', '20'])}, ${pick(['1', '2'])})`,
      () => `(generic, 0x03${pick(['0c', '0b'])}0000, ${pick(['8', '9'])})`,
    ])();
  }

  #ip(names: readonly Name[], depth: number): string {
    const { pick } = this.#bound;
    const known = names.filter(({ type }) => type === 'ip');
    if (known.length > 0 && this.#random.once(3)) return pick(known).name;
    const literals = this.#version === 4 ? ['10.0.0.11', '20.1.0.0', '192.0.2.1'] : ['fd00::11', '2001:db8::', '::1'];
    if (depth <= 0) return pick(['net.ip', 'from', ...literals]);
    const bits = this.#version === 4 ? pick(['0', '8', '20', '32']) : pick(['0', '32', '47', '128']);
    return pick(['net.ip', 'from', `net.ip.mask(${bits})`, ...literals]);
  }

  #path(names: readonly Name[], depth: number): string {
    const { pick } = this.#bound;
    if (depth <= 0) return pick(['bgp_path', 'bgp_path', 'my_path']);
    return pick([
      () => 'bgp_path',
      () => `prepend(${this.#expression('path', names, depth - 1)}, ${this.#int(names, 0)})`,
      () => `delete(${this.#expression('path', names, depth - 1)}, ${pick([this.#asSet(), '65001', '65101'])})`,
      () => `filter(${this.#expression('path', names, depth - 1)}, ${this.#asSet()})`,
      () => '+empty+',
    ])();
  }

  #list(
    attribute: string,
    empty: string,
    custom: string,
    item: () => string,
    set: () => string,
    depth: number,
  ): string {
    const { pick } = this.#bound;
    if (depth <= 0) return pick([attribute, attribute, custom]);
    const inner = (): string => this.#list(attribute, empty, custom, item, set, depth - 1);
    return pick([
      () => attribute,
      () => `add(${inner()}, ${item()})`,
      () => `add(${inner()}, ${inner()})`,
      () => `delete(${inner()}, ${pick([item, set, inner])()})`,
      () => `filter(${inner()}, ${pick([set, inner])()})`,
      () => empty,
    ])();
  }

  // ----------------------------------------------------------------------------------------------------------- sets

  /** Items of one of the pools. Those of a pool do not overlap: BIRD before 2.18 cannot search sets that do. */
  #some(pools: readonly (readonly string[])[], most: number): string {
    const { pick } = this.#bound;
    const pool = pick(pools);
    const items = new Set(Array.from({ length: this.#random.between(1, most) }, () => pick(pool)));
    return `[ ${[...items].join(', ')} ]`;
  }

  #asSet(): string {
    return this.#some(AS_ITEMS, 3);
  }

  #pairSet(): string {
    return this.#some(PAIR_ITEMS, 3);
  }

  #lcSet(): string {
    return this.#some(LC_ITEMS, 3);
  }

  #ecSet(): string {
    return this.#some(EC_ITEMS, 3);
  }

  #mask(names: readonly Name[]): string {
    const { pick, between } = this.#bound;
    const item = (): string =>
      pick([
        () => '*',
        () => '?',
        () => '65001',
        () => '65101..65103',
        () => '65100',
        () => this.#asSet(),
        () => `(${this.#int(names, 0)})`,
        () => '65102 +',
      ])();
    // A `+` must not stand first.
    const items = Array.from({ length: between(0, 4) }, item);
    return `[= ${items.join(' ')} =]`;
  }

  #prefix(): string {
    const { pick } = this.#bound;
    return this.#version === 4
      ? pick(['20.0.0.0/8', '20.1.0.0/16', '30.0.0.0/16', '30.0.1.0/24', '0.0.0.0/0', '40.0.0.0/14'])
      : pick(['2001:db8::/32', '2001:db8:10::/44', '::/0', '2001:db8:40::/48', '2001:db8:51::/48']);
  }

  #prefixSet(): string {
    const { pick, between, below } = this.#bound;
    const longest = this.#version === 4 ? 32 : 128;
    const item = (): string => {
      const prefix = this.#prefix();
      const low = between(0, longest - 8);
      return pick([prefix, `${prefix}+`, `${prefix}-`, `${prefix}{${low},${low + below(9)}}`]);
    };
    return `[ ${Array.from({ length: between(1, 4) }, item).join(', ')} ]`;
  }

  readonly #bound = {
    pick: <T>(items: readonly T[]): T => this.#random.pick(items),
    below: (limit: number): number => this.#random.below(limit),
    between: (first: number, last: number): number => this.#random.between(first, last),
    once: (times: number): boolean => this.#random.once(times),
  };
}
