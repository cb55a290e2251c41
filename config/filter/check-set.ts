/**
 * Set literals, `case` labels and AS path masks. All elements of a set are constants; a mask may hold values that are
 * known at run time only.
 */
import type { EcHead, Expression, MaskPart, SetItem, SetPart, Span } from './ast.ts';
import { fail, isConvertible, lineOf } from './checker.ts';
import { type Code, type ConstantCode, constant, type MaskPartCode } from './code.ts';
import { type MaskItem, PathMask } from './path-mask.ts';
import { PrefixSet, type PrefixSetItem } from './prefix-set.ts';
import { compareWords } from './range-index.ts';
import { BGPMASK, EC, EMPTY_SET, INT, IP, LC, PAIR, PREFIX_SET, QUAD, setTypeOf, type Type } from './types.ts';
import type { ExtendedCommunity, IpAddress, LargeCommunity, Network, RouteDistinguisher } from './value.ts';
import { type PairBlock, type ValueRange, ValueSet } from './value-set.ts';

const FOUR_OCTETS = 0xffffffff;
const TWO_OCTETS = 0xffff;

/** What sets need of the checker of expressions. */
export interface ExpressionChecks {
  check(expression: Expression): Code;
  ecKind(head: EcHead): number;
}

export class SetChecker {
  private readonly checks: ExpressionChecks;

  constructor(checks: ExpressionChecks) {
    this.checks = checks;
  }

  set(expression: Extract<Expression, { kind: 'set' }>): ConstantCode {
    const { items } = expression;
    const line = lineOf(expression);
    if (items.length === 0) return constant(EMPTY_SET, new ValueSet(undefined, []), line);
    if (items.some((item) => item.kind === 'prefix')) {
      return constant(PREFIX_SET, new PrefixSet(this.prefixItems(items)), line);
    }
    const set = this.valueSet(items, undefined);
    return constant(setTypeOf(set.element!)!, set, line);
  }

  private prefixItems(items: readonly SetItem[]): PrefixSetItem[] {
    const found: PrefixSetItem[] = [];
    for (const item of items) {
      if (item.kind !== 'prefix') return fail(item, 'Prefix expected', 'The other items of this set are prefixes.');
      const net = (this.checks.check(item.prefix) as ConstantCode).value as Network;
      if (found.length > 0 && found[0]!.net.version !== net.version) {
        fail(item, 'Mixed IPv4/IPv6 prefixes in prefix set', 'Make one set for each family.');
      }
      found.push({ net, low: item.low, high: item.high });
    }
    return found;
  }

  /** Items as ranges; `element`: the type that they have to have, for the labels of a `case`. */
  valueSet(items: readonly SetItem[], element: Type | undefined): ValueSet {
    const ranges: ValueRange[] = [];
    const blocks: PairBlock[] = [];
    let common = element;
    const expectElement = (item: SetItem, type: Type): Type => {
      common ??= type;
      if (!isConvertible(type, common)) {
        fail(item, `Set items must be of one type: this is ${type.name}, not ${common.name}`);
      }
      return common;
    };
    for (const item of items) {
      switch (item.kind) {
        case 'prefix':
          return fail(item, 'Prefixes do not mix with other set items');
        case 'range':
          ranges.push(this.plainRange(item, expectElement));
          break;
        case 'tuple':
          if (item.head !== undefined) {
            expectElement(item, EC);
            ranges.push(this.ecRange(item));
          } else if (item.parts.length === 2) {
            expectElement(item, PAIR);
            this.pairItem(item, ranges, blocks);
          } else if (item.parts.length === 3) {
            expectElement(item, LC);
            ranges.push(this.lcRange(item));
          } else {
            return fail(item, 'Set item of two or three parts expected');
          }
      }
    }
    return new ValueSet(common, ranges, blocks);
  }

  private plainRange(
    item: Extract<SetItem, { kind: 'range' }>,
    expectElement: (item: SetItem, type: Type) => Type,
  ): ValueRange {
    const from = this.constant(item.from);
    const to = item.to === undefined ? from : this.constant(item.to);
    if (from.type !== to.type) {
      fail(item, `Bounds of a range must be of one type: ${from.type.name} and ${to.type.name}`);
    }
    if (setTypeOf(from.type) === undefined || from.type.kind === 'prefix') {
      const name = item.from.kind === 'name' ? `${item.from.name}: set-incompatible type` : 'Set-incompatible type';
      fail(item.from, name, `A value of type ${from.type.name} cannot be in a set.`);
    }
    const type = expectElement(item, from.type);
    if (type === QUAD && (!fitsQuad(from) || !fitsQuad(to))) fail(item, 'IPv4 address expected');
    const range = { from: wordsOf(type, from), to: wordsOf(type, to) };
    if (compareWords(range.from, range.to) > 0) fail(item, 'From value cannot be higher than To value in sets');
    return range;
  }

