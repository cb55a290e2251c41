/**
 * `show protocols` and `show protocols all` as BIRD 2 lays them out: one row a protocol; with `all` the generic lines,
 * what its kind has to tell, and a block for each channel.
 */
import { formatIpv4Word } from '../../../bgp/index.ts';
import type { TimeFormat } from '../../../config/index.ts';
import { escapeText } from '../../monitor/escape.ts';
import type { ChannelView, ColumnCounters, DirectionCounters, LimitView, PipeDetail, ProtocolView } from '../host.ts';
import { bgpInfo, formatBgpChannel, formatBgpDetail } from './bgp.ts';
import { Code, type Lines, left, right } from './lines.ts';
import { formatTime } from './time.ts';

export function formatProtocolHeading(lines: Lines): void {
  lines.line(Code.ProtocolHeading, row('Name', 'Proto', 'Table', 'State', 'Since', 'Info'));
}

export function formatProtocolRow(lines: Lines, protocol: ProtocolView, format: TimeFormat, now: number): void {
  const since = formatTime(format, protocol.since, now);
  const table = protocol.table ?? '---';
  const info = protocolInfo(protocol);
  lines.line(Code.Protocol, row(protocol.name, protocol.kind, table, protocol.state, since, info));
}

/** The `Info` column. */
export function protocolInfo(protocol: ProtocolView): string {
  const detail = protocol.detail;
  if (detail?.type === 'bgp') return bgpInfo(protocol.state, detail);
  if (detail?.type === 'pipe') return `${detail.table} <=> ${detail.peerTable}`;
  return escapeText(protocol.info);
}

export function formatProtocolDetail(lines: Lines, protocol: ProtocolView): void {
  const line = (text: string): void => lines.line(Code.ProtocolDetail, text);
  if (protocol.description !== undefined) line(`  Description:    ${escapeText(protocol.description)}`);
  if (protocol.message !== '') line(`  Message:        ${escapeText(protocol.message)}`);
  if (protocol.routerId !== undefined) line(`  Router ID:      ${formatIpv4Word(protocol.routerId)}`);
  if (protocol.vrf !== undefined) line(`  VRF:            ${escapeText(protocol.vrf)}`);
  const detail = protocol.detail;
  if (detail?.type === 'bgp') formatBgpDetail(line, protocol.state, detail);
  // The two channels of a pipe are one block.
  if (detail?.type === 'pipe') formatPipe(line, protocol, detail);
  else for (const channel of protocol.channels) formatChannel(line, channel);
  line('');
}

function formatChannel(line: (text: string) => void, channel: ChannelView): void {
  line(`  Channel ${channel.name}`);
  line(`    State:          ${channel.state}`);
  line(`    Table:          ${channel.table}`);
  line(`    Preference:     ${channel.preference}`);
  line(`    Input filter:   ${channel.inputFilter}`);
  line(`    Output filter:  ${channel.outputFilter}`);
  const { recovery } = channel;
  if (recovery !== undefined) {
    line(`    GR recovery:   ${recovery.pending ? ' pending' : ''}${recovery.waiting ? ' waiting' : ''}`);
  }
  formatLimit(line, 'Receive limit:', channel.receiveLimit);
  formatLimit(line, 'Import limit:', channel.importLimit);
  formatLimit(line, 'Export limit:', channel.exportLimit);
  if (channel.state !== 'DOWN') formatCounters(line, '    ', channel);
  if (channel.bgp !== undefined) formatBgpChannel(line, channel, channel.bgp);
}

function formatLimit(line: (text: string) => void, label: string, limit: LimitView | undefined): void {
  if (limit === undefined) return;
  line(`    ${left(label, 16)}${limit.count}${limit.hit ? ' [HIT]' : ''}`);
  line(`      Action:       ${limit.action}`);
}

/** Routes of a channel and what became of its changes. */
export function formatCounters(
  line: (text: string) => void,
  indent: string,
  { routes, importCounters, exportCounters }: Pick<ChannelView, 'routes' | 'importCounters' | 'exportCounters'>,
): void {
  const { imported, filtered, exported, preferred } = routes;
  const kept = filtered === undefined ? '' : `${filtered} filtered, `;
  line(`${indent}Routes:         ${imported} imported, ${kept}${exported} exported, ${preferred} preferred`);
  line(`${indent}${COUNTERS_HEADING}`);
  formatImport(line, `${indent}  `, importCounters);
  const { updates, withdraws } = exportCounters;
  line(`${indent}  Export updates:     ${columns(updates, 'received', 'rejected', 'filtered', undefined, 'accepted')}`);
  line(`${indent}  Export withdraws:   ${columns(withdraws, 'received', undefined, undefined, undefined, 'accepted')}`);
}

function formatPipe(line: (text: string) => void, protocol: ProtocolView, pipe: PipeDetail): void {
  line('  Channel main');
  line(`    Table:          ${pipe.table}`);
  line(`    Peer table:     ${pipe.peerTable}`);
  line(`    Import state:   ${pipe.importState}`);
  line(`    Export state:   ${pipe.exportState}`);
  line(`    Import filter:  ${pipe.importFilter}`);
  line(`    Export filter:  ${pipe.exportFilter}`);
  formatLimit(line, 'Import limit:', pipe.importLimit);
  formatLimit(line, 'Export limit:', pipe.exportLimit);
  if (protocol.state !== 'down') formatPipeCounters(line, pipe);
}

export function formatPipeCounters(line: (text: string) => void, pipe: PipeDetail): void {
  line(`  Routes:         ${pipe.imported} imported, ${pipe.exported} exported`);
  line(`  ${COUNTERS_HEADING}`);
  formatImport(line, '    ', pipe.importCounters);
  const { updates, withdraws } = pipe.exportCounters;
  line(`    Export updates:     ${columns(updates, 'received', 'rejected', 'filtered', 'ignored', 'accepted')}`);
  line(`    Export withdraws:   ${columns(withdraws, 'received', 'rejected', undefined, 'ignored', 'accepted')}`);
}

const COUNTERS_HEADING = 'Route change stats:     received   rejected   filtered    ignored   accepted';

function formatImport(line: (text: string) => void, indent: string, counters: DirectionCounters): void {
  const updates = columns(counters.updates, 'received', 'rejected', 'filtered', 'ignored', 'accepted');
  const withdraws = columns(counters.withdraws, 'received', 'rejected', undefined, 'ignored', 'accepted');
  line(`${indent}Import updates:     ${updates}`);
  line(`${indent}Import withdraws:   ${withdraws}`);
}

type Column = keyof ColumnCounters;

/** Five columns; `undefined` for one that this row does not have. */
function columns(counters: ColumnCounters, ...names: readonly (Column | undefined)[]): string {
  return names.map((name) => right(name === undefined ? '---' : counters[name], 10)).join(' ');
}

function row(name: string, kind: string, table: string, state: string, since: string, info: string): string {
  return `${left(name, 10)} ${left(kind, 10)} ${left(table, 10)} ${left(state, 6)} ${left(since, 12)}  ${info}`;
}
