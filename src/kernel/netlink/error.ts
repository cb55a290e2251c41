/**
 * NLMSG_ERROR: how the kernel answers a request, with the words of the extended acknowledgement, and what its error
 * numbers mean for a route.
 *
 *   nlmsgerr:  error s32 (0: done; otherwise a negative errno), header of the request (16 octets), the rest of the
 *              request unless NLM_F_CAPPED, then attributes if NLM_F_ACK_TLVS: NLMSGERR_ATTR_MSG string
 *   NLMSG_DONE of a dump has the error s32 alone, then attributes under the same flag.
 */
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import {
  AttributeCursor,
  align4,
  hostI32,
  hostU32,
  MESSAGE_HEADER_LENGTH,
  type MessageCursor,
  MessageFlag,
  MessageType,
} from './wire.ts';

const ATTRIBUTE_MESSAGE = 1;
const ERROR_LENGTH = 4;

/** The errno of an NLMSG_ERROR or NLMSG_DONE message as a positive number; 0: success. */
export function messageErrno(message: MessageCursor): number {
  if (message.bodyEnd - message.bodyStart < ERROR_LENGTH) return 0;
  return Math.max(0, -hostI32(message.bytes, message.bodyStart));
}

/** What the kernel says about it in words; '' when it says nothing. */
export function messageErrorText(message: MessageCursor): string {
  if ((message.flags & MessageFlag.AckAttributes) === 0) return '';
  const { bytes, bodyStart, bodyEnd } = message;
  let at = bodyStart + ERROR_LENGTH;
  if (message.type === MessageType.Error) {
    if (bodyEnd - at < MESSAGE_HEADER_LENGTH) return '';
    const repeated = (message.flags & MessageFlag.Capped) !== 0 ? MESSAGE_HEADER_LENGTH : hostU32(bytes, at);
    if (repeated < MESSAGE_HEADER_LENGTH || repeated > bodyEnd - at) return '';
    at += align4(repeated);
  }
  const attributes = new AttributeCursor();
  attributes.open(bytes, at, bodyEnd);
  while (attributes.advance()) {
    if (attributes.type !== ATTRIBUTE_MESSAGE) continue;
    let text = '';
    for (let i = attributes.start; i < attributes.end && bytes[i] !== 0; i++) text += String.fromCharCode(bytes[i]!);
    return text;
  }
  return '';
}

/**
 * What an error says about a route. The families use different numbers for one thing (an unreachable gateway is
 * ENETUNREACH for IPv4 and EHOSTUNREACH for IPv6; nothing to replace is ESRCH and ENOENT), never one for two things:
 *
 * - `exists`: another route has the same prefix and metric.
 * - `missing`: nothing there to remove or replace.
 * - `unreachable`: the gateway cannot be reached from the interface.
 * - `interface`: the interface is down or gone.
 * - `busy`: try again soon; nothing is wrong with the route.
 * - `denied`: this process may not change routes.
 * - `refused`: the kernel does not accept such a route.
 */
export type RouteFailure = 'exists' | 'missing' | 'unreachable' | 'interface' | 'busy' | 'denied' | 'refused';

const { errno: ERRNO } = constants;

export function routeFailure(errno: number): RouteFailure {
  switch (errno) {
    case ERRNO.EEXIST:
      return 'exists';
    case ERRNO.ESRCH:
    case ERRNO.ENOENT:
      return 'missing';
    case ERRNO.ENETUNREACH:
    case ERRNO.EHOSTUNREACH:
      return 'unreachable';
    case ERRNO.ENETDOWN:
    case ERRNO.ENODEV:
    case ERRNO.ENXIO:
      return 'interface';
    case ERRNO.ENOBUFS:
    case ERRNO.EAGAIN:
    case ERRNO.EINTR:
    case ERRNO.ENOMEM:
    case ERRNO.EBUSY:
      return 'busy';
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return 'denied';
    default:
      return 'refused';
  }
}

/** The system's name and words for an errno, for a log line. */
export function errnoText(errno: number): string {
  const entry = getSystemErrorMap().get(-errno);
  return entry === undefined ? `error ${errno}` : `${entry[1]} (${entry[0]})`;
}
