/** A range that pods get their addresses from, and how packets to it travel. */
import type { Prefix } from '../../../bgp/index.ts';
import type { Fields } from './fields.ts';
import type { Metadata } from './metadata.ts';

export type Encapsulation = 'Never' | 'Always' | 'CrossSubnet';

export interface IpPoolResource {
  readonly kind: 'IPPool';
  readonly name: string;
  readonly cidr: Prefix;
  readonly ipipMode: Encapsulation;
  readonly vxlanMode: Encapsulation;
  readonly natOutgoing: boolean;
  readonly disabled: boolean;
  readonly disableBgpExport: boolean;
}

const MODES: readonly Encapsulation[] = ['Never', 'Always', 'CrossSubnet'];

export function readIpPool(fields: Fields, metadata: Metadata): IpPoolResource | undefined {
  const spec = fields.objectOrEmpty('spec');
  const cidr = spec.required('cidr', spec.prefix('cidr'));
  const ipipMode = spec.oneOf('ipipMode', MODES) ?? 'Never';
  const vxlanMode = spec.oneOf('vxlanMode', MODES) ?? 'Never';
  if (ipipMode !== 'Never' && vxlanMode !== 'Never') spec.error('vxlanMode', 'cannot stand beside ipipMode');
  if (cidr?.version === 6 && ipipMode !== 'Never') spec.error('ipipMode', 'there is no IPIP for IPv6');
  const blockSize = spec.integer('blockSize', 0, cidr?.version === 6 ? 128 : 32);
  if (cidr !== undefined && blockSize !== undefined && blockSize !== 0 && blockSize < cidr.length) {
    spec.error('blockSize', `a block of /${blockSize} is larger than the pool`);
  }
  spec.selector('nodeSelector');
  spec.selector('namespaceSelector');
  spec.strings('allowedUses');
  spec.ignore('assignmentMode', 'ipip', 'nat-outgoing');
  const natOutgoing = spec.boolean('natOutgoing', false);
  const disabled = spec.boolean('disabled', false);
  const disableBgpExport = spec.boolean('disableBGPExport', false);
  spec.end();
  if (cidr === undefined) return undefined;
  return { kind: 'IPPool', name: metadata.name, cidr, ipipMode, vxlanMode, natOutgoing, disabled, disableBgpExport };
}
