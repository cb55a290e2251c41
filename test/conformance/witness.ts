/** A router behind the daemon: keeps what it is told, read from the octets without the daemon's codec. */
import type { Caller } from './caller.ts';

/** Attributes by type code, each whole, in hexadecimal. */
export type Told = ReadonlyMap<number, string>;

export class Witness {
  readonly #caller: Caller;
  readonly #routes = new Map<string, Told>();
  #read = 0;

  constructor(caller: Caller) {
    this.#caller = caller;
  }

  /** Prefixes as hexadecimal NLRI, with a 4 or a 6 in front. */
  routes(): ReadonlyMap<string, Told> {
    const { heard } = this.#caller;
    for (; this.#read < heard.length; this.#read++) {
      const { type, body } = heard[this.#read]!;
      if (type === 2) this.#take(body);
    }
    return this.#routes;
  }

  #take(body: Buffer): void {
    const withdrawnEnd = 2 + body.readUInt16BE(0);
    const attributesEnd = withdrawnEnd + 2 + body.readUInt16BE(withdrawnEnd);
    for (const prefix of prefixes(body, 2, withdrawnEnd)) this.#routes.delete(`4${prefix}`);
    const told = new Map<number, string>();
    for (let at = withdrawnEnd + 2; at < attributesEnd; ) {
      const long = (body[at]! & 0x10) !== 0;
      const value = at + (long ? 4 : 3);
      const end = value + (long ? body.readUInt16BE(at + 2) : body[at + 2]!);
      told.set(body[at + 1]!, body.subarray(at, end).toString('hex'));
      if (body[at + 1] === 14 || body[at + 1] === 15) {
        const family = body[value + 1] === 1 ? 4 : 6;
        const start = body[at + 1] === 14 ? value + 5 + body[value + 3]! : value + 3;
        for (const prefix of prefixes(body, start, end)) {
          if (body[at + 1] === 14) this.#routes.set(`${family}${prefix}`, told);
          else this.#routes.delete(`${family}${prefix}`);
        }
      }
      at = end;
    }
    for (const prefix of prefixes(body, attributesEnd, body.length)) this.#routes.set(`4${prefix}`, told);
  }
}

function* prefixes(bytes: Buffer, start: number, end: number): Generator<string> {
  for (let at = start; at < end; ) {
    const next = at + 1 + ((bytes[at]! + 7) >> 3);
    yield bytes.subarray(at, next).toString('hex');
    at = next;
  }
}
