/** Protocols and channels as the control side sees them (src/control/host.ts): snapshots, made when asked for. */
import type { BgpChannelConfig } from '../../config/index.ts';
import type { ExportStats, ImportStats } from '../../rib/index.ts';
import type {
  ChannelView,
  ColumnCounters,
  DirectionCounters,
  LimitView,
  ProtocolDetail,
  ProtocolView,
} from '../control/host.ts';
import { PipeProtocol } from '../origin/pipe.ts';
import { BgpProtocol } from '../peer/bgp-protocol.ts';
import type { Channel } from '../protocol/channel.ts';
import type { Protocol } from '../protocol/protocol.ts';
import type { Recovery } from '../protocol/recovery.ts';

export function protocolView(protocol: Protocol, mrtdump: number, recovery: Recovery): ProtocolView {
  const { config } = protocol;
  return {
    name: protocol.name,
    kind: protocol.label,
    table: protocol.tableLabel === '---' ? undefined : protocol.tableLabel,
    state: protocol.state,
    since: protocol.since,
    disabled: protocol.disabled,
    info: protocol.info,
    description: config.description,
    message: protocol.message,
    routerId: config.routerId,
    vrf: config.vrf,
    debug: protocol.debug,
    mrtdump,
    detail: detailOf(protocol),
    channels: protocol.channels.map((channel) => channelView(protocol, channel, recovery)),
  };
}

function detailOf(protocol: Protocol): ProtocolDetail | undefined {
  if (protocol instanceof BgpProtocol || protocol instanceof PipeProtocol) return protocol.detail();
  return undefined;
}

function channelView(protocol: Protocol, channel: Channel, recovery: Recovery): ChannelView {
  const { config, adjRibIn, exportSide } = channel;
  const bgp = protocol instanceof BgpProtocol;
  return {
    name: channel.name,
    state: channel.state,
    table: channel.runner.table.name,
    preference: config.preference,
    inputFilter: config.importPolicy.label,
    outputFilter: config.exportPolicy.label,
    recovery: recovery.active
      ? { pending: recovery.isWaitingFor(channel), waiting: waitsForRecovery(protocol, channel) }
      : undefined,
    receiveLimit: limitView(config.receiveLimit, adjRibIn?.receiveLimit.hit),
    importLimit: limitView(config.importLimit, adjRibIn?.importLimit.hit),
    exportLimit: limitView(config.exportLimit, exportSide?.limitHit),
    exporting: exportSide !== undefined,
    feeding: exportSide?.feeding ?? false,
    routes: {
      imported: adjRibIn === undefined ? 0 : adjRibIn.stats.routesImported - adjRibIn.routesDormant,
      filtered: config.importKeepFiltered ? (adjRibIn?.stats.routesFiltered ?? 0) : undefined,
      exported: exportSide?.exportedCount ?? 0,
      preferred: adjRibIn?.routesPreferred ?? 0,
    },
    importCounters: importCounters(adjRibIn?.stats),
    exportCounters: exportCounters(exportSide?.stats),
    hasImportTable: bgp && (config as BgpChannelConfig).importTable,
    hasExportTable: bgp && (config as BgpChannelConfig).exportTable,
    bgp: protocol instanceof BgpProtocol ? protocol.channelDetail(channel) : undefined,
  };
}

/** What a running channel has to say is kept back until recovery is over. */
function waitsForRecovery({ config, state }: Protocol, { state: channelState, exportSide }: Channel): boolean {
  if (state !== 'up' || channelState !== 'UP') return false;
  return config.kind === 'kernel' ? config.gracefulRestart : config.kind === 'bgp' && exportSide === undefined;
}

function limitView(
  configured: { readonly count: number; readonly action: LimitView['action'] } | undefined,
  hit: boolean | undefined,
): LimitView | undefined {
  return configured === undefined
    ? undefined
    : { count: configured.count, action: configured.action, hit: hit ?? false };
}

const NO_COUNTERS: ColumnCounters = { received: 0, rejected: 0, filtered: 0, ignored: 0, accepted: 0 };

export function importCounters(stats: ImportStats | undefined): DirectionCounters {
  if (stats === undefined) return { updates: NO_COUNTERS, withdraws: NO_COUNTERS };
  return {
    updates: {
      received: stats.updatesReceived,
      rejected: stats.updatesInvalid,
      filtered: stats.updatesFiltered,
      ignored: stats.updatesIgnored,
      accepted: stats.updatesAccepted,
    },
    withdraws: {
      received: stats.withdrawsReceived,
      rejected: stats.withdrawsInvalid,
      filtered: 0,
      ignored: stats.withdrawsIgnored,
      accepted: stats.withdrawsAccepted,
    },
  };
}

export function exportCounters(stats: ExportStats | undefined): DirectionCounters {
  if (stats === undefined) return { updates: NO_COUNTERS, withdraws: NO_COUNTERS };
  return {
    updates: {
      received: stats.updatesReceived,
      rejected: stats.updatesRejected,
      filtered: stats.updatesFiltered,
      ignored: 0,
      accepted: stats.updatesAccepted,
    },
    withdraws: {
      ...NO_COUNTERS,
      received: stats.withdrawsReceived,
      accepted: stats.withdrawsAccepted,
    },
  };
}
