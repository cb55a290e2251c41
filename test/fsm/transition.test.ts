import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { NotificationError } from '../../bgp/index.ts';
import { type Action, type ConnectionId, SESSION_STATE_NAMES, SessionState, TRANSITIONS } from '../../fsm/index.ts';
import { buildOpen, negotiate } from '../../fsm/negotiation.ts';
import { Session, type SessionHost } from '../../fsm/session.ts';
import type { SessionEventName } from '../../fsm/transition.ts';
import { brief, never, peerConfig, peerOpen } from './harness.ts';

/**
 * RFC 4271 section 8.2.2, one line for each event, one field for each state. `-`: no change at all. Otherwise the next
 * state (`=` for the same), then what is sent (`O`, `K`, `N code/subcode data`), `dial`, and how the neighbour takes it
 * (`count`, `damp`). Written from the RFC, not from the code.
 */
const EXPECTED: Readonly<Record<SessionEventName, string>> = {
  start: 'Connect dial | - | - | - | - | -',
  'start-passive': 'Active | - | - | - | - | -',
  'manual-stop': '- | Idle | Idle | Idle N 6/2 | Idle N 6/2 | Idle N 6/2',
  'automatic-stop': '- | Idle damp | Idle damp | Idle N 6/2 damp | Idle N 6/2 damp | Idle N 6/2 damp',
  'connect-retry-expired': '- | = dial | Connect dial | Idle N 5/0 damp | Idle N 5/0 damp | Idle N 5/0 damp',
  'hold-expired': '- | Idle damp | Idle damp | Idle N 4/0 damp | Idle N 4/0 damp | Idle N 4/0 damp',
  'keepalive-expired': '- | Idle damp | Idle damp | Idle N 5/0 damp | = K | = K',
  'delay-open-expired': '- | OpenSent O | OpenSent O | Idle N 5/0 damp | Idle N 5/0 damp | Idle N 5/0 damp',
  'tcp-up': '- | OpenSent O | OpenSent O | - | - | -',
  'tcp-up, DelayOpen': '- | - | - | - | - | -',
  'tcp-fails': '- | Idle | Idle count | Active count | Idle count | Idle count',
  'tcp-fails, DelayOpen': '- | Active | Idle count | - | - | -',
  open: '- | Idle damp | Idle damp | OpenConfirm K | Idle N 5/2 01 damp | Idle N 5/3 01 damp',
  'open, DelayOpen':
    '- | OpenConfirm O K | OpenConfirm O K | Idle N 5/1 01 damp | Idle N 5/2 01 damp | Idle N 5/3 01 damp',
  'header-error': '- | Idle damp | Idle damp | Idle N 1/1 damp | Idle N 1/1 damp | Idle N 1/1 damp',
  'open-error': '- | Idle damp | Idle damp | Idle N 2/2 damp | Idle N 2/2 damp | Idle N 5/3 01 damp',
  'collision-dump': '- | Idle | Idle | Idle N 6/7 | Idle N 6/7 | -',
  'notification-version': '- | Idle damp | Idle damp | Idle | Idle | Idle count',
  'notification-version, DelayOpen': '- | Idle | Idle | - | - | -',
  notification: '- | Idle damp | Idle damp | Idle damp | Idle damp | Idle damp',
  keepalive: '- | Idle damp | Idle damp | Idle N 5/1 04 damp | Established | =',
  update: '- | Idle damp | Idle damp | Idle N 5/1 02 damp | Idle N 5/2 02 damp | =',
  'update-error': '- | Idle damp | Idle damp | Idle N 5/1 02 damp | Idle N 5/2 02 damp | Idle N 3/1 damp',
  'route-refresh': '- | Idle damp | Idle damp | Idle N 5/1 05 damp | Idle N 5/2 05 damp | =',
  'send-hold-expired': '- | - | - | - | - | Idle N 8/0 damp',
};

const MESSAGE_TYPE: Partial<Record<SessionEventName, number>> = {
  open: 1,
  'open, DelayOpen': 1,
  'open-error': 1,
  keepalive: 4,
  update: 2,
  'update-error': 2,
  'route-refresh': 5,
};

const GIVEN: Partial<Record<SessionEventName, NotificationError>> = {
  'manual-stop': new NotificationError(6, 2),
  'automatic-stop': new NotificationError(6, 2),
  'header-error': new NotificationError(1, 1),
  'open-error': new NotificationError(2, 2),
  'update-error': new NotificationError(3, 1),
};

