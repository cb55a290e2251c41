/** The hot files of bgp: framing, decoding UPDATEs, walking NLRI, packing UPDATEs. Figures are per call; see each title. */
import { bench, do_not_optimize, run, summary } from 'mitata';
import {
  AttributeBlock,
  AttributeCode,
  AttributeEditor,
  type FamilyOptions,
  FrameResult,
  IPV4_UNICAST,
  IPV6_UNICAST,
  NlriCursor,
  NlriScan,
  parseAsPath,
  parseIp,
  ReceiveWindow,
  type SessionOptions,
  Update,
  UpdateEncoder,
} from '../../bgp/index.ts';

const IPV4: FamilyOptions = { family: IPV4_UNICAST, addPathReceive: false, addPathSend: false, extendedNextHop: false };
const IPV6: FamilyOptions = { ...IPV4, family: IPV6_UNICAST };
const EBGP: SessionOptions = {
  internal: false,
  confederationMember: false,
  localAs: 65001,
  peerAs: 65002,
  peerId: 1,
  as4: true,
  maxReceiveLength: 4096,
  maxSendLength: 4096,
  ipv4: IPV4,
  ipv6: IPV6,
  enforceFirstAs: true,
  allowLocalPref: false,
  allowAsSets: true,
  aigp: false,
  defaultLocalPref: 100,
  localRole: -1,
  linkScope: true,
};
const OLD: SessionOptions = { ...EBGP, as4: false };

function record(nextHop: string): AttributeEditor {
  const editor = new AttributeEditor();
  editor.setU32(AttributeCode.Origin, 0);
  editor.setAsPath(parseAsPath('65002 3356 1299 64500 64501')!);
  editor.setNextHop(parseIp(nextHop)!);
  editor.setU32(AttributeCode.MultiExitDisc, 10);
  editor.setWords(AttributeCode.Communities, Uint32Array.of(0xfde80001, 0xfde80002, 0xfde80003));
  editor.encodeRecord();
  return editor;
}

/** Messages of `prefixes` prefixes each, all in one chunk. */
function stream(family: FamilyOptions, messages: number, prefixes: number, as4: boolean): Uint8Array {
  const editor = record(family.family.version === 4 ? '192.0.2.1' : '2001:db8::1');
  const block = new AttributeBlock();
  const parts: Uint8Array[] = [];
  for (let i = 0; i < messages; i++) {
    // Different each time, so that nothing is recognised as the same again.
    editor.setU32(AttributeCode.MultiExitDisc, i);
    editor.encodeRecord();
    block.encode(editor.bytes, editor.start, editor.wireEnd, family, as4);
    const encoder = new UpdateEncoder();
    encoder.beginReach(family, block, 4096);
    for (let j = 0; j < prefixes; j++) {
      const n = i * prefixes + j;
      if (family.family.version === 4) encoder.add((0x0a000000 + n * 256) >>> 0, 0, 0, 0, 24, 0);
      else encoder.add(0x20010db8, (n << 16) >>> 0, 0, 0, 48, 0);
    }
    parts.push(...encoder.drain());
  }
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function decodeAll(chunk: Uint8Array, update: Update, options: SessionOptions): number {
  const window = new ReceiveWindow();
  window.push(chunk);
  let count = 0;
  while (window.next() === FrameResult.Message) {
    update.decode(window.bytes, window.start, window.end, options);
    count++;
  }
  return count;
}

summary(() => {
  const small4 = stream(IPV4, 1000, 1, true);
  const small6 = stream(IPV6, 1000, 1, true);
  const old4 = stream(IPV4, 1000, 1, false);
  const full4 = stream(IPV4, 100, 900, true);
  bench('framing alone, 1000 messages', () => {
    const window = new ReceiveWindow();
    window.push(small4);
    while (window.next() === FrameResult.Message);
  });
  bench('decode 1000 IPv4 UPDATEs of 1 prefix', () => do_not_optimize(decodeAll(small4, new Update(), EBGP)));
  bench('decode 1000 IPv6 UPDATEs of 1 prefix', () => do_not_optimize(decodeAll(small6, new Update(), EBGP)));
  bench('decode 1000 two-octet UPDATEs of 1 prefix', () => do_not_optimize(decodeAll(old4, new Update(), OLD)));
  bench('decode 100 IPv4 UPDATEs of 900 prefixes', () => do_not_optimize(decodeAll(full4, new Update(), EBGP)));
});

summary(() => {
  const full4 = stream(IPV4, 1, 900, true);
  const full6 = stream(IPV6, 1, 500, true);
  const update = new Update();
  const cursor = new NlriCursor();
  const scan = new NlriScan();
  update.decode(full4, 0, full4.length, EBGP);
  const { start: start4, end: end4 } = update.nlri;
  update.decode(full6, 0, full6.length, EBGP);
  const { start: start6, end: end6 } = update.reach;
  bench('scan 900 IPv4 prefixes', () => do_not_optimize(scan.run(full4, start4, end4, false, 4)));
  bench('walk 900 IPv4 prefixes', () => {
    let sum = 0;
    cursor.reset(full4, start4, end4, false, 4);
    while (cursor.next()) sum += cursor.word0;
    do_not_optimize(sum);
  });
  bench('walk 500 IPv6 prefixes', () => {
    let sum = 0;
    cursor.reset(full6, start6, end6, false, 6);
    while (cursor.next()) sum += cursor.word1;
    do_not_optimize(sum);
  });
});

summary(() => {
  const editor = record('192.0.2.1');
  const block = new AttributeBlock();
  const encoder = new UpdateEncoder();
  bench('block of attributes for a four-octet peer', () => {
    do_not_optimize(block.encode(editor.bytes, editor.start, editor.wireEnd, IPV4, true));
  });
  bench('block of attributes for a two-octet peer', () => {
    do_not_optimize(block.encode(editor.bytes, editor.start, editor.wireEnd, IPV4, false));
  });
  bench('pack 10000 IPv4 prefixes of one attribute set', () => {
    encoder.beginReach(IPV4, block, 4096);
    for (let i = 0; i < 10000; i++) encoder.add((0x0a000000 + i * 256) >>> 0, 0, 0, 0, 24, 0);
    do_not_optimize(encoder.drain());
  });
  bench('load a record, change LOCAL_PREF and a community, encode', () => {
    const work = new AttributeEditor();
    work.load(editor.bytes, editor.start, editor.wireEnd, editor.end);
    work.setU32(AttributeCode.LocalPref, 200);
    work.setWords(AttributeCode.Communities, Uint32Array.of(1, 2, 3));
    do_not_optimize(work.encodeRecord());
  });
});

await run();
