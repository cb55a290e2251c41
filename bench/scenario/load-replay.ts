/**
 * A real table, each peer's routes by a session of its own, and then a day of real updates by one more. The next hop of
 * every route becomes the speaker that tells it, and what only internal sessions carry is taken out.
 */
import { compare, RouteState } from './audit.ts';
import { type Load, listen } from './load-session.ts';
import { bgp4mpUpdates, readMrt, type TableDumpRecord, tableDump } from './mrt.ts';
import { MetPrefixes } from './numbering.ts';
import { RouteAttributes, walkUpdate } from './update-reader.ts';
import { END_OF_RIB, UpdateChunks } from './workload.ts';

export async function runReplay(load: Load): Promise<void> {
  const { daemonAs, table, updates } = load.order;
  if (table === undefined || updates === undefined) throw new Error('the real data is not here');
  const prefixes = new MetPrefixes();
  const records = [...tableDump(readMrt(table))];
  for (const { address, length } of records) prefixes.add(address, length);
  const messages = [...bgp4mpUpdates(readMrt(updates))].filter(isUndisputed);
  for (const message of messages) {
    walkUpdate(message, 0, message.length, (address, length) => void prefixes.add(address, length));
  }

  const names = [...new Set(records.map((record) => record.peer))];
  const [last, ...others] = load.peers('feeder').reverse();
  const feeds = others.reverse().map((peer, i) => ({
    speaker: load.speaker(peer, { asWidth: 2 }),
    chunks: packed(
      records.filter((record) => record.peer === names[i]),
      peer.address,
    ),
  }));
  const feeder = load.speaker(last!);
  const replayed = messages.map((message) => retold(message, last!.as, last!.address));
  const receiver = load.speaker(load.peers('receiver')[0]!, { expect: prefixes });
  await Promise.all([...feeds.map(({ speaker }) => speaker), feeder, receiver].map((one) => one.connect()));
  const sent = feeds.map(({ chunks }) => {
    const state = new RouteState(prefixes);
    state.sent(chunks, 2);
    return state;
  });
  const heard = new RouteState(prefixes);

  await load.phase('announce', async () => {
    for (const { speaker, chunks } of feeds) void speaker.send([...chunks, END_OF_RIB]);
    const wanted = countAny(sent);
    return { at: await load.settled([receiver], () => wanted) };
  });
  load.audit(compare(listen(heard, receiver, daemonAs), sent));
  const later = new RouteState(prefixes);
  later.sent(replayed, 4);
  const wanted = countAny([...sent, later]);
  await load.phase('updates', async () => {
    // A few large writes instead of one for each message.
    void feeder.send([Buffer.concat(replayed)]);
    return { at: await load.settled([receiver], () => wanted) };
  });
  load.audit(compare(listen(heard, receiver, daemonAs), [...sent, later]));
}

/** Some daemons refuse AS 0 on a path (RFC 7607) and prefixes inside 0.0.0.0/8, others do not. */
function isUndisputed(message: Buffer): boolean {
  const attributes = new RouteAttributes();
  let fine = true;
  walkUpdate(
    message,
    0,
    message.length,
    (address, length) => {
      if (address < 2 ** 24 && length >= 8) fine = false;
    },
    (start, end) => attributes.read(message, start, end, 4),
  );
  return fine && !attributes.path.includes(0);
}

/** Prefixes that somebody has. */
function countAny(states: readonly RouteState[]): number {
  let count = 0;
  for (let i = 0; i < states[0]!.fingerprints.length; i++) {
    if (states.some((state) => state.fingerprints[i] !== 0)) count++;
  }
  return count;
}

/** One peer's records, those with the same attributes in the same messages. */
function packed(records: readonly TableDumpRecord[], nextHop: string): Buffer[] {
  const sets = new Map<string, TableDumpRecord[]>();
  for (const record of records) {
    const key = record.attributes.toString('latin1');
    const group = sets.get(key);
    if (group === undefined) sets.set(key, [record]);
    else group.push(record);
  }
  const out = new UpdateChunks();
  for (const group of sets.values()) {
    const attributes = rewritten(group[0]!.attributes, nextHop, undefined);
    for (let i = 0; i < group.length; ) {
      out.begin();
      out.u16(0);
      out.u16(attributes.length);
      out.bytes(attributes);
      for (; i < group.length && out.hasRoom; i++) out.prefix(group[i]!.address, group[i]!.length);
      out.end();
    }
  }
  return out.finish();
}

/** The UPDATE as an external neighbour would have sent it. */
function retold(message: Buffer, as: number, nextHop: string): Buffer {
  const withdrawnEnd = 21 + message.readUInt16BE(19);
  const attributesEnd = withdrawnEnd + 2 + message.readUInt16BE(withdrawnEnd);
  if (attributesEnd === withdrawnEnd + 2) return message;
  const attributes = rewritten(message.subarray(withdrawnEnd + 2, attributesEnd), nextHop, as);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(attributes.length);
  const parts = [message.subarray(0, withdrawnEnd), length, attributes, message.subarray(attributesEnd)];
  const out = Buffer.concat(parts);
  out.writeUInt16BE(out.length, 16);
  return out;
}

/** `as`: a four-octet number to put in front of the path. */
function rewritten(attributes: Buffer, nextHop: string, as: number | undefined): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < attributes.length; ) {
    const long = (attributes[at]! & 0x10) !== 0;
    const value = long ? at + 4 : at + 3;
    const end = value + (long ? attributes.readUInt16BE(at + 2) : attributes[at + 2]!);
    const code = attributes[at + 1]!;
    if (code === 3) parts.push(Buffer.from([0x40, 3, 4, ...nextHop.split('.').map(Number)]));
    else if (code === 2 && as !== undefined) parts.push(prepended(attributes.subarray(value, end), as));
    else if (code !== 5 && code !== 9 && code !== 10) parts.push(attributes.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

function prepended(path: Buffer, as: number): Buffer {
  const extends_ = path.length > 0 && path[0] === 2 && path[1]! < 255;
  const segment = Buffer.from([2, extends_ ? path[1]! + 1 : 1, 0, 0, 0, 0]);
  segment.writeUInt32BE(as, 2);
  const value = Buffer.concat([segment, extends_ ? path.subarray(2) : path]);
  return Buffer.concat([Buffer.from([0x50, 2, value.length >> 8, value.length & 255]), value]);
}
