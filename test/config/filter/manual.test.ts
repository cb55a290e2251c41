/** docs/filters.md names everything that the language has. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { ATTRIBUTES } from '../../../config/filter/attributes.ts';
import { METHODS, TWO_ARGUMENT_FUNCTIONS } from '../../../config/filter/builtins.ts';
import { ENUM_LITERALS, TYPE_WORDS } from '../../../config/filter/types.ts';

/** Compiled tests lie in dist/test/config/filter. */
const MANUAL = readFileSync(join(import.meta.dirname, '../../../../docs/filters.md'), 'utf8');

it('the manual of filters names every type, member, function, attribute and enumeration', () => {
  const missing = (words: Iterable<string>): string[] =>
    [...words].filter((word) => !MANUAL.includes(`\`${word}`) && !MANUAL.includes(`\n${word}`));
  assert.deepEqual(missing(TYPE_WORDS.keys()), []);
  assert.deepEqual(missing([...METHODS.keys()].map((name) => `.${name}`)), []);
  assert.deepEqual(missing(TWO_ARGUMENT_FUNCTIONS), []);
  const attributes = [...ATTRIBUTES.keys()].filter((name) => !name.startsWith('krt_lock_'));
  assert.deepEqual(missing(attributes), []);
  const families = [...ENUM_LITERALS.keys()].map((name) =>
    name.startsWith('NET_EVPN_') ? 'NET_EVPN_*' : name.replace(/^(RA_PREF|MPLS_POLICY|[A-Z]+)_.*/, '$1_*'),
  );
  assert.deepEqual(missing(new Set(families)), []);
});
