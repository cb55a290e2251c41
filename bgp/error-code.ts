/**
 * Error codes and subcodes of NOTIFICATION (RFC 4271 section 4.5; IANA bgp-parameters) and the words for them that BIRD's
 * users know from logs and `show protocols`.
 */

export const ErrorCode = {
  MessageHeader: 1,
  Open: 2,
  Update: 3,
  HoldTimerExpired: 4,
  FiniteStateMachine: 5,
  Cease: 6,
  RouteRefresh: 7,
  SendHoldTimerExpired: 8,
} as const;
export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];

export const HeaderSubcode = { NotSynchronized: 1, BadLength: 2, BadType: 3 } as const;

export const OpenSubcode = {
  Unspecific: 0,
  UnsupportedVersion: 1,
  BadPeerAs: 2,
  BadIdentifier: 3,
  UnsupportedOptionalParameter: 4,
  UnacceptableHoldTime: 6,
  /** RFC 5492. */
  UnsupportedCapability: 7,
  /** RFC 9234. */
  RoleMismatch: 11,
} as const;

export const UpdateSubcode = {
  Unspecific: 0,
  MalformedAttributeList: 1,
  UnrecognizedWellKnown: 2,
  MissingWellKnown: 3,
  AttributeFlags: 4,
  AttributeLength: 5,
  InvalidOrigin: 6,
  InvalidNextHop: 8,
  OptionalAttribute: 9,
  InvalidNetworkField: 10,
  MalformedAsPath: 11,
} as const;

/** RFC 6608. */
export const FsmSubcode = { Unspecific: 0, OpenSent: 1, OpenConfirm: 2, Established: 3 } as const;

/** RFC 4486, 8538, 9384. */
export const CeaseSubcode = {
  Unspecific: 0,
  MaximumPrefixes: 1,
  AdministrativeShutdown: 2,
  PeerDeconfigured: 3,
  AdministrativeReset: 4,
  ConnectionRejected: 5,
  ConfigurationChange: 6,
  ConnectionCollision: 7,
  OutOfResources: 8,
  HardReset: 9,
  BfdDown: 10,
} as const;

/** RFC 7313 section 5. */
export const RouteRefreshSubcode = { InvalidLength: 1 } as const;

/** By 256 * code + subcode. */
const TEXTS: ReadonlyMap<number, string> = new Map(
  (
    [
      [1, 0, 'Invalid message header'],
      [1, 1, 'Connection not synchronized'],
      [1, 2, 'Bad message length'],
      [1, 3, 'Bad message type'],
      [2, 0, 'Invalid OPEN message'],
      [2, 1, 'Unsupported version number'],
      [2, 2, 'Bad peer AS'],
      [2, 3, 'Bad BGP identifier'],
      [2, 4, 'Unsupported optional parameter'],
      [2, 5, 'Authentication failure'],
      [2, 6, 'Unacceptable hold time'],
      [2, 7, 'Required capability missing'],
      [2, 8, 'No supported AFI/SAFI'],
      [2, 11, 'Role mismatch'],
      [3, 0, 'Invalid UPDATE message'],
      [3, 1, 'Malformed attribute list'],
      [3, 2, 'Unrecognized well-known attribute'],
      [3, 3, 'Missing mandatory attribute'],
      [3, 4, 'Invalid attribute flags'],
      [3, 5, 'Invalid attribute length'],
      [3, 6, 'Invalid ORIGIN attribute'],
      [3, 7, 'AS routing loop'],
      [3, 8, 'Invalid NEXT_HOP attribute'],
      [3, 9, 'Optional attribute error'],
      [3, 10, 'Invalid network field'],
      [3, 11, 'Malformed AS_PATH'],
      [4, 0, 'Hold timer expired'],
      [5, 0, 'Finite state machine error'],
      [5, 1, 'Unexpected message in OpenSent state'],
      [5, 2, 'Unexpected message in OpenConfirm state'],
      [5, 3, 'Unexpected message in Established state'],
      [6, 0, 'Cease'],
      [6, 1, 'Maximum number of prefixes reached'],
      [6, 2, 'Administrative shutdown'],
      [6, 3, 'Peer de-configured'],
      [6, 4, 'Administrative reset'],
      [6, 5, 'Connection rejected'],
      [6, 6, 'Other configuration change'],
      [6, 7, 'Connection collision resolution'],
      [6, 8, 'Out of Resources'],
      [6, 9, 'Hard reset'],
      [6, 10, 'BFD session down'],
      [7, 0, 'Invalid ROUTE-REFRESH message'],
      [7, 1, 'Invalid ROUTE-REFRESH message length'],
      [8, 0, 'Send hold timer expired'],
    ] as const
  ).map(([code, subcode, text]) => [256 * code + subcode, text]),
);

/** A text for every pair, also for those that nobody has defined: `Unknown error 9.4`. */
export function notificationText(code: number, subcode: number): string {
  return TEXTS.get(256 * code + subcode) ?? `Unknown error ${code}.${subcode}`;
}
