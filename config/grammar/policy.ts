/**
 * What may pass a channel.
 *
 *     import := 'import' policy
 *     export := 'export' [ 'in' network ] policy
 */
import type { Policy } from '../../bgp/index.ts';
import { readPolicy } from '../filter/reader.ts';
import type { ReadContext } from './context.ts';
import type { ValueReader } from './option-table.ts';
import { PartPolicy } from './part-policy.ts';
import { readNetwork } from './values.ts';

/** Behind the word `export`. */
export function readExportPart(context: ReadContext): Policy {
  if (!context.stream.acceptWords('in')) return readPolicy(context);
  const prefix = readNetwork(context);
  return new PartPolicy(prefix, readPolicy(context));
}

export const POLICY: ValueReader<Policy> = {
  syntax: 'all | none | filter <name> | filter { ... } | where <expression>',
  read: readPolicy,
};
