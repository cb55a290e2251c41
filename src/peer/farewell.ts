/** What a peer is told when a protocol stops, and what `show protocols` says of it afterwards. */
import { CeaseSubcode, ErrorCode, encodePrefixLimit, encodeShutdownText, NotificationError } from '../../bgp/index.ts';
import { type LastError, LocalReason, localError, MANUAL_STOP, ROUTE_LIMIT_EXCEEDED } from '../../fsm/index.ts';
import type { ShutdownReason } from '../protocol/protocol.ts';
import type { BgpChannel } from './bgp-channel.ts';

export interface Farewell {
  /** `undefined`: TCP just ends. */
  readonly notification: NotificationError | undefined;
  readonly error: LastError;
  /** It counts as an error: the next start waits. */
  readonly backOff: boolean;
}

/**
 * @param message what the operator said; goes to the peer with a shutdown or reset (RFC 9003).
 * @param cause why we stop, where it was nobody's wish.
 */
export function farewell(
  reason: ShutdownReason,
  message: string,
  cause: LastError | undefined,
  channels: readonly BgpChannel[],
): Farewell {
  if (cause !== undefined) return { notification: undefined, error: cause, backOff: false };
  switch (reason) {
    case 'disable':
    case 'daemon-stop':
      return manual(cease(CeaseSubcode.AdministrativeShutdown, encodeShutdownText(message)));
    case 'restart':
      return manual(cease(CeaseSubcode.AdministrativeReset, encodeShutdownText(message)));
    case 'remove':
      return manual(cease(CeaseSubcode.PeerDeconfigured));
    case 'reconfigure':
      return manual(cease(CeaseSubcode.ConfigurationChange));
    case 'limit-restart':
    case 'limit-disable':
      return {
        notification: limitReached(channels),
        error: ROUTE_LIMIT_EXCEEDED,
        backOff: reason === 'limit-restart',
      };
    case 'graceful-restart':
      // RFC 4724 section 4.1: a restart looks like a lost connection.
      return { notification: undefined, error: localError(LocalReason.GracefulRestart), backOff: false };
  }
}

/** RFC 4486 section 4: the family and its limit; for what we send, the peer's limit is not concerned. */
function limitReached(channels: readonly BgpChannel[]): NotificationError {
  for (const { family, channel } of channels) {
    const { adjRibIn } = channel;
    for (const limit of [adjRibIn?.receiveLimit, adjRibIn?.importLimit]) {
      const setting = limit?.setting;
      if (limit?.hit !== true || setting === undefined) continue;
      if (setting.action === 'restart' || setting.action === 'disable') {
        return cease(CeaseSubcode.MaximumPrefixes, encodePrefixLimit(family, setting.count));
      }
    }
  }
  return cease(CeaseSubcode.AdministrativeReset);
}

function manual(notification: NotificationError): Farewell {
  return { notification, error: MANUAL_STOP, backOff: false };
}

function cease(subcode: number, data?: Uint8Array): NotificationError {
  return new NotificationError(ErrorCode.Cease, subcode, data);
}
