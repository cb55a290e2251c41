/** Helpers of the configuration tests. */
import assert from 'node:assert/strict';
import {
  type BgpConfig,
  type ConfigFiles,
  type DaemonConfig,
  formatDiagnostic,
  type Loaded,
  parseConfig,
  Source,
} from '../../config/index.ts';

/** A world without other files. */
export const NO_FILES: ConfigFiles = {
  readFile: () => ({ error: 'No such file or directory' }),
  glob: () => ({ value: [] }),
};

export function loaded(text: string): Loaded {
  const result = parseConfig(new Source('bird.conf', text), NO_FILES);
  if ('diagnostics' in result) assert.fail(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result;
}

export function config(text: string): DaemonConfig {
  return loaded(text).config;
}

/** Everything that is wrong with the text, as people see it. */
export function complaints(text: string): string[] {
  const result = parseConfig(new Source('bird.conf', text), NO_FILES);
  return 'diagnostics' in result ? result.diagnostics.map(formatDiagnostic) : [];
}

/** The first complaint without its place: `message`. */
export function firstComplaint(text: string): string {
  const result = parseConfig(new Source('bird.conf', text), NO_FILES);
  return 'diagnostics' in result ? result.diagnostics[0]!.message : 'fine';
}

/** An internal session with one more statement. */
export function bgp(statement: string): BgpConfig {
  return onlyBgp(`protocol bgp b { local as 65001; neighbor 192.0.2.2 as 65001; ${statement} }`);
}

export function onlyBgp(text: string): BgpConfig {
  const found = config(text).protocols.find((protocol) => protocol.kind === 'bgp');
  assert.ok(found !== undefined);
  return found;
}
