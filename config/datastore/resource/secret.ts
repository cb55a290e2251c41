/** Passwords. Values never appear in messages. */
import type { Fields } from './fields.ts';
import type { Metadata } from './metadata.ts';

export interface SecretResource {
  readonly kind: 'Secret';
  readonly name: string;
  readonly namespace: string;
  readonly values: ReadonlyMap<string, string>;
}

export function readSecret(fields: Fields, metadata: Metadata): SecretResource {
  const values = new Map<string, string>();
  for (const [key, text] of fields.stringMap('data')) {
    const bytes = /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(text) ? Buffer.from(text, 'base64') : undefined;
    if (bytes === undefined) fields.problems.error(`data[${key}]`, 'is not base64');
    else values.set(key, bytes.toString('utf8'));
  }
  for (const [key, text] of fields.stringMap('stringData')) values.set(key, text);
  return { kind: 'Secret', name: metadata.name, namespace: metadata.namespace, values };
}
