/**
 * `peregrinec datastore ...`: reads and writes the resources of a cluster in any datastore, so that one can be run with
 * files or Redis and nothing else. Works without a daemon.
 *
 * What is wrong is named by file, line, resource and path. A file with one mistake is not written at all; each resource
 * is written only over what was seen, so that two who write at once do not lose each other's work.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import {
  canonicalText,
  idOf,
  idText,
  type JsonObject,
  KINDS,
  kindInfo,
  kindNamed,
  loadManifests,
  openStore,
  type ResourceId,
  type ResourceKind,
  readResource,
  type Store,
  StoreConflict,
  type StoredResource,
  StoreRefused,
  StoreUnavailable,
  StoreUrlError,
} from '../../config/index.ts';

export interface DatastoreIo {
  readonly environment: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  error(text: string): void;
  /** Of `-f -`. */
  stdin(): string;
}

interface Flags {
  readonly datastore?: string;
  readonly filename?: readonly string[];
  readonly namespace?: string;
  readonly output?: 'yaml' | 'json' | 'name';
  readonly dryRun?: true;
}

/** One resource of the given files. */
interface Given {
  readonly where: string;
  readonly id: ResourceId;
  readonly value: JsonObject;
}

/** Said to whoever typed the command; the exit status is 1. */
class Complaint extends Error {}

const LIST_MS = 60_000;
const ATTEMPTS = 10;
/** Of the store that a resource was read from, and of no use in another one. */
const BOOKKEEPING = ['resourceVersion', 'uid', 'creationTimestamp', 'generation', 'managedFields', 'selfLink'];

/** Exit status. */
export async function runDatastore(args: readonly string[], io: DatastoreIo): Promise<number> {
  let status = 0;
  const program = new Command('peregrinec datastore')
    .description('Reads and writes the resources of a cluster')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.replace(/\n$/, '')),
      writeErr: (text) => io.error(text.replace(/\n$/, '')),
    });
  const store = new Option('--datastore <url>', 'file:, redis:, etcd:, kubernetes: ... (or PEREGRINE_DATASTORE)');
  const files = new Option('-f, --filename <file...>', 'manifests of YAML or JSON; - is the standard input');
  const dryRun = new Option('--dry-run', 'say what would be done and do nothing');
  const namespace = new Option('-n, --namespace <name>', 'of kinds that have one');
  const output = (initial: string): Option =>
    new Option('-o, --output <form>', 'how to show them').choices(['yaml', 'json', 'name']).default(initial);

  program
    .command('get')
    .description('show resources of a kind, or one of them')
    .argument('<kind>', `${KINDS.map(({ plural }) => plural).join(', ')}, or all`)
    .argument('[name]')
    .addOption(namespace)
    .addOption(output('name'))
    .addOption(store)
    .action((kind: string, name: string | undefined, flags: Flags) => get(kind, name, flags, io));
  program
    .command('apply')
    .description('create resources, or change them to what the manifests say')
    .addOption(files.makeOptionMandatory())
    .addOption(dryRun)
    .addOption(store)
    .action((flags: Flags) => apply(flags, io));
  program
    .command('delete')
    .description('remove resources, named or as in the manifests')
    .argument('[kind]')
    .argument('[name]')
    .addOption(new Option('-f, --filename <file...>', 'manifests of YAML or JSON'))
    .addOption(namespace)
    .addOption(dryRun)
    .addOption(store)
    .action((kind: string | undefined, name: string | undefined, flags: Flags) => remove(kind, name, flags, io));
  program
    .command('validate')
    .description('check manifests; no datastore is needed')
    .addOption(files)
    .action((flags: Flags) => {
      const { given, failed } = readFiles(flags.filename ?? [], io);
      return given.then((list) => {
        for (const { id, where } of list) io.out(`${idText(id)} is valid (${where})`);
        if (failed()) status = 1;
      });
    });
  program
    .command('export')
    .description('write everything as one manifest')
    .addOption(new Option('-f, --filename <file>', 'where to; the standard output without it'))
    .addOption(new Option('-o, --output <form>', 'how').choices(['yaml', 'json']).default('yaml'))
    .addOption(store)
    .action((flags: { filename?: string; output: 'yaml' | 'json'; datastore?: string }) => exportAll(flags, io));

  try {
    await program.parseAsync([...args], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    const known = [Complaint, StoreConflict, StoreRefused, StoreUnavailable, StoreUrlError].some(
      (kind) => error instanceof kind,
    );
    if (!known) throw error;
    io.error((error as Error).message);
    return 1;
  }
}

