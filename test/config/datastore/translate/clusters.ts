/**
 * Clusters written as manifests, with what their node is to do. A file holds documents one after the other: `Base` and
 * `Expect` begin a cluster, the resources behind them are in it. An expectation describes the node as
 * test/support/calico/render.ts takes it, in a text of its own making.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parsePrefix } from '../../../../bgp/index.ts';
import {
  ClusterModel,
  idOf,
  idText,
  type JsonObject,
  loadManifests,
  type NodePlanOptions,
  parseJson,
} from '../../../../config/index.ts';
import type { CalicoNode } from '../../../support/calico/render.ts';

export interface ClusterCase {
  readonly file: string;
  readonly about: string;
  readonly options: NodePlanOptions;
  readonly resources: readonly JsonObject[];
  readonly v4: CalicoNode;
  readonly v6: CalicoNode;
  /** Each `subject: reason` must be among the notes of the plan. */
  readonly notes: readonly string[];
  /** Beginnings of `subject: reason` of sessions that cannot be. */
  readonly refused: readonly string[];
  /** The renderer has no word for a node without a network. */
  readonly skipKernel4: boolean;
}

interface Base {
  readonly resources: readonly JsonObject[];
  readonly v4: Partial<CalicoNode>;
  readonly v6: Partial<CalicoNode>;
}

const HERE = dirname(fileURLToPath(import.meta.url));
const FOLDER = join(HERE, '../../../../..', 'test/config/datastore/translate/clusters');

/** All cases of all files. */
export async function readClusters(): Promise<readonly ClusterCase[]> {
  const { readManifest } = await loadManifests();
  const bases = new Map<string, Base>([['none', { resources: [], v4: {}, v6: {} }]]);
  const cases: ClusterCase[] = [];
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.yaml'));
  // Bases first: any file may build on them.
  for (const file of names.sort((a, b) => Number(b === 'bases.yaml') - Number(a === 'bases.yaml'))) {
    const { items, faults } = readManifest(readFileSync(join(FOLDER, file), 'utf8'));
    if (faults.length > 0) throw new Error(`${file}:${faults[0]!.line}: ${faults[0]!.message}`);
    let head: JsonObject | undefined;
    let resources: JsonObject[] = [];
    const finish = (): void => {
      if (head === undefined) return;
      const given = plainCopy(head);
      const from = bases.get(String(given['base'] ?? given['from'] ?? 'none'));
      if (from === undefined) throw new Error(`${file}: no base for "${given['about']}"`);
      const v4 = { ...from.v4, ...(given['v4'] as Partial<CalicoNode> | undefined) };
      const v6 = { ...from.v6, ...(given['v6'] as Partial<CalicoNode> | undefined) };
      const all = overlay(from.resources, resources);
      if (given['kind'] === 'Base') bases.set(String(given['name']), { resources: all, v4, v6 });
      else cases.push(makeCase(file, given, all, v4, v6));
    };
    for (const { value } of items) {
      if (value['kind'] !== 'Base' && value['kind'] !== 'Expect') {
        resources.push(value);
        continue;
      }
      finish();
      head = value;
      resources = [];
    }
    finish();
  }
  return cases;
}

function makeCase(
  file: string,
  given: Record<string, unknown>,
  resources: readonly JsonObject[],
  v4: Partial<CalicoNode>,
  v6: Partial<CalicoNode>,
): ClusterCase {
  const options = { ...((given['options'] as Record<string, unknown> | undefined) ?? {}) };
  if (Array.isArray(options['workloads'])) {
    options['workloads'] = options['workloads'].map((workload: object) => ({
      ipv4: undefined,
      ipv6: undefined,
      ...workload,
    }));
  }
  if (Array.isArray(options['clusterIps']))
    options['clusterIps'] = options['clusterIps'].map((text: string) => parsePrefix(text));
  const node = (version: 4 | 6, fields: Partial<CalicoNode>): CalicoNode =>
    ({ ...fields, version, address: fields.address ?? undefined, subnet: fields.subnet ?? undefined }) as CalicoNode;
  return {
    file,
    about: String(given['about']),
    options: { node: String(given['node']), ...options },
    resources,
    v4: node(4, v4),
    v6: node(6, v6),
    notes: (given['notes'] as string[] | undefined) ?? [],
    refused: (given['refused'] as string[] | undefined) ?? [],
    skipKernel4: given['skipKernel4'] === true,
  };
}

/** Resources of the same name stand in place of those of the base. */
function overlay(base: readonly JsonObject[], own: readonly JsonObject[]): readonly JsonObject[] {
  const key = (value: JsonObject): string => idText(idOf(value)!);
  const mine = new Set(own.map(key));
  return [...base.filter((value) => !mine.has(key(value))), ...own];
}

function plainCopy(value: JsonObject): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}

export function clusterOf(resources: readonly JsonObject[]): ClusterModel {
  const cluster = new ClusterModel();
  cluster.apply(
    resources.map((value) => ({
      type: 'put',
      item: { id: idOf(value)!, value: parseJson(JSON.stringify(value)) as JsonObject, revision: '1' },
    })),
  );
  return cluster;
}
