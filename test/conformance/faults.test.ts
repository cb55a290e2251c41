/**
 * Classes of faults that were published about BGP daemons, each with the test that would have found it here. A class
 * whose test stands elsewhere has a row in `ELSEWHERE`, which says where; that the test is there is checked.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  ATTRIBUTES,
  attributeName,
  decodeOpen,
  formatAttribute,
  formatCapabilities,
  NotificationError,
  notificationText,
} from '../../bgp/index.ts';
import { until } from '../../src/lab/namespace.ts';
import { attribute, concat, hex, NEXT_HOP, ORIGIN, toHex } from '../bgp/wire.ts';
import { Random } from '../support/random.ts';
import { capability } from '../support/raw-speaker.ts';
import { Arena, type Neighbor } from './arena.ts';
import { ATTRIBUTE_CASES } from './attribute-cases.ts';
import { Scene } from './case.ts';
import { FRAMING_CASES } from './framing-cases.ts';
import { MP_CASES } from './mp-cases.ts';
import { asPath, KEEPALIVE, notification, open, update } from './octets.ts';
import { Stage, type StateName } from './stage.ts';
import { Witness } from './witness.ts';

/** From dist/test/conformance. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Class, file, and the beginning of the test's name. */
const ELSEWHERE: readonly (readonly [fault: string, file: string, name: string])[] = [
  ['A lengths trusted', 'test/bgp/fuzz.test.ts', 'cut off at every octet, every length wrong, every octet changed'],
  [
    'B underflow of what remains',
    'test/bgp/fuzz.test.ts',
    'cut off at every octet, every length wrong, every octet changed',
  ],
  ['C loops without progress', 'test/conformance/fuzz.test.ts', 'no input takes long'],
  ['D mandatory attributes missing', 'test/conformance/framing-cases.ts', 'only-unknown-attr-with-nlri'],
  ['F order of attributes', 'test/bgp/update-attributes.test.ts', 'a record is the same whatever order and flags'],
  ['G resets from afar', 'test/conformance/attribute-cases.ts', 'positions: POSITIONS'],
  ['H our own output malformed', 'test/bgp/update-encoder.test.ts', 'attributes around the limit'],
  ['H our own output malformed', 'test/interop/odd-routes.test.ts', 'routes that are odd and valid'],
  ['J two owners at the end', 'test/src/peer/hostile.test.ts', 'leave nothing behind'],
  ['J two owners at the end', 'test/src/net/socket.test.ts', 'no descriptor is left behind by failures'],
  ['O growth without bound: control socket', 'test/src/control/session.test.ts', 'octets without end are thrown away'],
  ['Q files: the control socket', 'test/src/control/session.test.ts', 'the socket file has mode 0660'],
  ['R no authentication', 'test/src/net/socket.test.ts', 'a wrong one and none never do; the key can change'],
  ['S state that stays behind', 'test/rib/model.test.ts', 'model'],
  ['T what we accept and others do not', 'test/interop/odd-routes.test.ts', 'routes that are odd and valid'],
];

describe('classes of faults', () => {
  for (const [fault, file, name] of ELSEWHERE) {
    it(`${fault}: ${file}`, () => assert.ok(readFileSync(join(ROOT, file), 'utf8').includes(name), name));
  }
});

// ---------------------------------------------------------------------------------------------------- in this process
function* sources(folder: string): Generator<readonly [path: string, text: string]> {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.name.endsWith('.ts')) yield [path, readFileSync(join(ROOT, path), 'utf8')];
  }
}

