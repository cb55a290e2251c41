/**
 * A CalicoNodeStatus asks one node to report of itself, and is the place for what it reports. Only the wish is read here:
 * the report under `status` is written by the node and followed by nobody.
 */
import type { Fields } from './fields.ts';
import type { JsonObject } from './json.ts';
import type { Metadata } from './metadata.ts';

export type StatusClass = 'Agent' | 'BGP' | 'Routes';

export interface NodeStatusResource {
  readonly kind: 'CalicoNodeStatus';
  readonly name: string;
  readonly node: string;
  readonly classes: readonly StatusClass[];
  /** 0: not any more. */
  readonly periodSeconds: number;
}

const CLASSES: readonly StatusClass[] = ['Agent', 'BGP', 'Routes'];
const DEFAULT_PERIOD_SECONDS = 10;
const LONGEST_PERIOD_SECONDS = 86_400;

export function readNodeStatus(fields: Fields, metadata: Metadata): NodeStatusResource | undefined {
  const spec = fields.objectOrEmpty('spec');
  const node = spec.required('node', spec.string('node'));
  const words = spec.strings('classes', (word) =>
    CLASSES.some((known) => known === word) ? undefined : `must be one of ${CLASSES.join(', ')}`,
  );
  if (!spec.has('classes')) spec.error('classes', 'is missing');
  const period = spec.integer('updatePeriodSeconds', 0, LONGEST_PERIOD_SECONDS);
  spec.end();
  if (node === undefined) return undefined;
  return {
    kind: 'CalicoNodeStatus',
    name: metadata.name,
    node,
    classes: CLASSES.filter((known) => words.includes(known)),
    periodSeconds: period ?? DEFAULT_PERIOD_SECONDS,
  };
}

/** The resource as it was wished for. */
export function withoutReport(value: JsonObject): JsonObject {
  const { status: _, ...wish } = value;
  return wish;
}
