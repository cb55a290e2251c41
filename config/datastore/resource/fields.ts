/**
 * Reads the fields of a resource, one by one and by type. What is wrong is noted with its path and a reason, and reading
 * goes on, so that one look shows everything. A field that nobody asked for is noted as unknown: a warning, for a newer
 * Calico may have fields that this version does not know.
 */
import { type Ip, ipVersion, type Prefix, parseIp, parsePrefix, prefixOf } from '../../../bgp/index.ts';
import { isObject, type Json, type JsonObject } from './json.ts';
import { parseSelector, type Selector, SelectorError } from './selector.ts';

export interface Problem {
  readonly severity: 'error' | 'warning';
  /** `spec.importV4[0].cidr` */
  readonly path: string;
  readonly message: string;
}

/** An address with the length of its network, as nodes have them. */
export interface AddressWithNetwork {
  readonly address: Ip;
  readonly network: Prefix;
}

export class Problems {
  readonly list: Problem[] = [];

  error(path: string, message: string): void {
    this.list.push({ severity: 'error', path, message });
  }

  warning(path: string, message: string): void {
    this.list.push({ severity: 'warning', path, message });
  }

  get failed(): boolean {
    return this.list.some((problem) => problem.severity === 'error');
  }
}

/** Reads one element of a list; `undefined` after it noted a problem. */
type ItemReader<T> = (value: Json, path: string) => T | undefined;

export class Fields {
  readonly path: string;
  readonly problems: Problems;
  readonly #object: JsonObject;
  readonly #asked = new Set<string>();

  constructor(object: JsonObject, path: string, problems: Problems) {
    this.#object = object;
    this.path = path;
    this.problems = problems;
  }

  pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }

  error(name: string, message: string): undefined {
    this.problems.error(this.pathOf(name), message);
    return undefined;
  }

  /** The value as it is; null counts as absent, as it does for Kubernetes. */
  raw(name: string): Json | undefined {
    this.#asked.add(name);
    return this.#object[name] ?? undefined;
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  /** Fields that are somebody else's business. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  /** Call last: names what was never asked for. */
  end(): void {
    for (const name of Object.keys(this.#object)) {
      if (!this.#asked.has(name)) this.problems.warning(this.pathOf(name), 'unknown field');
    }
  }

  object(name: string): Fields | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (!isObject(value)) return this.error(name, 'must be an object');
    return new Fields(value, this.pathOf(name), this.problems);
  }

  /** An empty object where the field is absent. */
  objectOrEmpty(name: string): Fields {
    return this.object(name) ?? new Fields({}, this.pathOf(name), this.problems);
  }

  list<T>(name: string, item: ItemReader<T>): readonly T[] {
    const value = this.raw(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.error(name, 'must be a list');
      return [];
    }
    return value.flatMap((element: Json, index) => {
      const read = item(element, `${this.pathOf(name)}[${index}]`);
      return read === undefined ? [] : [read];
    });
  }

  objects<T>(name: string, read: (fields: Fields) => T | undefined): readonly T[] {
    return this.list(name, (value, path) => {
      if (isObject(value)) return read(new Fields(value, path, this.problems));
      this.problems.error(path, 'must be an object');
      return undefined;
    });
  }

  strings(name: string, check: (text: string) => string | undefined = () => undefined): readonly string[] {
    return this.list(name, (value, path) => {
      const wrong = typeof value === 'string' ? check(value) : 'must be a string';
      if (wrong === undefined) return value as string;
      this.problems.error(path, wrong);
      return undefined;
    });
  }

  /** A string; the empty one counts as absent, as it does for Calico. */
  string(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || value === '') return undefined;
    return typeof value === 'string' ? value : this.error(name, 'must be a string');
  }

  required<T>(name: string, value: T | undefined): T | undefined {
    if (value === undefined && !this.has(name)) this.error(name, 'is missing');
    return value;
  }

  boolean(name: string, absent: boolean): boolean {
    const value = this.raw(name);
    if (value === undefined) return absent;
    if (typeof value === 'boolean') return value;
    this.error(name, 'must be true or false');
    return absent;
  }

  integer(name: string, min: number, max: number): number | undefined {
    const value = this.raw(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) return this.error(name, 'must be an integer');
    if (value < min || value > max) return this.error(name, `must be from ${min} to ${max}, not ${value}`);
    return value;
  }

  oneOf<T extends string>(name: string, words: readonly T[]): T | undefined {
    const text = this.string(name);
    if (text === undefined) return undefined;
    const found = words.find((word) => word === text);
    return found ?? this.error(name, `must be one of ${words.join(', ')}, not "${shorten(text)}"`);
  }

  /** A number, or a string that holds one, plain or as `high.low` (RFC 5396). */
  asNumber(name: string): number | undefined {
    const value = this.raw(name);
    return value === undefined || value === '' ? undefined : readAsNumber(value, this.pathOf(name), this.problems);
  }

  ip(name: string): Ip | undefined {
    const text = this.string(name);
    if (text === undefined) return undefined;
    return parseIp(text) ?? this.error(name, `"${shorten(text)}" is not an IP address`);
  }

  /** A network; host bits must be zero. */
  prefix(name: string): Prefix | undefined {
    const text = this.string(name);
    return text === undefined ? undefined : readPrefix(text, this.pathOf(name), this.problems);
  }

  prefixes(name: string): readonly Prefix[] {
    return this.list(name, (value, path) => {
      if (typeof value === 'string') return readPrefix(value, path, this.problems);
      this.problems.error(path, 'must be a string');
      return undefined;
    });
  }

  /** `10.0.0.1/24`; without a length the network is the address alone. */
  addressWithNetwork(name: string, version: 4 | 6): AddressWithNetwork | undefined {
    const text = this.string(name);
    if (text === undefined) return undefined;
    const read = readAddressWithNetwork(text, version);
    return typeof read === 'string' ? this.error(name, read) : read;
  }

  selector(name: string): Selector | undefined {
    const text = this.string(name);
    if (text === undefined) return undefined;
    try {
      return parseSelector(text);
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      return this.error(name, `is not a selector: ${error.message}`);
    }
  }

  /** Go's durations (`1m30s`, `500ms`); the result is in whole seconds, rounded. */
  durationSeconds(name: string): number | undefined {
    const text = this.string(name);
    if (text === undefined) return undefined;
    const seconds = goDuration(text);
    if (seconds === undefined) return this.error(name, `"${shorten(text)}" is not a duration such as 90s or 1m30s`);
    if (seconds < 0 || seconds > 4_294_967) return this.error(name, 'is out of range');
    return Math.round(seconds);
  }

  /** A map of strings, as labels and annotations are. */
  stringMap(name: string): ReadonlyMap<string, string> {
    const value = this.raw(name);
    const map = new Map<string, string>();
    if (value === undefined) return map;
    if (!isObject(value)) {
      this.error(name, 'must be an object');
      return map;
    }
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === 'string') map.set(key, item);
      else this.problems.error(`${this.pathOf(name)}[${shorten(key)}]`, 'must be a string');
    }
    return map;
  }
}

