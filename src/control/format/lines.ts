/**
 * What layouts write to: numbered lines. Who gets them decides about the wire form (session: BIRD's protocol; tests: a
 * list), so a layout never thinks of prefixes, continuation or buffers.
 */

export interface Lines {
  /** One line of a reply that goes on. */
  line(code: number, text: string): void;
}

/** Reply codes that layouts use (BIRD's numbers; clients tell lines apart by them). */
export const Code = {
  Ok: 0,
  Welcome: 1,
  ReadingConfiguration: 2,
  Reconfigured: 3,
  ReconfigurationInProgress: 4,
  ReconfigurationQueued: 5,
  ReconfigurationIgnored: 6,
  ShutdownOrdered: 7,
  AlreadyDisabled: 8,
  Disabled: 9,
  AlreadyEnabled: 10,
  Enabled: 11,
  Restarted: 12,
  StatusReport: 13,
  RouteCount: 14,
  Reloading: 15,
  AccessRestricted: 16,
  ConfigurationUnqueued: 17,
  ConfigurationConfirmed: 18,
  NothingToDo: 19,
  ConfigurationOk: 20,
  UndoRequested: 21,
  UndoScheduled: 22,
  Evaluated: 23,
  GracefulRestart: 24,
  GracefulRestartOrdered: 25,
  Version: 1000,
  Interface: 1001,
  Protocol: 1002,
  InterfaceAddress: 1003,
  InterfaceFlags: 1004,
  InterfaceSummary: 1005,
  ProtocolDetail: 1006,
  Route: 1007,
  RouteType: 1008,
  StaticRoute: 1009,
  Symbol: 1010,
  Uptime: 1011,
  RouteAttribute: 1012,
  Memory: 1018,
  Bfd: 1020,
  /** Peregrine: one element of a list, as JSON. */
  JsonElement: 1900,
  /** Peregrine: one document, as JSON. */
  JsonDocument: 1901,
  /** Peregrine: what became of a route, `show route ... why`. */
  RouteReason: 1902,
  /** Peregrine: the cluster, `show calico`. */
  Calico: 1903,
  ProtocolHeading: 2002,
  InterfaceHeading: 2005,
  ReplyTooLong: 8000,
  NetworkNotFound: 8001,
  ConfigurationError: 8002,
  NoProtocolsMatch: 8003,
  ProtocolDown: 8005,
  ReloadFailed: 8006,
  AccessDenied: 8007,
  RuntimeError: 8008,
  FileError: 8009,
  CommandTooLong: 9000,
  ParseError: 9001,
  NoSuchName: 9002,
} as const;

/** `text` in a column of `width`, blanks behind it; longer texts push the columns after them. */
export function left(text: string, width: number): string {
  return text.padEnd(width, ' ');
}

/** `text` in a column of `width`, blanks before it. */
export function right(text: string | number, width: number): string {
  return String(text).padStart(width, ' ');
}

/** Seconds with milliseconds, as BIRD shows what a timer has left: `165.519`. */
export function seconds(ms: number): string {
  return (Math.max(0, Math.round(ms)) / 1000).toFixed(3);
}
