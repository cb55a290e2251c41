/**
 * Flow specifications as values: what a rule asks of packets, component by component, in the order of their types
 * (RFC 8955 section 4.2.2, RFC 8956 section 3). Two rules are the same if their octets are.
 *
 *     rule      := { component }                                         each type once, ascending
 *     component := type prefix                                           types 1 and 2
 *                | type term { term }                                    all others
 *     prefix    := length octets                                         flow4
 *                | length offset octets                                  flow6; octets from the offset on
 *     term      := operator value                                        of 1, 2 or 4 octets
 *
 *     operator     7   6   5   4   3   2   1   0
 *     numeric    | end|and|  len  | 0 | lt| gt| eq |                      RFC 8955 section 4.2.1.1
 *     bit mask   | end|and|  len  | 0 | 0 |not|  m |                      section 4.2.1.2
 */
import { type IpAddress, ipText } from './value.ts';

export const FlowType = {
  Destination: 1,
  Source: 2,
  Protocol: 3,
  Port: 4,
  DestinationPort: 5,
  SourcePort: 6,
  IcmpType: 7,
  IcmpCode: 8,
  TcpFlags: 9,
  Length: 10,
  Dscp: 11,
  Fragment: 12,
  Label: 13,
} as const;

/** Comparisons, as the low bits of a numeric operator. */
export const FlowCompare: Readonly<Record<string, number>> = {
  false: 0,
  '=': 1,
  '>': 2,
  '>=': 3,
  '<': 4,
  '<=': 5,
  '!=': 6,
  true: 7,
};

/** Bits of a bit mask operator. */
export const FlowMatch = { All: 1, Not: 2 } as const;

export interface FlowTerm {
  /** With the term before it; otherwise it stands beside it. */
  readonly and: boolean;
  /** The low three bits of the operator. */
  readonly operator: number;
  readonly value: number;
}

export interface FlowPrefix {
  readonly address: IpAddress;
  readonly length: number;
  /** Leading bits that are not compared (RFC 8956 section 3.1). */
  readonly offset: number;
}

export type FlowComponent =
  | { readonly type: 1 | 2; readonly prefix: FlowPrefix }
  | { readonly type: number; readonly terms: readonly FlowTerm[] };

/** How components are written. */
export const FLOW_WORDS: ReadonlyMap<number, string> = new Map([
  [FlowType.Destination, 'dst'],
  [FlowType.Source, 'src'],
  [FlowType.Protocol, 'proto'],
  [FlowType.Port, 'port'],
  [FlowType.DestinationPort, 'dport'],
  [FlowType.SourcePort, 'sport'],
  [FlowType.IcmpType, 'icmp type'],
  [FlowType.IcmpCode, 'icmp code'],
  [FlowType.TcpFlags, 'tcp flags'],
  [FlowType.Length, 'length'],
  [FlowType.Dscp, 'dscp'],
  [FlowType.Fragment, 'fragment'],
  [FlowType.Label, 'label'],
]);

/** Bits of the fragment component (RFC 8955 section 4.2.2.12). */
export const FRAGMENT_WORDS: ReadonlyMap<string, number> = new Map([
  ['dont_fragment', 1],
  ['is_fragment', 2],
  ['first_fragment', 4],
  ['last_fragment', 8],
]);

export class FlowRule {
  readonly version: 4 | 6;
  readonly components: readonly FlowComponent[];
  readonly octets: Uint8Array;

  /** The components of one type are joined: any of them has to hold; of prefixes the first stands. */
  constructor(version: 4 | 6, written: readonly FlowComponent[]) {
    this.version = version;
    this.components = joined(written);
    this.octets = encode(version, this.components);
  }

  prefix(type: 1 | 2): FlowPrefix | undefined {
    for (const component of this.components) {
      if (component.type === type && 'prefix' in component) return component.prefix;
    }
    return undefined;
  }

  toString(): string {
    const parts = this.components.map((component) => `${componentText(this.version, component)}; `);
    return `flow${this.version} { ${parts.join('')}}`;
  }
}

function joined(written: readonly FlowComponent[]): FlowComponent[] {
  const byType = new Map<number, FlowComponent>();
  for (const component of written) {
    const known = byType.get(component.type);
    if (known === undefined) byType.set(component.type, component);
    else if ('terms' in known && 'terms' in component) {
      byType.set(component.type, { type: component.type, terms: [...known.terms, ...component.terms] });
    }
  }
  return [...byType.values()].sort((a, b) => a.type - b.type);
}