export function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

export function readAsNumber(value: Json, path: string, problems: Problems): number | undefined {
  const number = asNumberOf(value);
  if (number === undefined) problems.error(path, 'must be an AS number from 0 to 4294967295');
  return number;
}

/** `undefined` for what is no AS number. */
export function asNumberOf(value: Json): number | undefined {
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff ? value : undefined;
  if (typeof value !== 'string') return undefined;
  if (/^[0-9]{1,10}$/.test(value)) return asNumberOf(Number(value));
  const dotted = /^([0-9]{1,5})\.([0-9]{1,5})$/.exec(value);
  if (dotted === null) return undefined;
  const high = Number(dotted[1]);
  const low = Number(dotted[2]);
  return high <= 0xffff && low <= 0xffff ? high * 65536 + low : undefined;
}

export function readPrefix(text: string, path: string, problems: Problems): Prefix | undefined {
  const prefix = parsePrefix(text);
  if (prefix !== undefined) return prefix;
  const slash = text.lastIndexOf('/');
  const address = slash < 0 ? undefined : parseIp(text.slice(0, slash));
  const length = Number(text.slice(slash + 1));
  const bits = address === undefined ? 0 : ipVersion(address) === 4 ? 32 : 128;
  const hostBits = address !== undefined && /^[0-9]{1,3}$/.test(text.slice(slash + 1)) && length <= bits;
  problems.error(path, hostBits ? `"${text}" has bits set beyond its length` : `"${shorten(text)}" is not a CIDR`);
  return undefined;
}

/** The reason, where the text is none. */
export function readAddressWithNetwork(text: string, version: 4 | 6): AddressWithNetwork | string {
  const slash = text.lastIndexOf('/');
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  const bits = address === undefined || ipVersion(address) === 4 ? 32 : 128;
  const digits = slash < 0 ? String(bits) : text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(digits) || Number(digits) > bits) {
    return `"${shorten(text)}" is not an address with the length of its network`;
  }
  if (ipVersion(address) !== version) return `"${text}" is not an IPv${version} address`;
  return { address, network: prefixOf(address, Number(digits)) };
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-9],
  ['us', 1e-6],
  ['µs', 1e-6],
  ['ms', 1e-3],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
]);

function goDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (text.length > 64) return undefined;
  const whole = /^([+-]?)((?:[0-9]+(?:\.[0-9]*)?(?:ns|us|µs|ms|s|m|h))+)$/.exec(text);
  if (whole === null) return undefined;
  let seconds = 0;
  for (const [, digits, unit] of whole[2]!.matchAll(/([0-9]+(?:\.[0-9]*)?)(ns|us|µs|ms|s|m|h)/g)) {
    seconds += Number(digits) * UNITS.get(unit!)!;
  }
  return whole[1] === '-' ? -seconds : seconds;
}
