/** Where a password is kept: a key of a Secret in the namespace that the daemon is told. */
import type { Fields } from './fields.ts';
import { wrongName } from './metadata.ts';

export interface SecretReference {
  readonly name: string;
  readonly key: string;
}

/** `NAME: { secretKeyRef: { name, key } }` */
export function readSecretReference(spec: Fields, field: string): SecretReference | undefined {
  const password = spec.object(field);
  const reference = password?.object('secretKeyRef');
  password?.end();
  if (reference === undefined) return undefined;
  const name = reference.required('name', reference.string('name'));
  const key = reference.required('key', reference.string('key'));
  reference.ignore('optional');
  reference.end();
  const wrong = name === undefined ? undefined : wrongName(name);
  if (wrong !== undefined) reference.error('name', wrong);
  return name === undefined || key === undefined || wrong !== undefined ? undefined : { name, key };
}
