/** A recorded day's worth of real UPDATEs (MRT BGP4MP_ET, RFC 6396): decoded, sent again, decoded to the same. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import {
  AttributeBlock,
  EncodeFault,
  FrameResult,
  formatProblem,
  MessageType,
  NlriCursor,
  ReceiveWindow,
  readU16,
  readU32,
  type SessionOptions,
  Update,
  UpdateEncoder,
  UpdateVerdict,
} from '../../bgp/index.ts';
import { concat, IBGP, IPV4_PLAIN, prefixes, recordHex } from './wire.ts';

// From dist/test/bgp.
const FILE = fileURLToPath(new URL('../../../../shared/data/updates.et-header.2015.gz', import.meta.url));
const skip = existsSync(FILE) ? false : `no recorded updates at ${FILE}`;

const BGP4MP_ET = 17;
const MESSAGE = 1;
const MESSAGE_AS4 = 4;

interface Recorded {
  readonly message: Uint8Array;
  readonly as4: boolean;
}

function* recorded(): Generator<Recorded> {
  const octets = gunzipSync(readFileSync(FILE));
  const mrt = new Uint8Array(octets.buffer, octets.byteOffset, octets.length);
  for (let at = 0; at < mrt.length; ) {
    const type = readU16(mrt, at + 4);
    const subtype = readU16(mrt, at + 6);
    const end = at + 12 + readU32(mrt, at + 8);
    if (type === BGP4MP_ET && (subtype === MESSAGE || subtype === MESSAGE_AS4)) {
      // Microseconds, two AS numbers, interface, family, two addresses.
      const family = at + 16 + (subtype === MESSAGE_AS4 ? 8 : 4) + 2;
      const message = family + 2 + (readU16(mrt, family) === 1 ? 8 : 32);
      yield { message: mrt.subarray(message, end), as4: subtype === MESSAGE_AS4 };
    }
    at = end;
  }
}

test('recorded UPDATEs of an internal peer', { skip }, (context) => {
  const session: Record<string, SessionOptions> = { true: IBGP, false: { ...IBGP, as4: false } };
  const update = new Update();
  const again = new Update();
  const encoder = new UpdateEncoder();
  const block = new AttributeBlock();
  const cursor = new NlriCursor();
  const counts = { updates: 0, prefixes: 0, sameAttributes: 0, withdraws: 0, discards: 0, others: 0 };
  const problems = new Set<string>();
  for (const { message, as4 } of recorded()) {
    const window = new ReceiveWindow();
    window.push(message);
    assert.equal(window.next(), FrameResult.Message);
    if (window.type !== MessageType.Update) {
      counts.others++;
      continue;
    }
    const options = session[`${as4}`]!;
    const { bytes, start, end } = window;
    const verdict = update.decode(bytes, start, end, options);
    counts.updates++;
    if (verdict === UpdateVerdict.Withdraw) counts.withdraws++;
    if (verdict === UpdateVerdict.Discard) counts.discards++;
    if (update.sameAttributes) counts.sameAttributes++;
    for (const problem of update.problems) problems.add(formatProblem(problem));
    if (verdict > UpdateVerdict.Discard || update.nlri.family === undefined) continue;
    const { record, nlri } = update;
    assert.equal(block.encode(record, nlri.recordStart, nlri.recordEnd, IPV4_PLAIN, as4), EncodeFault.None);
    assert.equal(encoder.beginReach(IPV4_PLAIN, block, 4096), EncodeFault.None);
    cursor.reset(bytes, nlri.start, nlri.end, false, 4);
    for (; cursor.next(); counts.prefixes++) encoder.add(cursor.word0, 0, 0, 0, cursor.length, 0);
    const sent = concat(...encoder.drain());
    // A field in which every prefix was ignored makes no message.
    if (sent.length === 0) continue;
    assert.equal(again.decode(sent, 0, sent.length, options), UpdateVerdict.Ok);
    assert.equal(recordHex(again, again.nlri), recordHex(update, nlri));
    assert.deepEqual(prefixes(sent, again.nlri), prefixes(bytes, nlri));
  }
  context.diagnostic(JSON.stringify(counts));
  assert.deepEqual(counts, {
    updates: 89679,
    prefixes: 577732,
    sameAttributes: 11,
    withdraws: 1,
    discards: 3,
    others: 3,
  });
  assert.deepEqual(
    [...problems],
    [
      'prefix 0.0.0.0/32 can never be routed and is ignored (RFC 4271 6.3)',
      'AS_PATH: AS number 0 (RFC 7607 2)',
      'AGGREGATOR: AS number 0 (RFC 7607 2)',
    ],
  );
});
