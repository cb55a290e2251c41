/**
 * `show protocols` and `show protocols all` in the layout of BIRD 1, where a protocol has one table and one pair of
 * filters: what BIRD 2 shows of the channel stands in the protocol itself.
 */
import { formatIpv4Word } from '../../../../bgp/index.ts';
import type { TimeFormat } from '../../../../config/index.ts';
import { escapeText } from '../../../monitor/escape.ts';
import type { ChannelView, LimitView, PipeDetail, ProtocolView } from '../../host.ts';
import { bgpInfo } from '../bgp.ts';
import { Code, type Lines, left } from '../lines.ts';
import { formatCounters, formatPipeCounters } from '../protocol.ts';
import { formatTime } from '../time.ts';
import { bgpDetail } from './bgp.ts';
import { MASTER, stateWord } from './words.ts';

/** What protocols without routes show: nothing comes in, nothing goes out. */
const NOTHING = { received: 0, rejected: 0, filtered: 0, ignored: 0, accepted: 0 };
const NO_COUNTERS = { updates: NOTHING, withdraws: NOTHING };
/** The preference that a device protocol would give. */
const DEVICE_PREFERENCE = 240;

type Line = (text: string) => void;

export function protocolHeading(lines: Lines): void {
  lines.line(Code.ProtocolHeading, row('name', 'proto', 'table', 'state', 'since', 'info'));
}

export function protocolRow(lines: Lines, protocol: ProtocolView, format: TimeFormat, now: number): void {
  const { name, kind, detail } = protocol;
  const since = formatTime(format, protocol.since, now);
  const info =
    detail?.type === 'bgp'
      ? bgpInfo(protocol.state, detail)
      : detail?.type === 'pipe'
        ? `=> ${detail.peerTable}`
        : escapeText(protocol.info);
  lines.line(Code.Protocol, row(name, kind, tableOf(protocol), stateWord(protocol), since, info));
}

function tableOf({ table, detail, channels }: ProtocolView): string {
  return detail?.type === 'pipe' ? detail.table : (table ?? channels[0]?.table ?? MASTER);
}

function row(name: string, kind: string, table: string, state: string, since: string, info: string): string {
  return `${left(name, 8)} ${left(kind, 8)} ${left(table, 8)} ${left(state, 5)}  ${left(since, 10)}  ${info}`;
}

export function protocolDetail(lines: Lines, protocol: ProtocolView): void {
  const line: Line = (text) => lines.line(Code.ProtocolDetail, text);
  const { detail, channels } = protocol;
  if (protocol.description !== undefined) line(`  Description:    ${escapeText(protocol.description)}`);
  if (protocol.message !== '') line(`  Message:        ${escapeText(protocol.message)}`);
  if (protocol.routerId !== undefined) line(`  Router ID:      ${formatIpv4Word(protocol.routerId)}`);
  if (detail?.type === 'pipe') pipe(line, protocol, detail);
  else if (channels.length === 0) withoutRoutes(line, protocol);
  // One family a daemon: there is one channel.
  else for (const channel of channels) channelLines(line, protocol, channel);
  if (detail?.type === 'bgp') bgpDetail(line, protocol.state, detail, channels[0]);
  line('');
}

function channelLines(line: Line, protocol: ProtocolView, channel: ChannelView): void {
  basics(line, channel.preference, channel.inputFilter, channel.outputFilter);
  const { recovery } = channel;
  if (recovery !== undefined) {
    line(`  GR recovery:   ${recovery.pending ? ' pending' : ''}${recovery.waiting ? ' waiting' : ''}`);
  }
  limit(line, 'Receive limit:', channel.receiveLimit);
  limit(line, 'Import limit:', channel.importLimit);
  limit(line, 'Export limit:', channel.exportLimit);
  if (protocol.state !== 'down') formatCounters(line, '  ', channel);
}

function basics(line: Line, preference: number, input: string, output: string): void {
  line(`  Preference:     ${preference}`);
  line(`  Input filter:   ${input}`);
  line(`  Output filter:  ${output}`);
}

function limit(line: Line, label: string, view: LimitView | undefined): void {
  if (view === undefined) return;
  line(`  ${left(label, 16)}${view.count}${view.hit ? ' [HIT]' : ''}`);
  line(`    Action:       ${view.action}`);
}

/** Device, BFD and their like show the lines all the same. */
function withoutRoutes(line: Line, { kind, state }: ProtocolView): void {
  basics(line, kind === 'Device' ? DEVICE_PREFERENCE : 0, 'ACCEPT', 'REJECT');
  if (state === 'down') return;
  const routes = { imported: 0, filtered: undefined, exported: 0, preferred: 0 };
  formatCounters(line, '  ', { routes, importCounters: NO_COUNTERS, exportCounters: NO_COUNTERS });
}

function pipe(line: Line, { state }: ProtocolView, view: PipeDetail): void {
  basics(line, PIPE_PREFERENCE, view.importFilter, view.exportFilter);
  limit(line, 'Import limit:', view.importLimit);
  limit(line, 'Export limit:', view.exportLimit);
  if (state !== 'down') formatPipeCounters(line, view);
}

/** What a pipe would give routes that have none of their own. */
const PIPE_PREFERENCE = 70;
