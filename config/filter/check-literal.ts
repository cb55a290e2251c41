/** Literals that are more than a number or a string: networks of all kinds and route distinguishers. */
import { parseIp, parsePrefix } from '../../bgp/index.ts';
import type { Expression, FlowPart, FlowTermPart, NetworkLiteral, PrefixLiteral } from './ast.ts';
import { MAKE_ROA } from './builtins.ts';
import { callBuiltin, expectType, fail, lineOf } from './checker.ts';
import { type Code, type ConstantCode, constant } from './code.ts';
import { type FlowComponent, FlowMatch, type FlowPrefix, FlowRule, type FlowTerm, FlowType } from './flow.ts';
import { MAKE_NETWORK } from './special-network.ts';
import { INT, NetType, PREFIX, type Type } from './types.ts';
import {
  type IpAddress,
  ipFromText,
  Network,
  networkIp,
  networkOfPrefix,
  prefixOfNetwork,
  RouteDistinguisher,
} from './value.ts';

type Check = (expression: Expression) => Code;

/** `P`, `RD P`, `P from P`, `P max n as n` */
export function networkLiteral(literal: PrefixLiteral, check: Check): Code {
  const line = lineOf(literal);
  const plain = networkOfPrefix(parsePrefix(`${literal.address}/${literal.length}`)!);
  if (literal.rd !== undefined) {
    const type = plain.version === 4 ? NetType.Vpn4 : NetType.Vpn6;
    return constant(PREFIX, new Network(type, plain, plain.length, { rd: rdOf(literal.rd) }), line);
  }
  if (literal.from !== undefined) {
    const source = networkOfPrefix(parsePrefix(`${literal.from.address}/${literal.from.length}`)!);
    if (plain.version !== 6 || source.version !== 6) fail(literal, 'Source-specific prefixes are IPv6 prefixes');
    return constant(PREFIX, new Network(NetType.Sadr6, plain, plain.length, { source }), line);
  }
  if (literal.roa === undefined) return constant(PREFIX, plain, line);
  const { maxLength, asn } = literal.roa;
  const args = [
    constant(PREFIX, plain, line),
    expectType(check(maxLength), INT, maxLength, MAKE_ROA.name, 2),
    expectType(check(asn), INT, asn, MAKE_ROA.name, 3),
  ];
  return callBuiltin(MAKE_ROA, args, literal);
}

/** `65000:1`, `10.0.0.1:1`, `0:65000:1`, `2:70000:1` (RFC 4364 section 4.2); the lexer checked the ranges. */
export function rdOf(text: string): RouteDistinguisher {
  const parts = text.split(':');
  const [key, value] = parts.length === 3 ? [parts[1]!, parts[2]!] : [parts[0]!, parts[1]!];
  const low = Number(value);
  if (key.includes('.')) return rdWords(1, ipFromText(parseIp(key)!).w3, low);
  const number = Number(key);
  const type = parts.length === 3 ? Number(parts[0]) : number > 0xffff ? 2 : 0;
  return type === 0 ? new RouteDistinguisher(number, low) : rdWords(type, number, low);
}

function rdWords(type: number, key: number, value: number): RouteDistinguisher {
  return new RouteDistinguisher(((type << 16) | (key >>> 16)) >>> 0, ((key << 16) | value) >>> 0);
}

/** `mpls n`, `eth MAC vlan n`, `evpn mac ...`; the numbers may come from variables. */
export function specialNetworkLiteral(literal: NetworkLiteral, check: Check): Code {
  const { of, operands } = literal;
  const builtin = MAKE_NETWORK.get(of)!.find(({ params }) => params.length === operands.length)!;
  const args = operands.map((operand, i) =>
    expectType(check(operand), builtin.params[i]!, operand, builtin.name, i + 1),
  );
  return callBuiltin(builtin, args, literal);
}

// ---------------------------------------------------------------------------------------------------- flow

/** The largest value of each component (RFC 8955 section 4.2.2, RFC 8956 section 3). */
const FLOW_LIMITS: Readonly<Record<number, number>> = {
  [FlowType.Protocol]: 0xff,
  [FlowType.IcmpType]: 0xff,
  [FlowType.IcmpCode]: 0xff,
  [FlowType.Dscp]: 63,
  [FlowType.Label]: 0xfffff,
};
const PORT_LIMIT = 0xffff;
const TCP_FLAGS = 0xfff;

