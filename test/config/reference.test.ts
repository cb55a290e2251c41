/**
 * docs/configuration.md shows every option exactly as the tables have it. With UPDATE_DOCS=1 the tables in it are
 * written anew.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { REFERENCE } from './option-reference.ts';

/** Compiled tests lie in dist/test/config. */
const DOCUMENT = join(import.meta.dirname, '../../../docs/configuration.md');

/** Everything from the mark of a table to its end. */
function block(name: string): RegExp {
  return new RegExp(`<!-- options: ${name} -->\\n[^]*?<!-- end -->`);
}

function shown(name: string, table: string): string {
  return `<!-- options: ${name} -->\n${table}\n<!-- end -->`;
}

describe('docs/configuration.md', () => {
  if (process.env['UPDATE_DOCS'] === '1') {
    let text = readFileSync(DOCUMENT, 'utf8');
    for (const [name, table] of REFERENCE) text = text.replace(block(name), () => shown(name, table));
    writeFileSync(DOCUMENT, text);
  }
  const text = readFileSync(DOCUMENT, 'utf8');
  for (const [name, table] of REFERENCE) {
    it(`shows every option of ${name}`, () => {
      const found = block(name).exec(text);
      assert.ok(found !== null, `no table for ${name}`);
      assert.equal(found[0], shown(name, table));
    });
  }
});
