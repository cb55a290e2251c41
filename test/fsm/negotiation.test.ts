import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  Capabilities,
  decodeOpen,
  encodeOpen,
  formatHex,
  IPV4_UNICAST,
  IPV6_UNICAST,
  NotificationError,
  type OpenMessage,
  Role,
} from '../../bgp/index.ts';
import { buildOpen, type Negotiation, negotiate, type PeerFsmConfig } from '../../fsm/index.ts';
import { familyConfig, mirrored, peerConfig, peerOpen } from './harness.ts';

const ipv6 = (overrides = {}) => familyConfig({ family: IPV6_UNICAST, ...overrides });

function agreed(config: Partial<PeerFsmConfig>, open: OpenMessage = peerOpen()): Negotiation {
  const result = negotiate(peerConfig(config), open);
  assert.ok(!(result instanceof NotificationError), `${result}`);
  return result;
}

/** `2/7 data` of the refusal. */
function refused(config: Partial<PeerFsmConfig>, open: OpenMessage = peerOpen()): string {
  const result = negotiate(peerConfig(config), open);
  assert.ok(result instanceof NotificationError, 'refused');
  return `${result.code}/${result.subcode} ${formatHex(result.data, 0, result.data.length, '')}`.trim();
}

const openWith = (change: (capabilities: Capabilities) => void, fixed: Partial<OpenMessage> = {}): OpenMessage => {
  const open = peerOpen();
  change(open.capabilities);
  return { ...open, ...fixed };
};

describe('our OPEN', () => {
  it('survives the wire', () => {
    const config = peerConfig({
      localAs: 4_200_000_001,
      hostname: 'node-a',
      role: Role.Customer,
      extendedMessages: true,
      gracefulRestart: 'on',
      longLivedGracefulRestart: 'on',
      restarting: true,
      families: [
        familyConfig({ addPathReceive: true, extendedNextHop: true, gracefulRestart: 'on', forwardingPreserved: true }),
        ipv6({ addPathSend: true, addPathReceive: true, gracefulRestart: 'on', longLived: 'on' }),
      ],
    });
    const open = buildOpen(config);
    const bytes = encodeOpen(open);
    const back = decodeOpen(bytes, 0, bytes.length);
    assert.ok(!(back instanceof NotificationError), `${back}`);
    assert.equal(back.as, 23456);
    assert.deepEqual(back.capabilities, open.capabilities);
    assert.deepEqual(back.capabilities.gracefulRestart?.families, [
      { afi: 1, safi: 1, forwarding: true },
      { afi: 2, safi: 1, forwarding: false },
    ]);
  });

  it('names no families of graceful restart while we only help others', () => {
    assert.deepEqual(buildOpen(peerConfig()).capabilities.gracefulRestart?.families, []);
    assert.equal(buildOpen(peerConfig({ gracefulRestart: 'off' })).capabilities.gracefulRestart, undefined);
    assert.equal(buildOpen(peerConfig({ gracefulRestart: 'off' })).capabilities.longLived, undefined);
  });

  it('carries nothing where capabilities are off', () => {
    assert.deepEqual(buildOpen(peerConfig({ capabilities: false })).capabilities, new Capabilities());
  });

  it('shows the confederation to the outside and the member AS inside', () => {
    const confed = { localAs: 65001, confederation: 100 };
    assert.equal(buildOpen(peerConfig(confed)).as, 100);
    assert.equal(buildOpen(peerConfig({ ...confed, confederationMember: true })).as, 65001);
    assert.equal(buildOpen(peerConfig({ ...confed, neighborAs: 65001 })).as, 65001);
  });
});

