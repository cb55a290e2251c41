/**
 * Random UPDATEs that are right: every attribute that a BGP speaker may send, in every mix. Prefixes are announced by
 * several speakers, announced again with other attributes, and withdrawn. The octets are made once, from a seed, so that
 * two routers are told the very same.
 */
import { Random } from '../random.ts';
import { internal, speakerAs } from '../reload/model.ts';
import { networkBytes, u16, u32, type Voice } from '../router/speaker.ts';

const FLAG = { optional: 0x80, transitive: 0x40, partial: 0x20, extended: 0x10 } as const;
const WELL_KNOWN = FLAG.transitive;
const OPTIONAL_TRANSITIVE = FLAG.optional | FLAG.transitive;

function attribute(flags: number, code: number, value: readonly number[]): number[] {
  return value.length > 255
    ? [flags | FLAG.extended, code, ...u16(value.length), ...value]
    : [flags, code, value.length, ...value];
}

const ip = (text: string): number[] => text.split('.').map(Number);

class UpdateWriter {
  readonly #random: Random;
  readonly #n: number;

  constructor(n: number, random: Random) {
    this.#n = n;
    this.#random = random;
  }

  /** AS numbers that filters ask about, and others. */
  #as(): number {
    return this.#random.pick([65001, 65002, 65003, 65100, 65101, 65102, 65103, 4200000000, 4200000001, 64999]);
  }

  #asPath(): number[] {
    const { between, once } = this.#bound;
    // An external neighbour may forget itself, or stand behind a route server.
    const own = internal(this.#n) || once(9) ? [] : [speakerAs(this.#n)];
    const sequence = [...own, ...Array.from({ length: between(0, 4) }, () => this.#as())];
    const segment = (type: number, numbers: readonly number[]): number[] => [
      type,
      numbers.length,
      ...numbers.flatMap(u32),
    ];
    const segments = sequence.length === 0 ? [] : segment(2, sequence);
    if (once(6))
      segments.push(
        ...segment(
          1,
          [...new Set([this.#as(), this.#as(), 65300])].sort((a, b) => a - b),
        ),
      );
    if (once(12)) segments.push(...segment(2, [this.#as(), this.#as()]));
    return segments;
  }

  #nextHop4(): string {
    return this.#random.pick([
      `10.0.0.${10 + this.#n}`,
      `10.0.0.${10 + this.#n}`,
      `10.0.0.${10 + this.#n}`,
      '10.0.0.77',
    ]);
  }

  #communities(): number[] {
    const { pick, between } = this.#bound;
    const values = Array.from({ length: between(1, 6) }, () => {
      const high = pick([65000, 65000, 65001, 65002, 65003, 1, 17, 20]);
      return high * 65536 + pick([0, 1, 2, 3, 17, 20, 100]);
    });
    if (this.#random.once(12)) values.push(pick([0xffffff01, 0xffffff02, 0xffff0000, 0xffff029a]));
    return [...new Set(values)].sort((a, b) => a - b).flatMap(u32);
  }

  #extended(): number[] {
    const { pick, between } = this.#bound;
    const one = (): string =>
      pick([
        () => [0x00, pick([2, 3]), ...u16(pick([65000, 65001])), ...u32(pick([1, 2, 5, 100]))],
        () => [0x01, pick([2, 3]), ...ip('10.0.0.1'), ...u16(pick([1, 2]))],
        () => [0x02, pick([2, 3]), ...u32(4200000000), ...u16(pick([1, 2]))],
        () => [0x03, pick([0x0c, 0x0b]), 0, 0, ...u32(pick([8, 9]))],
        () => [0x43, 0x06, ...u16(10), ...u32(pick([1, 2]))],
      ])()
        .map((octet) => octet.toString(16).padStart(2, '0'))
        .join('');
    const values = [...new Set(Array.from({ length: between(1, 4) }, one))].sort();
    return values.flatMap((text) => [...Buffer.from(text, 'hex')]);
  }

  #large(): number[] {
    const { pick, between } = this.#bound;
    const one = (): string =>
      [pick([65000, 65001, 65002, 4200000000]), pick([0, 1, 2]), pick([0, 1, 5, 24])]
        .map((word) => word.toString(16).padStart(8, '0'))
        .join('');
    const values = [...new Set(Array.from({ length: between(1, 4) }, one))].sort();
    return values.flatMap((text) => [...Buffer.from(text, 'hex')]);
  }

  /** Everything but NEXT_HOP and MP_REACH_NLRI, ascending by code. */
  #attributes(version: 4 | 6): number[] {
    const { below, once, pick } = this.#bound;
    const out = [...attribute(WELL_KNOWN, 1, [below(3)]), ...attribute(WELL_KNOWN, 2, this.#asPath())];
    if (version === 4) out.push(...attribute(WELL_KNOWN, 3, ip(this.#nextHop4())));
    if (once(2)) out.push(...attribute(FLAG.optional, 4, u32(pick([0, 1, 10, 100, 4294967295]))));
    if (internal(this.#n)) out.push(...attribute(WELL_KNOWN, 5, u32(pick([100, 100, 90, 200]))));
    if (once(8)) out.push(...attribute(WELL_KNOWN, 6, []));
    if (once(6)) out.push(...attribute(OPTIONAL_TRANSITIVE, 7, [...u32(this.#as()), ...ip('192.0.2.7')]));
    if (!once(3)) out.push(...attribute(OPTIONAL_TRANSITIVE, 8, this.#communities()));
    if (internal(this.#n) && once(4)) {
      out.push(...attribute(FLAG.optional, 9, ip(pick(['10.0.0.99', '10.9.9.9']))));
      out.push(...attribute(FLAG.optional, 10, [...ip('10.0.0.98'), ...(once(2) ? ip('10.0.0.97') : [])]));
    }
    if (once(3)) out.push(...attribute(OPTIONAL_TRANSITIVE, 16, this.#extended()));
    if (internal(this.#n) && once(6)) {
      out.push(...attribute(FLAG.optional, 26, [1, 0, 11, 0, 0, 0, 0, ...u32(pick([5, 1000]))]));
    }
    if (once(2)) out.push(...attribute(OPTIONAL_TRANSITIVE, 32, this.#large()));
    if (once(6)) out.push(...attribute(OPTIONAL_TRANSITIVE, 35, u32(this.#as())));
    if (once(8)) out.push(...attribute(OPTIONAL_TRANSITIVE | (once(2) ? FLAG.partial : 0), 200, [1, 2, 3, below(256)]));
    return out;
  }

  announce(version: 4 | 6, prefixes: readonly string[], pathIds: boolean): number[] {
    const nlri = prefixes.flatMap((prefix) => nlriOf(prefix, pathIds));
    const attributes = this.#attributes(version);
    if (version === 4) return [0, 0, ...u16(attributes.length), ...attributes, ...nlri];
    const nextHop = [0xfd, ...new Array<number>(14).fill(0), 0x10 + this.#n];
    const reach = attribute(FLAG.optional, 14, [0, 2, 1, 16, ...nextHop, 0, ...nlri]);
    return [0, 0, ...u16(attributes.length + reach.length), ...reach, ...attributes];
  }

  withdraw(version: 4 | 6, prefix: string, pathIds: boolean): number[] {
    const nlri = nlriOf(prefix, pathIds);
    if (version === 4) return [...u16(nlri.length), ...nlri, 0, 0];
    const unreach = attribute(FLAG.optional, 15, [0, 2, 1, ...nlri]);
    return [0, 0, ...u16(unreach.length), ...unreach];
  }

  readonly #bound = {
    pick: <T>(items: readonly T[]): T => this.#random.pick(items),
    below: (limit: number): number => this.#random.below(limit),
    between: (first: number, last: number): number => this.#random.between(first, last),
    once: (times: number): boolean => this.#random.once(times),
  };
}

/**
 * With path identifiers always the same one for a prefix: which of two routes of one neighbour comes first is decided by
 * nothing that the routes say.
 */
function nlriOf(prefix: string, pathIds: boolean): number[] {
  return [...(pathIds ? u32(1 + (prefix.length % 3)) : []), ...networkBytes(prefix)];
}

/** Prefixes of speaker `n`; the last ones are everybody's. */
function prefixesOf(n: number, version: 4 | 6): string[] {
  if (version === 6) {
    const own = [0, 1, 2, 3].map((k) => `2001:db8:${n}${k}::/48`);
    return [
      ...own,
      `2001:db8:${n}::/44`.replace(/:(\d)::\/44/, ':$10::/44'),
      '2001:db8:a0::/48',
      '2001:db8:a1::/48',
      '2001:db8:a2::/56',
    ];
  }
  const own = Array.from({ length: 9 }, (_, k) => (k === 0 ? `20.${n}.0.0/16` : `20.${n}.${k * 16}.0/${16 + k}`));
  return [...own, `20.${n}.7.7/32`, ...[1, 2, 3, 4, 5].map((k) => `30.0.${k}.0/24`), '30.1.0.0/16'];
}

/** What speaker `n` says in the scenario of this seed. */
export function randomVoice(seed: number, n: number): Voice {
  return {
    as: speakerAs(n),
    refresh: n % 2 === 0 ? 'marked' : 'plain',
    updates(version, pathIds) {
      const random = new Random(seed * 64 + n * 8 + version + (pathIds ? 1 : 0));
      const writer = new UpdateWriter(n, random);
      const prefixes = prefixesOf(n, version);
      const bodies: number[][] = [];
      for (let i = 0; i < prefixes.length; ) {
        const count = random.once(4) ? 2 : 1;
        bodies.push(writer.announce(version, prefixes.slice(i, i + count), pathIds));
        i += count;
      }
      for (let i = 0; i < 4; i++) {
        const prefix = random.pick(prefixes);
        bodies.push(
          random.once(2) ? writer.withdraw(version, prefix, pathIds) : writer.announce(version, [prefix], pathIds),
        );
      }
      return bodies;
    },
  };
}
