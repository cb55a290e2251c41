/** Writes docs/conformance.md: every row with what is expected, and whether the daemon did it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { toHex } from '../bgp/wire.ts';
import type { Kind, Outcome, Row, UpdateCase } from './case.ts';

/** From dist/test/conformance. */
const FILE = join(fileURLToPath(new URL('../../..', import.meta.url)), 'docs', 'conformance.md');

export interface Result {
  readonly row: Row;
  readonly expected: string;
  readonly kind: Kind;
  readonly holds: boolean;
}

const SECTIONS: readonly string[] = [
  'Message header',
  'OPEN',
  'UPDATE framing and prefixes',
  'Path attributes',
  'Path attributes, nothing reachable',
  'MP_REACH_NLRI and MP_UNREACH_NLRI',
  'ROUTE-REFRESH',
  'NOTIFICATION',
  'Timers',
  'Roles and ONLY_TO_CUSTOMER',
  'Graceful restart',
  'Limits and guards',
  'State machine',
  'Collisions',
];

const INTRODUCTION = `# Conformance

This file is written by \`test/conformance\`: a run against the daemon, over TCP, in which every row has sessions, prefixes and
octets of its own. Where a row is about an UPDATE, a path with MED 111 is announced before it, and a bad attribute is tried
first, in the middle and last. In the column of what is expected:

| | |
|---|---|
| \`N 3/5 400100\` | NOTIFICATION with code, subcode and data, then the end; all routes of the peer go |
| withdrawn | treat-as-withdraw (RFC 7606 section 2): the path that was there before goes, the session stays |
| applied | the path of the UPDATE is there, and other routers are told; where an attribute is discarded, without it |
| kept | the UPDATE changes nothing |
| up, accepted | the session goes on |
| closed | the connection ends without a word |

"choice" is a row of \`docs/decisions\`. Rows that say something about one kind of session only have one result.
`;

export function outcomeWords(outcome: Outcome): string {
  if ('reset' in outcome) return typeof outcome.reset === 'string' ? outcome.reset : 'N 3/9 with the attribute';
  const { ipv4, ipv6 } = outcome;
  if (ipv4 === ipv6) return ipv4;
  if (ipv6 === 'kept') return `IPv4 ${ipv4}`;
  if (ipv4 === 'kept') return `IPv6 ${ipv6}`;
  return `IPv4 ${ipv4}, IPv6 ${ipv6}`;
}

/** What a row about an UPDATE expects, with what others are told. */
export function updateWords(row: UpdateCase, kind: Kind): string {
  const untold = row.untold?.(kind) === undefined ? '' : ', attribute discarded';
  const told = row.told === undefined ? '' : `, told \`${toHex(row.told)}\``;
  return `${outcomeWords(row.outcome(kind))}${untold}${told}`;
}

/** The document; the same results give the same text. */
export function document(results: readonly Result[]): string {
  const sections = new Map<string, Map<string, Result[]>>();
  for (const result of results) {
    const rows = sections.get(result.row.section) ?? new Map<string, Result[]>();
    sections.set(result.row.section, rows);
    rows.set(result.row.id, [...(rows.get(result.row.id) ?? []), result]);
  }
  const kinds = (kind: Kind): number => results.filter((result) => result.kind === kind).length;
  const holding = results.filter((result) => result.holds).length;
  const lines = [
    INTRODUCTION,
    `${kinds('eBGP')} rows on external sessions and ${kinds('iBGP')} on internal ones; ${holding} of ${results.length} hold.`,
  ];
  for (const [section, rows] of [...sections].sort(([a], [b]) => order(a) - order(b))) {
    lines.push(
      '',
      `## ${section}`,
      '',
      '| row | condition | where | expected | eBGP | iBGP |',
      '|---|---|---|---|---|---|',
    );
    for (const [id, both] of rows) {
      const of = (kind: Kind): Result | undefined => both.find((result) => result.kind === kind);
      const [outside, inside] = [of('eBGP'), of('iBGP')];
      const expected = [outside?.expected, inside?.expected].filter((words) => words !== undefined);
      const words = expected[0] === expected[1] || expected.length === 1 ? expected[0] : expected.join('; inside: ');
      const cells = [id, both[0]?.row.rule, both[0]?.row.spec, words, mark(outside), mark(inside)];
      lines.push(`| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function mark(result: Result | undefined): string {
  return result === undefined ? '' : result.holds ? 'yes' : '**no**';
}

function order(section: string): number {
  const at = SECTIONS.indexOf(section);
  if (at < 0) throw new Error(`no place for ${section}`);
  return at;
}

/** True if the file was not what it is now. */
export function write(results: readonly Result[]): boolean {
  const text = document(results);
  let before = '';
  try {
    before = readFileSync(FILE, 'utf8');
  } catch {
    // The first run.
  }
  if (before === text) return false;
  writeFileSync(FILE, text);
  return true;
}