describe("the peer's OPEN is judged in order", () => {
  it('wrong AS: 2/2 with the AS that came', () => {
    assert.equal(refused({ neighborAs: 65009 }), '2/2 0000fdea');
    assert.equal(refused({ neighborAs: undefined, neighborKind: 'internal' }), '2/2 0000fdea');
    assert.equal(refused({ neighborAs: undefined, neighborKind: 'external', localAs: 65002 }), '2/2 0000fdea');
    assert.equal(agreed({ neighborAs: undefined, neighborKind: 'external' }).options.peerAs, 65002);
  });

  it('confederation segments are legal between members and inside one, not from outside', () => {
    const legal = (config: Partial<PeerFsmConfig>) => agreed(config).options.confederationMember;
    assert.equal(legal({}), false);
    assert.equal(legal({ confederation: 100 }), false);
    assert.equal(legal({ confederation: 100, confederationMember: true }), true);
    assert.equal(legal({ confederation: 100, localAs: 65002 }), true);
    assert.equal(legal({ localAs: 65002 }), false);
  });

  it('AS_TRANS without the capability is nobody', () => {
    const open = openWith(
      (capabilities) => {
        capabilities.as4 = -1;
      },
      { as: 23456 },
    );
    assert.equal(refused({ neighborAs: undefined, neighborKind: 'external' }, open), '2/2 00005ba0');
    assert.equal(agreed({ neighborAs: 23456 }, open).options.as4, false);
  });

  it('the AS comes before the hold time, the hold time before the identifier, that before capabilities', () => {
    const bad = openWith(() => {}, { holdTime: 3, identifier: 0x0a000001 });
    const require = { ...peerConfig().require, extendedMessages: true };
    const strict = { minHoldTime: 10, require, localAs: 65002 };
    assert.equal(refused({ ...strict, neighborAs: 1 }, bad), '2/2 0000fdea');
    assert.equal(refused({ ...strict, neighborAs: 65002 }, bad), '2/6 0003');
    assert.equal(refused({ ...strict, neighborAs: 65002, minHoldTime: 0 }, bad), '2/3');
    assert.equal(refused({ require }), '2/7 0600');
  });

  it("hold times 1 and 2 and the identifier 0 are nobody's, but the AS comes first", () => {
    for (const holdTime of [1, 2]) {
      const open = openWith(() => {}, { holdTime, identifier: 0 });
      assert.equal(refused({}, open), `2/6 000${holdTime}`);
      assert.equal(refused({ neighborAs: 1 }, open), '2/2 0000fdea');
    }
    assert.equal(
      refused(
        {},
        openWith(() => {}, { identifier: 0 }),
      ),
      '2/3',
    );
  });

  it('the same identifier is refused inside an AS only (RFC 6286)', () => {
    const same = openWith(() => {}, { identifier: 0x0a000001 });
    assert.equal(refused({ localAs: 65002 }, same), '2/3');
    assert.equal(agreed({}, same).options.peerId, 0x0a000001);
  });

  it('no family in common: 2/7 with ours', () => {
    assert.equal(refused({ families: [ipv6()] }), '2/7 010400020001');
  });

  it('a mandatory family that is missing: 2/7 with that family', () => {
    assert.equal(refused({ families: [familyConfig(), ipv6({ mandatory: true })] }), '2/7 010400020001');
    assert.deepEqual(agreed({ families: [familyConfig(), ipv6()] }).families, [IPV4_UNICAST]);
  });

  it('required capabilities: 2/7 with what is missing', () => {
    const bare: OpenMessage = { ...peerOpen(), capabilities: new Capabilities() };
    const only = (name: keyof PeerFsmConfig['require']) => ({ require: { ...peerConfig().require, [name]: true } });
    assert.equal(refused(only('routeRefresh'), bare), '2/7 0200');
    assert.equal(refused(only('enhancedRouteRefresh'), bare), '2/7 4600');
    assert.equal(refused(only('as4'), bare), '2/7 41040000fde9');
    assert.equal(refused(only('extendedMessages'), bare), '2/7 0600');
    assert.equal(refused(only('hostname'), bare), '2/7 49020000');
    assert.equal(refused(only('gracefulRestart'), bare), '2/7 40020000');
    assert.equal(refused(only('longLivedGracefulRestart'), bare), '2/7 4700');
    assert.equal(
      refused({ families: [familyConfig({ addPathReceive: true, requireAddPath: true })] }),
      '2/7 450400010102',
    );
    const nextHop = familyConfig({ extendedNextHop: true, requireExtendedNextHop: true });
    assert.equal(refused({ families: [nextHop] }), '2/7 0506000100010002');
  });

  it('roles have to fit (RFC 9234 section 4.2)', () => {
    const as = (role: number, conflict = false) =>
      openWith((capabilities) => {
        capabilities.role = role;
        capabilities.roleConflict = conflict;
      });
    const pairs = [
      [Role.Provider, Role.Customer],
      [Role.RouteServer, Role.RouteServerClient],
      [Role.RouteServerClient, Role.RouteServer],
      [Role.Customer, Role.Provider],
      [Role.Peer, Role.Peer],
    ] as const;
    for (const role of Object.values(Role)) {
      for (const theirs of [...Object.values(Role), 5, 255]) {
        const fits = pairs.some(([a, b]) => a === role && b === theirs);
        if (fits) assert.equal(agreed({ role }, as(theirs)).options.localRole, role);
        else assert.equal(refused({ role }, as(theirs)), '2/11');
      }
    }
    assert.equal(refused({ role: Role.Peer }, as(Role.Peer, true)), '2/11');
    assert.equal(refused({ role: Role.Peer, requireRole: true }), '2/11');
    agreed({ role: Role.Peer });
    agreed({}, as(Role.Provider, true));
  });
});

