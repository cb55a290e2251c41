/** Helpers of the tests of BIRD 1.6: texts, files and filters in that dialect. */
import assert from 'node:assert/strict';
import type { FamilyName } from '../../../bgp/index.ts';
import {
  type BgpConfig,
  type ConfigFiles,
  type DaemonConfig,
  formatDiagnostic,
  type Loaded,
  loadConfig,
  matchesGlob,
  type ProtocolConfig,
  parseConfig,
  type Refused,
  Source,
} from '../../../config/index.ts';
import type { CalicoFiles } from '../../support/calico/render.ts';

export const FOLDER = '/etc/calico/confd/config';

/** Files of one folder. */
export function inFolder(files: CalicoFiles, folder = FOLDER): ConfigFiles {
  return {
    readFile: (path) => {
      const text = path.startsWith(`${folder}/`) ? files.get(path.slice(folder.length + 1)) : undefined;
      return text === undefined ? { error: 'No such file or directory' } : { value: text };
    },
    glob: (pattern) => {
      const at = pattern.lastIndexOf('/');
      if (pattern.slice(0, at) !== folder) return { error: 'No such file or directory' };
      const names = [...files.keys()].filter((name) => matchesGlob(pattern.slice(at + 1), name)).sort();
      return { value: names.map((name) => `${folder}/${name}`) };
    },
  };
}

export function read(text: string, family: FamilyName = 'ipv4', files: CalicoFiles = new Map()): Loaded | Refused {
  return parseConfig(new Source(`${FOLDER}/bird.cfg`, text), inFolder(files), { dialect: 'bird1', family });
}

export function loaded(text: string, family: FamilyName = 'ipv4', files: CalicoFiles = new Map()): Loaded {
  const result = read(text, family, files);
  if ('diagnostics' in result) assert.fail(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result;
}

export function config(text: string, family: FamilyName = 'ipv4'): DaemonConfig {
  return loaded(text, family).config;
}

/** The main file among `files`, with what it includes. */
export function loadedFiles(files: CalicoFiles, family: FamilyName): Loaded {
  const path = `${FOLDER}/${family === 'ipv4' ? 'bird' : 'bird6'}.cfg`;
  const result = loadConfig(path, inFolder(files), { dialect: 'bird1', family });
  if ('diagnostics' in result) assert.fail(result.diagnostics.map(formatDiagnostic).join('\n'));
  return result;
}

/** The first complaint, or `fine`. */
export function complaint(text: string, family: FamilyName = 'ipv4'): string {
  const result = read(text, family);
  return 'diagnostics' in result ? result.diagnostics[0]!.message : 'fine';
}

/** The only protocol of a kind. */
export function only<K extends ProtocolConfig['kind']>(
  { protocols }: DaemonConfig,
  kind: K,
): Extract<ProtocolConfig, { kind: K }> {
  const found = protocols.filter((protocol) => protocol.kind === kind);
  assert.equal(found.length, 1, `protocols of kind ${kind}`);
  return found[0] as Extract<ProtocolConfig, { kind: K }>;
}

/** An internal session with one more statement. */
export function bgp(statement: string): BgpConfig {
  return only(config(`protocol bgp b { local as 65001; neighbor 192.0.2.2 as 65001; ${statement} }`), 'bgp');
}

/** An external one. */
export function ebgp(statement: string): BgpConfig {
  return only(config(`protocol bgp b { local as 65001; neighbor 192.0.2.2 as 65002; ${statement} }`), 'bgp');
}
