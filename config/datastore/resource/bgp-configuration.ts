/** Settings of BGP for the whole cluster (`default`) or, a few of them, for one node (`node.NAME`). */
import type { Prefix } from '../../../bgp/index.ts';
import { type Community, readCommunity } from './community.ts';
import type { Fields } from './fields.ts';
import type { Metadata } from './metadata.ts';
import { readSecretReference, type SecretReference } from './secret-reference.ts';

export type ProgramClusterRoutes = 'Enabled' | 'Disabled' | 'EnabledIPIPOnly' | 'EnabledNoEncapOnly';

export interface PrefixAdvertisement {
  readonly cidr: Prefix;
  /** Values, or names defined in `communities`. */
  readonly communities: readonly string[];
}

export interface BgpConfigurationResource {
  readonly kind: 'BGPConfiguration';
  readonly name: string;
  readonly logSeverityScreen: string | undefined;
  readonly nodeToNodeMesh: boolean | undefined;
  readonly asNumber: number | undefined;
  readonly listenPort: number | undefined;
  readonly bindMode: 'None' | 'NodeIP' | undefined;
  readonly nodeMeshPassword: SecretReference | undefined;
  readonly nodeMeshMaxRestartTime: number | undefined;
  readonly communities: ReadonlyMap<string, Community>;
  /** `undefined`: not set here. */
  readonly prefixAdvertisements: readonly PrefixAdvertisement[] | undefined;
  readonly serviceClusterIps: readonly Prefix[];
  readonly serviceExternalIps: readonly Prefix[];
  readonly serviceLoadBalancerIps: readonly Prefix[];
  readonly serviceLoadBalancerAggregation: boolean;
  readonly ignoredInterfaces: readonly string[];
  readonly normalRoutePriority4: number | undefined;
  readonly normalRoutePriority6: number | undefined;
  readonly programClusterRoutes: ProgramClusterRoutes | undefined;
}

const MAX_PRIORITY = 2_147_483_646;

export function readBgpConfiguration(fields: Fields, metadata: Metadata): BgpConfigurationResource {
  const spec = fields.objectOrEmpty('spec');
  const communities = new Map<string, Community>();
  spec.objects('communities', (entry) => {
    const name = entry.required('name', entry.string('name'));
    const value = entry.required('value', entry.string('value'));
    entry.end();
    const community = value === undefined ? undefined : readCommunity(value, entry.pathOf('value'), entry.problems);
    if (name !== undefined && community !== undefined) communities.set(name, community);
    return undefined;
  });
  const advertisements = spec.objects('prefixAdvertisements', (entry) => {
    const cidr = entry.required('cidr', entry.prefix('cidr'));
    const words = entry.strings('communities');
    for (const [i, word] of words.entries()) {
      if (/^[0-9:]+$/.test(word)) readCommunity(word, `${entry.pathOf('communities')}[${i}]`, entry.problems);
      else if (!communities.has(word)) {
        entry.problems.warning(`${entry.pathOf('communities')}[${i}]`, `no community is named "${word}"`);
      }
    }
    entry.end();
    return cidr === undefined ? undefined : { cidr, communities: words };
  });
  spec.ignore('localWorkloadPeeringIPV4', 'localWorkloadPeeringIPV6');
  const result: BgpConfigurationResource = {
    kind: 'BGPConfiguration',
    name: metadata.name,
    logSeverityScreen: spec.string('logSeverityScreen'),
    nodeToNodeMesh: spec.has('nodeToNodeMeshEnabled') ? spec.boolean('nodeToNodeMeshEnabled', true) : undefined,
    asNumber: spec.asNumber('asNumber') || undefined,
    listenPort: spec.integer('listenPort', 1, 65535),
    bindMode: spec.oneOf('bindMode', ['None', 'NodeIP']),
    nodeMeshPassword: readSecretReference(spec, 'nodeMeshPassword'),
    nodeMeshMaxRestartTime: spec.durationSeconds('nodeMeshMaxRestartTime'),
    communities,
    prefixAdvertisements: spec.has('prefixAdvertisements') ? advertisements : undefined,
    serviceClusterIps: readBlocks(spec, 'serviceClusterIPs'),
    serviceExternalIps: readBlocks(spec, 'serviceExternalIPs'),
    serviceLoadBalancerIps: readBlocks(spec, 'serviceLoadBalancerIPs'),
    serviceLoadBalancerAggregation:
      spec.oneOf('serviceLoadBalancerAggregation', ['Enabled', 'Disabled']) !== 'Disabled',
    ignoredInterfaces: spec.strings('ignoredInterfaces', wrongInterface),
    normalRoutePriority4: spec.integer('ipv4NormalRoutePriority', 1, MAX_PRIORITY),
    normalRoutePriority6: spec.integer('ipv6NormalRoutePriority', 1, MAX_PRIORITY),
    // A word that this version does not know counts as none, as it does for Calico.
    programClusterRoutes: programWord(spec),
  };
  spec.end();
  return result;
}

function programWord(spec: Fields): ProgramClusterRoutes | undefined {
  const text = spec.string('programClusterRoutes');
  switch (text) {
    case undefined:
      return undefined;
    case 'Enabled':
    case 'Disabled':
    case 'EnabledIPIPOnly':
    case 'EnabledNoEncapOnly':
      return text;
    default:
      spec.problems.warning(spec.pathOf('programClusterRoutes'), `"${text}" is not known and counts as unset`);
      return undefined;
  }
}

function readBlocks(spec: Fields, name: string): readonly Prefix[] {
  return spec.objects(name, (entry) => {
    const cidr = entry.required('cidr', entry.prefix('cidr'));
    entry.end();
    return cidr;
  });
}

/** Why a text cannot stand for interfaces in a pattern. */
export function wrongInterface(text: string): string | undefined {
  // A sign in front would turn the meaning round.
  if (text === '' || text.length > 64 || text.startsWith('-')) return 'must be the name of an interface or a pattern';
  return /^[A-Za-z0-9_.:*?@-]+$/.test(text) ? undefined : 'has characters that no interface pattern has';
}
