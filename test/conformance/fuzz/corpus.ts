/**
 * What gets mutated: the real messages of public captures where they are at hand, and messages made here with every
 * attribute and capability that the daemon knows, so that fuzzing never depends on files.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ATTRIBUTE_ROWS } from '../../bgp/attribute-rows.ts';
import { attribute, concat, hex, NEXT_HOP, ORIGIN } from '../../bgp/wire.ts';
import type { Random } from '../../support/random.ts';
import { capability, message } from '../../support/raw-speaker.ts';
import { asPath, med, notification, open, reach, refresh, u32, unreach, update } from '../octets.ts';
import { NEXT_HOP_IPV6 } from '../update-row.ts';

/** From dist/test/conformance/fuzz. */
const CAPTURES = fileURLToPath(new URL('../../../../../shared/data/pcap-bgp-messages.jsonl', import.meta.url));
/** The distinct messages of the captures; none where they are not at hand. */
export function captured(): Buffer[] {
  if (!existsSync(CAPTURES)) return [];
  const distinct = new Set<string>();
  for (const line of readFileSync(CAPTURES, 'utf8').split('\n')) {
    if (line !== '') distinct.add((JSON.parse(line) as { hex: string }).hex);
  }

  return [...distinct].map((octets) => Buffer.from(octets, 'hex'));
}

export const hasCaptures = existsSync(CAPTURES);
function octets(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(256));
}

function nlri(random: Random, version: 4 | 6, most: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let count = random.between(1, most); count > 0; count--) {
    const length = random.below(version === 4 ? 33 : 65);
    parts.push(Uint8Array.of(length), octets(random, (length + 7) >> 3));
  }

  return concat(...parts);
}

function path(random: Random, width: 2 | 4): Uint8Array {
  const numbers = Array.from({ length: random.between(1, 6) }, () => random.between(1, 60_000));
  return asPath(width, ...numbers);
}

const GOOD_ROWS = ATTRIBUTE_ROWS.filter((row) => row.ebgp === 'ok' && row.session === 'plain' && row.attribute[1]! > 4);
/** An UPDATE with anything in it, most of it good. */
function madeUpdate(random: Random, width: 2 | 4): Buffer {
  const extra = Array.from(
    { length: random.below(6) },
    () => random.pick(random.once(8) ? ATTRIBUTE_ROWS : GOOD_ROWS).attribute,
  );
  const attributes = random.shuffled([
    ORIGIN,
    path(random, width),
    NEXT_HOP,
    med(random.below(1000)),
    ...(random.once(2) ? [reach(NEXT_HOP_IPV6, nlri(random, 6, 4))] : []),
    ...(random.once(4) ? [unreach(nlri(random, 6, 3))] : []),
    ...(random.once(3) ? [attribute(0xc0, 8, octets(random, 4 * random.between(1, 20)))] : []),
    ...(random.once(4) ? [attribute(0xc0, 32, octets(random, 12 * random.between(1, 10)))] : []),
    ...(random.once(4) ? [attribute(0x80, 10, octets(random, 4 * random.between(1, 5)))] : []),
    ...extra,
  ]);
  return update({
    ...(random.once(3) ? { withdrawn: nlri(random, 4, 3) } : {}),
    attributes,
    ...(random.once(5) ? {} : { nlri: nlri(random, 4, 6) }),
  });
}

function madeOpen(random: Random): Buffer {
  const capabilities = random
    .shuffled([
      capability(1, 0, 1, 0, 1),
      capability(1, 0, 2, 0, 1),
      capability(2),
      capability(5, 0, 1, 0, 1, 0, 2),
      capability(6),
      capability(9, random.below(6)),
      capability(64, 0x80, 120, 0, 1, 1, 0x80, 0, 2, 1, 0),
      capability(65, ...u32(65002)),
      capability(69, 0, 1, 1, random.below(4)),
      capability(70),
      capability(71, 0, 1, 1, 0x80, 0, 1, 44),
      capability(73, 4, ...Buffer.from('edge'), 0),
      capability(random.below(256), ...octets(random, random.below(8))),
    ])
    .slice(0, random.between(0, 13));
  return open({ as: 65002, capabilities: concat(...capabilities) });
}

function made(random: Random): Buffer {
  switch (random.below(12)) {
    case 0:
      return madeOpen(random);
    case 1:
      return notification(random.below(10), random.below(12), octets(random, random.below(40)));
    case 2:
      return refresh(random.below(4), random.between(1, 2));
    default:
      return madeUpdate(random, random.once(4) ? 2 : 4);
  }
}

/** A good message longer than most: 64 KB of prefixes or attributes. */
function large(random: Random): Buffer {
  const attributes = [ORIGIN, path(random, 4), NEXT_HOP];
  const room = 65535 - 23 - concat(...attributes).length;
  if (random.once(2)) {
    const prefixes: Uint8Array[] = [];
    for (let left = room; left >= 5; ) {
      const length = random.between(17, 32);
      const one = concat(Uint8Array.of(length), octets(random, (length + 7) >> 3));
      prefixes.push(one);
      left -= one.length;
    }
    return update({ attributes, nlri: concat(...prefixes).subarray(0, room) });
  }

  const value = octets(random, 4 * Math.floor((room - 8) / 4));
  return update({ attributes: [...attributes, attribute(0xc0, 8, value)], nlri: hex('18 140000') });
}

export function corpus(random: Random, generated = 400): Buffer[] {
  const own = Array.from({ length: generated }, () => made(random));
  return [...captured(), ...own, ...Array.from({ length: 4 }, () => large(random)), message(4, Buffer.alloc(0))];
}