// ---------------------------------------------------------------------------------------------------- octets

const END = 0x80;
const AND = 0x40;

function encode(version: 4 | 6, components: readonly FlowComponent[]): Uint8Array {
  const out: number[] = [];
  for (const component of components) {
    out.push(component.type);
    if ('prefix' in component) putPrefix(out, version, component.prefix);
    else for (const term of component.terms) putTerm(out, term, term === component.terms.at(-1));
  }
  return Uint8Array.from(out);
}

function putPrefix(out: number[], version: 4 | 6, { address, length, offset }: FlowPrefix): void {
  const words = version === 4 ? [address.w3] : [address.w0, address.w1, address.w2, address.w3];
  out.push(length);
  if (version === 6) out.push(offset);
  // Bits from the offset on, moved to the front.
  for (let bit = offset; bit < length; bit += 8) {
    let octet = 0;
    for (let i = 0; i < 8 && bit + i < length; i++) {
      const at = bit + i;
      octet |= ((words[at >>> 5]! >>> (31 - (at & 31))) & 1) << (7 - i);
    }
    out.push(octet);
  }
}

function putTerm(out: number[], { and, operator, value }: FlowTerm, isLast: boolean): void {
  const size = value > 0xffff ? 4 : value > 0xff ? 2 : 1;
  out.push((isLast ? END : 0) | (and ? AND : 0) | (Math.log2(size) << 4) | operator);
  for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) out.push((value >>> shift) & 0xff);
}

// ---------------------------------------------------------------------------------------------------- text

function componentText(version: 4 | 6, component: FlowComponent): string {
  const { type } = component;
  const word = version === 6 && type === FlowType.Protocol ? 'next header' : FLOW_WORDS.get(type)!;
  if ('prefix' in component) {
    const { address, length, offset } = component.prefix;
    return `${word} ${ipText(address)}/${length}${offset === 0 ? '' : ` offset ${offset}`}`;
  }
  const { terms } = component;
  if (type === FlowType.Fragment) return `${word} ${fragmentText(terms)}`;
  return `${word} ${type === FlowType.TcpFlags ? maskText(terms) : numbersText(terms)}`;
}

const COMPARE_WORDS = new Map(Object.entries(FlowCompare).map(([word, bits]) => [bits, word]));

function numbersText(terms: readonly FlowTerm[]): string {
  let text = '';
  let wasPlain = false;
  for (let i = 0; i < terms.length; i++) {
    const term = terms[i]!;
    const next = terms[i + 1];
    const isRange = term.operator === FlowCompare['>='] && next?.and === true && next.operator === FlowCompare['<='];
    const isPlain = isRange || term.operator === FlowCompare['='];
    if (i > 0) text += term.and ? ' && ' : wasPlain && isPlain ? ',' : ' || ';
    if (isRange) {
      text += `${term.value}..${next.value}`;
      i++;
    } else {
      text += isPlain ? String(term.value) : `${COMPARE_WORDS.get(term.operator)} ${term.value}`;
    }
    wasPlain = isPlain;
  }
  return text;
}

function joinedText(terms: readonly FlowTerm[], text: (term: FlowTerm) => string): string {
  return terms.map((term, i) => `${i === 0 ? '' : term.and ? ' && ' : ' || '}${text(term)}`).join('');
}

/** `VALUE/MASK`: of the bits in the mask exactly those of the value are set. */
function maskText(terms: readonly FlowTerm[]): string {
  return joinedText(terms, ({ operator, value }) => {
    const mask = `0x${value.toString(16)}`;
    const all = (operator & FlowMatch.All) !== 0;
    const not = (operator & FlowMatch.Not) !== 0;
    return all ? `${not ? '!' : ''}${mask}/${mask}` : `${not ? '' : '!'}0x0/${mask}`;
  });
}

const FRAGMENT_BITS = new Map([...FRAGMENT_WORDS].map(([word, bit]) => [bit, word]));

function fragmentText(terms: readonly FlowTerm[]): string {
  return joinedText(terms, ({ operator, value }) => {
    const word = FRAGMENT_BITS.get(value)!;
    return (operator & FlowMatch.Not) !== 0 ? `!${word}` : word;
  });
}