async function withStore<T>(
  flags: { datastore?: string },
  io: DatastoreIo,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const url = flags.datastore ?? io.environment['PEREGRINE_DATASTORE'];
  if (url === undefined || url === '')
    throw new Complaint('Which datastore? Say --datastore or set PEREGRINE_DATASTORE.');
  const store = await openStore(url, io.environment);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function listAll(store: Store, io: DatastoreIo): Promise<readonly StoredResource[]> {
  const { items, faults } = await store.list(AbortSignal.timeout(LIST_MS));
  for (const { where, message } of faults) io.error(`${where}: ${message}`);
  return [...items].sort((a, b) => (orderText(a.id) < orderText(b.id) ? -1 : 1));
}

/** By kind, in the order of the table, then by name. */
function orderText(id: ResourceId): string {
  const rank = KINDS.findIndex(({ kind }) => kind === id.kind);
  return `${String(rank).padStart(2, '0')} ${idText(id)}`;
}

function kindOf(word: string): ResourceKind {
  const info = kindNamed(word);
  if (info === undefined)
    throw new Complaint(`There is no kind "${word}": there are ${KINDS.map(({ plural }) => plural).join(', ')}`);
  return info.kind;
}

function idFor(kind: ResourceKind, name: string, namespace: string | undefined): ResourceId {
  return { kind, name, namespace: kindInfo(kind).namespaced ? (namespace ?? 'default') : '' };
}

// ---------------------------------------------------------------------------------------------------------- showing

async function get(word: string, name: string | undefined, flags: Flags, io: DatastoreIo): Promise<void> {
  await withStore(flags, io, async (store) => {
    let found: readonly StoredResource[];
    if (name !== undefined) {
      const id = idFor(kindOf(word), name, flags.namespace);
      const item = await store.get(id);
      if (item === undefined) throw new Complaint(`There is no ${idText(id)}`);
      found = [item];
    } else {
      const kind = word === 'all' ? undefined : kindOf(word);
      const inNamespace = ({ namespace }: ResourceId): boolean =>
        flags.namespace === undefined || namespace === '' || namespace === flags.namespace;
      found = (await listAll(store, io)).filter(
        ({ id }) => (kind === undefined || id.kind === kind) && inNamespace(id),
      );
    }
    await show(found, flags.output ?? 'name', io);
  });
}

async function show(
  items: readonly StoredResource[],
  output: 'yaml' | 'json' | 'name',
  io: DatastoreIo,
): Promise<void> {
  if (output === 'name') {
    for (const { id } of items) io.out(idText(id));
    return;
  }
  const { writeManifest } = await loadManifests();
  const values = items.map((item) => item.value);
  io.out(writeManifest(values, output).replace(/\n$/, ''));
}

async function exportAll(
  flags: { filename?: string; output: 'yaml' | 'json'; datastore?: string },
  io: DatastoreIo,
): Promise<void> {
  await withStore(flags, io, async (store) => {
    const items = await listAll(store, io);
    const { writeManifest } = await loadManifests();
    const text = writeManifest(
      items.map((item) => item.value),
      flags.output,
    );
    if (flags.filename === undefined) io.out(text.replace(/\n$/, ''));
    else {
      // Secrets are among them.
      writeFileSync(flags.filename, text, { mode: 0o600 });
      io.out(`${items.length} resources written to ${flags.filename}`);
    }
  });
}

// ---------------------------------------------------------------------------------------------------------- writing

async function apply(flags: Flags, io: DatastoreIo): Promise<void> {
  const given = await readGood(flags.filename ?? [], io);
  await withStore(flags, io, async (store) => {
    for (const { id, value } of given) {
      const done = await applyOne(store, id, value, flags.dryRun === true);
      io.out(`${idText(id)} ${done}${flags.dryRun === true && done !== 'unchanged' ? ' (not done)' : ''}`);
    }
  });
}

async function applyOne(
  store: Store,
  id: ResourceId,
  value: JsonObject,
  dryRun: boolean,
): Promise<'created' | 'configured' | 'unchanged'> {
  for (let attempt = 1; ; attempt++) {
    const present = await store.get(id);
    const wanted = besideReport(id, value, present?.value);
    if (present !== undefined && canonicalText(present.value) === canonicalText(wanted)) return 'unchanged';
    const done = present === undefined ? 'created' : 'configured';
    if (dryRun) return done;
    try {
      await store.put(id, wanted, present === undefined ? 'absent' : { revision: present.revision });
      return done;
    } catch (error) {
      // Somebody else was faster: what is there now is looked at again.
      if (!(error instanceof StoreConflict) || attempt >= ATTEMPTS) throw error;
    }
  }
}

/** What a node reported stays; a manifest has no part in it. */
function besideReport({ kind }: ResourceId, value: JsonObject, present: JsonObject | undefined): JsonObject {
  if (kind !== 'CalicoNodeStatus') return value;
  const report = present?.['status'];
  const { status: _, ...wish } = value;
  return report === undefined ? wish : { ...wish, status: report };
}

async function remove(
  word: string | undefined,
  name: string | undefined,
  flags: Flags,
  io: DatastoreIo,
): Promise<void> {
  const files = flags.filename ?? [];
  if ((word === undefined) === (files.length === 0)) throw new Complaint('Say a kind and a name, or -f and a file.');
  if (word !== undefined && name === undefined) throw new Complaint(`Which ${word}? A name is needed.`);
  const ids =
    word === undefined
      ? (await readGood(files, io)).map(({ id }) => id)
      : [idFor(kindOf(word), name!, flags.namespace)];
  await withStore(flags, io, async (store) => {
    for (const id of ids) {
      const there = flags.dryRun === true ? (await store.get(id)) !== undefined : await store.delete(id, 'any');
      if (!there && word !== undefined) throw new Complaint(`There is no ${idText(id)}`);
      io.out(
        `${idText(id)} ${there ? 'deleted' : 'was not there'}${flags.dryRun === true && there ? ' (not done)' : ''}`,
      );
    }
  });
}

// ---------------------------------------------------------------------------------------------------------- reading

/** Everything in the files, or a complaint when anything is wrong with them. */
async function readGood(paths: readonly string[], io: DatastoreIo): Promise<readonly Given[]> {
  const { given, failed } = readFiles(paths, io);
  const list = await given;
  if (failed()) throw new Complaint('Nothing is done.');
  return list;
}

/** Names every mistake on the way. */
function readFiles(
  paths: readonly string[],
  io: DatastoreIo,
): { given: Promise<readonly Given[]>; failed: () => boolean } {
  let failed = false;
  const complain = (text: string): void => {
    failed = true;
    io.error(text);
  };
  const read = async (): Promise<readonly Given[]> => {
    if (paths.length === 0) throw new Complaint('Which file? Say -f FILE.');
    const { readManifest } = await loadManifests();
    const list: Given[] = [];
    const seen = new Map<string, string>();
    for (const path of paths) {
      const name = path === '-' ? '(standard input)' : path;
      const { items, faults } = readManifest(path === '-' ? io.stdin() : fileText(path));
      for (const { line, message } of faults) complain(`${name}:${line}: ${message}`);
      for (const { value, line } of items) {
        const where = `${name}:${line}`;
        const { id, problems } = readResource(value);
        const subject = id === undefined ? '' : `${idText(id)}: `;
        for (const { severity, path: at, message } of problems) {
          const text = `${where}: ${subject}${at === '' ? '' : `${at}: `}${message}`;
          if (severity === 'error') complain(text);
          else io.error(`${text} (warning)`);
        }
        if (id === undefined || problems.some(({ severity }) => severity === 'error')) continue;
        const before = seen.get(idText(id));
        if (before !== undefined) complain(`${where}: ${idText(id)} is in ${before} already`);
        seen.set(idText(id), where);
        list.push({ where, id: idOf(value) ?? id, value: withoutBookkeeping(value) });
      }
    }
    return list;
  };
  return { given: read(), failed: () => failed };
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Complaint(`${path}: ${(error as Error).message}`);
  }
}

function withoutBookkeeping(value: JsonObject): JsonObject {
  const metadata = { ...(value['metadata'] as JsonObject) } as Record<string, JsonObject[string]>;
  for (const name of BOOKKEEPING) delete metadata[name];
  return { ...value, metadata };
}
