/**
 * Breaks a message where it hurts: at its lengths, counts and borders, among its attributes, capabilities and prefixes.
 * What is left of the structure stays honest, so that the break is met deep inside and not at the door.
 */
import { concat } from '../../bgp/wire.ts';
import type { Random } from '../../support/random.ts';
import { lyingMessage } from '../octets.ts';

const HEADER = 19;
const OPEN = 1;
const UPDATE = 2;
/** Lengths that are off by what mistakes are off by. */
const OFFSETS = [1, -1, 2, -2, 3, 4, -4, 8, 127, 128, 255];
/** An UPDATE in pieces. */
interface Parts {
  readonly withdrawn: Uint8Array;
  readonly attributes: readonly Uint8Array[];
  readonly nlri: Uint8Array;
}

/** `undefined` where the lengths do not fit. */
function takeApart(bytes: Uint8Array): Parts | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.length < HEADER + 4) return undefined;
  const withdrawnEnd = HEADER + 2 + view.readUInt16BE(HEADER);
  if (withdrawnEnd + 2 > view.length) return undefined;
  const end = withdrawnEnd + 2 + view.readUInt16BE(withdrawnEnd);
  if (end > view.length) return undefined;
  const attributes: Uint8Array[] = [];
  for (let at = withdrawnEnd + 2; at < end; ) {
    const long = (view[at]! & 0x10) !== 0;
    const head = long ? 4 : 3;
    const length = at + head > end ? end - at : head + (long ? view.readUInt16BE(at + 2) : view[at + 2]!);
    attributes.push(view.subarray(at, Math.min(end, at + length)));
    at += Math.max(1, length);
  }

  return { withdrawn: view.subarray(HEADER + 2, withdrawnEnd), attributes, nlri: view.subarray(end) };
}

function putTogether(random: Random, { withdrawn, attributes, nlri }: Parts): Uint8Array {
  const block = concat(...attributes);
  const u16 = (value: number): Uint8Array => Uint8Array.of((value >> 8) & 255, value & 255);
  // Now and then an outer length lies.
  const lie = (value: number): number => (random.once(40) ? value + random.pick(OFFSETS) : value);
  return concat(u16(lie(withdrawn.length)), withdrawn, u16(lie(block.length)), block, nlri);
}

/** Octets changed, left out, added, doubled, anywhere. */
function scramble(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length === 0) return random.once(2) ? Uint8Array.of(random.below(256)) : bytes;
  // Not `slice`: that of a Buffer is a view.
  const result = Uint8Array.from(bytes);
  const at = random.below(result.length);
  switch (random.below(7)) {
    case 0:
      result[at] = random.below(256);
      return result;
    case 1:
      result[at] = (result[at]! + random.pick(OFFSETS)) & 255;
      return result;
    case 2:
      result[at]! ^= 1 << random.below(8);
      return result;
    case 3:
      return result.subarray(0, at);
    case 4:
      return concat(result.subarray(0, at), result.subarray(at + 1 + random.below(4)));
    case 5:
      return concat(
        result.subarray(0, at),
        Uint8Array.from({ length: random.between(1, 4) }, () => random.below(256)),
        result.subarray(at),
      );
    default:
      return concat(
        result.subarray(0, at),
        result.subarray(random.below(at + 1), at + random.below(20)),
        result.subarray(at),
      );
  }
}

/** An attribute with something wrong in its flags, type, length or value; its length honest, or not. */
function breakAttribute(random: Random, bytes: Uint8Array): Uint8Array {
  if (bytes.length < 3) return scramble(random, bytes);
  const long = (bytes[0]! & 0x10) !== 0 && bytes.length >= 4;
  const value = bytes.subarray(long ? 4 : 3);
  const made = (flags: number, code: number, body: Uint8Array, length = body.length): Uint8Array =>
    length > 255 || (flags & 0x10) !== 0
      ? concat(Uint8Array.of(flags | 0x10, code, (length >> 8) & 255, length & 255), body)
      : concat(Uint8Array.of(flags, code, length & 255), body);
  const flags = bytes[0]! & ~0x10;
  const code = bytes[1]!;
  switch (random.below(8)) {
    case 0:
      return made(random.below(256) & ~0x10, code, value);
    case 1:
      return made(flags, random.below(256), value);
    case 2:
      return made(flags, code, value, Math.max(0, value.length + random.pick(OFFSETS)));
    case 3:
      return made(flags, code, new Uint8Array(0));
    case 4:
      return made(flags, code, concat(value, value));
    case 5:
      return made(flags | 0x10, code, value);
    default:
      return made(flags, code, scramble(random, value));
  }
}

