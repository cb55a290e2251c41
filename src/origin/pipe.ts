/**
 * `protocol pipe`: joins two tables of one family. Routes of each that pass the filter of their direction stand in the
 * other one too.
 *
 *   table  --export filter-->  peer table
 *          <--import filter--
 */
import { ACCEPT_ALL, RouteSourceKind } from '../../bgp/index.ts';
import type { ChannelConfig, PipeConfig, ProtocolConfig, ProtocolStep } from '../../config/index.ts';
import type { LimitView, PipeDetail } from '../control/host.ts';
import { Channel } from '../protocol/channel.ts';
import type { ProtocolContext } from '../protocol/context.ts';
import { Protocol, type ProtocolLabel, type ReloadDirection } from '../protocol/protocol.ts';
import { PipeDirection } from './pipe-direction.ts';

/** Of the pipe's own source; routes keep the preference that they came with. */
const PREFERENCE = 70;

export class PipeProtocol extends Protocol {
  readonly label: ProtocolLabel = 'Pipe';
  /** Into the table, into the peer table. Filters run on the way out of a table, so both let everything in. */
  readonly channels: readonly [Channel, Channel];
  #pipe: PipeConfig;
  #export: PipeDirection | undefined;
  #import: PipeDirection | undefined;

  constructor(config: PipeConfig, context: ProtocolContext) {
    super(config, context);
    this.#pipe = config;
    this.channels = [
      new Channel(this, channelConfig(config, 'table'), context, 'pri'),
      new Channel(this, channelConfig(config, 'peerTable'), context, 'sec'),
    ];
  }

  protected onStart(): void {
    const [main, peer] = this.channels;
    for (const channel of this.channels) {
      channel.open({ kind: RouteSourceKind.Pipe, preference: PREFERENCE, bgp: undefined });
    }
    const { importPolicy, exportPolicy, exportLimit } = this.#pipe;
    this.#export = new PipeDirection(this.context, {
      from: main,
      to: peer,
      policy: exportPolicy,
      limit: exportLimit,
      limitReached: (setting) => main.limitReached('export', setting),
    });
    this.#import = new PipeDirection(this.context, {
      from: peer,
      to: main,
      policy: importPolicy,
      limit: undefined,
      limitReached: () => {},
    });
    main.exportSide = this.#export;
    peer.exportSide = this.#import;
    this.setState('up');
  }

  protected onStop(): void {
    this.#export?.close();
    this.#import?.close();
    this.#export = this.#import = undefined;
    for (const channel of this.channels) channel.exportSide = undefined;
    this.finished();
  }

  protected onReconfigure(next: ProtocolConfig, { channels: [step] }: ProtocolStep): void {
    if (next.kind !== 'pipe') return;
    this.#pipe = next;
    const [main, peer] = this.channels;
    const lifted = main.reconfigure(channelConfig(next, 'table'), undefined) !== 'nothing';
    peer.reconfigure(channelConfig(next, 'peerTable'), undefined);
    const room = this.#export?.setPolicy(next.exportPolicy, next.exportLimit) === true;
    this.#import?.setPolicy(next.importPolicy, undefined);
    if (step?.reexport === true || room) this.#export?.refeed();
    if (step?.reimport === true || lifted) this.#import?.refeed();
  }

  override reload(direction: ReloadDirection): string | undefined {
    if (direction !== 'in') this.#export?.refeed();
    if (direction !== 'out') this.#import?.refeed();
    return undefined;
  }

  detail(): PipeDetail {
    const { table, peerTable, importPolicy, exportPolicy, importLimit, exportLimit } = this.#pipe;
    const [main, peer] = this.channels;
    return {
      type: 'pipe',
      table,
      peerTable,
      importState: stateOf(this.#import),
      exportState: stateOf(this.#export),
      importFilter: importPolicy.label,
      exportFilter: exportPolicy.label,
      importLimit: limitView(importLimit, main.adjRibIn?.importLimit.hit ?? false),
      exportLimit: limitView(exportLimit, this.#export?.limitHit ?? false),
      imported: main.importStats?.routesImported ?? 0,
      exported: peer.importStats?.routesImported ?? 0,
      importCounters: this.#import?.counters() ?? NO_COUNTERS,
      exportCounters: this.#export?.counters() ?? NO_COUNTERS,
    };
  }
}

const NOTHING = { received: 0, rejected: 0, filtered: 0, ignored: 0, accepted: 0 };
const NO_COUNTERS = { updates: NOTHING, withdraws: NOTHING };

function stateOf(direction: PipeDirection | undefined): 'down' | 'feed' | 'up' {
  if (direction === undefined) return 'down';
  return direction.feeding ? 'feed' : 'up';
}

function limitView(limit: PipeConfig['importLimit'], hit: boolean): LimitView | undefined {
  return limit === undefined ? undefined : { count: limit.count, action: limit.action, hit };
}

function channelConfig(config: PipeConfig, side: 'table' | 'peerTable'): ChannelConfig {
  return {
    family: config.family,
    table: config[side],
    preference: PREFERENCE,
    importPolicy: ACCEPT_ALL,
    exportPolicy: side === 'table' ? config.exportPolicy : config.importPolicy,
    importKeepFiltered: false,
    receiveLimit: undefined,
    importLimit: side === 'table' ? config.importLimit : undefined,
    exportLimit: undefined,
    rpkiReload: true,
    debug: config.debug,
    place: config.place,
  };
}