describe('what both agree on', () => {
  it('an OPEN without capabilities: IPv4 unicast, two-octet AS numbers, no refresh', () => {
    const bare: OpenMessage = { ...peerOpen(), capabilities: new Capabilities() };
    const result = agreed({ families: [familyConfig(), ipv6()] }, bare);
    assert.deepEqual(result.families, [IPV4_UNICAST]);
    assert.equal(result.options.as4, false);
    assert.equal(result.refreshFromPeer, false);
    assert.equal(result.restart, undefined);
  });

  it('the smaller hold time; a third of it for KEEPALIVE, never 0; twice for send hold', () => {
    const times = (config: Partial<PeerFsmConfig>, holdTime: number) => {
      const {
        holdTime: hold,
        keepaliveTime,
        sendHoldTime,
      } = agreed(
        config,
        openWith(() => {}, { holdTime }),
      );
      return [hold, keepaliveTime, sendHoldTime];
    };
    assert.deepEqual(times({ holdTime: 240 }, 90), [90, 30, 180]);
    assert.deepEqual(times({ holdTime: 9 }, 90), [9, 3, 18]);
    assert.deepEqual(times({ holdTime: 240 }, 4), [4, 1, 8]);
    assert.deepEqual(times({ holdTime: 240 }, 0), [0, 0, 0]);
    assert.deepEqual(times({ holdTime: 240, sendHoldTime: 0 }, 240), [240, 80, 0]);
  });

  it('configured KEEPALIVE and send-hold times shrink with the hold time', () => {
    const config = { holdTime: 240, keepaliveTime: 60, sendHoldTime: 720 };
    const half = agreed(
      config,
      openWith(() => {}, { holdTime: 120 }),
    );
    assert.deepEqual([half.keepaliveTime, half.sendHoldTime], [30, 360]);
    const tiny = agreed(
      config,
      openWith(() => {}, { holdTime: 3 }),
    );
    assert.deepEqual([tiny.keepaliveTime, tiny.sendHoldTime], [1, 9]);
  });

  it('a minimum hold or KEEPALIVE time refuses less, also none at all', () => {
    assert.equal(refused({ minHoldTime: 100 }), '2/6 005a');
    assert.equal(
      refused(
        { minHoldTime: 1 },
        openWith(() => {}, { holdTime: 0 }),
      ),
      '2/6 0000',
    );
    assert.equal(refused({ minKeepaliveTime: 31 }), '2/6 005a');
    agreed({ minHoldTime: 90, minKeepaliveTime: 30 });
  });

  it('ADD-PATH where one end sends and the other receives', () => {
    const open = openWith((capabilities) => {
      capabilities.addPath = [{ afi: 1, safi: 1, mode: 2 }];
    });
    const families = [familyConfig({ addPathReceive: true, addPathSend: true })];
    const { ipv4 } = agreed({ families }, open).options;
    assert.deepEqual([ipv4?.addPathReceive, ipv4?.addPathSend], [true, false]);
  });

  it('long messages: we take them if we said so, we send them if both did', () => {
    const long = openWith((capabilities) => {
      capabilities.extendedMessage = true;
    });
    const lengths = (extendedMessages: boolean, open: OpenMessage) => {
      const { maxReceiveLength, maxSendLength } = agreed({ extendedMessages }, open).options;
      return [maxReceiveLength, maxSendLength];
    };
    assert.deepEqual(lengths(true, peerOpen()), [65535, 4096]);
    assert.deepEqual(lengths(true, long), [65535, 65535]);
    assert.deepEqual(lengths(false, long), [4096, 4096]);
  });

  it('graceful restart: families that both want, times within bounds', () => {
    const config = {
      gracefulRestart: 'on',
      maxGracefulRestartTime: 60,
      longLivedGracefulRestart: 'on',
      families: [
        familyConfig({ gracefulRestart: 'on', longLived: 'on', minLongLivedStaleTime: 100 }),
        ipv6({ gracefulRestart: 'off' }),
      ],
    } as const;
    const peer = openWith((capabilities) => {
      capabilities.multiprotocol.push({ afi: 2, safi: 1 });
      capabilities.gracefulRestart = {
        restarting: true,
        notification: true,
        restartTime: 300,
        families: [
          { afi: 1, safi: 1, forwarding: true },
          { afi: 2, safi: 1, forwarding: true },
          { afi: 25, safi: 70, forwarding: true },
        ],
      };
      capabilities.longLived = [{ afi: 1, safi: 1, forwarding: false, staleTime: 7 }];
    });
    assert.deepEqual(agreed(config, peer).restart, {
      restartTime: 60,
      peerRestarting: true,
      notification: false,
      families: [{ family: IPV4_UNICAST, regular: true, forwarding: true, longLivedForwarding: false, staleTime: 100 }],
    });
    assert.equal(agreed({ ...config, gracefulRestart: 'off' }, peer).restart, undefined);
    assert.equal(agreed({ ...config, gracefulNotification: true }, peer).restart?.notification, true);
  });

  it('is the same for both ends', () => {
    const local = peerConfig({ families: [familyConfig({ addPathSend: true }), ipv6()], extendedMessages: true });
    const peer = mirrored({ ...local, families: [familyConfig({ addPathReceive: true }), ipv6()], holdTime: 30 }, 9);
    const ours = agreed(local, buildOpen(peer));
    const theirs = negotiate(peer, buildOpen(local));
    assert.ok(!(theirs instanceof NotificationError));
    assert.equal(ours.holdTime, theirs.holdTime);
    assert.deepEqual(ours.families, theirs.families);
    assert.equal(ours.options.ipv4?.addPathSend, theirs.options.ipv4?.addPathReceive);
    assert.equal(ours.options.maxSendLength, theirs.options.maxReceiveLength);
  });
});
