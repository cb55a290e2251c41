/** Capability codes (IANA capability-codes). */
export const CapabilityCode = {
  Multiprotocol: 1,
  RouteRefresh: 2,
  ExtendedNextHop: 5,
  ExtendedMessage: 6,
  Role: 9,
  GracefulRestart: 64,
  As4: 65,
  AddPath: 69,
  EnhancedRefresh: 70,
  LongLivedGracefulRestart: 71,
  Hostname: 73,
} as const;
export type CapabilityCode = (typeof CapabilityCode)[keyof typeof CapabilityCode];
