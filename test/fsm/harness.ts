/** What the tests of the state machine share: a neighbour's configuration, chance that repeats, short words for actions. */
import { IPV4_UNICAST, type NotificationError } from '../../bgp/index.ts';
import { type Action, buildOpen, type PeerFsmConfig, type PeerFsmFamily } from '../../fsm/index.ts';

export function familyConfig(overrides: Partial<PeerFsmFamily> = {}): PeerFsmFamily {
  return {
    family: IPV4_UNICAST,
    mandatory: false,
    addPathReceive: false,
    addPathSend: false,
    requireAddPath: false,
    extendedNextHop: false,
    requireExtendedNextHop: false,
    gracefulRestart: 'aware',
    longLived: 'aware',
    longLivedStaleTime: 3600,
    minLongLivedStaleTime: 0,
    maxLongLivedStaleTime: 0xffffff,
    forwardingPreserved: false,
    ...overrides,
  };
}

export function peerConfig(overrides: Partial<PeerFsmConfig> = {}): PeerFsmConfig {
  return {
    localAs: 65001,
    confederation: undefined,
    confederationMember: false,
    neighborAs: 65002,
    neighborKind: undefined,
    localId: 0x0a000001,
    passive: false,
    families: [familyConfig()],
    capabilities: true,
    as4: true,
    extendedMessages: false,
    routeRefresh: true,
    enhancedRouteRefresh: true,
    hostname: undefined,
    role: undefined,
    requireRole: false,
    require: {
      routeRefresh: false,
      enhancedRouteRefresh: false,
      as4: false,
      extendedMessages: false,
      hostname: false,
      gracefulRestart: false,
      longLivedGracefulRestart: false,
    },
    gracefulRestart: 'aware',
    gracefulRestartTime: 120,
    minGracefulRestartTime: 0,
    maxGracefulRestartTime: 4095,
    gracefulNotification: false,
    restarting: false,
    longLivedGracefulRestart: 'aware',
    enforceFirstAs: false,
    allowLocalPref: false,
    allowAsSets: false,
    aigp: false,
    defaultLocalPref: -1,
    linkScope: false,
    holdTime: 90,
    minHoldTime: 0,
    tolerateEarlyUpdate: false,
    startupHoldTime: 240,
    keepaliveTime: undefined,
    minKeepaliveTime: 0,
    sendHoldTime: undefined,
    connectDelayTime: 5,
    connectRetryTime: 120,
    delayOpenTime: 0,
    errorWaitTimeMin: 60,
    errorWaitTimeMax: 300,
    errorForgetTime: 300,
    disableAfterError: false,
    disableAfterCease: [],
    ...overrides,
  };
}

/** The other end of `config`: its AS and identifier, everything else the same. */
export function mirrored(config: PeerFsmConfig, localId: number): PeerFsmConfig {
  return { ...config, localAs: config.neighborAs ?? 65002, neighborAs: config.localAs, localId };
}

export const peerOpen = (overrides: Partial<PeerFsmConfig> = {}) =>
  buildOpen(mirrored(peerConfig(overrides), overrides.localId ?? 0x0a000002));

/** A small generator with a seed (mulberry32), so that every run is the same. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** No jitter. */
export const never = (): number => 0;

/** `close 1 N 6/7`, `dial 1`, `session-up 1`, ... in one line each; state changes and logs left out. */
export function brief(actions: readonly Action[]): string[] {
  const words: string[] = [];
  for (const action of actions) {
    switch (action.type) {
      case 'state':
      case 'error':
        break;
      case 'close':
        words.push(`close ${action.connection}${notificationWord(action.notification)}${action.reset ? ' RST' : ''}`);
        break;
      case 'refuse':
        words.push(`refuse${notificationWord(action.notification)}`);
        break;
      case 'session-down':
        words.push(`session-down ${action.connection}${action.keepRoutes ? ' keep' : ''}`);
        break;
      case 'routes':
        words.push(`routes ${action.family.name} ${action.change}`);
        break;
      case 'check':
        words.push(`check ${action.timer} ${action.connection}`);
        break;
      case 'disable':
        words.push('disable');
        break;
      default:
        words.push(`${action.type} ${action.connection}`);
    }
  }
  return words;
}

function notificationWord(notification: NotificationError | undefined): string {
  if (notification === undefined) return '';
  const data = [...notification.data].map((octet) => octet.toString(16).padStart(2, '0')).join('');
  return ` N ${notification.code}/${notification.subcode}${data === '' ? '' : ` ${data}`}`;
}
