/**
 * What the state machine wants done. Actions are values: `PeerFsm.handle` returns them in the order in which they are
 * to be carried out, and the driver reports the outcome as new events. Nothing here is asynchronous, so the machine is
 * never half advanced.
 */
import type { NotificationError, OpenMessage } from '../bgp/index.ts';
import type { LastError } from './last-error.ts';
import type { Negotiation } from './negotiation.ts';
import type { RouteAction } from './route-action.ts';
import type { SessionState } from './transition.ts';

/**
 * Names one TCP connection (or the attempt to open one) for its whole life; never used twice by a neighbour. An event
 * about a connection that the machine has already given up carries an old number and changes nothing.
 */
export type ConnectionId = number;

/** Who dialled: we, or the neighbour. */
export type Direction = 'outgoing' | 'incoming';

export type Action =
  /** Open a TCP connection to the neighbour; answer `connect-succeeded` or `connect-failed`. */
  | { readonly type: 'dial'; readonly connection: ConnectionId }
  /** Keep the connection that was just offered by `incoming`, under this number. */
  | { readonly type: 'accept'; readonly connection: ConnectionId }
  /** Close the connection that was just offered by `incoming`; `notification` first, where there is one. */
  | { readonly type: 'refuse'; readonly notification: NotificationError | undefined; readonly reason: string }
  | { readonly type: 'send-open'; readonly connection: ConnectionId; readonly open: OpenMessage }
  | { readonly type: 'send-keepalive'; readonly connection: ConnectionId }
  /**
   * Stop reading, send the notification (if any) behind what the kernel already took, flush for a bounded time, close.
   * `reset`: end with RST, queued data is of no use (RFC 9687). Also ends an attempt to connect. No event about this
   * connection is expected any more.
   */
  | {
      readonly type: 'close';
      readonly connection: ConnectionId;
      readonly notification: NotificationError | undefined;
      readonly reset: boolean;
    }
  /** The session is Established: attach the channels, send routes and End-of-RIB. */
  | { readonly type: 'session-up'; readonly connection: ConnectionId; readonly negotiation: Negotiation }
  /**
   * The Established session is over: detach the channels. `keepRoutes`: the peer is expected back (graceful restart),
   * `routes` actions say what becomes of each family. Otherwise every route of the neighbour has to go, and the machine
   * rests until `start`.
   */
  | {
      readonly type: 'session-down';
      readonly connection: ConnectionId;
      readonly error: LastError;
      readonly keepRoutes: boolean;
    }
  | RouteAction
  /**
   * A timer of silence ran out. Let the event loop read and write every socket once more, report what it found
   * (`received`, `written`, messages, `closed`), then answer `checked`: only then the session ends.
   */
  | { readonly type: 'check'; readonly connection: ConnectionId; readonly timer: 'hold' | 'send-hold' }
  /** A connection changed its state; for logs and `show protocols`. */
  | {
      readonly type: 'state';
      readonly direction: Direction;
      readonly from: SessionState;
      readonly to: SessionState;
    }
  /** A connection or session ended for this reason; for logs. `waitSeconds`: start is put off so long, 0 for not. */
  | { readonly type: 'error'; readonly error: LastError; readonly waitSeconds: number }
  /** `disable after error`, `disable after cease`: the neighbour stays down until the operator acts. */
  | { readonly type: 'disable'; readonly error: LastError };
