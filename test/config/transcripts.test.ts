/** The configurations that the recorded BIRD ran with are taken as they are. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { formatDiagnostic, loadConfig } from '../../config/index.ts';
import { NO_FILES } from './config-texts.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/reference/birdc-transcripts/configs');

describe('recorded configurations', { skip: existsSync(FOLDER) ? false : 'the recordings are not here' }, () => {
  for (const name of existsSync(FOLDER)
    ? readdirSync(FOLDER)
        .filter((file) => file.endsWith('.conf'))
        .sort()
    : []) {
    it(name, () => {
      const files = { ...NO_FILES, readFile: (path: string) => ({ value: readFileSync(path, 'utf8') }) };
      const result = loadConfig(join(FOLDER, name), files);
      assert.deepEqual('diagnostics' in result ? result.diagnostics.map(formatDiagnostic) : [], []);
    });
  }

  it('A.conf means what it says', () => {
    const files = { ...NO_FILES, readFile: (path: string) => ({ value: readFileSync(path, 'utf8') }) };
    const result = loadConfig(join(FOLDER, 'A.conf'), files);
    assert.ok('config' in result);
    const { config } = result;
    assert.deepEqual(
      config.protocols.map(({ name, kind }) => `${name} ${kind}`),
      [
        ...['device1 device', 'direct1 direct', 'kernel4 kernel', 'kernel6 kernel', 'static4 static', 'static6 static'],
        ...['sroa origins', 'pipe1 pipe', 'Mesh_10_0_0_2 bgp', 'ebgp_c bgp', 'dyn bgp', 'down_peer bgp'],
        ...['disabled_peer bgp', 'passive_peer bgp', 'rpki1 inactive', 'bfd1 inactive'],
      ],
    );
    const mesh = config.protocols.find(({ name }) => name === 'Mesh_10_0_0_2');
    assert.ok(mesh?.kind === 'bgp');
    assert.deepEqual(
      [mesh.localAs, mesh.localAddress, mesh.multihop, mesh.gracefulRestart, mesh.rrClient, mesh.rrClusterId],
      [64512, '10.0.0.1', 64, 'on', true, 0xe0000001],
    );
    assert.deepEqual([mesh.errorWaitTimeMin, mesh.errorWaitTimeMax, mesh.password], [5, 30, 's3cret']);
    assert.deepEqual(
      mesh.channels.map(({ family, nextHopSelf, addPathsSend, importKeepFiltered }) => [
        family,
        nextHopSelf,
        addPathsSend,
        importKeepFiltered,
      ]),
      [
        ['ipv4', 'ebgp', true, true],
        ['ipv6', 'ebgp', false, false],
      ],
    );
  });
});
