/** Helpers for tests that speak in bytes: hexadecimal text, whole messages, session options, and readable results. */
import {
  type FamilyOptions,
  formatHex,
  formatIp,
  formatIpv4Word,
  IPV4_UNICAST,
  IPV6_UNICAST,
  MessageType,
  NlriCursor,
  type NlriField,
  NotificationError,
  type SessionOptions,
  Update,
  UpdateVerdict,
  writeHeader,
  writeU16,
  writeU32,
} from '../../bgp/index.ts';

/** Octets of hexadecimal text; blanks and line ends are skipped. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) throw new Error(`not hexadecimal: ${text}`);
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
}

export function toHex(bytes: Uint8Array): string {
  return formatHex(bytes, 0, bytes.length, '');
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** A whole message around `body`; `length` to lie about it. */
export function message(type: number, body: Uint8Array, length = 19 + body.length): Uint8Array {
  const bytes = new Uint8Array(19 + body.length);
  writeHeader(bytes, 0, length, type as MessageType);
  bytes.set(body, 19);
  return bytes;
}

/** A path attribute; Extended Length where the value needs it. */
export function attribute(flags: number, code: number, value: Uint8Array | string): Uint8Array {
  const octets = typeof value === 'string' ? hex(value) : value;
  const head = octets.length > 255 ? [flags | 0x10, code, octets.length >> 8, octets.length & 255] : undefined;
  return concat(Uint8Array.from(head ?? [flags, code, octets.length]), octets);
}

export interface UpdateParts {
  readonly withdrawn?: string;
  readonly attributes?: readonly Uint8Array[];
  readonly nlri?: string;
}

export function updateMessage(parts: UpdateParts): Uint8Array {
  const withdrawn = hex(parts.withdrawn ?? '');
  const attributes = concat(...(parts.attributes ?? []));
  const lengths = new Uint8Array(4);
  writeU16(lengths, 0, withdrawn.length);
  writeU16(lengths, 2, attributes.length);
  const body = concat(lengths.subarray(0, 2), withdrawn, lengths.subarray(2), attributes, hex(parts.nlri ?? ''));
  return message(MessageType.Update, body);
}

export function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  writeU32(bytes, 0, value);
  return bytes;
}

export const IPV4_PLAIN: FamilyOptions = {
  family: IPV4_UNICAST,
  addPathReceive: false,
  addPathSend: false,
  extendedNextHop: false,
};
export const IPV6_PLAIN: FamilyOptions = { ...IPV4_PLAIN, family: IPV6_UNICAST };

/** An external session of four-octet AS numbers with both families. */
export const EBGP: SessionOptions = {
  internal: false,
  confederationMember: false,
  localAs: 65001,
  peerAs: 65002,
  peerId: 0x0a000002,
  as4: true,
  maxReceiveLength: 4096,
  maxSendLength: 4096,
  ipv4: IPV4_PLAIN,
  ipv6: IPV6_PLAIN,
  enforceFirstAs: false,
  allowLocalPref: false,
  allowAsSets: true,
  aigp: false,
  defaultLocalPref: -1,
  localRole: -1,
  linkScope: false,
};
export const IBGP: SessionOptions = { ...EBGP, internal: true, peerAs: 65001 };

/** Well-formed attributes: ORIGIN IGP, AS_PATH 65002 65003, NEXT_HOP 192.0.2.1. */
export const ORIGIN = attribute(0x40, 1, '00');
export const AS_PATH = attribute(0x40, 2, '02 02 0000fdea 0000fdeb');
export const NEXT_HOP = attribute(0x40, 3, 'c0000201');
export const MED = attribute(0x80, 4, '00000064');
export const MANDATORY: readonly Uint8Array[] = [ORIGIN, AS_PATH, NEXT_HOP];
/** 203.0.113.0/24 */
export const NLRI = '18 cb0071';
/** MP_REACH_NLRI: 2001:db8:1::/48 by 2001:db8::1. */
export const MP_REACH = attribute(0x80, 14, '0002 01 10 20010db8000000000000000000000001 00 30 20010db80001');
/** MP_UNREACH_NLRI: 2001:db8:1::/48. */
export const MP_UNREACH = attribute(0x80, 15, '0002 01 30 20010db80001');

/** The prefixes of a field as text, `id:` in front where there is a path identifier. */
export function prefixes(bytes: Uint8Array, field: NlriField): string[] {
  if (field.family === undefined) return [];
  const cursor = new NlriCursor();
  cursor.reset(bytes, field.start, field.end, field.addPath, field.family.version);
  const list: string[] = [];
  while (cursor.next()) {
    const path = field.addPath ? `${cursor.pathId}:` : '';
    if (field.family.version === 4) {
      list.push(`${path}${formatIpv4Word(cursor.word0)}/${cursor.length}`);
    } else {
      const address = concat(u32(cursor.word0), u32(cursor.word1), u32(cursor.word2), u32(cursor.word3));
      list.push(`${path}${formatIp(address, 0, 16)}/${cursor.length}`);
    }
  }
  return list;
}

export function recordHex(update: Update, field: NlriField): string {
  return formatHex(update.record, field.recordStart, field.recordEnd, '');
}

/** Everything that a decoded UPDATE says, as one comparable value. */
export function describe(update: Update): unknown {
  const { notification } = update;
  const announced = (field: NlriField) =>
    update.verdict < UpdateVerdict.Withdraw && field.family !== undefined
      ? { record: recordHex(update, field), nextHop: field.nextHopLength }
      : undefined;
  return {
    verdict: update.verdict,
    notification: notification && [notification.code, notification.subcode, toHex(notification.data)],
    problems: update.problems.map((problem) => [problem.attribute, problem.action, problem.clause, problem.text]),
    endOfRib: update.endOfRib?.name,
    withdrawn: prefixes(update.bytes, update.withdrawn),
    unreach: prefixes(update.bytes, update.unreach),
    nlri: prefixes(update.bytes, update.nlri),
    reach: prefixes(update.bytes, update.reach),
    nlriAttributes: announced(update.nlri),
    reachAttributes: announced(update.reach),
  };
}

/** Decodes with an Update of its own. */
export function decode(bytes: Uint8Array, options: SessionOptions = EBGP): Update {
  const update = new Update();
  update.decode(bytes, 0, bytes.length, options);
  return update;
}

/** `3/5 400101` or '' */
export function notificationOf(update: Update): string {
  const { notification } = update;
  if (!(notification instanceof NotificationError)) return '';
  const data = notification.data.length === 0 ? '' : ` ${toHex(notification.data)}`;
  return `${notification.code}/${notification.subcode}${data}`;
}

/** `ok`, `discard`, `withdraw` or `reset 3/5 ...`. */
export function verdictOf(update: Update): string {
  const words = ['ok', 'discard', 'withdraw', 'reset'];
  const word = words[update.verdict] ?? 'nonsense';
  return update.verdict === UpdateVerdict.Reset ? `${word} ${notificationOf(update)}` : word;
}
