/**
 * `npm start`: four daemons exchange pod networks, program the kernels of their namespaces, and pods on different nodes
 * talk to each other under their own addresses. Ends by itself; `--keep` leaves it running. Without root the exchange
 * runs on loopback, with kernel programming off.
 */

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ask } from './ask.ts';
import { clusterLab, LAB_STORES, type LabStore } from './cluster.ts';
import { Lab, type LabNode, LabProcess, until } from './namespace.ts';
import { CLIENT, DAEMON } from './programs.ts';
import { heading, step, table, verdict } from './report.ts';
import { expectedNetworks, HOSTS, type LabHost, labConfig, loopbackConfig } from './topology.ts';

const POD = fileURLToPath(new URL('./pod.js', import.meta.url));
const PORT = 7007;

interface Running {
  readonly host: LabHost;
  readonly socket: string;
  readonly process: LabProcess;
}

interface SessionRow {
  readonly name: string;
  readonly kind: string;
  readonly info: string;
  readonly bgp?: { readonly neighborAddress?: string; readonly neighborAs?: number };
  readonly channels?: readonly { readonly routes: { readonly imported: number; readonly exported: number } }[];
}

interface RouteRow {
  readonly prefix: string;
  readonly protocol: string;
  readonly primary: boolean;
  readonly nextHops: readonly { readonly gateway?: string; readonly interface: string }[];
}

/** `--nodes N --store KIND`: the cluster out of a datastore; `undefined`: the four daemons. */
function clusterWanted(words: readonly string[]): { readonly nodes: number; readonly store: LabStore } | undefined {
  const after = (flag: string): string | undefined =>
    words.includes(flag) ? words[words.indexOf(flag) + 1] : undefined;
  if (!words.includes('--nodes') && !words.includes('--store')) return undefined;
  const nodes = Number(after('--nodes') ?? 5);
  const store = LAB_STORES.find((kind) => kind === (after('--store') ?? 'redis'));
  if (!Number.isInteger(nodes) || nodes < 2 || nodes > 50 || store === undefined) {
    process.stderr.write(`--nodes 2..50 --store ${LAB_STORES.join('|')}\n`);
    process.exit(1);
  }
  return { nodes, store };
}

async function main(): Promise<void> {
  const keep = process.argv.includes('--keep');
  const cluster = clusterWanted(process.argv.slice(2));
  const root = process.getuid?.() === 0;
  const folder = mkdtempSync(join(tmpdir(), 'peregrine-lab-'));
  const lab = new Lab('pglab');
  let cleaning: Promise<void> | undefined;
  const cleanUp = (): Promise<void> => {
    cleaning ??= lab.destroy().then(() => rmSync(folder, { recursive: true, force: true }));
    return cleaning;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => void cleanUp().then(() => process.exit(signal === 'SIGINT' ? 130 : 143)));
  }
  let good = false;
  try {
    if (cluster !== undefined && !root)
      throw new Error('The cluster out of a datastore needs root: it is made of namespaces.');
    if (cluster !== undefined) good = await clusterLab(lab, folder, cluster.nodes, cluster.store);
    else good = root ? await inNamespaces(lab, folder) : await onLoopback(lab, folder);
  } catch (error) {
    process.stderr.write(`\n${(error as Error).message}\n`);
    for (const one of lab.processes)
      if (one.output !== '') process.stderr.write(`\n--- ${one.name}\n${one.output.slice(-2000)}\n`);
  }
  if (keep && good) {
    explainKeep(lab, folder, root, cluster !== undefined);
    await new Promise(() => setInterval(() => {}, 60_000));
  }
  await step('taking everything down', cleanUp);
  process.exit(good ? 0 : 1);
}

// --------------------------------------------------------------------------------------------------- with namespaces

