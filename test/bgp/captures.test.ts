/**
 * Real messages out of public captures: each one decodes, or gets the answer of the standard; what was decoded can be
 * sent again and means the same. The width of AS numbers and ADD-PATH come from the OPENs of the capture where it has
 * any, else the first guess counts with which the message makes sense: 4 octets, then 2; without path ids, then with.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  AttributeBlock,
  type Capabilities,
  decodeNotification,
  decodeOpen,
  decodeRouteRefresh,
  EncodeFault,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  type FamilyOptions,
  FrameResult,
  formatProblem,
  MessageType,
  NlriCursor,
  type NlriField,
  NotificationError,
  ReceiveWindow,
  type RefreshSubtype,
  type SessionOptions,
  Update,
  UpdateEncoder,
  UpdateVerdict,
} from '../../bgp/index.ts';
import { concat, hex, IBGP, IPV4_PLAIN, IPV6_PLAIN, prefixes, recordHex, toHex, verdictOf } from './wire.ts';

// From dist/test/bgp.
const FILE = fileURLToPath(new URL('../../../../shared/data/pcap-bgp-messages.jsonl', import.meta.url));
const skip = existsSync(FILE) ? false : `no captures at ${FILE}`;

interface Captured {
  readonly source: string;
  readonly bytes: Uint8Array;
}

/** The distinct messages, in the order of the file. */
function captured(): Captured[] {
  const distinct = new Map<string, string>();
  for (const line of readFileSync(FILE, 'utf8').split('\n')) {
    if (line === '') continue;
    const { source, hex: octets } = JSON.parse(line) as { source: string; hex: string };
    if (!distinct.has(octets)) distinct.set(octets, source);
  }
  return [...distinct].map(([octets, source]) => ({ source, bytes: hex(octets) }));
}

function frame(bytes: Uint8Array): { result: FrameResult; window: ReceiveWindow } {
  const window = new ReceiveWindow();
  window.maxReceiveLength = 65535;
  window.push(bytes);
  return { result: window.next(), window };
}

function session(as4: boolean, addPath: boolean): SessionOptions {
  const paths = { addPathReceive: addPath, addPathSend: addPath };
  return {
    ...IBGP,
    confederationMember: true,
    aigp: true,
    linkScope: true,
    as4,
    ipv4: { ...IPV4_PLAIN, ...paths, extendedNextHop: true },
    ipv6: { ...IPV6_PLAIN, ...paths },
  };
}

/** A lone UPDATE with path identifiers; no guess makes sense of it, because its MP attributes come twice. */
const KNOWN_SESSIONS: ReadonlyMap<string, SessionOptions> = new Map([
  ['tcpdump/bgp-addpath.pcap', session(false, true)],
]);

/** Sessions to try: what is known, or what the OPENs of the capture say, then everything. */
function guesses(source: string, opens: readonly Capabilities[]): SessionOptions[] {
  const known = KNOWN_SESSIONS.get(source);
  if (known !== undefined) return [known];
  const all = [session(true, false), session(false, false), session(true, true), session(false, true)];
  if (opens.length === 0) return all;
  const as4 = opens.every((capabilities) => capabilities.as4 >= 0);
  const addPath = opens.every((capabilities) => capabilities.addPath.length > 0);
  return [session(as4, addPath), ...all];
}

function decodeBest(
  bytes: Uint8Array,
  sessions: readonly SessionOptions[],
): { update: Update; options: SessionOptions } {
  let best: { update: Update; options: SessionOptions } | undefined;
  for (const options of sessions) {
    const update = new Update();
    update.decode(bytes, 0, bytes.length, options);
    const better =
      best === undefined ||
      update.verdict < best.update.verdict ||
      (update.verdict === best.update.verdict && update.problems.length < best.update.problems.length);
    if (better) best = { update, options };
  }
  assert.ok(best !== undefined);
  return best;
}

function familyOptions(field: NlriField, options: SessionOptions): FamilyOptions {
  const family = field.family?.version === 4 ? options.ipv4 : options.ipv6;
  assert.ok(family !== undefined);
  return family;
}

/** Sends the prefixes of `field` again. */
function sendAgain(update: Update, field: NlriField, options: SessionOptions, reachable: boolean): Uint8Array[] {
  const family = familyOptions(field, options);
  const encoder = new UpdateEncoder();
  if (reachable) {
    const block = new AttributeBlock();
    const fault = block.encode(update.record, field.recordStart, field.recordEnd, family, options.as4);
    assert.equal(fault, EncodeFault.None);
    assert.equal(encoder.beginReach(family, block, 65535), EncodeFault.None);
  } else {
    encoder.beginUnreach(family, 65535);
  }
  const cursor = new NlriCursor();
  cursor.reset(update.bytes, field.start, field.end, field.addPath, family.family.version);
  while (cursor.next()) {
    encoder.add(cursor.word0, cursor.word1, cursor.word2, cursor.word3, cursor.length, cursor.pathId);
  }
  return encoder.drain();
}

