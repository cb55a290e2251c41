/**
 * Why a connection or a session ended, in the vocabulary that operators know from BIRD: whose fault, and a short text.
 * `show protocols` prints the class as a prefix ("Received: ", "Socket: ") before the text.
 */
import { type NotificationError, notificationText } from '../bgp/index.ts';

/**
 * `misc`: found here, outside the protocol; `socket`: TCP; `received`: the peer's NOTIFICATION; `sent`: ours;
 * `automatic`: a limit shut it down; `manual`: the operator.
 */
export type ErrorClass = 'none' | 'misc' | 'socket' | 'received' | 'sent' | 'automatic' | 'manual';

export interface LastError {
  readonly class: ErrorClass;
  readonly text: string;
  /** The NOTIFICATION behind it; code 0 where there was none. */
  readonly code: number;
  readonly subcode: number;
  /** RFC 9003 text that the peer sent with its Cease, safe to print; '' when there is none. */
  readonly communication: string;
}

export const NO_ERROR: LastError = Object.freeze({
  class: 'none',
  text: '',
  code: 0,
  subcode: 0,
  communication: '',
});

/** The operator switched it off or restarted it; shown as nothing. */
export const MANUAL_STOP: LastError = Object.freeze({ ...NO_ERROR, class: 'manual' });

/** Texts of class `misc`: reasons that lie outside the protocol. */
export const LocalReason = {
  NeighborLost: 'Neighbor lost',
  InvalidNextHop: 'Invalid next hop',
  AuthenticationFailed: 'Authentication failed',
  NoListeningSocket: 'No listening socket',
  LinkDown: 'Link down',
  BfdSessionDown: 'BFD session down',
  GracefulRestart: 'Graceful restart',
} as const;
export type LocalReason = (typeof LocalReason)[keyof typeof LocalReason];

export function localError(reason: LocalReason): LastError {
  return { ...NO_ERROR, class: 'misc', text: reason };
}

/** A prefix limit with action restart or disable was hit. */
export const ROUTE_LIMIT_EXCEEDED: LastError = Object.freeze({
  ...NO_ERROR,
  class: 'automatic',
  text: 'Route limit exceeded',
});

/** `text` is the operating system's, `Connection closed` for an orderly end. */
export function socketError(text: string): LastError {
  return { ...NO_ERROR, class: 'socket', text };
}

export function notificationSent(notification: NotificationError): LastError {
  return fromNotification('sent', notification, '');
}

export function notificationReceived(notification: NotificationError, communication: string): LastError {
  return fromNotification('received', notification, communication);
}

function fromNotification(kind: ErrorClass, notification: NotificationError, communication: string): LastError {
  const { code, subcode } = notification;
  return { class: kind, text: notificationText(code, subcode), code, subcode, communication };
}

/** Words of `show protocols` before the text of a last error. */
const CLASS_PREFIX: Readonly<Record<ErrorClass, string>> = {
  none: '',
  misc: 'Error: ',
  socket: 'Socket: ',
  received: 'Received: ',
  sent: 'BGP Error: ',
  automatic: 'Automatic shutdown: ',
  manual: '',
};

export function formatLastError(error: LastError): string {
  return CLASS_PREFIX[error.class] + error.text;
}
