/** Value sets and path masks against straightforward readings of their definitions, from fixed seeds. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type MaskItem, PathMask } from '../../../config/filter/path-mask.ts';
import { RangeIndex } from '../../../config/filter/range-index.ts';
import { EC, INT, IP, LC, PAIR } from '../../../config/filter/types.ts';
import { ExtendedCommunity, IpAddress, LargeCommunity } from '../../../config/filter/value.ts';
import { CaseTable, type PairBlock, type ValueRange, ValueSet } from '../../../config/filter/value-set.ts';

const small = fc.integer({ min: 0, max: 12 });

function tuple(length: number) {
  return fc.array(small, { minLength: length, maxLength: length });
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}

function ranges(length: number) {
  return fc.array(
    fc
      .tuple(tuple(length), tuple(length))
      .map(([a, b]): ValueRange => (compare(a, b) <= 0 ? { from: a, to: b } : { from: b, to: a })),
    { maxLength: 8 },
  );
}

function within(all: readonly ValueRange[], value: readonly number[]): boolean {
  return all.some(({ from, to }) => compare(from, value) <= 0 && compare(value, to) <= 0);
}

describe('sets of values', () => {
  it('take what lies in one of their ranges, for every width of element', () => {
    const check = (words: number, has: (set: readonly ValueRange[], value: number[]) => boolean): void =>
      fc.assert(
        fc.property(ranges(words), fc.array(tuple(words), { maxLength: 40 }), (set, values) => {
          const bounds = set.flatMap(({ from, to }) => [[...from], [...to]]);
          for (const value of [...values, ...bounds]) assert.equal(has(set, value), within(set, value));
        }),
        { seed: 7 + words, numRuns: 150 },
      );
    check(1, (set, [a]) => new ValueSet(INT, set).hasNumber(a!));
    check(2, (set, [a, b]) => new ValueSet(EC, set).has64(new ExtendedCommunity(a!, b!)));
    check(3, (set, [a, b, c]) => new ValueSet(LC, set).hasLarge(new LargeCommunity(a!, b!, c!)));
    check(4, (set, [a, b, c, d]) => new ValueSet(IP, set).hasIp(new IpAddress(a!, b!, c!, d!)));
  });

  it('keep wide rectangles of pairs as rectangles', () => {
    const half = fc.oneof(small, fc.constantFrom(100, 1000, 65535));
    const bounds = fc.tuple(half, half).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    const blocks = fc.array(
      fc
        .tuple(bounds, bounds)
        .map(([asn, data]): PairBlock => ({ asnFrom: asn[0], asnTo: asn[1], dataFrom: data[0], dataTo: data[1] })),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(blocks, fc.array(fc.tuple(half, half), { maxLength: 40 }), (all, pairs) => {
        const set = new ValueSet(PAIR, [], all);
        for (const [asn, data] of pairs) {
          const expected = all.some(
            (b) => asn >= b.asnFrom && asn <= b.asnTo && data >= b.dataFrom && data <= b.dataTo,
          );
          assert.equal(set.hasNumber(((asn << 16) | data) >>> 0), expected);
        }
      }),
      { seed: 20, numRuns: 300 },
    );
  });

  it('tell the arms of a case apart, or that they overlap', () => {
    fc.assert(
      fc.property(fc.array(ranges(1), { minLength: 1, maxLength: 4 }), (arms) => {
        const table = new CaseTable(arms.map((arm) => new ValueSet(INT, arm)));
        let overlap = false;
        for (let value = 0; value <= 12; value++) {
          const holding = arms.flatMap((arm, i) => (within(arm, [value]) ? [i] : []));
          if (holding.length > 1) overlap = true;
          else if (!table.ambiguous) assert.equal(table.armOfNumber(value), holding[0] ?? -1);
        }
        assert.equal(table.ambiguous, overlap);
      }),
      { seed: 30, numRuns: 300 },
    );
    assert.equal(new RangeIndex(1, []).find1(5), -1);
  });

  it('see overlaps between rectangles and ranges', () => {
    const half = fc.integer({ min: 0, max: 200 });
    const block = fc.tuple(half, half, half, half).map(
      ([a, b, c, d]): PairBlock => ({
        asnFrom: Math.min(a, b),
        asnTo: Math.max(a, b),
        dataFrom: Math.min(c, d),
        dataTo: Math.max(c, d),
      }),
    );
    fc.assert(
      fc.property(block, block, (one, other) => {
        const table = new CaseTable([new ValueSet(PAIR, [], [one]), new ValueSet(PAIR, [], [other])]);
        const meet =
          one.asnFrom <= other.asnTo &&
          other.asnFrom <= one.asnTo &&
          one.dataFrom <= other.dataTo &&
          other.dataFrom <= one.dataTo;
        assert.equal(table.ambiguous, meet);
      }),
      { seed: 40, numRuns: 300 },
    );
  });
});

// ---------------------------------------------------------------------------------------------------- masks

interface Segment {
  readonly set: boolean;
  readonly numbers: readonly number[];
}

const number = fc.integer({ min: 1, max: 4 });

const plainItem: fc.Arbitrary<MaskItem> = fc.oneof(
  fc.tuple(number, number).map(([a, b]): MaskItem => ({ kind: 'range', from: Math.min(a, b), to: Math.max(a, b) })),
  number.map((a): MaskItem => ({ kind: 'range', from: a, to: a })),
  fc.array(number, { maxLength: 3 }).map(
    (all): MaskItem => ({
      kind: 'set',
      set: new ValueSet(
        INT,
        all.map((a) => ({ from: [a], to: [a] })),
      ),
    }),
  ),
  fc.constant<MaskItem>({ kind: 'any' }),
  fc.constant<MaskItem>({ kind: 'star' }),
);

const mask = fc
  .array(fc.tuple(plainItem, fc.boolean()), { maxLength: 6 })
  .map((all) =>
    all.flatMap(([item, loop]): MaskItem[] => (loop && item.kind !== 'star' ? [item, { kind: 'loop' }] : [item])),
  );

const path = fc.array(fc.record({ set: fc.boolean(), numbers: fc.array(number, { minLength: 1, maxLength: 4 }) }), {
  maxLength: 4,
});

function octets(segments: readonly Segment[], sequenceType = 2, setType = 1): Uint8Array {
  return Uint8Array.from(
    segments.flatMap(({ set, numbers }) => [
      set ? setType : sequenceType,
      numbers.length,
      ...numbers.flatMap((n) => [0, 0, 0, n]),
    ]),
  );
}

function takes(item: MaskItem, n: number): boolean {
  if (item.kind === 'range') return n >= item.from && n <= item.to;
  if (item.kind === 'set') return item.set.hasNumber(n);
  return true;
}

/** By definition, with backtracking: does the mask from `m` on match the positions from `p` on? */
function matchesSlowly(items: readonly MaskItem[], segments: readonly Segment[]): boolean {
  /** Each position is one AS number, or a set of them. */
  const positions: (number | readonly number[])[] = [];
  for (const { set, numbers } of segments) positions.push(...(set ? [numbers] : numbers));
  const seen = new Map<string, boolean>();
  /** `used`: the set at `p` has already given a member. */
  const from = (m: number, p: number, used: boolean): boolean => {
    const key = `${m} ${p} ${used}`;
    const known = seen.get(key);
    if (known !== undefined) return known;
    // A set that is being read by a loop comes back to the same state: that adds nothing.
    seen.set(key, false);
    const result = decide(m, p, used);
    seen.set(key, result);
    return result;
  };
  const decide = (m: number, p: number, used: boolean): boolean => {
    const position = positions[p];
    if (used && from(m, p + 1, false)) return true;
    const item = items[m];
    if (item === undefined) return p === positions.length;
    const loops = items[m + 1]?.kind === 'loop';
    if (item.kind === 'star' && from(m + 1, p, used)) return true;
    if (position === undefined) return false;
    const isSet = typeof position === 'object';
    const members: readonly number[] = isSet ? position : [position];
    if (!members.some((n) => takes(item, n))) return false;
    const rest = (next: number): boolean => (isSet ? from(next, p, true) : from(next, p + 1, false));
    if (item.kind === 'star') return rest(m);
    return rest(loops ? m + 2 : m + 1) || (loops && rest(m));
  };
  return from(0, 0, false);
}

