/**
 * Values of options: numbers, switches, texts, addresses, times. Where BIRD takes a value it also takes the name of a
 * constant and an expression in parentheses; both are evaluated while reading.
 */
import { type Ip, ipBytes, ipVersion, type Prefix } from '../../bgp/index.ts';
import { type FilterConstant, readConstant } from '../filter/declarations.ts';
import { isKnownWord } from '../syntax/keywords.ts';
import { addressOf, atAddress, atPrefix, readPrefix } from '../syntax/literals.ts';
import { TokenKind } from '../syntax/token.ts';
import type { ReadContext } from './context.ts';
import type { ValueReader } from './option-table.ts';

export interface NumberRange {
  readonly min?: number;
  readonly max?: number;
  /** The complaint about a number outside. */
  readonly message?: string | ((value: number) => string);
}

/** A TCP port. */
export const PORT: NumberRange = { min: 1, max: 65535, message: 'Invalid port number' };

/** `number := NUM | constant | '(' expression ')'` */
export function readNumber(context: ReadContext, range: NumberRange = {}): number {
  const { stream } = context;
  const first = stream.peek();
  let value: number;
  if (first.kind === TokenKind.Number) {
    value = stream.next().value;
  } else {
    const constant = readConstant(context);
    if (constant === undefined) return stream.failUnexpected(['NUM', 'CF_SYM_KNOWN', "'('"]);
    if (constant.kind !== 'int') return stream.failBetween('Number expected', first, stream.previous(), saw(constant));
    value = constant.number;
  }
  if (value < (range.min ?? 0) || value > (range.max ?? 0xffffffff)) {
    const message = typeof range.message === 'function' ? range.message(value) : range.message;
    stream.failBetween(message ?? rangeMessage(value, range), first, stream.previous());
  }
  return value;
}

function rangeMessage(value: number, range: NumberRange): string {
  return `Value ${value} out of range (${range.min ?? 0}-${range.max ?? 0xffffffff})`;
}

function saw(constant: FilterConstant): string {
  return `This is a value of type ${constant.typeName}.`;
}

const SWITCH_WORDS: ReadonlyMap<string, boolean> = new Map([
  ['on', true],
  ['yes', true],
  ['true', true],
  ['off', false],
  ['no', false],
  ['false', false],
]);

/** `switch := 'on' | 'yes' | 'true' | 'off' | 'no' | 'false' | number | constant | '(' expression ')' | nothing` */
export function readSwitch(context: ReadContext): boolean {
  const { stream } = context;
  const first = stream.peek();
  if (first.kind === TokenKind.Number) return stream.next().value !== 0;
  if (first.kind === TokenKind.Word) {
    const value = SWITCH_WORDS.get(first.text);
    if (value !== undefined) {
      stream.next();
      return value;
    }
  }
  const constant = readConstant(context);
  if (constant === undefined) {
    // What follows a switch without a value is the end of the statement or a word of the language.
    if (stream.atKind(TokenKind.Word) && !isKnownWord(first.text)) stream.failUnexpected([], SWITCH_WORDS.keys());
    return true;
  }
  if (constant.kind === 'bool') return constant.bool;
  if (constant.kind === 'int') return constant.number !== 0;
  return stream.failBetween('Switch value expected', first, stream.previous(), saw(constant));
}

/** `text := STRING | constant | '(' expression ')'` */
export function readText(context: ReadContext): string {
  const { stream } = context;
  const first = stream.peek();
  if (first.kind === TokenKind.Text) return stream.next().text;
  const constant = readConstant(context);
  if (constant === undefined) return stream.failUnexpected(['CF_SYM_KNOWN', 'TEXT']);
  if (constant.kind !== 'string') return stream.failBetween('String expected', first, stream.previous(), saw(constant));
  return constant.text;
}

/** `address := IP4 | IP6 | constant | '(' expression ')'` */
export function readIp(context: ReadContext): Ip {
  const { stream } = context;
  const first = stream.peek();
  if (atAddress(stream)) return addressOf(stream.next());
  const constant = readConstant(context);
  if (constant === undefined) return stream.failUnexpected(['IP4', 'IP6', 'CF_SYM_KNOWN', "'('"]);
  if (constant.kind !== 'ip') return stream.failBetween('IP address expected', first, stream.previous(), saw(constant));
  return constant.ip;
}

/** An address with its interface: `address [ '%' name ]`. */
export function readScopedIp(context: ReadContext): { readonly ip: Ip; readonly interfaceName: string | undefined } {
  const ip = readIp(context);
  const { stream } = context;
  if (!stream.acceptPunct('%')) return { ip, interfaceName: undefined };
  return { ip, interfaceName: stream.expectKind(TokenKind.Word).text };
}

