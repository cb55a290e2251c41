import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IPV4_UNICAST, IPV6_UNICAST, RouteSourceKind } from '../../bgp/index.ts';
import type { BgpSource } from '../../rib/index.ts';
import { type ExportSession, ownNextHop } from '../../route-reflector/index.ts';
import { bgpSource, ip, localSource, type RouteFields, SELF, sent, session } from './lab.ts';

/** The next hop that goes out, or the reason why nothing does. */
function via(target: Partial<ExportSession>, source: Partial<BgpSource> | undefined, fields: RouteFields): string {
  const from = source === undefined ? localSource() : bgpSource(source);
  const text = sent(session(target), from, { asPath: '', ...fields });
  return /via=(\S+)/.exec(text)?.[1] ?? text;
}

const INTERNAL: Partial<ExportSession> = { internal: true };
const THEIRS = '10.0.0.7';

describe('what was learned', () => {
  test('goes unchanged to internal peers and confederation members', () => {
    assert.equal(via(INTERNAL, {}, { nextHop: THEIRS }), THEIRS);
    assert.equal(via({ interior: true }, {}, { nextHop: THEIRS }), THEIRS);
  });

  test('goes unchanged between two sessions on one link (third party)', () => {
    assert.equal(via({}, {}, { nextHop: THEIRS }), THEIRS);
    assert.equal(via({ linkInterface: 'eth1' }, {}, { nextHop: THEIRS }), SELF);
    assert.equal(via({}, { linkInterface: 'eth1' }, { nextHop: THEIRS }), SELF);
    assert.equal(via({ linkInterface: undefined }, {}, { nextHop: THEIRS }), SELF);
    assert.equal(via({}, { multihop: true }, { nextHop: THEIRS }), SELF);
    assert.equal(via({}, { internal: true }, { nextHop: THEIRS }), SELF);
  });
});

describe('next hop self and keep', () => {
  const elsewhere = { linkInterface: 'eth1' };
  test('self, by the kind of the session that brought the route', () => {
    for (const [mode, fromInternal, fromExternal, own] of [
      ['off', THEIRS, THEIRS, '10.0.0.9'],
      ['all', SELF, SELF, SELF],
      ['ibgp', SELF, THEIRS, '10.0.0.9'],
      ['ebgp', THEIRS, SELF, '10.0.0.9'],
    ] as const) {
      const target = { ...INTERNAL, rrClient: true, nextHopSelf: mode };
      assert.equal(via(target, { internal: true }, { nextHop: THEIRS }), fromInternal, `${mode} internal`);
      assert.equal(via(target, {}, { nextHop: THEIRS }), fromExternal, `${mode} external`);
      assert.equal(via(target, undefined, { hops: [{ gateway: ip('10.0.0.9') }] }), own, `${mode} own`);
    }
  });

  test('keep, by the kind of the session that brought the route', () => {
    for (const [mode, fromInternal, fromExternal] of [
      ['off', SELF, SELF],
      ['all', THEIRS, THEIRS],
      ['ibgp', THEIRS, SELF],
      ['ebgp', SELF, THEIRS],
    ] as const) {
      const target = { ...elsewhere, nextHopKeep: mode };
      assert.equal(via(target, { internal: true }, { nextHop: THEIRS }), fromInternal, `${mode} internal`);
      assert.equal(via(target, {}, { nextHop: THEIRS }), fromExternal, `${mode} external`);
    }
  });

  test('self is asked before keep, keep before what the filter wrote', () => {
    assert.equal(via({ nextHopSelf: 'all', nextHopKeep: 'all' }, {}, { nextHop: THEIRS, nextHopWritten: true }), SELF);
  });

  test('what the filter wrote stays', () => {
    assert.equal(via(elsewhere, {}, { nextHop: '10.9.9.9', nextHopWritten: true }), '10.9.9.9');
    assert.equal(via(elsewhere, undefined, { nextHop: '10.9.9.9', nextHopWritten: true }), '10.9.9.9');
    assert.equal(via(elsewhere, undefined, { nextHop: '10.9.9.9' }), SELF);
  });

  test('the unspecified address is no next hop, whoever wrote it', () => {
    assert.equal(via({}, {}, { nextHop: '0.0.0.0', nextHopWritten: true }), 'InvalidNextHop');
    assert.equal(via(INTERNAL, {}, { nextHop: '0.0.0.0' }), SELF);
  });
});

describe('the gateway of a route of our own', () => {
  const gateway = ip('10.0.0.9');

  test('goes to internal peers, and to external ones on its link', () => {
    assert.equal(via(INTERNAL, undefined, { hops: [{ gateway }] }), '10.0.0.9');
    assert.equal(via({ interior: true }, undefined, { hops: [{ gateway }] }), '10.0.0.9');
    assert.equal(via({}, undefined, { hops: [{ gateway }] }), '10.0.0.9');
    assert.equal(via({ linkInterface: 'eth1' }, undefined, { hops: [{ gateway }] }), SELF);
    assert.equal(via({ linkInterface: undefined }, undefined, { hops: [{ gateway }] }), SELF);
  });

  test('only if there is exactly one, and it is global', () => {
    assert.equal(via(INTERNAL, undefined, { hops: [{ gateway }, { gateway: ip('10.0.0.8') }] }), SELF);
    assert.equal(via(INTERNAL, undefined, { hops: [{}] }), SELF);
    assert.equal(via(INTERNAL, undefined, {}), SELF);
    const target = { ...INTERNAL, family: IPV6_UNICAST, ownAddress: ip('2001:db8::fe') };
    assert.equal(via(target, undefined, { hops: [{ gateway: ip('fe80::9') }] }), '2001:db8::fe');
    assert.equal(via(target, undefined, { hops: [{ gateway: ip('2001:db8::9') }] }), '2001:db8::9');
  });

  test('only if the session can carry its version', () => {
    const target = { ...INTERNAL, family: IPV6_UNICAST, ownAddress: ip('2001:db8::fe') };
    assert.equal(via(target, undefined, { hops: [{ gateway }] }), '2001:db8::fe');
    assert.equal(via({ ...target, extendedNextHop: true }, undefined, { hops: [{ gateway }] }), '10.0.0.9');
  });

  test('of a learned route stands in where its next hop cannot be passed on', () => {
    const fields = { nextHop: '2001:db8::7', hops: [{ gateway }] };
    assert.equal(via(INTERNAL, { internal: false }, fields), '10.0.0.9');
  });
});

