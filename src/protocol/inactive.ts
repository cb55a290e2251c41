/**
 * A protocol that the configuration names and that this version reads but does not run. It is listed, it never comes
 * up, and the log has said so once.
 */
import type { InactiveConfig } from '../../config/index.ts';
import type { Channel } from './channel.ts';
import type { ProtocolContext } from './context.ts';
import { Protocol, type ProtocolLabel } from './protocol.ts';

const LABELS: Readonly<Record<string, ProtocolLabel>> = {
  bfd: 'BFD',
  rpki: 'RPKI',
  mrt: 'MRT',
  bmp: 'BMP',
  aggregator: 'Aggregator',
  l3vpn: 'L3VPN',
};

export class InactiveProtocol extends Protocol {
  readonly label: ProtocolLabel;
  readonly channels: readonly Channel[] = [];

  constructor(config: InactiveConfig, context: ProtocolContext) {
    super(config, context);
    this.label = LABELS[config.protocol] ?? 'BFD';
  }

  override get info(): string {
    return 'Not active in this version';
  }

  protected onStart(): void {}

  protected onStop(): void {
    this.finished();
  }

  protected onReconfigure(): void {}
}