describe('class K: octets of others in what we send', () => {
  it('no buffer is made without being cleared', () => {
    const found = ['bgp', 'fsm', 'rib', 'route-reflector', 'src']
      .flatMap((folder) => [...sources(folder)])
      .filter(([, text]) => /allocUnsafe|\bBuffer\(\d|new Buffer\(/.test(text))
      .map(([path]) => path);
    assert.deepEqual(found, []);
  });
});

describe('class L: tables of names', () => {
  const clean = (text: string, what: string): void => {
    assert.ok(text !== '', what);
    assert.doesNotMatch(text, /undefined|NaN|\[object/, what);
  };
  it('every code and subcode of NOTIFICATION, every attribute, every capability has words', () => {
    for (let code = 0; code < 256; code++) {
      for (let subcode = 0; subcode < 256; subcode++) clean(notificationText(code, subcode), `${code}/${subcode}`);
      clean(attributeName(code), `attribute ${code}`);
      // Values that fit no attribute: printers see what decoders have accepted, but must not depend on it.
      const record = attribute(0xc0, code, '');
      if (!ATTRIBUTES.some((row) => row.code === code)) assert.equal(formatAttribute(record, 0), '');
      const bytes = open({ as: 65002, capabilities: capability(code, 0, 1, 0, 1) });
      const opened = decodeOpen(bytes, 0, bytes.length);
      if (opened instanceof NotificationError) clean(String(opened), `capability ${code}`);
      else for (const line of formatCapabilities(opened.capabilities)) clean(line, `capability ${code}`);
    }
  });

  it('every family has a name', () => {
    for (let afi = 0; afi < 65536; afi++) {
      for (const safi of [0, 1, 2, 4, 5, 64, 70, 71, 72, 128, 129, 132, 133, 134, 140, 255]) {
        const bytes = open({ as: 65002, capabilities: capability(1, afi >> 8, afi & 255, 0, safi) });
        const opened = decodeOpen(bytes, 0, bytes.length);
        assert.ok(!(opened instanceof NotificationError));
        for (const line of formatCapabilities(opened.capabilities)) clean(line, `family ${afi}/${safi}`);
      }
    }
  });
});

// ------------------------------------------------------------------------------------------------------ over the wire
const UPDATES = [...FRAMING_CASES, ...ATTRIBUTE_CASES, ...MP_CASES];
const EARLY: readonly StateName[] = ['OpenSent', 'OpenConfirm'];
const LONG = Buffer.concat([capability(6)]);
describe('against the running daemon', () => {
  const arena = new Arena();
  const early = EARLY.flatMap((state) =>
    UPDATES.map((row) => ({ state, row, neighbor: arena.neighbor('eBGP', row.neighbor) })),
  );
  const all = 'import all; export all; next hop self;';
  const source = arena.neighbor('eBGP', { lines: 'enable extended messages;', moreCapabilities: LONG });
  const wide = arena.neighbor('eBGP', {
    lines: 'enable extended messages;',
    moreCapabilities: LONG,
    ipv4: all,
    ipv6: '',
  });

  const narrow = arena.neighbor('eBGP', { ipv4: all, ipv6: '' });
  const loud = arena.neighbor('eBGP');
  const named = arena.neighbor('eBGP');
  const hasty = arena.neighbor('eBGP');
  const pieces = arena.neighbor('eBGP');
  const secret = arena.neighbor('eBGP', { lines: 'password "correct horse battery";' });
  const stages = new Map<Neighbor, Stage>();
  const at = (neighbor: Neighbor): Stage => {
    const stage = stages.get(neighbor) ?? new Stage(neighbor);
    stages.set(neighbor, stage);
    return stage;
  };
  before(() => arena.start());
  after(async () => {
    const bugs = arena.log().filter((line) => line['class'] === 'bug' || line['class'] === 'fatal');
    const alive = arena.alive;
    await arena.kill();
    arena.remove();
    assert.deepEqual(bugs, []);
    assert.ok(alive, 'the daemon lives');
  });

  it('class E: every UPDATE of the tables before a session is up ends in an FSM error, and nothing worse', async () => {
    const wrong: string[] = [];
    const waiting = [...early];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { state, row, neighbor } = next;
        const { as4 = true, addPath = false } = neighbor.spec;
        const caller = await at(neighbor).reach(state);
        const bytes = row.update(new Scene('eBGP', 'first', 0, as4, addPath));
        const seen = await at(neighbor).react(state, caller, bytes);
        const header = row.id === 'update-4097' ? 'N 1/2 1001' : undefined;
        const expected = header ?? (state === 'OpenSent' ? 'N 5/1 02' : 'N 5/2 02');
        if (seen !== expected) wrong.push(`${row.id} in ${state}: ${seen}`);
        neighbor.leave();
      }
    };
    await Promise.all(Array.from({ length: 50 }, worker));
    assert.deepEqual(wrong, []);
    assert.ok(early.length > 500);
  });

  it('class I: the longest of everything is taken, passed on where it fits, and withdrawn where it does not', async () => {
    const [feed, far, near] = await Promise.all([source, wide, narrow].map((one) => at(one).established()));
    assert.ok(feed && far && near);
    const told = new Witness(far);
    const toldNarrow = new Witness(near);
    const nlri = hex('18 2b0000');
    const mandatory = [ORIGIN, asPath(4, 65002), NEXT_HOP];
    const settled = async () => {
      assert.ok(await at(source).answers(feed));
      assert.ok(await at(wide).answers(far));
      assert.ok(await at(narrow).answers(near));
    };
    feed.write(update({ attributes: mandatory, nlri }));
    await settled();
    assert.ok(told.routes().has('4182b0000') && toldNarrow.routes().has('4182b0000'), 'both hear of the short one');
    // 16,000 communities: 64,000 octets.
    const many = concat(...Array.from({ length: 16_000 }, (_, i) => Uint8Array.of(0, 1, i >> 8, i & 255)));
    feed.write(update({ attributes: [...mandatory, attribute(0xc0, 8, many)], nlri }));
    await settled();
    assert.equal(told.routes().get('4182b0000')?.get(8)?.length, 2 * (4 + 64_000));
    assert.equal(toldNarrow.routes().has('4182b0000'), false, 'what does not fit is withdrawn, not left as it was');
    // A message of 65,535 octets full of prefixes.
    const prefixes = concat(...Array.from({ length: 16_300 }, (_, i) => Uint8Array.of(24, 44, i >> 8, i & 255)));
    feed.write(update({ attributes: mandatory, nlri: prefixes }));
    await settled();
    const heard = (witness: Witness): number =>
      [...witness.routes().keys()].filter((prefix) => prefix.startsWith('4182c')).length;
    await far.until(() => heard(told) === 16_300);
    await near.until(() => heard(toldNarrow) === 16_300);
    assert.deepEqual([heard(told), heard(toldNarrow)], [16_300, 16_300]);
    // 16,000 AS numbers are more than a path may have.
    const path = concat(
      ...Array.from({ length: 62 }, () => concat(Uint8Array.of(2, 255), hex('0000fdea'.repeat(255)))),
    );
    feed.write(update({ attributes: [ORIGIN, attribute(0x40, 2, path), NEXT_HOP], nlri: hex('18 2c0001') }));
    await settled();
    assert.equal(told.routes().has('4182c0001'), false);
    assert.equal(heard(told), 16_299);
  });

  it('class M: what a peer says cannot end a line of a reply or of the log', async () => {
    const stage = at(named);
    const evil = Buffer.from('evil\r\n0000 \n1002-n1 BGP --- up\u0000\u001b[2J"\\\u{1F600}\u2028\u202e');
    const hostname = Buffer.concat([Buffer.from([73, evil.length + 2, evil.length]), evil, Buffer.from([0])]);
    const caller = await stage.established({ capabilities: Buffer.concat([named.capabilities, hostname]) });
    const lines = await arena.ask(`show protocols all "${named.name}"`);
    assert.equal(lines.filter((line) => /\bHostname: /.test(line)).length, 1);
    assert.ok(lines.every((line) => !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u202e]/.test(line)));
    assert.ok(!lines.some((line) => line.startsWith('n1 BGP')));
    caller.write(
      update({
        attributes: [ORIGIN, asPath(4, 65002), NEXT_HOP, attribute(0xc0, 99, evil)],
        nlri: hex('18 2d0000'),
      }),
    );
    await stage.answers(caller);
    const routes = await arena.ask('show route 45.0.0.0/24 all');
    assert.ok(routes.some((line) => line.includes(toHex(evil.subarray(0, 4)).replace(/..(?=.)/g, '$& '))));
    caller.write(notification(6, 2, Uint8Array.of(evil.length, ...evil)));
    await stage.end(caller);
    const after = await arena.ask(`show protocols all "${named.name}"`);
    assert.equal(after.filter((line) => line.startsWith(`${named.name} `)).length, 1);
    // Every line of the log is one object: `log` fails otherwise.
    await until('the log has it', () => arena.log().some((line) => String(line['msg']).includes('evil')), 5000);
  });

  it('class N: one small message costs little, whatever numbers stand in it', async () => {
    const stage = at(loud);
    const caller = await stage.established();
    const from = cpuSeconds(arena.pid);
    const extremes = [0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
    for (let round = 0; round < 200; round++) {
      for (const value of extremes) {
        const words = hex(value.toString(16).padStart(8, '0'));
        caller.write(
          update({
            attributes: [ORIGIN, asPath(4, 65002), NEXT_HOP, attribute(0x80, 4, words), attribute(0xc0, 8, words)],
            nlri: hex('00'),
          }),
        );
      }
    }
    await stage.answers(caller);
    const spent = cpuSeconds(arena.pid) - from;
    assert.ok(spent < 2, `${spent} s for ${200 * extremes.length} messages`);
  });

  it('class O: a peer that talks faster than we listen does not fill the memory', async () => {
    const stage = at(hasty);
    const caller = await stage.established();
    const before = residentMegabytes(arena.pid);
    const random = new Random(7);
    const block = Buffer.concat(
      Array.from({ length: 500 }, () =>
        update({
          attributes: [ORIGIN, asPath(4, 65002, 1 + random.below(60_000)), NEXT_HOP],
          nlri: Uint8Array.of(24, 46, random.below(4), random.below(256)),
        }),
      ),
    );
    // 60 MB, as fast as the kernel takes them.
    for (let sent = 0; sent < 60_000_000; sent += block.length) {
      caller.write(block);
      if (sent % (20 * block.length) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(await stage.answers(caller), caller.fate);
    const grown = residentMegabytes(arena.pid) - before;
    assert.ok(grown < 150, `grew by ${grown} MB`);
  });

  it('class P: octets mean the same however they are cut', async () => {
    const stage = at(pieces);
    const cuts = new Random(11);
    const caller = await stage.established();
    const stream = Buffer.concat(
      Array.from({ length: 400 }, (_, i) =>
        i % 5 === 0
          ? KEEPALIVE
          : update({
              attributes: [ORIGIN, asPath(4, 65002, i), NEXT_HOP],
              nlri: Uint8Array.of(24, 47, i >> 8, i & 255),
            }),
      ),
    );
    for (let from = 0; from < stream.length; ) {
      const to = Math.min(stream.length, from + 1 + cuts.below(cuts.once(4) ? 3 : 90));
      caller.write(stream.subarray(from, to));
      if (cuts.once(3)) await new Promise((resolve) => setImmediate(resolve));
      from = to;
    }
    assert.ok(await stage.answers(caller));
    const routes = await stage.routes();
    assert.equal(routes.filter((route) => route.prefix.startsWith('47.')).length, 320);
  });

  it('class Q: a password stands nowhere', async () => {
    const shown = await Promise.all(
      ['show protocols all', 'show symbols', 'show status', 'dump protocols', 'dump neighbors'].map((command) =>
        arena.ask(command).catch((error) => [error.message]),
      ),
    );
    const text = `${shown.flat().join('\n')}${readFileSync(arena.logFile, 'utf8')}`;
    assert.ok(text.includes(secret.name));
    assert.doesNotMatch(text, /correct horse/);
    // The one who asks sees his own line again, the log does not keep it.
    const broken = arena.config().replace('password "correct', 'bogus; password "correct');
    const refused = await arena.configure(broken).catch((error) => [error.message]);
    assert.match(refused.join('\n'), /syntax error|bogus|8002/);
    const long = arena.config().replace('correct horse battery', `correct horse ${'x'.repeat(100)}`);
    await arena.configure(long).catch(() => []);
    assert.doesNotMatch(readFileSync(arena.logFile, 'utf8'), /correct horse/);
    await arena.configure(arena.config());
  });
});

function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function residentMegabytes(pid: number): number {
  const line = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1024;
}