  private constant(expression: Expression): ConstantCode {
    const code = this.checks.check(expression);
    if (code.op === 'constant') return code;
    return fail(expression, expression.kind === 'name' ? 'Constant name required' : 'Set-incompatible type');
  }

  private number(expression: Expression, limit: number): number {
    const code = this.constant(expression);
    if (code.type !== INT) fail(expression, 'Integer expression expected');
    const value = code.value as number;
    if (value > limit) fail(expression, `Value ${value} out of range (0-${limit})`);
    return value;
  }

  private numbers(part: SetPart, limit: number): { readonly from: number; readonly to: number } {
    if (part === '*') return { from: 0, to: limit };
    const from = this.number(part.from, limit);
    const to = part.to === undefined ? from : this.number(part.to, limit);
    if (part.to !== undefined && from > to) {
      fail({ first: part.from.first, last: part.to.last }, 'From value cannot be higher than To value in sets');
    }
    return { from, to };
  }

  /** `(1,2)`, `(1..2,*)`, `(1,2)..(3,4)` */
  private pairItem(item: Extract<SetItem, { kind: 'tuple' }>, ranges: ValueRange[], blocks: PairBlock[]): void {
    const [first, second] = [item.parts[0]!, item.parts[1]!];
    const asn = this.numbers(first, TWO_OCTETS);
    const data = this.numbers(second, TWO_OCTETS);
    if (item.to === undefined) {
      blocks.push({ asnFrom: asn.from, asnTo: asn.to, dataFrom: data.from, dataTo: data.to });
      return;
    }
    if (!isSingle(first) || !isSingle(second)) fail(item, 'A bound of a range must be a plain value');
    const to = this.bound(item, 2, TWO_OCTETS);
    const range = { from: [pairWord(asn.from, data.from)], to: [pairWord(to[0]!, to[1]!)] };
    if (compareWords(range.from, range.to) > 0) {
      fail(item, 'From value cannot be higher than To value in sets');
    }
    ranges.push(range);
  }

  /** The upper bound of `(...)..(...)`. */
  private bound(item: Extract<SetItem, { kind: 'tuple' }>, parts: number, limit: number): number[] {
    if (item.to!.length !== parts) fail(item, 'Bounds of a range must be of one type');
    return item.to!.map((part) => this.number(part, limit));
  }

  /** `(1,2,3)`, `(1,2,3..4)`, `(1,2,*)`, `(1,2..3,*)`, `(1..2,*,*)`, `(*,*,*)`, `(1,2,3)..(4,5,6)` */
  private lcRange(item: Extract<SetItem, { kind: 'tuple' }>): ValueRange {
    const bounds = item.parts.map((part) => this.numbers(part, FOUR_OCTETS));
    if (item.to !== undefined) {
      if (!item.parts.every(isSingle)) fail(item, 'A bound of a range must be a plain value');
      const range = { from: bounds.map((bound) => bound.from), to: this.bound(item, 3, FOUR_OCTETS) };
      if (compareWords(range.from, range.to) > 0) fail(item, 'From value cannot be higher than To value in sets');
      return range;
    }
    // Behind the first part that is more than one value everything has to be free.
    const wide = item.parts.findIndex((part) => !isSingle(part));
    if (wide >= 0 && item.parts.slice(wide + 1).some((part) => part !== '*')) {
      fail(item, 'Behind a range or `*` only `*` can follow');
    }
    return { from: bounds.map((bound) => bound.from), to: bounds.map((bound) => bound.to) };
  }

