/**
 * docs/configuration.md shows every option exactly as the tables have it. With UPDATE_DOCS=1 the tables in it are
 * written anew.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { StatementText } from '../../config/grammar/option-table.ts';
import { REFERENCE, referenceTable } from './option-reference.ts';

/** Compiled tests lie in dist/test/config. */
const DOCUMENT = join(import.meta.dirname, '../../../docs/configuration.md');

/** Everything from the mark of a table to its end. */
function block(name: string): RegExp {
  return new RegExp(`<!-- options: ${name} -->\\n[^]*?<!-- end -->`);
}

function shown(name: string, list: readonly StatementText[]): string {
  return `<!-- options: ${name} -->\n${referenceTable(list)}\n<!-- end -->`;
}

describe('docs/configuration.md', () => {
  if (process.env['UPDATE_DOCS'] === '1') {
    let text = readFileSync(DOCUMENT, 'utf8');
    for (const [name, list] of REFERENCE) text = text.replace(block(name), () => shown(name, list));
    writeFileSync(DOCUMENT, text);
  }
  const text = readFileSync(DOCUMENT, 'utf8');
  for (const [name, list] of REFERENCE) {
    it(`shows every option of ${name}`, () => {
      const found = block(name).exec(text);
      assert.ok(found !== null, `no table for ${name}`);
      assert.equal(found[0], shown(name, list));
    });
  }
});
