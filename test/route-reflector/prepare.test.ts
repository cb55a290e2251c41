import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AttributeEditor, ExtensionAttribute, IPV6_UNICAST } from '../../bgp/index.ts';
import { AdvertisementReason, type OutgoingRoute, type RouteSource } from '../../rib/index.ts';
import { type ExportSession, SessionAdvertisement } from '../../route-reflector/index.ts';
import {
  bgpSource,
  describeRecord,
  ip,
  localSource,
  type RouteFields,
  reasonName,
  route,
  sent,
  session,
} from './lab.ts';

const EXTERNAL = { prepares: true, linkInterface: undefined } as const;
const INTERNAL = { prepares: true, internal: true, aigp: 'off' } as const;

/** What is sent after a filter that did this to what it saw; or why nothing is. */
function finished(
  target: ExportSession,
  from: RouteSource,
  fields: RouteFields,
  filter: (editor: AttributeEditor) => void = () => {},
): string {
  const advertisement = new SessionAdvertisement(target);
  const outgoing = route(from, fields);
  const reason = advertisement.rewrite(outgoing);
  if (reason !== AdvertisementReason.None) return reasonName(reason);
  const editor = new AttributeEditor();
  editor.load(advertisement.record, 0, advertisement.recordEnd, advertisement.extensionEnd);
  filter(editor);
  editor.encodeRecord();
  const { bytes, start, wireEnd, end } = editor;
  const filtered: OutgoingRoute = { ...outgoing, bytes, start, wireEnd, end };
  const last = advertisement.finish(filtered);
  if (last !== AdvertisementReason.None) return reasonName(last);
  return describeRecord(advertisement.finished, advertisement.finishedEnd);
}

describe('a route that is prepared before its export filter', () => {
  test('has LOCAL_PREF on every session', () => {
    assert.equal(sent(session(EXTERNAL), localSource()), 'igp path(65000) via=10.0.0.254 pref=100');
    assert.equal(sent(session(INTERNAL), localSource()), 'igp path() via=10.0.0.254 pref=100');
    assert.equal(
      sent(session(EXTERNAL), bgpSource(), { origin: 0, asPath: '65007', localPref: 5 }),
      'igp path(65000 65007) via=10.0.0.254 pref=5',
    );
  });

  test('has a MED of 0 where it had one that the neighbour may not see', () => {
    assert.equal(
      sent(session(EXTERNAL), bgpSource(), { origin: 0, asPath: '65007', med: 7 }),
      'igp path(65000 65007) via=10.0.0.254 med=0 pref=100',
    );
    assert.match(sent(session({ ...EXTERNAL, allowMed: true }), bgpSource(), { asPath: '65007', med: 7 }), / med=7 /);
    assert.match(sent(session(INTERNAL), bgpSource(), { asPath: '65007', med: 7 }), / med=7 /);
  });

  test('keeps its extension attributes for the filter', () => {
    const advertisement = new SessionAdvertisement(session(EXTERNAL));
    advertisement.rewrite(route(localSource(), { igpMetric: 42 }));
    assert.ok(advertisement.extensionEnd > advertisement.recordEnd);
    const editor = new AttributeEditor();
    editor.load(advertisement.record, 0, advertisement.recordEnd, advertisement.extensionEnd);
    assert.equal(editor.extensionU32(ExtensionAttribute.IgpMetric), 42);
    const plain = new SessionAdvertisement(session());
    plain.rewrite(route(localSource(), { igpMetric: 42 }));
    assert.equal(plain.extensionEnd, plain.recordEnd);
  });

  test('is announced with its gateway where the next hop is kept', () => {
    const hops = [{ gateway: ip('10.9.9.9'), interfaceName: 'eth1' }];
    assert.match(sent(session(EXTERNAL), localSource(), { hops }), /via=10\.0\.0\.254 /);
    assert.match(sent(session({ ...EXTERNAL, nextHopKeep: 'all' }), localSource(), { hops }), /via=10\.9\.9\.9 /);
    assert.match(sent(session({ ...EXTERNAL, nextHopKeep: 'all' }), localSource(), {}), /via=10\.0\.0\.254 /);
    // BIRD 2 keeps next hops of BGP routes only.
    const keep = { nextHopKeep: 'all', linkInterface: undefined } as const;
    assert.match(sent(session(keep), localSource(), { hops }), /via=10\.0\.0\.254/);
  });
});

describe('what the filter made of it', () => {
  test('loses on external sessions what they do not carry', () => {
    assert.equal(finished(session(EXTERNAL), localSource(), {}), 'igp path(65000) via=10.0.0.254');
    assert.equal(
      finished(session({ ...EXTERNAL, allowLocalPref: true }), localSource(), {}),
      'igp path(65000) via=10.0.0.254 pref=100',
    );
    const write = (editor: AttributeEditor): void => {
      editor.setU32(5, 77);
      editor.setU32(9, 1);
      editor.setU32(4, 3);
      editor.setExtensionU32(ExtensionAttribute.KrtMetric, 5);
    };
    assert.equal(finished(session(EXTERNAL), localSource(), {}, write), 'igp path(65000) via=10.0.0.254 med=3');
    assert.equal(
      finished(session(INTERNAL), localSource(), {}, write),
      'igp path() via=10.0.0.254 med=3 pref=77 originator=0.0.0.1',
    );
  });

  test('goes out with the next hop that the filter wrote, if it is one', () => {
    const via = (text: string) => (editor: AttributeEditor) => editor.setNextHop(ip(text));
    assert.match(finished(session(EXTERNAL), localSource(), {}, via('10.1.1.1')), /via=10\.1\.1\.1/);
    assert.equal(finished(session(EXTERNAL), localSource(), {}, via('0.0.0.0')), 'InvalidNextHop');
    assert.equal(finished(session(EXTERNAL), localSource(), {}, via('2001:db8::1')), 'InvalidNextHop');
    const wide = session({ ...EXTERNAL, family: IPV6_UNICAST, ownAddress: ip('2001:db8::fe') });
    assert.match(finished(wide, localSource(), {}, via('2001:db8::1')), /via=2001:db8::1/);
    assert.equal(
      finished(session(EXTERNAL), localSource(), {}, (editor) => editor.unset(3)),
      'InvalidNextHop',
    );
  });
});
