/**
 * `--node NAME --datastore URL`: a daemon without a configuration file. The two flags, and what a node of Calico has in its
 * environment, become the text that one would write; everything else is said in the datastore.
 */

import { formatIpv4Word } from '../../bgp/index.ts';
import {
  ClusterModel,
  type ConfigFiles,
  type DaemonConfig,
  NodeConfigMaker,
  openStore,
  planNode,
  printConfig,
  StoreRefused,
  StoreUnavailable,
} from '../../config/index.ts';

/** The path that the text has. */
export const COMMAND_LINE = '(command line)';

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `Error` for what cannot be said in a configuration. */
export function nodeModeText(node: string, datastore: string, environment: Environment): string {
  const lines = [`node ${quoted(node)};`, `datastore ${quoted(datastore)};`];
  const namespace = environment['NAMESPACE'];
  if (namespace !== undefined && namespace !== '') lines.push(`secret namespace ${quoted(namespace)};`);
  const kubernetesNode = environment['CALICO_K8S_NODE_REF'];
  if (kubernetesNode !== undefined && kubernetesNode !== '') lines.push(`kubernetes node ${quoted(kubernetesNode)};`);
  const routerId = environment['CALICO_ROUTER_ID'];
  if (routerId === 'hash') lines.push('router id from name on;');
  else if (routerId !== undefined && routerId !== '') lines.push(`router id ${routerId};`);
  const usePodCidr = environment['USE_POD_CIDR'];
  if (usePodCidr !== undefined && usePodCidr !== '') lines.push(`pod cidr ${usePodCidr === 'true' ? 'on' : 'off'};`);
  const clusterIps = environment['CALICO_ADVERTISE_CLUSTER_IPS'];
  if (clusterIps !== undefined && clusterIps !== '') lines.push(`cluster ips ${clusterIps};`);
  if (environment['PEREGRINE_REPORT_STATUS'] === 'true') lines.push('report status on;');
  return `protocol device { scan time 2; }\nprotocol calico {\n${lines.map((line) => `  ${line}\n`).join('')}}\n`;
}

/** Strings of the language know no escapes. */
function quoted(text: string): string {
  if (/["\p{Cc}]/u.test(text)) throw new Error(`"${text}" has characters that cannot be in a name or URL`);
  return `"${text}"`;
}

/** Files of the disk, and the text of the command line beside them. */
export function withCommandLine(files: ConfigFiles, text: string): ConfigFiles {
  return {
    ...files,
    readFile: (path) => (path === COMMAND_LINE ? { value: text } : files.readFile(path)),
  };
}

/**
 * The configuration of BIRD 1.6 that says the same as the datastore does now, for the node of the first protocol calico.
 * What cannot run, and who is no peer, is said by `note`. Throws `Error` where there is none.
 */
export async function printedConfig(
  config: DaemonConfig,
  version: 4 | 6,
  environment: Environment,
  note: (text: string) => void,
): Promise<string> {
  const calico = config.protocols.find((protocol) => protocol.kind === 'calico');
  if (calico?.kind !== 'calico') throw new Error('There is no protocol calico, and no --node with --datastore');
  const store = await openStore(calico.datastore, environment);
  try {
    const snapshot = await store.list(AbortSignal.timeout(30_000));
    for (const { where, message } of snapshot.faults) note(`${where}: ${message}`);
    const model = new ClusterModel();
    model.apply(snapshot.items.map((item) => ({ type: 'put', item })));
    const { routerId } = calico;
    const plan = planNode(model, {
      node: calico.node,
      kubernetesName: calico.kubernetesNode,
      secretNamespace: calico.secretNamespace,
      usePodCidr: calico.usePodCidr,
      clusterIps: calico.clusterIps === undefined ? undefined : [calico.clusterIps],
      routerId: routerId === undefined ? (calico.routerIdFromName ? 'hash' : undefined) : formatIpv4Word(routerId),
    });
    if (typeof plan === 'string') throw new Error(plan);
    const names = { table: () => 'master', protocol: (kind: string) => `${kind}1` };
    const { refused } = new NodeConfigMaker().make(plan, version, names);
    for (const { subject, version: of, reason } of [...plan.notes, ...refused]) {
      if (of === undefined || of === version) note(`${subject}: ${reason}`);
    }
    return printConfig(plan, version);
  } catch (error) {
    if (error instanceof StoreUnavailable || error instanceof StoreRefused)
      throw new Error(`${store.label}: ${error.message}`);
    throw error;
  } finally {
    await store.close();
  }
}
