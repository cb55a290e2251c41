/**
 * What names a datastore:
 *
 *     file:DIR                                          YAML and JSON manifests in a folder
 *     redis://[USER[:PASSWORD]@]HOST[:PORT][/DB]        rediss:// with TLS
 *     redis+sentinel://HOST[:PORT],.../MASTER[/DB]      rediss+sentinel://
 *     redis+cluster://HOST[:PORT],...                   rediss+cluster://
 *     etcd://[USER[:PASSWORD]@]HOST[:PORT],...          etcds:// with TLS
 *     kubernetes:[/PATH/TO/KUBECONFIG]                  without a path: in the cluster, or as kubectl finds it
 *
 * and behind it `?NAME=VALUE&...`: ca, cert, key (files of PEM), servername, passwordfile, prefix, context, namespace.
 * A password may also come from the environment variable PEREGRINE_DATASTORE_PASSWORD.
 */

export type StoreScheme = 'file' | 'redis' | 'redis+sentinel' | 'redis+cluster' | 'etcd' | 'kubernetes';

export interface StoreUrl {
  readonly scheme: StoreScheme;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly hosts: readonly { readonly host: string; readonly port: number | undefined }[];
  /** Behind the hosts, without the first `/`; for files and Kubernetes a path as it is. */
  readonly path: string;
  readonly options: ReadonlyMap<string, string>;
}

export class StoreUrlError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreUrlError';
  }
}

const SCHEMES: ReadonlyMap<string, readonly [StoreScheme, boolean]> = new Map([
  ['file', ['file', false]],
  ['redis', ['redis', false]],
  ['rediss', ['redis', true]],
  ['redis+sentinel', ['redis+sentinel', false]],
  ['rediss+sentinel', ['redis+sentinel', true]],
  ['redis+cluster', ['redis+cluster', false]],
  ['rediss+cluster', ['redis+cluster', true]],
  ['etcd', ['etcd', false]],
  ['etcds', ['etcd', true]],
  ['kubernetes', ['kubernetes', true]],
]);

const OPTIONS: Readonly<Record<StoreScheme, readonly string[]>> = {
  file: [],
  redis: ['prefix', 'ca', 'cert', 'key', 'servername', 'passwordfile'],
  'redis+sentinel': ['prefix', 'ca', 'cert', 'key', 'servername', 'passwordfile', 'sentinelpasswordfile'],
  'redis+cluster': ['prefix', 'ca', 'cert', 'key', 'servername', 'passwordfile'],
  etcd: ['ca', 'cert', 'key', 'servername', 'passwordfile'],
  kubernetes: ['context', 'namespace'],
};

/** Throws `StoreUrlError`. */
export function parseStoreUrl(text: string): StoreUrl {
  const colon = text.indexOf(':');
  const known = SCHEMES.get(text.slice(0, Math.max(0, colon)).toLowerCase());
  if (known === undefined) {
    throw new StoreUrlError(`a datastore begins with ${[...SCHEMES.keys()].map((name) => `${name}:`).join(', ')}`);
  }
  const [scheme, tls] = known;
  const rest = text.slice(colon + 1);
  const question = rest.indexOf('?');
  const place = question < 0 ? rest : rest.slice(0, question);
  const options = readOptions(question < 0 ? '' : rest.slice(question + 1), OPTIONS[scheme]);
  if (scheme === 'file' || scheme === 'kubernetes') {
    // file:///dir, file:/dir and file:dir
    const path = decode(place.startsWith('//') ? place.slice(2) : place);
    if (scheme === 'file' && path === '') throw new StoreUrlError('file: needs a folder');
    return { scheme, tls, username: undefined, password: undefined, hosts: [], path, options };
  }
  if (!place.startsWith('//')) throw new StoreUrlError(`${scheme}: needs // and a host behind it`);
  const slash = place.indexOf('/', 2);
  const authority = slash < 0 ? place.slice(2) : place.slice(2, slash);
  const path = slash < 0 ? '' : decode(place.slice(slash + 1));
  const at = authority.lastIndexOf('@');
  const [username, password] = at < 0 ? [] : credentials(authority.slice(0, at));
  const hosts = authority
    .slice(at + 1)
    .split(',')
    .map(readHost);
  if (scheme === 'redis' && hosts.length > 1) throw new StoreUrlError('redis: takes one host');
  if (scheme === 'redis' && !/^[0-9]{0,5}$/.test(path))
    throw new StoreUrlError('the number of a database is needed behind the host');
  if (scheme === 'redis+sentinel' && !/^[A-Za-z0-9_.-]+(\/[0-9]{1,5})?$/.test(path)) {
    throw new StoreUrlError('the name of the master is needed behind the sentinels');
  }
  return { scheme, tls, username, password, hosts, path, options };
}

/** For messages: what it names, without passwords. */
export function labelOf(url: StoreUrl): string {
  const hosts = url.hosts.map(
    ({ host, port }) => `${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`,
  );
  if (url.scheme === 'file' || url.scheme === 'kubernetes') return `${url.scheme}:${url.path}`;
  const scheme = url.tls ? url.scheme.replace(/^(redis|etcd)/, '$1s') : url.scheme;
  return `${scheme}://${hosts.join(',')}${url.path === '' ? '' : `/${url.path}`}`;
}

function credentials(text: string): [string | undefined, string | undefined] {
  const colon = text.indexOf(':');
  const user = decode(colon < 0 ? text : text.slice(0, colon));
  return [user === '' ? undefined : user, colon < 0 ? undefined : decode(text.slice(colon + 1))];
}

function readHost(text: string): { host: string; port: number | undefined } {
  const match = /^(?:\[([0-9A-Fa-f:.%]+)\]|([A-Za-z0-9_.-]+))(?::([0-9]{1,5}))?$/.exec(text);
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  if (match === null || (port !== undefined && (port < 1 || port > 65535))) {
    throw new StoreUrlError(`"${text}" is not a host with an optional port`);
  }
  return { host: match[1] ?? match[2]!, port };
}

function readOptions(text: string, known: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = equals < 0 ? part : part.slice(0, equals);
    if (!known.includes(name)) {
      const hint = known.length === 0 ? 'there are none here' : `there are ${known.join(', ')}`;
      throw new StoreUrlError(`no option of a datastore is named "${name}": ${hint}`);
    }
    options.set(name, equals < 0 ? '' : decode(part.slice(equals + 1)));
  }
  return options;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new StoreUrlError(`"${text}" has a % that is no escape`);
  }
}