function breakUpdate(random: Random, parts: Parts, others: readonly Uint8Array[]): Parts {
  const { attributes } = parts;
  const at = random.below(Math.max(1, attributes.length));
  const one = attributes[at];
  switch (random.below(12)) {
    case 0:
      return { ...parts, withdrawn: scramble(random, parts.withdrawn) };
    case 1:
    case 2:
      return { ...parts, nlri: scramble(random, parts.nlri) };
    case 3:
      return { ...parts, attributes: attributes.filter((_, i) => i !== at) };
    case 4:
      return one === undefined ? parts : { ...parts, attributes: [...attributes, one] };
    case 5:
      return { ...parts, attributes: random.shuffled(attributes) };
    case 6: {
      const donor = takeApart(random.pick(others));
      return donor === undefined ? parts : { ...parts, attributes: [...attributes, ...donor.attributes].slice(0, 40) };
    }
    case 7:
      return { ...parts, nlri: new Uint8Array(0) };
    default:
      if (one === undefined) return { ...parts, nlri: scramble(random, parts.nlri) };
      return { ...parts, attributes: attributes.with(at, breakAttribute(random, one)) };
  }
}

/** Capabilities of an OPEN whose parameters fit; `undefined` for any other. */
function capabilitiesOf(body: Uint8Array): Uint8Array[] | undefined {
  if (body.length < 10 || body[9] !== body.length - 10) return undefined;
  const found: Uint8Array[] = [];
  for (let at = 10; at + 2 <= body.length; ) {
    const end = at + 2 + body[at + 1]!;
    if (body[at] !== 2 || end > body.length) return undefined;
    for (at += 2; at < end; ) {
      const next = at + 2 + (body[at + 1] ?? 0);
      if (next > end) return undefined;
      found.push(body.subarray(at, next));
      at = next;
    }
  }

  return found;
}

/** A capability with another value, or a length that is not its own. */
function breakCapability(random: Random, bytes: Uint8Array): Uint8Array {
  const value = random.once(3) ? bytes.subarray(2) : scramble(random, bytes.subarray(2));
  const code = random.once(6) ? random.below(256) : bytes[0]!;
  const length = random.once(8) ? value.length + random.pick(OFFSETS) : value.length;
  return concat(Uint8Array.of(code, length & 255), value.subarray(0, 255));
}

function breakOpen(random: Random, body: Uint8Array): Uint8Array {
  const found = random.once(3) ? undefined : capabilitiesOf(body);
  if (found === undefined || found.length === 0) {
    const result = scramble(random, body);
    // The octet that says how long the parameters are is right more often than not.
    if (result.length >= 10 && !random.once(4)) result[9] = Math.min(255, result.length - 10);
    if (result.length >= 1 && !random.once(8)) result[0] = 4;
    return result;
  }

  const at = random.below(found.length);
  const changed = random.once(4)
    ? random.shuffled([...found, random.pick(found)])
    : found.with(at, breakCapability(random, found[at]!));
  const series = concat(...changed).subarray(0, 253);
  const head = Uint8Array.from(body.subarray(0, 10));
  if (random.once(4)) head[1 + random.below(8)] = random.below(256);
  head[9] = series.length + 2;
  return concat(head, Uint8Array.of(2, series.length), series);
}

/** @param others messages to take attributes from. */
export function mutate(random: Random, original: Uint8Array, others: readonly Uint8Array[]): Buffer {
  const type = original[18] ?? UPDATE;
  let body: Uint8Array = original.subarray(HEADER);
  const times = random.once(3) ? random.between(2, 4) : 1;
  if (type === UPDATE) {
    let parts = takeApart(original);
    for (let i = 0; i < times && parts !== undefined; i++) parts = breakUpdate(random, parts, others);
    body = parts === undefined ? scramble(random, body) : putTogether(random, parts);
  } else {
    for (let i = 0; i < times; i++) body = type === OPEN ? breakOpen(random, body) : scramble(random, body);
  }

  const most = 65535 - HEADER;
  if (body.length > most) body = body.subarray(0, most);
  // The header itself is a matter of its own.
  if (random.once(200)) return lyingMessage(random.below(256), HEADER + body.length, body);
  if (random.once(200)) return lyingMessage(type, random.below(65536), body);
  return lyingMessage(type, HEADER + body.length, body);
}