describe('path masks', () => {
  it('match what their definition matches', () => {
    let matched = 0;
    fc.assert(
      fc.property(mask, path, (items, segments) => {
        const expected = matchesSlowly(items, segments);
        if (expected) matched++;
        assert.equal(new PathMask(items).matches(octets(segments)), expected);
      }),
      { seed: 50, numRuns: 4000 },
    );
    assert.ok(matched > 400, `${matched} matches`);
  });

  it('match the same in a machine word and beyond it', () => {
    const stars: MaskItem[] = Array.from({ length: 40 }, () => ({ kind: 'star' }));
    fc.assert(
      fc.property(mask, path, (items, segments) => {
        // Stars behind each other are one star.
        const short = new PathMask([{ kind: 'star' }, ...items]);
        const long = new PathMask([...stars, ...items]);
        assert.equal(long.matches(octets(segments)), short.matches(octets(segments)));
      }),
      { seed: 60, numRuns: 500 },
    );
  });

  it('read confederation segments like plain ones', () => {
    fc.assert(
      fc.property(mask, path, (items, segments) => {
        const compiled = new PathMask(items);
        assert.equal(compiled.matches(octets(segments, 3, 4)), compiled.matches(octets(segments)));
      }),
      { seed: 70, numRuns: 200 },
    );
  });

  it('take time by the length of the path, not by what it holds', () => {
    // A backtracking matcher needs ages for these.
    const items: MaskItem[] = [];
    for (let i = 0; i < 14; i++) items.push({ kind: 'star' }, { kind: 'range', from: 1, to: 1 }, { kind: 'loop' });
    const segments = Array.from({ length: 10 }, () => ({ set: false, numbers: Array.from({ length: 70 }, () => 1) }));
    segments.push({ set: false, numbers: [2] });
    const before = process.hrtime.bigint();
    assert.equal(new PathMask(items).matches(octets(segments)), false);
    assert.ok(process.hrtime.bigint() - before < 10_000_000_000n);
  });

  it('end at the end of the octets, whatever they hold', () => {
    const compiled = new PathMask([{ kind: 'star' }]);
    for (const cut of [[2], [2, 5], [2, 2, 0, 0, 0, 1], [1, 255, 0, 0, 0, 1, 0]])
      compiled.matches(Uint8Array.from(cut));
  });
});
