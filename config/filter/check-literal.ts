/** Literals that are more than a number or a string: networks of all kinds and route distinguishers. */
import { parseIp, parsePrefix } from '../../bgp/index.ts';
import type { Expression, PrefixLiteral } from './ast.ts';
import { MAKE_ROA } from './builtins.ts';
import { callBuiltin, expectType, fail, lineOf } from './checker.ts';
import { type Code, constant } from './code.ts';
import { INT, NetType, PREFIX } from './types.ts';
import { ipFromText, Network, networkOfPrefix, RouteDistinguisher } from './value.ts';

/** `P`, `RD P`, `P from P`, `P max n as n` */
export function networkLiteral(literal: PrefixLiteral, check: (expression: Expression) => Code): Code {
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