describe('families (RFC 8950, RFC 2545)', () => {
  const v6: Partial<ExportSession> = { family: IPV6_UNICAST, ownAddress: ip('2001:db8::fe') };

  test('IPv6 next hops of IPv4 routes need the agreement', () => {
    assert.equal(via(INTERNAL, {}, { nextHop: '2001:db8::7' }), SELF);
    assert.equal(via({ ...INTERNAL, extendedNextHop: true }, {}, { nextHop: '2001:db8::7' }), '2001:db8::7');
    assert.equal(via({ nextHopKeep: 'all' }, {}, { nextHop: '2001:db8::7' }), 'InvalidNextHop');
  });

  test('an own address of the wrong version is none', () => {
    const target = { linkInterface: 'eth1', ownAddress: ip('2001:db8::fe') };
    assert.equal(via(target, {}, { nextHop: THEIRS }), 'InvalidNextHop');
    assert.equal(via({ ...target, extendedNextHop: true }, {}, { nextHop: THEIRS }), '2001:db8::fe');
    assert.equal(via({ ...target, ownAddress: undefined }, {}, { nextHop: THEIRS }), 'InvalidNextHop');
  });

  test('our link-local address goes along on a common link only', () => {
    const target = { ...v6, ownLinkLocal: ip('fe80::fe') };
    assert.equal(via(target, undefined, {}), '2001:db8::fe+fe80::fe');
    assert.equal(via({ ...target, linkInterface: undefined }, undefined, {}), '2001:db8::fe');
  });

  test('their link-local address goes along on the common link only', () => {
    const fields = { nextHop: '2001:db8::7', linkLocal: 'fe80::7' };
    assert.equal(via(v6, {}, fields), '2001:db8::7+fe80::7');
    assert.equal(via({ ...v6, internal: true, interior: true, linkInterface: undefined }, {}, fields), '2001:db8::7');
  });

  test('a link-local next hop alone does not leave its link, unless the operator says so', () => {
    const fields = { nextHop: 'fe80::7' };
    assert.equal(via(v6, {}, fields), 'fe80::7');
    assert.equal(via({ ...v6, internal: true, interior: true, linkInterface: undefined }, {}, fields), '2001:db8::fe');
    assert.equal(via({ ...v6, linkInterface: 'eth1', nextHopKeep: 'all' }, {}, fields), 'fe80::7');
  });

  test('without a global address of ours the link-local one serves, in the form that was chosen', () => {
    const target = { family: IPV6_UNICAST, ownAddress: undefined, ownLinkLocal: ip('fe80::fe') };
    assert.equal(via(target, undefined, {}), '::+fe80::fe');
    assert.equal(via({ ...target, linkLocalFormat: 'single' }, undefined, {}), 'fe80::fe');
    assert.equal(via({ ...target, linkLocalFormat: 'double' }, undefined, {}), 'fe80::fe+fe80::fe');
    assert.equal(via({ ...target, linkInterface: undefined }, undefined, {}), 'InvalidNextHop');
    assert.equal(via({ ...target, family: IPV4_UNICAST }, undefined, {}), 'InvalidNextHop');
    assert.equal(via({ ...target, family: IPV4_UNICAST, extendedNextHop: true }, undefined, {}), '::+fe80::fe');
  });
});

test('our own address is chosen by version, the configured one first', () => {
  const source = ip('192.0.2.1');
  const onLink = [ip('fe80::1'), ip('2001:db8::1')];
  const choose = (version: 4 | 6, extended: boolean, configured?: string): string | undefined =>
    ownNextHop(version === 4 ? IPV4_UNICAST : IPV6_UNICAST, extended, {
      configured: configured === undefined ? undefined : ip(configured),
      source,
      onLink,
    });
  assert.equal(choose(4, false), '192.0.2.1');
  assert.equal(choose(6, false), '2001:db8::1');
  assert.equal(choose(6, true), '2001:db8::1');
  assert.equal(choose(4, false, '198.51.100.1'), '198.51.100.1');
  assert.equal(choose(6, false, '198.51.100.1'), '2001:db8::1');
  assert.equal(choose(4, true, '2001:db8::2'), '2001:db8::2');
  assert.equal(ownNextHop(IPV6_UNICAST, false, { configured: undefined, source, onLink: [ip('fe80::1')] }), undefined);
  assert.equal(ownNextHop(IPV6_UNICAST, true, { configured: undefined, source, onLink: [] }), '192.0.2.1');
  const over6 = { configured: undefined, source: ip('2001:db8::9'), onLink: [ip('192.0.2.1')] };
  assert.equal(ownNextHop(IPV4_UNICAST, true, over6), '2001:db8::9');
  assert.equal(ownNextHop(IPV4_UNICAST, false, over6), '192.0.2.1');
});

test('a device route is announced with our own address', () => {
  assert.match(sent(session(), localSource(RouteSourceKind.Device), { hops: [{}] }), /via=10\.0\.0\.254/);
});
