/** Certificates, keys and passwords of a store: read from their files when a connection is made, so that they may rotate. */
import { readFileSync } from 'node:fs';
import { StoreRefused } from './store.ts';
import type { StoreUrl } from './store-url.ts';

export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/** `undefined` without TLS. Throws `StoreRefused` for a file that cannot be read. */
export function tlsOptions(url: StoreUrl): TlsOptions | undefined {
  if (!url.tls) return undefined;
  const file = (name: 'ca' | 'cert' | 'key'): { [key in typeof name]?: string } => {
    const path = url.options.get(name);
    return path === undefined ? {} : { [name]: readSecretFile(path) };
  };
  const servername = url.options.get('servername');
  return { ...file('ca'), ...file('cert'), ...file('key'), ...(servername === undefined ? {} : { servername }) };
}

export function passwordOf(
  url: StoreUrl,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const path = url.options.get('passwordfile');
  if (path !== undefined) return readSecretFile(path).replace(/\r?\n$/, '');
  return url.password ?? environment['PEREGRINE_DATASTORE_PASSWORD'];
}

export function readSecretFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StoreRefused(`cannot read ${path}: ${(error as Error).message}`);
  }
}
