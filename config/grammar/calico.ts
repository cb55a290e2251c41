/**
 * protocol calico: a node of a cluster, whose sessions, static routes and filters come from a datastore. Everything about
 * the cluster is said there; here is only which node this is and where the datastore is.
 */
import type { Prefix } from '../../bgp/index.ts';
import { wrongName, wrongNamespace } from '../datastore/resource/metadata.ts';
import { parseStoreUrl, StoreUrlError } from '../datastore/store/store-url.ts';
import type { ProtocolConfig } from '../model.ts';
import type { ReadContext } from './context.ts';
import { fillOptions, option, Statements } from './option-table.ts';
import type { ProtocolKind } from './protocol.ts';
import {
  COMMON_FIELDS,
  type CommonOptions,
  commonStatements,
  finishBase,
  type ProtocolDraft,
} from './protocol-draft.ts';
import { readNetworkOrIp, SWITCH, TEXT } from './values.ts';

export interface CalicoOptions extends CommonOptions {
  readonly node: string | undefined;
  readonly datastore: string | undefined;
  readonly kubernetesNode: string | undefined;
  readonly secretNamespace: string;
  readonly usePodCidr: boolean | undefined;
  readonly routerIdFromName: boolean;
  readonly clusterIps: Prefix | undefined;
  readonly workloads: string;
  readonly reportStatus: boolean;
}

const NETWORK = { syntax: '<network>', read: readNetworkOrIp };

export const CALICO_STATEMENTS = new Statements<CalicoOptions>(
  {
    ...COMMON_FIELDS,
    node: option<string | undefined>(undefined, 'restart', 'node', TEXT, 'the name of this node in the datastore', {
      defaultText: 'must be set',
    }),
    datastore: option<string | undefined>(
      undefined,
      'restart',
      'datastore',
      TEXT,
      'URL of the datastore: file:, redis:, rediss:, redis+sentinel:, redis+cluster:, etcd:, etcds:, kubernetes:',
      { defaultText: 'must be set' },
    ),
    kubernetesNode: option<string | undefined>(
      undefined,
      'update',
      'kubernetes node',
      TEXT,
      'what endpoints of services call this node',
      { defaultText: 'its name' },
    ),
    secretNamespace: option('kube-system', 'update', 'secret namespace', TEXT, 'where the Secrets with passwords are'),
    usePodCidr: option<boolean | undefined>(
      undefined,
      'update',
      'pod cidr',
      SWITCH,
      'networks of pods that Kubernetes gave to the node count as its blocks',
      { defaultText: 'where there is nothing of Calico' },
    ),
    routerIdFromName: option(
      false,
      'update',
      'router id from name',
      SWITCH,
      'the BGP Identifier is a hash of the name of the node; so it is for a node without an IPv4 address',
    ),
    clusterIps: option<Prefix | undefined>(
      undefined,
      'update',
      'cluster ips',
      NETWORK,
      'the range of cluster IPs to announce, in place of those in the BGPConfiguration',
    ),
    workloads: option(
      '/var/run/calico/endpoint-status',
      'update',
      'workloads',
      TEXT,
      'folder in which the agent of the node tells of workloads that peer',
    ),
    reportStatus: option(
      false,
      'update',
      'report status',
      SWITCH,
      'write the state of this node into the CalicoNodeStatus resources that ask for it',
    ),
  },
  commonStatements<CalicoOptions>(),
);

function finishCalico(context: ReadContext, draft: ProtocolDraft): ProtocolConfig | undefined {
  const { node, datastore, ...rest } = fillOptions(CALICO_STATEMENTS.fields, draft.options<CalicoOptions>());
  const fail = (key: keyof CalicoOptions, message: string): undefined => {
    context.notes.errorAt(draft.place<CalicoOptions>(key), message);
    return undefined;
  };
  if (node === undefined) return fail('node', 'Name of the node not specified');
  if (datastore === undefined) return fail('datastore', 'Datastore not specified');
  const wrongNode = wrongName(node);
  if (wrongNode !== undefined) return fail('node', `Name of a node ${wrongNode}`);
  const wrongSpace = wrongNamespace(rest.secretNamespace);
  if (wrongSpace !== undefined) return fail('secretNamespace', `Name of a namespace ${wrongSpace}`);
  try {
    parseStoreUrl(datastore);
  } catch (error) {
    if (!(error instanceof StoreUrlError)) throw error;
    return fail('datastore', `Invalid datastore: ${error.message}`);
  }
  const { kubernetesNode, secretNamespace, usePodCidr, routerIdFromName, clusterIps, workloads, reportStatus } = rest;
  return {
    ...finishBase(draft),
    kind: 'calico',
    node,
    datastore,
    kubernetesNode,
    secretNamespace,
    usePodCidr,
    routerIdFromName,
    clusterIps,
    workloads,
    reportStatus,
  };
}

export const CALICO: ProtocolKind = {
  word: 'calico',
  statements: CALICO_STATEMENTS,
  channels: undefined,
  finish: finishCalico,
};
