/** The version, as package.json has it; the file lies two folders above the compiled one. */
import { readFileSync } from 'node:fs';
import type { Dialect } from '../config/index.ts';

const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');

export const VERSION: string = (JSON.parse(text) as { version: string }).version;

/** The versions whose languages and replies ours are made after; Calico numbers its own changes in front. */
const MODELS: Readonly<Record<Dialect, string>> = { bird1: 'v0.3.3+birdv1.6.8', bird2: '2.0.12' };

/**
 * What stands after `BIRD ` where programs look for a version. They cut it off at the next blank, and those that look
 * at it want a number like BIRD's in front.
 */
export function birdVersion(dialect: Dialect): string {
  return `${MODELS[dialect]}-peregrine-${VERSION}`;
}
