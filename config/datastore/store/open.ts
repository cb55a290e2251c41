/** The store that a URL names. Clients are loaded with the first store of their kind. */
import type { Store } from './store.ts';
import { labelOf, parseStoreUrl } from './store-url.ts';

/** Throws `StoreUrlError`. Nothing is connected yet: the first question does that. */
export async function openStore(
  text: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Promise<Store> {
  const url = parseStoreUrl(text);
  switch (url.scheme) {
    case 'file':
      return new (await import('./file-store.ts')).FileStore(url.path);
    case 'redis':
    case 'redis+sentinel':
    case 'redis+cluster':
      return new (await import('./redis-store.ts')).RedisStore(url, labelOf(url), environment);
    case 'etcd':
      return new (await import('./etcd-store.ts')).EtcdStore(url, labelOf(url), environment);
    case 'kubernetes':
      return new (await import('./kubernetes-store.ts')).KubernetesStore(url, labelOf(url), environment);
  }
}