async function inNamespaces(lab: Lab, folder: string): Promise<boolean> {
  heading('A cluster on this machine: two nodes, a route reflector, a top-of-rack router');
  const nodes = new Map<string, LabNode>();
  await step('network namespaces and cables', async () => {
    const segment = await lab.bridge('segment');
    for (const host of HOSTS) {
      const node = await lab.node(host.name);
      nodes.set(host.name, node);
      await lab.plug(segment, node, 'eth0');
      await node.address('eth0', `${host.ipv4}/24`, `${host.ipv6}/64`);
      if (host.behind !== undefined) nodes.set(host.behind.name, await attach(lab, node, host.behind));
    }
  });
  const daemons = await step('four peregrined', () =>
    Promise.all(
      HOSTS.map((host) =>
        startDaemon(folder, host, labConfig(host), (words) =>
          nodes.get(host.name)!.start('peregrined', process.execPath, words),
        ),
      ),
    ),
  );
  await step('pods listen', async () => {
    for (const host of HOSTS) {
      if (host.behind === undefined) continue;
      const server = nodes.get(host.behind.name)!.start('server', process.execPath, [POD, 'serve', String(PORT)]);
      await until(`${host.behind.name} listens`, () => server.output.includes('ready'));
    }
  });
  await step('sessions are established', () => established(daemons));
  await step('routes are where they belong', () => converged(daemons));
  await step('kernels have them', async () => {
    for (const { host } of daemons) {
      if (host.name === 'rr') continue;
      await until(`the kernel of ${host.name}`, async () => {
        const routes = `${await nodes.get(host.name)!.ip('-4 route show proto 12')}${await nodes.get(host.name)!.ip('-6 route show proto 12')}`;
        return expectedNetworks(host).every((network) => routes.includes(network));
      });
    }
  });
  await showSessions(daemons);
  await showRoutes(daemons);
  heading('The kernel of node-1 (ip route show proto bird)');
  for (const version of ['-4', '-6'])
    process.stdout.write(indent(await nodes.get('node-1')!.ip(`${version} route show proto 12`)));
  return await showPings(nodes);
}

/** A pod (or the world) behind a host, its default route through the host. */
async function attach(lab: Lab, node: LabNode, behind: NonNullable<LabHost['behind']>): Promise<LabNode> {
  const pod = await lab.node(behind.name);
  const port = behind.name === 'outside' ? 'world0' : 'pod0';
  await lab.wire(node, port, pod, 'eth0');
  await node.address(port, `${behind.gateway4}/24`, `${behind.gateway6}/64`);
  await pod.address('eth0', `${behind.ipv4}/24`, `${behind.ipv6}/64`);
  await pod.ip(`-4 route add default via ${behind.gateway4}`);
  await pod.ip(`-6 route add default via ${behind.gateway6}`);
  return pod;
}

async function showPings(nodes: ReadonlyMap<string, LabNode>): Promise<boolean> {
  heading('Who reaches whom');
  const ends = HOSTS.flatMap((host) => (host.behind === undefined ? [] : [host.behind]));
  const rows: string[][] = [];
  let good = true;
  for (const from of ends) {
    for (const to of ends) {
      if (from === to) continue;
      for (const version of [4, 6] as const) {
        const source = version === 4 ? from.ipv4 : from.ipv6;
        const target = version === 4 ? to.ipv4 : to.ipv6;
        const pod = nodes.get(from.name)!;
        const ping = await pod.tryRun('ping', ['-n', '-c', '2', '-i', '0.2', '-W', '2', target]);
        const seen = (await pod.tryRun(process.execPath, [POD, 'ask', target, String(PORT)])).stdout.trim();
        const time = /= [\d.]+\/([\d.]+)\//.exec(ping.stdout)?.[1];
        const pinged = ping.status === 0;
        good = good && pinged && seen === source;
        rows.push([
          from.name,
          to.name,
          target,
          pinged ? `${time ?? '?'} ms` : 'NO ANSWER',
          seen === '' ? '-' : seen,
          verdict(seen === source),
        ]);
      }
    }
  }
  table(['from', 'to', 'address', 'ping', 'seen there as', 'own address'], rows);
  return good;
}

// ------------------------------------------------------------------------------------------------------- on loopback

async function onLoopback(lab: Lab, folder: string): Promise<boolean> {
  heading('Not root: the same exchange on loopback, with kernel programming off (run as root to see packets flow)');
  const daemons = await step('four peregrined', () =>
    Promise.all(
      HOSTS.map((host) =>
        startDaemon(folder, host, loopbackConfig(host), (words) => {
          const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
          const started = new LabProcess(`${host.name}:peregrined`, child);
          lab.processes.push(started);
          return started;
        }),
      ),
    ),
  );
  await step('sessions are established', () => established(daemons));
  await step('routes are where they belong', () => converged(daemons));
  await showSessions(daemons);
  await showRoutes(daemons);
  return true;
}

