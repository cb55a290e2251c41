/** An empty file is rather an accident than a wish to route nothing. */
import type { WholeCheck } from './whole-check.ts';

export function somethingRuns({ protocols, end, error }: WholeCheck): void {
  if (protocols.length === 0) error(end, 'No protocol is specified in the config file');
}