class Recorder implements SessionHost {
  readonly config = peerConfig();
  readonly random = never;
  actions: Action[] = [];
  penalty = 'none';
  endings = 0;
  readonly session = new Session('outgoing', this);
  #last = 0;
  emit(action: Action): void {
    this.actions.push(action);
  }
  nextConnection(): ConnectionId {
    return ++this.#last;
  }
  localOpen() {
    return buildOpen(this.config);
  }
  established(): void {}
  lost(): void {}
  ended(_session: Session, _error: unknown, penalty: 'none' | 'count' | 'damp'): void {
    this.endings++;
    this.penalty = penalty;
  }
}

/** A session that went the ordinary way to `state`. */
function sessionIn(state: SessionState): Recorder {
  const host = new Recorder();
  const { session } = host;
  const step = (event: SessionEventName): void => session.step(event, 0);
  if (state === SessionState.Active) step('start-passive');
  else if (state !== SessionState.Idle) step('start');
  if (state >= SessionState.OpenSent) session.tcpUp(0);
  if (state >= SessionState.OpenConfirm) {
    const negotiation = negotiate(host.config, peerOpen());
    assert.ok(!(negotiation instanceof NotificationError));
    session.negotiation = negotiation;
    step('open');
  }
  if (state === SessionState.Established) step('keepalive');
  assert.equal(session.state, state);
  host.actions = [];
  host.penalty = 'none';
  host.endings = 0;
  return host;
}

function observed(host: Recorder, before: SessionState): string {
  const { session, actions } = host;
  const words: string[] = [];
  for (const action of actions) {
    if (action.type === 'send-open') words.push('O');
    else if (action.type === 'send-keepalive') words.push('K');
    else if (action.type === 'dial') words.push('dial');
    else if (action.type === 'close' && action.notification !== undefined) {
      words.push(
        brief([action])[0]
          ?.replace(/^close \d+ /, '')
          .replace(' RST', '') ?? '',
      );
    }
  }
  if (host.penalty !== 'none') words.push(host.penalty);
  const state = session.state === before ? '=' : SESSION_STATE_NAMES[session.state];
  return [state, ...words].join(' ');
}

describe('the table of states and events', () => {
  for (const [event, line] of Object.entries(EXPECTED) as [SessionEventName, string][]) {
    const cells = line.split(' | ');
    it(`${event}: ${line}`, () => {
      assert.equal(cells.length, 6);
      for (const state of Object.values(SessionState)) {
        const host = sessionIn(state);
        const messageType = MESSAGE_TYPE[event];
        const notification = GIVEN[event];
        if (event === 'open, DelayOpen') host.session.negotiation ??= negotiationOf(host);
        host.session.step(event, 1000, {
          ...(messageType === undefined ? {} : { messageType }),
          ...(notification === undefined ? {} : { notification }),
        });
        const expected = cells[state] === '-' ? '=' : cells[state];
        assert.equal(observed(host, state), expected, `${event} in ${SESSION_STATE_NAMES[state]}`);
        checkRest(host, state);
      }
    });
  }

  it('has a row for every event and a cell for every state', () => {
    assert.deepEqual(Object.keys(TRANSITIONS).sort(), Object.keys(EXPECTED).sort());
    for (const row of Object.values(TRANSITIONS)) assert.equal(row.length, 6);
  });
});

function negotiationOf(host: Recorder) {
  const negotiation = negotiate(host.config, peerOpen());
  assert.ok(!(negotiation instanceof NotificationError));
  return negotiation;
}

/** What is true after any event: Idle keeps nothing, and a connection that ended was closed exactly once. */
function checkRest(host: Recorder, before: SessionState): void {
  const { session, actions } = host;
  const closes = actions.filter((action) => action.type === 'close').length;
  if (session.state === SessionState.Idle) {
    assert.equal(session.deadline, Number.POSITIVE_INFINITY, 'no timer is left in Idle');
    assert.equal(session.connection, 0, 'no connection is left in Idle');
    if (before !== SessionState.Idle) assert.equal(host.endings, 1);
    const hadConnection = before !== SessionState.Idle && before !== SessionState.Active;
    assert.equal(closes, hadConnection ? 1 : 0, `closed once, from ${SESSION_STATE_NAMES[before]}`);
  } else {
    assert.ok(closes <= 1);
  }
  if (session.state === SessionState.OpenConfirm || session.state === SessionState.OpenSent) {
    assert.ok(session.hold.running, 'waiting for the peer is bounded');
  }
}