// ------------------------------------------------------------------------------------------------------------ common

async function startDaemon(
  folder: string,
  host: LabHost,
  config: string,
  start: (words: string[]) => LabProcess,
): Promise<Running> {
  const file = join(folder, `${host.name}.conf`);
  const socket = join(folder, `${host.name}.ctl`);
  writeFileSync(file, config);
  const started = start([DAEMON, '-f', '-c', file, '-s', socket]);
  await until(`${host.name} answers`, async () => {
    if (started.exited) throw new Error(`peregrined on ${host.name} ended`);
    return (await ask(socket, 'show status').catch(() => [])).length > 0;
  });
  return { host, socket, process: started };
}

async function established(daemons: readonly Running[]): Promise<void> {
  for (const { host, socket } of daemons) {
    await until(`sessions of ${host.name}`, async () => {
      const sessions = (await ask<SessionRow>(socket, 'show protocols')).filter((row) => row.kind === 'BGP');
      return sessions.length > 0 && sessions.every((row) => row.info.startsWith('Established'));
    });
  }
}

async function converged(daemons: readonly Running[]): Promise<void> {
  for (const { host, socket } of daemons) {
    await until(`routes of ${host.name}`, async () => {
      const have = new Set((await ask<RouteRow>(socket, 'show route')).map((row) => row.prefix));
      return expectedNetworks(host).every((network) => have.has(network));
    });
  }
}

async function showSessions(daemons: readonly Running[]): Promise<void> {
  heading('Sessions');
  const rows: string[][] = [];
  for (const { host, socket } of daemons) {
    for (const row of await ask<SessionRow>(socket, 'show protocols all')) {
      if (row.kind !== 'BGP') continue;
      const sum = (pick: (routes: { imported: number; exported: number }) => number): string =>
        String((row.channels ?? []).reduce((total, channel) => total + pick(channel.routes), 0));
      rows.push([
        host.name,
        row.name,
        row.bgp?.neighborAddress ?? '',
        String(row.bgp?.neighborAs ?? ''),
        row.info.trim(),
        sum((routes) => routes.imported),
        sum((routes) => routes.exported),
      ]);
    }
  }
  table(['on', 'session', 'neighbour', 'AS', 'state', 'in', 'out'], rows);
}

async function showRoutes(daemons: readonly Running[]): Promise<void> {
  heading('Routes that were learnt (selected ones)');
  const rows: string[][] = [];
  for (const { host, socket } of daemons) {
    for (const row of await ask<RouteRow>(socket, 'show route primary')) {
      if (!expectedNetworks(host).includes(row.prefix)) continue;
      const hops = row.nextHops.map((hop) => `${hop.gateway ?? 'direct'} on ${hop.interface}`).join(', ');
      rows.push([host.name, row.prefix, row.protocol, hops === '' ? '-' : hops]);
    }
  }
  table(['on', 'network', 'from', 'via'], rows);
}

function explainKeep(lab: Lab, folder: string, root: boolean, cluster: boolean): void {
  heading('It keeps running');
  const socket = join(folder, 'node-1.ctl');
  const lines = [
    `${CLIENT} -s ${socket}                      a shell into node-1; try: show protocols all`,
    `${CLIENT} -s ${socket} show route all`,
  ];
  if (root) {
    const name = (host: string): string => lab.nodes.find((node) => node.name === host)!.namespace;
    lines.push(
      `ip netns exec ${name('node-1')} ip route`,
      `ip netns exec ${name('pod-1')} ping ${cluster ? '10.244.2.10' : HOSTS[1]!.behind!.ipv4}`,
    );
  }
  lines.push('Ctrl-C, or SIGTERM to this process, ends it and takes everything down.');
  process.stdout.write(`${lines.map((line) => `  ${line}\n`).join('')}`);
}

function indent(text: string): string {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => `  ${line.trimEnd()}\n`)
    .join('');
}

void main();
