/**
 * A static protocol for entries of ROA or ASPA tables. It carries no routes: filters ask the entries where they are, in
 * the configuration (src/filter-host.ts). It is there to be seen.
 */
import type { OriginsConfig } from '../../config/index.ts';
import type { Channel } from './channel.ts';
import type { ProtocolContext } from './context.ts';
import { Protocol, type ProtocolLabel } from './protocol.ts';

export class OriginsProtocol extends Protocol {
  readonly label: ProtocolLabel = 'Static';
  readonly channels: readonly Channel[] = [];

  constructor(config: OriginsConfig, context: ProtocolContext) {
    super(config, context);
  }

  protected onStart(): void {
    this.setState('up');
  }

  protected onStop(): void {
    this.finished();
  }

  protected onReconfigure(): void {}
}