  /** `(rt,1,2)`, `(rt,1,2..3)`, `(rt,1,*)`, `(generic,1,2)` */
  private ecRange(item: Extract<SetItem, { kind: 'tuple' }>): ValueRange {
    const [key, value] = [item.parts[0]!, item.parts[1]!];
    if (item.parts.length !== 2) fail(item, 'Extended community of kind, key and value expected');
    if (item.to !== undefined) fail(item, 'Ranges of extended communities are written in their last part');
    if (key === '*' || key.to !== undefined) return fail(item, 'The key of an extended community must be one value');
    const head = item.head!;
    if (head.word === 'generic') {
      const high = this.number(key.from, FOUR_OCTETS);
      const low = this.numbers(value, FOUR_OCTETS);
      return { from: [high, low.from], to: [high, low.to] };
    }
    const code = this.constant(key.from);
    const isIp = code.type === IP || code.type === QUAD;
    if (!isIp && code.type !== INT) fail(key.from, 'Integer expression expected');
    const number = isIp
      ? code.type === IP
        ? ipv4Word(key.from, code)
        : (code.value as number)
      : (code.value as number);
    const wide = isIp || number > TWO_OCTETS;
    const bounds = this.numbers(value, wide ? TWO_OCTETS : FOUR_OCTETS);
    const kind = this.checks.ecKind(head);
    return { from: ecWords(kind, number, isIp, bounds.from), to: ecWords(kind, number, isIp, bounds.to) };
  }

  // ------------------------------------------------------------------------------------------------- masks

  mask(expression: Extract<Expression, { kind: 'mask' }>): Code {
    const line = lineOf(expression);
    const parts = expression.items.map((part) => this.maskPart(part));
    const items: MaskItem[] = [];
    for (const part of parts) {
      const item = constantItem(part);
      if (item === undefined) return { op: 'mask', parts, type: BGPMASK, mayBeVoid: false, line };
      items.push(item);
    }
    return constant(BGPMASK, new PathMask(items), line);
  }

  private maskPart(part: MaskPart): MaskPartCode {
    if (part.kind !== 'value') return { kind: part.kind };
    const from = this.checks.check(part.from);
    if (part.to !== undefined) {
      const low = this.number(part.from, FOUR_OCTETS);
      const high = this.number(part.to, FOUR_OCTETS);
      if (low > high) fail(part, 'From value cannot be higher than To value in path masks');
      return { kind: 'range', from: low, to: high };
    }
    if (from.type !== INT && from.type !== setTypeOf(INT) && from.type !== EMPTY_SET) {
      fail(part, 'Error resolving path mask template: value not an integer');
    }
    return { kind: 'value', value: from };
  }
}

function constantItem(part: MaskPartCode): MaskItem | undefined {
  if (part.kind !== 'value') return part;
  const { value } = part;
  if (value.op !== 'constant') return undefined;
  if (value.type === INT) return { kind: 'range', from: value.value as number, to: value.value as number };
  return { kind: 'set', set: value.value as ValueSet };
}

function isSingle(part: SetPart): boolean {
  return part !== '*' && part.to === undefined;
}

function pairWord(high: number, low: number): number {
  return ((high << 16) | low) >>> 0;
}

/** Key and value are known to fit each other. */
function ecWords(kind: number, key: number, keyIsIp: boolean, value: number): number[] {
  if (!keyIsIp && key <= TWO_OCTETS) return [((kind << 16) | key) >>> 0, value];
  const form = keyIsIp ? 0x0100 : 0x0200;
  return [(((kind | form) << 16) | (key >>> 16)) >>> 0, ((key << 16) | value) >>> 0];
}

function ipv4Word(span: Span, code: ConstantCode): number {
  const ip = code.value as IpAddress;
  return ip.isV4 ? ip.w3 : fail(span, 'Integer or IPv4 address expected');
}

function fitsQuad({ type, value }: ConstantCode): boolean {
  return type !== IP || (value as IpAddress).isV4;
}

/** The words that a set keeps of a value; `type` is the set's, which may be the quad of an address. */
function wordsOf(type: Type, { value, type: own }: ConstantCode): number[] {
  switch (type.kind) {
    case 'ip': {
      if (own === QUAD) return [0, 0, 0xffff, value as number];
      const { w0, w1, w2, w3 } = value as IpAddress;
      return [w0, w1, w2, w3];
    }
    case 'quad':
      return [own === IP ? (value as IpAddress).w3 : (value as number)];
    case 'ec':
    case 'rd': {
      const { high, low } = value as ExtendedCommunity | RouteDistinguisher;
      return [high, low];
    }
    case 'lc': {
      const { asn, data1, data2 } = value as LargeCommunity;
      return [asn, data1, data2];
    }
    case 'mac':
      return [Math.floor((value as number) / 0x100000000), (value as number) >>> 0];
    default:
      return [value as number];
  }
}