/** Sends everything again; true if the same octets came out. */
function checkRoundTrip({ update, options }: { update: Update; options: SessionOptions }): boolean {
  const sent: Uint8Array[] = [];
  const again = new Update();
  for (const name of ['withdrawn', 'unreach', 'nlri', 'reach'] as const) {
    const field = update[name];
    if (field.family === undefined || field.count === field.martians) continue;
    const reachable = name === 'nlri' || name === 'reach';
    const octets = concat(...sendAgain(update, field, options, reachable));
    again.decode(octets, 0, octets.length, options);
    assert.deepEqual(again.problems, [], 'what we send is without fault');
    const fields = [again.withdrawn, again.unreach, again.nlri, again.reach].filter((one) => one.family);
    assert.equal(fields.length, 1);
    assert.deepEqual(prefixes(octets, fields[0]!), prefixes(update.bytes, field));
    if (reachable) assert.equal(recordHex(again, fields[0]!), recordHex(update, field));
    sent.push(octets);
  }
  if (update.endOfRib !== undefined) {
    const encoder = new UpdateEncoder();
    encoder.endOfRib(update.endOfRib);
    const octets = concat(...encoder.drain());
    again.decode(octets, 0, octets.length, options);
    assert.equal(again.endOfRib, update.endOfRib);
    sent.push(octets);
  }
  return sent.length === 1 && toHex(sent[0]!) === toHex(update.bytes);
}

/** What the broken ones among the captures deserve; sources whose every UPDATE is fine do not stand here. */
const EXPECTED: ReadonlyMap<string, readonly string[]> = new Map([
  ['tcpdump/bgp-addpath.pcap', ['reset 3/1']],
  ['tcpdump/bgp-aigp-oobr.pcap', ['ok', 'withdraw', 'reset 3/1']],
  ['tcpdump/bgp-as-path-oobr.pcap', ['ok', 'reset 3/1']],
  ['tcpdump/bgp-bgpsec.pcap', ['withdraw', 'ok']],
  ['tcpdump/bgp-ub.pcap', ['reset 3/1']],
  ['tcpdump/bgp_mp_reach_nlri-oobr.pcap', ['reset 3/1']],
  ['tcpdump/bgp_mvpn_6_and_7_oobr.pcap', ['reset 3/1']],
  ['tcpdump/bgp_pmsi_tunnel-oobr.pcap', ['reset 3/1']],
  ['tcpdump/bgp_vpn_rt-oobr.pcap', ['reset 3/1']],
  ['tcpdump/bgpsec_invalid_signature_block_length.pcap', ['withdraw']],
]);

test('every message of the captures', { skip }, (context) => {
  const messages = captured();
  const opens = new Map<string, Capabilities[]>();
  for (const { source, bytes } of messages) {
    if (bytes[18] !== MessageType.Open || frame(bytes).result !== FrameResult.Message) continue;
    const open = decodeOpen(bytes, 0, bytes.length);
    if (open instanceof NotificationError) continue;
    opens.set(source, [...(opens.get(source) ?? []), open.capabilities]);
  }
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  for (const { source, bytes } of messages) {
    const { result, window } = frame(bytes);
    if (result !== FrameResult.Message) {
      assert.deepEqual(
        [source, `${window.error}`],
        ['tcpdump/bgp-infinite-loop.pcap', 'Bad message length: UPDATE of 19 octets'],
      );
      count('header error');
    } else if (window.type === MessageType.Open) {
      const open = decodeOpen(bytes, 0, bytes.length);
      if (open instanceof NotificationError) {
        assert.match(source, /capabilities_print-oobr/);
        assert.deepEqual([open.code, open.subcode], [2, 1]);
        count('OPEN refused');
        continue;
      }
      assert.deepEqual(open.capabilities.warnings, []);
      const again = encodeOpen(open);
      assert.deepEqual(decodeOpen(again, 0, again.length), open);
      count(toHex(again) === toHex(bytes) ? 'OPEN, same octets' : 'OPEN, canonical octets');
    } else if (window.type === MessageType.Notification) {
      const notification = decodeNotification(bytes, 0, bytes.length);
      assert.equal(toHex(encodeNotification(notification)), toHex(bytes));
      count('NOTIFICATION, same octets');
    } else if (window.type === MessageType.RouteRefresh) {
      const refresh = decodeRouteRefresh(bytes, 0, bytes.length, true);
      assert.ok(!(refresh instanceof NotificationError) && refresh.family !== undefined);
      const again = toHex(encodeRouteRefresh(refresh.family, refresh.subtype as RefreshSubtype));
      const whole = again === toHex(bytes);
      assert.equal(whole, refresh.ignored === '');
      count(whole ? 'ROUTE-REFRESH, same octets' : 'ROUTE-REFRESH with filters');
    } else if (window.type === MessageType.Keepalive) {
      count('KEEPALIVE, same octets');
    } else {
      const best = decodeBest(bytes, guesses(source, opens.get(source) ?? []));
      const verdict = verdictOf(best.update).replace(/^(reset \S+).*/, '$1');
      const allowed = EXPECTED.get(source) ?? ['ok'];
      assert.ok(
        allowed.includes(verdict),
        `${source}: ${verdict} ${best.update.problems.map(formatProblem).join('; ')}`,
      );
      const foreign = best.update.problems.some((problem) => problem.text.includes('not agreed'));
      if (best.update.verdict >= UpdateVerdict.Withdraw) count(`UPDATE, ${verdict}`);
      else if (checkRoundTrip(best)) count('UPDATE, same octets');
      else count(foreign ? 'UPDATE of a foreign family' : 'UPDATE, canonical octets');
    }
  }
  context.diagnostic(JSON.stringify(counts));
  assert.equal(messages.length, 778);
  assert.deepEqual(counts, {
    'header error': 1,
    'KEEPALIVE, same octets': 1,
    'NOTIFICATION, same octets': 11,
    'OPEN refused': 2,
    'OPEN, canonical octets': 58,
    'OPEN, same octets': 8,
    'ROUTE-REFRESH with filters': 3,
    'ROUTE-REFRESH, same octets': 3,
    'UPDATE of a foreign family': 475,
    'UPDATE, canonical octets': 69,
    'UPDATE, reset 3/1': 14,
    'UPDATE, same octets': 110,
    'UPDATE, withdraw': 23,
  });
});
