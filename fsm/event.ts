/**
 * What happens to a neighbour, as seen by the driver. Everything that a session needs to be told and that is not worth
 * an object each time (octets read, octets written) has a method of its own on `PeerFsm`.
 */
import type { AddressFamily, NotificationError, OpenMessage } from '../bgp/index.ts';
import type { ConnectionId } from './action.ts';
import type { LastError } from './last-error.ts';

export type FsmEvent =
  /**
   * Begin, or go on after a session whose routes have been removed by now. `manual`: the operator asks; a waiting time
   * left over from earlier errors is forgotten.
   */
  | { readonly type: 'start'; readonly manual: boolean }
  | {
      readonly type: 'stop';
      /** Told to the peer where a session has got so far that it understands it; `undefined`: TCP just ends. */
      readonly notification: NotificationError | undefined;
      readonly error: LastError;
      /** True: counts as an error, and the next start waits (AutomaticStop). False: errors are forgotten (ManualStop). */
      readonly backOff: boolean;
    }
  /** The earliest deadline has come. */
  | { readonly type: 'timer' }
  /** The answer to the action `check`. */
  | { readonly type: 'checked'; readonly connection: ConnectionId; readonly timer: 'hold' | 'send-hold' }
  // TCP
  | { readonly type: 'connect-succeeded'; readonly connection: ConnectionId }
  | { readonly type: 'connect-failed'; readonly connection: ConnectionId; readonly text: string }
  /** The neighbour opened a connection to us; the first action says whether it is kept. */
  | { readonly type: 'incoming' }
  /** `text`: the operating system's word, `Connection closed` for an orderly end. */
  | { readonly type: 'closed'; readonly connection: ConnectionId; readonly text: string }
  // Messages
  | { readonly type: 'open'; readonly connection: ConnectionId; readonly open: OpenMessage }
  | { readonly type: 'keepalive'; readonly connection: ConnectionId }
  /**
   * An UPDATE, however good its attributes. Only needed while the connection is not Established (see
   * `PeerFsm.isEstablished`): there, UPDATEs are the driver's own business.
   */
  | { readonly type: 'update'; readonly connection: ConnectionId }
  | { readonly type: 'route-refresh'; readonly connection: ConnectionId }
  | {
      readonly type: 'notification';
      readonly connection: ConnectionId;
      readonly notification: NotificationError;
    }
  /** Framing is lost, or the header lies (RFC 4271 section 6.1). */
  | { readonly type: 'header-error'; readonly connection: ConnectionId; readonly error: NotificationError }
  /** An OPEN that cannot be decoded (RFC 4271 section 6.2). */
  | { readonly type: 'open-error'; readonly connection: ConnectionId; readonly error: NotificationError }
  /** An UPDATE or ROUTE-REFRESH whose error asks for the end of the session (RFC 7606). */
  | { readonly type: 'update-error'; readonly connection: ConnectionId; readonly error: NotificationError }
  /** The peer's End-of-RIB of one family (RFC 4724 section 2). */
  | { readonly type: 'end-of-rib'; readonly connection: ConnectionId; readonly family: AddressFamily };
