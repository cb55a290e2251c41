/**
 * Protocols that come from elsewhere than the configuration: a protocol of the configuration that follows a datastore
 * brings them. The daemon runs both as one configuration; what the file says stands, and what would fight with it is
 * left out and named.
 */
import type { DaemonConfig, ProtocolConfig } from '../../config/index.ts';

export interface Overlay {
  readonly protocols: readonly ProtocolConfig[];
  /** Where the configuration names none. */
  readonly routerId: number | undefined;
}

/** Made anew for each configuration that it is laid over. */
export type OverlayMaker = (base: DaemonConfig) => Overlay;

export interface OverlayPort {
  /** Sets what `owner` brings, or takes it away; resolves when the daemon runs accordingly. */
  set(owner: string, maker: OverlayMaker | undefined): Promise<void>;
}

/** Both as one; `report` hears what was left out. */
export function layOver(
  base: DaemonConfig,
  overlays: Iterable<Overlay>,
  report: (text: string) => void = () => {},
): DaemonConfig {
  const protocols = [...base.protocols];
  const names = new Set(protocols.map((protocol) => protocol.name));
  let routerId = base.routerId;
  for (const overlay of overlays) {
    routerId ??= overlay.routerId;
    for (const protocol of overlay.protocols) {
      const rival = rivalOf(protocol, protocols);
      if (rival !== undefined) {
        // One who looks at the interfaces is enough, whoever it is.
        if (protocol.kind !== 'device') report(`${protocol.name} from the datastore gives way to ${rival}`);
        continue;
      }
      if (names.has(protocol.name)) {
        report(`${protocol.name} from the datastore is left out: the configuration has a protocol of that name`);
        continue;
      }
      names.add(protocol.name);
      protocols.push(protocol);
    }
  }
  return protocols.length === base.protocols.length && routerId === base.routerId
    ? base
    : { ...base, routerId, protocols };
}

/** The protocol that does already what this one would do. */
function rivalOf(protocol: ProtocolConfig, others: readonly ProtocolConfig[]): string | undefined {
  const does = (other: ProtocolConfig): boolean => {
    switch (protocol.kind) {
      case 'device':
        return other.kind === 'device';
      case 'kernel':
        return (
          other.kind === 'kernel' &&
          other.channel.family === protocol.channel.family &&
          (other.kernelTable === protocol.kernelTable || other.channel.table === protocol.channel.table)
        );
      case 'direct':
        return (
          other.kind === 'direct' &&
          other.channels.some((channel) => protocol.channels.some((own) => own.table === channel.table))
        );
      default:
        return false;
    }
  };
  return others.find(does)?.name;
}