/** True if an address or something that may become one stands next; `local as 1` has none. */
export function beginsIp(context: ReadContext): boolean {
  const { stream, scope } = context;
  const token = stream.peek();
  if (atAddress(stream) || stream.atPunct('(')) return true;
  return token.kind === TokenKind.Word && scope.lookup(token.text)?.kind === 'constant';
}

/** `network := address '/' NUM | constant` */
export function readNetwork(context: ReadContext): Prefix {
  const { stream } = context;
  const first = stream.peek();
  if (atAddress(stream)) return readPrefix(stream);
  const constant = readConstant(context);
  if (constant === undefined) return stream.failUnexpected(['IP4', 'IP6', 'CF_SYM_KNOWN']);
  if (constant.kind !== 'prefix')
    return stream.failBetween('Network expected', first, stream.previous(), saw(constant));
  return constant.prefix;
}

/** A network or a single address, which stands for the network of that one address. */
export function readNetworkOrIp(context: ReadContext): Prefix {
  if (atPrefix(context.stream) || !atAddress(context.stream)) return readNetwork(context);
  const ip = readIp(context);
  const bytes = ipBytes(ip);
  return { version: ipVersion(ip), bytes, length: 8 * bytes.length };
}

/** `id := NUM | IP4 | constant | '(' expression ')'`: an unsigned number that is usually written like an address. */
export function readId(context: ReadContext): number {
  const { stream } = context;
  const first = stream.peek();
  if (first.kind === TokenKind.Number || first.kind === TokenKind.Ip4 || first.kind === TokenKind.Quad) {
    return stream.next().value;
  }
  const constant = readConstant(context);
  if (constant === undefined) return stream.failUnexpected();
  if (constant.kind === 'int' || constant.kind === 'quad') return constant.number;
  if (constant.kind === 'ip' && ipVersion(constant.ip) === 4) return word(ipBytes(constant.ip));
  return stream.failBetween('Number or IPv4 address expected', first, stream.previous(), saw(constant));
}

function word(bytes: Uint8Array): number {
  return ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
}

/** `time := number ('s' | 'ms' | 'us')`, in microseconds. */
export function readMicroseconds(context: ReadContext): number {
  const { stream } = context;
  const count = readNumber(context);
  if (stream.acceptWords('s')) return count * 1_000_000;
  if (stream.acceptWords('ms')) return count * 1000;
  if (stream.acceptWords('us')) return count;
  return stream.failUnexpected(['S', 'MS', 'US'], ['s', 'ms', 'us']);
}

/** One of a few words; each stands for a value. */
export function readChoice<T>(context: ReadContext, choices: Readonly<Record<string, T>>): T {
  const { stream } = context;
  for (const [words, value] of Object.entries(choices)) if (stream.acceptWords(...words.split(' '))) return value;
  const firsts = [...new Set(Object.keys(choices).map((words) => words.split(' ')[0]!))];
  return stream.failUnexpected(
    firsts.map((choice) => choice.toUpperCase()),
    firsts,
  );
}

// ------------------------------------------------------------------------------------------ readers for option rows

export const SWITCH: ValueReader<boolean> = { syntax: '<switch>', read: readSwitch };
export const TEXT: ValueReader<string> = { syntax: '"<text>"', read: readText };
export const ADDRESS: ValueReader<Ip> = { syntax: '<address>', read: readIp };
export const ID: ValueReader<number> = { syntax: '<number or IPv4 address>', read: readId };

export function number(syntax: string, range: NumberRange = {}): ValueReader<number> {
  return { syntax, read: (context) => readNumber(context, range) };
}

export function seconds(range: NumberRange = {}): ValueReader<number> {
  return number('<seconds>', range);
}

export function choice<T>(choices: Readonly<Record<string, T>>): ValueReader<T> {
  return { syntax: Object.keys(choices).join(' | '), read: (context) => readChoice(context, choices) };
}

/** A switch, or one of a few words besides it. */
export function switchOr<T>(on: T, off: T, choices: Readonly<Record<string, T>>): ValueReader<T> {
  return {
    syntax: ['<switch>', ...Object.keys(choices)].join(' | '),
    read: (context) => {
      for (const [words, value] of Object.entries(choices)) {
        if (context.stream.acceptWords(...words.split(' '))) return value;
      }
      return readSwitch(context) ? on : off;
    },
  };
}
