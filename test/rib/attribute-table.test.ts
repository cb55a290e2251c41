import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AttributeCode, AttributeEditor, IPV4_UNICAST, WellKnownCommunity } from '../../bgp/index.ts';
import { type AttributeId, AttributeTrait, NO_AS_PATH } from '../../rib/index.ts';
import { direct, Lab, type SetFields, segment } from './lab.ts';

test('equal records with equal next hops share an id, others do not', () => {
  const lab = new Lab();
  const a = lab.set({ origin: 0, asPath: [65001], med: 5 });
  assert.equal(lab.set({ origin: 0, asPath: [65001], med: 5 }), a);
  const others: SetFields[] = [
    { origin: 0, asPath: [65001], med: 6 },
    { origin: 0, asPath: [65001] },
    { origin: 0, asPath: [65001], med: 5, via: direct('10.0.0.2') },
    { origin: 0, asPath: [65001], med: 5, preference: 7 },
    {},
  ];
  const ids = others.map((fields) => lab.set(fields));
  assert.equal(new Set([a, ...ids]).size, 6);
  assert.equal(lab.attributes.count, 6);
  for (const id of [a, a, ...ids]) lab.attributes.release(id);
  assert.equal(lab.attributes.count, 0);
  assert.equal(lab.attributes.bytesUsed, 0);
  assert.equal(lab.nextHops.count, 0);
});

test('the boundary between path attributes and extensions belongs to the key', () => {
  const lab = new Lab();
  const nextHop = lab.nextHops.intern(direct('10.0.0.1'));
  const bytes = Uint8Array.of(0, 1, 0, 0);
  const a = lab.attributes.intern(bytes, 0, 4, 4, nextHop);
  assert.notEqual(lab.attributes.intern(bytes, 0, 0, 4, nextHop), a);
  assert.equal(lab.attributes.wireEnd(a), lab.attributes.end(a));
});

test('the octets come back as they were, to an editor as well', () => {
  const lab = new Lab();
  const id = lab.set({ origin: 2, asPath: [1, 2, 3], communities: [0x10002, 0x10001], igpMetric: 9 });
  const editor = new AttributeEditor();
  lab.attributes.load(id, editor);
  assert.equal(editor.u32(AttributeCode.Origin), 2);
  assert.deepEqual(editor.asPath(), segment(2, 1, 2, 3));
  assert.deepEqual([...(editor.words(AttributeCode.Communities) ?? [])], [0x10001, 0x10002]);
  assert.equal(editor.extensionU32(2), 9);
  assert.ok(lab.attributes.start(id) < lab.attributes.wireEnd(id));
  assert.ok(lab.attributes.wireEnd(id) < lab.attributes.end(id));
  assert.equal(lab.attributes.withNextHop(id, lab.attributes.nextHopId(id)), id);
});

test('decision columns say what the record says', () => {
  const lab = new Lab();
  const { attributes } = lab;
  const all = lab.set({
    origin: 1,
    segments: Uint8Array.of(...segment(3, 64512), ...segment(2, 65001, 65002), ...segment(1, 7, 8, 9)),
    med: 4_000_000_000,
    localPref: 4_294_967_295,
    communities: [
      WellKnownCommunity.LlgrStale,
      WellKnownCommunity.NoExport,
      WellKnownCommunity.NoAdvertise,
      WellKnownCommunity.NoExportSubconfed,
    ],
    originatorId: 0xc0000201,
    clusterList: [1, 2, 3],
    aigp: 2 ** 40 + 5,
    preference: 300,
    igpMetric: 77,
  });
  assert.equal(attributes.origin[all], 1);
  assert.equal(attributes.asPathLength[all], 3);
  assert.equal(attributes.neighborAs[all], 65001);
  assert.equal(attributes.med[all], 4_000_000_000);
  assert.equal(attributes.localPref[all], 4_294_967_295);
  assert.equal(attributes.originatorId[all], 0xc0000201);
  assert.equal(attributes.clusterListLength[all], 3);
  assert.equal(attributes.aigp(all), 2 ** 40 + 5);
  assert.equal(attributes.preference[all], 300);
  assert.equal(attributes.igpMetric[all], 77);
  const traits = Object.values(AttributeTrait).filter((trait) => attributes.has(all, trait));
  const absent = [AttributeTrait.OnlyToCustomer, AttributeTrait.NoLlgr];
  assert.deepEqual(
    traits,
    Object.values(AttributeTrait).filter((trait) => !absent.some((other) => other === trait)),
  );

  const nothing = lab.set({});
  assert.equal(attributes.origin[nothing], 2);
  assert.equal(attributes.asPathLength[nothing], NO_AS_PATH);
  assert.equal(attributes.neighborAs[nothing], 0);
  assert.equal(attributes.traits[nothing], 0);
  assert.equal(attributes.aigp(nothing), Number.POSITIVE_INFINITY);
  assert.equal(attributes.asPathLength[lab.set({ asPath: [] })], 0);
});

test('an id that is used again has another serial', () => {
  const lab = new Lab();
  const first = lab.set({ med: 1 });
  const serial = lab.attributes.serial[first];
  lab.attributes.release(first);
  const second = lab.set({ med: 2 });
  assert.equal(second, first);
  assert.notEqual(lab.attributes.serial[second], serial);
});

test('sets come and go without a trace, and are told apart at any number', () => {
  const fields = fc.record({
    med: fc.integer({ min: 0, max: 30 }),
    asPath: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 3 }),
    via: fc.constantFrom('10.0.0.1', '10.0.0.2').map((address) => direct(address)),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(fields, fc.boolean(), fc.nat()), { maxLength: 300 }), (operations) => {
      const lab = new Lab(IPV4_UNICAST);
      const held: { id: AttributeId; key: string }[] = [];
      for (const [set, release, pick] of operations) {
        if (release) {
          const entry = held.splice(pick % Math.max(held.length, 1), 1)[0];
          if (entry !== undefined) lab.attributes.release(entry.id);
        } else {
          held.push({ id: lab.set(set), key: JSON.stringify(set) });
        }
        const byKey = new Map(held.map((entry) => [entry.key, entry.id]));
        assert.equal(lab.attributes.count, byKey.size);
        assert.equal(new Set(byKey.values()).size, byKey.size);
        for (const { id, key } of held) assert.equal(byKey.get(key), id);
      }
      for (const { id } of held) lab.attributes.release(id);
      assert.deepEqual([lab.attributes.count, lab.attributes.bytesUsed, lab.nextHops.count], [0, 0, 0]);
    }),
    { seed: 47, numRuns: 40 },
  );
});
