// What every command of package.json needs first, with nothing but Node and npm on the machine: the locked packages,
// a build, and (for root on a Debian machine) programs that the lab or the tests run beside the daemon.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

export const isRoot = process.getuid?.() === 0;

/** Runs a command with the terminal of the caller; ends this process with its status where it fails. */
export function run(command, args, options = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options });
  if (done.error !== undefined) {
    console.error(`${command}: ${done.error.message}`);
    process.exit(1);
  }
  if (done.status !== 0) process.exit(done.status ?? 1);
}

/** Installs the locked packages where they are missing or older than the lock file. */
export function install() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const mark = join(root, 'node_modules', '.peregrine-lock');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  console.log('installing packages (npm ci)');
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  const clean = spawnSync('npm', ['ci', ...quiet], { cwd: root, stdio: 'pipe' });
  // A registry that lacks packages of other platforms makes npm call the lock file incomplete; what it pins still holds.
  if (clean.status !== 0) run('npm', ['install', '--no-save', ...quiet]);
  writeFileSync(mark, lock);
}

/** Compiles what changed, and bundles the programs. */
export function build() {
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  run(process.execPath, [join(root, 'bin', 'bundle.mjs')]);
}

function has(program) {
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/lib/frr:/usr/lib/cni`;
  return path.split(':').some((folder) => folder !== '' && existsSync(join(folder, program)));
}

/**
 * Debian packages for programs that are not there. Without root or apt nothing is done: whoever needs a program says
 * so and does without.
 * @param programs program -> package
 */
export function installPrograms(programs) {
  const missing = [...new Set(Object.entries(programs).flatMap(([program, name]) => (has(program) ? [] : [name])))];
  if (missing.length === 0) return;
  if (!isRoot || !has('apt-get')) {
    console.log(`not installed, and this is not root on Debian: ${missing.join(', ')}`);
    return;
  }
  console.log(`installing ${missing.join(', ')} (apt-get)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) => spawnSync('apt-get', ['-qq', '-o', 'Dpkg::Use-Pty=0', ...args], { env, stdio: 'pipe' });
  // No service is started by an installation: the tests start what they need, in their own namespaces.
  const policy = '/usr/sbin/policy-rc.d';
  const ownPolicy = !existsSync(policy);
  if (ownPolicy) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    apt('update');
    for (const name of missing) {
      const done = apt('install', '-y', '--no-install-recommends', name);
      if (done.status !== 0)
        console.log(`${name} could not be installed: ${String(done.stderr).trim().split('\n').pop()}`);
    }
  } finally {
    if (ownPolicy) spawnSync('rm', ['-f', policy]);
  }
}

/** Programs that make namespaces and look into them. */
export const LAB_PROGRAMS = { ip: 'iproute2', ping: 'iputils-ping' };

/** Servers of datastores, by the word of the lab. */
export const STORE_PROGRAMS = {
  redis: { 'redis-server': 'redis-server' },
  etcd: { etcd: 'etcd-server' },
  file: {},
};

/** Real peers of the interoperability tests, and the datastores of those about clusters. */
export const PEER_PROGRAMS = {
  bird: 'bird2',
  birdc: 'bird2',
  vtysh: 'frr',
  zebra: 'frr',
  gobgpd: 'gobgpd',
  bgpctl: 'openbgpd',
  exabgp: 'exabgp',
  ...STORE_PROGRAMS.redis,
  ...STORE_PROGRAMS.etcd,
  openssl: 'openssl',
  'host-local': 'containernetworking-plugins',
};
