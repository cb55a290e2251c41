/** Blocks of addresses: which node has one (BlockAffinity), and the block itself (IPAMBlock). */
import type { Prefix } from '../../../bgp/index.ts';
import type { Fields } from './fields.ts';
import type { Metadata } from './metadata.ts';

export interface BlockAffinityResource {
  readonly kind: 'BlockAffinity';
  readonly name: string;
  readonly node: string;
  readonly cidr: Prefix;
  /** '' counts as confirmed. */
  readonly state: '' | 'confirmed' | 'pending' | 'pendingDeletion';
}

export interface IpamBlockResource {
  readonly kind: 'IPAMBlock';
  readonly name: string;
  readonly cidr: Prefix;
  /** The node that the block belongs to. */
  readonly node: string | undefined;
}

export function readBlockAffinity(fields: Fields, metadata: Metadata): BlockAffinityResource | undefined {
  const spec = fields.objectOrEmpty('spec');
  const cidr = spec.required('cidr', spec.prefix('cidr'));
  const node = spec.required('node', spec.string('node'));
  const state = spec.oneOf('state', ['confirmed', 'pending', 'pendingDeletion'] as const) ?? '';
  const deleted = readDeleted(spec);
  // A virtual affinity belongs to something that is no node (a load balancer, for instance).
  const type = spec.string('type');
  spec.end();
  if (cidr === undefined || node === undefined || deleted) return undefined;
  return { kind: 'BlockAffinity', name: metadata.name, node: type === 'virtual' ? '' : node, cidr, state };
}

export function readIpamBlock(fields: Fields, metadata: Metadata): IpamBlockResource | undefined {
  const spec = fields.objectOrEmpty('spec');
  const cidr = spec.required('cidr', spec.prefix('cidr'));
  const affinity = spec.string('affinity');
  const deleted = readDeleted(spec);
  if (cidr === undefined || deleted) return undefined;
  const node = affinity?.startsWith('host:') === true ? affinity.slice('host:'.length) : undefined;
  return { kind: 'IPAMBlock', name: metadata.name, cidr, node };
}

/** CRDs write it as a string, the etcd form as a boolean. */
function readDeleted(spec: Fields): boolean {
  const value = spec.raw('deleted');
  if (value !== undefined && typeof value !== 'boolean' && value !== 'true' && value !== 'false' && value !== '') {
    spec.error('deleted', 'must be true or false');
  }
  return value === true || value === 'true';
}
