/**
 * Findings of `show route PREFIX why PROTOCOL` as sentences, one line each, under the route that they are about:
 *
 *     <TAB>from bgp1.ipv4: accepted, not selected; longer AS path; import filter in accepts it at /etc/bird.conf:12
 *     <TAB>to bgp1.ipv4: not sent; learned from this neighbor
 */
import { escapeText } from '../../monitor/escape.ts';
import type { ExportOutcome, ImportOutcome, WhyFilter, WhyFinding } from '../host.ts';
import { Code, type Lines } from './lines.ts';

const EXPORT_WORDS: Readonly<Record<ExportOutcome, string>> = {
  sent: 'sent',
  pending: 'not sent yet',
  outdated: 'still sent, to be withdrawn',
  refused: 'not sent',
  idle: 'nothing is sent',
};

const IMPORT_WORDS: Readonly<Record<ImportOutcome, string>> = {
  selected: 'accepted and selected',
  'not-selected': 'accepted, not selected',
  refused: 'not accepted',
  absent: 'no such route',
  idle: 'nothing is accepted',
};

/** @param channel full name, `bgp1.ipv4`. */
export function formatFinding(lines: Lines, channel: string, finding: WhyFinding): void {
  const { direction, reason, filter } = finding;
  const parts = [outcomeWords(finding)];
  if (reason !== '') parts.push(reason);
  if (filter !== undefined) parts.push(`${direction} filter ${filterText(filter)}`);
  lines.line(Code.RouteReason, `\t${direction === 'export' ? 'to' : 'from'} ${channel}: ${parts.join('; ')}`);
}

function outcomeWords({ direction, outcome }: WhyFinding): string {
  return direction === 'export' ? EXPORT_WORDS[outcome as ExportOutcome] : IMPORT_WORDS[outcome as ImportOutcome];
}

function filterText({ label, verdict, place, error }: WhyFilter): string {
  const where = place === undefined ? '' : ` at ${escapeText(place.file)}:${place.line}`;
  const why = error === '' ? '' : `: ${escapeText(error)}`;
  return `${escapeText(label)} ${verdict === 'fails' ? 'fails' : `${verdict} it`}${where}${why}`;
}
