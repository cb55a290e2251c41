/**
 * The interoperability matrix: every row with every real daemon. The table of what holds with whom stands in
 * docs/interop.md; a run compares it with what happened, and writes it anew with UPDATE_DOCS=1. PEREGRINE_PEER and
 * PEREGRINE_ROW choose some of it by parts of the names.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { whyNot } from '../support/peers/peer.ts';
import { Bench, WITNESSES } from './matrix/bench.ts';
import { REFLECTION } from './matrix/reflection.ts';
import { type Cell, report, versionOf } from './matrix/report.ts';
import { RESTARTS } from './matrix/restart.ts';
import { ROUTES } from './matrix/routes.ts';
import type { Row } from './matrix/row.ts';
import { SESSIONS } from './matrix/sessions.ts';

const ROWS: readonly Row[] = [...SESSIONS, ...ROUTES, ...RESTARTS, ...REFLECTION];
const ROW_MS = 60_000;
/** Daemons that are tried side by side: most of the time goes by waiting. */
const CONCURRENCY = WITNESSES.length;

const chosen = (name: string, variable: string): boolean => name.includes(process.env[variable] ?? '');
const cells = new Map<string, Cell>();

describe('the matrix', { concurrency: CONCURRENCY }, () => {
  for (const witness of WITNESSES) {
    if (!chosen(witness.kind, 'PEREGRINE_PEER')) continue;
    describe(witness.kind, { skip: whyNot('birdc', 'bird', ...witness.programs) ?? false, concurrency: 1 }, () => {
      const bench = new Bench(witness);
      after(() => bench.lab.destroy());
      for (const row of ROWS) {
        if (!chosen(row.title, 'PEREGRINE_ROW')) continue;
        const key = `${row.title}|${witness.kind}`;
        const reason = row.without?.[witness.kind];
        if (reason !== undefined) {
          cells.set(key, { holds: false, reason });
          continue;
        }
        it(row.title, { timeout: ROW_MS }, async () => {
          try {
            await row.run(bench);
            assert.ok(bench.ours.alive, bench.ours.log);
            cells.set(key, { holds: true });
          } finally {
            await bench.stop();
          }
        });
      }
    });
  }
});

describe('docs/interop.md', { skip: whyNot('bird', ...WITNESSES.flatMap(({ programs }) => programs)) ?? false }, () => {
  const skip = process.env['PEREGRINE_PEER'] ?? process.env['PEREGRINE_ROW'] ?? false;
  it('says what holds with whom', { skip: skip !== false && 'not the whole matrix was tried' }, () => {
    const document = join(import.meta.dirname, '../../../docs/interop.md');
    const table = report(ROWS, WITNESSES, cells, WITNESSES.map(versionOf));
    const text = readFileSync(document, 'utf8');
    const shown = /<!-- matrix -->[\s\S]*?<!-- end -->/.exec(text)?.[0] ?? '';
    if (process.env['UPDATE_DOCS'] === '1')
      writeFileSync(
        document,
        text.replace(shown, () => table),
      );
    else assert.equal(shown, table);
  });
});
