/**
 * Values as JSON knows them, in objects without a prototype: whatever name a field has (`__proto__`, `constructor`),
 * it is a field and nothing else. Everything that comes out of a store or a manifest passes `cleanJson` once.
 */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

/** What no honest resource exceeds. */
const MAX_DEPTH = 64;
const MAX_VALUES = 500_000;

export class JsonFault extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'JsonFault';
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy of what a parser made, with nothing in it but JSON. Throws `JsonFault`. */
export function cleanJson(value: unknown): Json {
  let left = MAX_VALUES;
  const copy = (from: unknown, depth: number): Json => {
    if (depth > MAX_DEPTH) throw new JsonFault('nested too deeply');
    if (--left < 0) throw new JsonFault('too many values');
    switch (typeof from) {
      case 'string':
      case 'boolean':
        return from;
      case 'number':
        if (!Number.isFinite(from)) throw new JsonFault(`${from} is not a number of JSON`);
        return from;
      case 'bigint':
        throw new JsonFault(`${from} is too large`);
      case 'object':
        break;
      default:
        throw new JsonFault(`a ${typeof from} is not JSON`);
    }
    if (from === null) return null;
    if (Array.isArray(from)) return from.map((item) => copy(item, depth + 1));
    const prototype: unknown = Object.getPrototypeOf(from);
    if (prototype !== Object.prototype && prototype !== null) throw new JsonFault('a value that is not JSON');
    const object = Object.create(null) as Record<string, Json>;
    for (const [name, item] of Object.entries(from)) if (item !== undefined) object[name] = copy(item, depth + 1);
    return object;
  };
  return copy(value, 0);
}

/** JSON text to a clean value. Throws `JsonFault`. */
export function parseJson(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new JsonFault((error as Error).message);
  }
  return cleanJson(value);
}

/** A clean object with these fields; `undefined` ones are left out. */
export function objectOf(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const object = Object.create(null) as Record<string, Json>;
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) object[name] = value;
  return object;
}

/** The same text for the same value, whatever the order of fields; for comparing. */
export function canonicalText(value: Json | undefined): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  const fields = names.flatMap((name) =>
    value[name] === undefined ? [] : [`${JSON.stringify(name)}:${canonicalText(value[name])}`],
  );
  return `{${fields.join(',')}}`;
}
