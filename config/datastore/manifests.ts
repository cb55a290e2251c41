/** Manifests on demand: the YAML package is loaded by those who read or write one, not by every start of a program. */

import type { JsonObject } from './resource/json.ts';
import type { Manifest } from './resource/manifest.ts';

export interface Manifests {
  readonly readManifest: (text: string) => Manifest;
  readonly writeManifest: (values: readonly JsonObject[], format: 'yaml' | 'json') => string;
}

export function loadManifests(): Promise<Manifests> {
  return import('./resource/manifest.ts');
}
