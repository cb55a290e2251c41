// Lets V8 compile the programs at build time. Two daemons on the loopback interface send each other some routes, take them
// back, and are asked about them; what that has compiled is kept beside the bundles, so that a start need not compile it
// again (a tenth of a second of CPU for a daemon and its first table). Nothing of the machine is changed: there is no
// kernel protocol. Where it does not work programs start as well, only later.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeFile } from './fresh.mjs';

const KEEP = join(import.meta.dirname, 'keep-code.mjs');
const ROUTES = 2000;
const PATIENCE_MS = 20_000;

export async function keepCode() {
  const folder = mkdtempSync(join(tmpdir(), 'peregrine-build-'));
  const daemons = [];
  try {
    const ports = [await freePort('127.0.0.1'), await freePort('127.0.0.2')];
    for (const self of [0, 1]) daemons.push(startDaemon(folder, ports, self));
    await exercise(daemons);
  } catch (error) {
    console.error(`programs will start somewhat later, their code could not be kept: ${error.message}`);
  } finally {
    for (const { child } of daemons) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function startDaemon(folder, ports, self) {
  const peer = 1 - self;
  const socket = join(folder, `${self}.ctl`);
  const file = join(folder, `${self}.conf`);
  writeFileSync(file, configuration(ports, self, peer));
  const args = ['-f', '-c', file, '-s', socket, '-P', join(folder, `${self}.pid`)];
  // Both could keep their code; the second one would only write the same again.
  const command = self === 0 ? [KEEP, 'peregrined'] : [join(import.meta.dirname, 'peregrined')];
  const child = spawn(process.execPath, [...command, ...args], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.on('exit', resolve).on('error', resolve));
  return { child, ended, socket };
}

/** Half of the routes differ in what filters look at; the other side may have them only without the upper ones. */
function configuration(ports, self, peer) {
  const routes = Array.from(
    { length: ROUTES },
    (_, i) => `route 10.${64 * self + (i >> 8)}.${i & 255}.0/24 blackhole;`,
  );
  return `
log stderr all;
router id 192.0.2.${1 + self};
protocol device { }
protocol static { ipv4; ${routes.join(' ')} }
protocol static { ipv6; route 2001:db8:${self}::/48 blackhole; }
define UPPER = [ 10.0.0.0/8{25,32}, 10.6.0.0/16+, 10.70.0.0/16+ ];
filter out {
  if source !~ [ RTS_STATIC, RTS_BGP ] then reject;
  bgp_next_hop = 198.51.100.${1 + self};
  if net ~ [ 10.0.0.0/15+, 10.64.0.0/15+ ] then bgp_community.add((6500${self}, 1)); else bgp_large_community.add((6500${self}, 2, 3));
  bgp_med = net.len;
  accept;
}
filter in {
  if net ~ UPPER || bgp_path ~ [= * 23456 * =] || bgp_path.len > 20 then reject;
  if (6500${peer}, 1) ~ bgp_community then bgp_local_pref = 120;
  bgp_large_community.delete([(6500${peer}, 2, *)]);
  accept;
}
template bgp common {
  local 127.0.0.${1 + self} port ${ports[self]} as 6500${self};
  neighbor 127.0.0.${1 + peer} port ${ports[peer]} as 6500${peer};
  multihop; strict bind; connect delay time 1; connect retry time 1; error wait time 1, 2;
}
protocol bgp other from common { ipv4 { import filter in; export filter out; }; ipv6 { import all; export all; }; }
`;
}

async function exercise([first, second]) {
  const expected = ROUTES - 256;
  await until('routes to come', async () => (await countOf(first)) >= expected && (await countOf(second)) >= expected);
  for (const words of [
    ['show', 'status'],
    ['show', 'protocols', 'all'],
    ['show', 'route', 'for', '10.65.0.1', 'all'],
    ['show', 'route', 'export', 'other', 'count'],
    ['-j', 'show', 'protocols'],
    ['reload', 'in', 'other'],
  ]) {
    await client(first, words);
  }
  await stop(second);
  await until('routes to go', async () => (await countOf(first)) === 0);
  await stop(first);
  if (!existsSync(codeFile('peregrined'))) throw new Error('the daemon wrote nothing');
}

/** Routes that came from the other side. */
async function countOf(daemon) {
  const text = await client(daemon, ['show', 'route', 'protocol', 'other', 'count']);
  return Number(/^(\d+) of/m.exec(text)?.[1] ?? -1);
}

function client(daemon, words) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [KEEP, 'peregrinec', '-s', daemon.socket, ...words], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: PATIENCE_MS,
    });
    let text = '';
    child.stdout.on('data', (piece) => {
      text += piece;
    });
    child.on('error', reject).on('close', () => resolve(text));
  });
}

async function until(what, condition) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function stop({ child, ended }) {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  await ended;
  clearTimeout(late);
}

function freePort(host) {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, host, () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
