/** The words for the life of a protocol, and what others may do with one without knowing its kind. */

export type ProtocolState = 'down' | 'start' | 'up' | 'stop' | 'flush';

/** BIRD's word in the `Proto` column. */
export type ProtocolLabel =
  | 'BGP'
  | 'Kernel'
  | 'Static'
  | 'Direct'
  | 'Device'
  | 'Pipe'
  | 'Calico'
  | 'BFD'
  | 'RPKI'
  | 'MRT'
  | 'BMP'
  | 'Aggregator'
  | 'L3VPN';

/** Why a protocol goes down; decides what the other side is told and what happens after. */
export type ShutdownReason =
  | 'disable'
  | 'restart'
  | 'remove'
  | 'reconfigure'
  | 'limit-restart'
  | 'limit-disable'
  | 'daemon-stop'
  | 'graceful-restart';

export interface RunningProtocol {
  readonly name: string;
  readonly label: ProtocolLabel;
  readonly state: ProtocolState;
  start(): void;
  restart(message?: string, reason?: ShutdownReason): void;
  disable(message?: string, reason?: ShutdownReason): void;
}