export function flowLiteral(literal: Extract<Expression, { kind: 'flow' }>, check: Check): Code {
  const { version, parts } = literal;
  const rule = new FlowRule(
    version,
    parts.map((part) => flowComponent(version, part, check)),
  );
  const type = version === 4 ? NetType.Flow4 : NetType.Flow6;
  const prefix = rule.prefix(FlowType.Destination);
  if (prefix === undefined) {
    const anywhere = { w0: 0, w1: 0, w2: 0, w3: 0 };
    return constant(PREFIX, new Network(type, anywhere, 0, { special: rule }), lineOf(literal));
  }
  const { w0, w1, w2, w3 } = prefix.address;
  const words = version === 4 ? { w0: w3, w1: 0, w2: 0, w3: 0 } : { w0, w1, w2, w3 };
  return constant(PREFIX, new Network(type, words, prefix.length, { special: rule }), lineOf(literal));
}

function flowComponent(version: 4 | 6, part: FlowPart, check: Check): FlowComponent {
  switch (part.kind) {
    case 'prefix':
      return { type: part.type, prefix: flowPrefix(version, part, check) };
    case 'numbers': {
      const limit = FLOW_LIMITS[part.type] ?? PORT_LIMIT;
      if (part.type === FlowType.Label && version === 4) fail(part, 'Only IPv6 packets have a label');
      const terms = part.terms.map(({ and, operator, value: written }) => {
        const value = constantOf(written, INT, check) as number;
        if (value > limit) fail(written, `${part.words} value ${value} out of range (0-${limit})`);
        return { and, operator, value };
      });
      return { type: part.type, terms };
    }
    case 'flags':
      if (version === 6 && part.terms.some(({ value }) => constantOf(value, INT, check) === 1)) {
        fail(part, "Invalid flow route: Cannot use Don't fragment flag in IPv6 flow", 'IPv6 packets do not have it.');
      }
      return {
        type: part.type,
        terms: part.terms.map(({ and, operator, value }) => ({
          and,
          operator,
          value: constantOf(value, INT, check) as number,
        })),
      };
    case 'bits':
      return { type: part.type, terms: part.terms.flatMap((term) => maskTerms(term, check)) };
  }
}

function flowPrefix(version: 4 | 6, part: Extract<FlowPart, { kind: 'prefix' }>, check: Check): FlowPrefix {
  const net = constantOf(part.prefix, PREFIX, check) as Network;
  if (net.type !== (version === 4 ? NetType.Ip4 : NetType.Ip6)) fail(part.prefix, `IPv${version} prefix expected`);
  if (part.offset === undefined) return { address: networkIp(net), length: net.length, offset: 0 };
  if (version === 4) fail(part.offset, 'Only prefixes of flow6 have an offset');
  const offset = constantOf(part.offset, INT, check) as number;
  if (offset > net.length) fail(part.offset, 'Prefix offset is higher than prefix length');
  return { address: withoutLeading(net, offset), length: net.length, offset };
}

/** Bits before the offset are not compared: they count as zero. */
function withoutLeading(net: Network, offset: number): IpAddress {
  const { bytes } = prefixOfNetwork(net);
  const masked = Uint8Array.from(bytes, (octet, i) => {
    const hidden = Math.min(8, Math.max(0, offset - 8 * i));
    return octet & (0xff >>> hidden);
  });
  return networkIp(networkOfPrefix({ version: 6, bytes: masked, length: net.length }));
}

/** `VALUE/MASK` as terms: bits that have to be set, bits that must not be, each if there are any. */
function maskTerms({ and, operator, value: written, mask: writtenMask }: FlowTermPart, check: Check): FlowTerm[] {
  const value = constantOf(written, INT, check) as number;
  const mask = constantOf(writtenMask!, INT, check) as number;
  const span = { first: written.first, last: writtenMask!.last };
  if (mask > TCP_FLAGS) fail(writtenMask!, `Invalid mask 0x${mask.toString(16)}, must not exceed 0xfff`);
  if ((value & ~mask) !== 0) fail(span, `Value 0x${value.toString(16)} outside bitmask 0x${mask.toString(16)}`);
  const isNegated = operator !== 0;
  if (isNegated && value !== 0 && value !== mask) fail(span, 'For negation, value must be zero or bitmask');
  if (isNegated) {
    return [{ and, operator: value === 0 ? 0 : FlowMatch.All | FlowMatch.Not, value: mask }];
  }
  const terms: FlowTerm[] = [];
  if (value !== 0) terms.push({ and, operator: FlowMatch.All, value });
  const clear = mask & ~value;
  if (clear !== 0 || value === 0) terms.push({ and: and || value !== 0, operator: FlowMatch.Not, value: clear });
  return terms;
}

function constantOf(expression: Expression, type: Type, check: Check): unknown {
  const code = check(expression);
  if (code.op !== 'constant' || code.type !== type) {
    fail(expression, type === INT ? 'Integer expression expected' : 'Constant of type prefix expected');
  }
  return (code as ConstantCode).value;
}
