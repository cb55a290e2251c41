/** Rules for the routes of BGP peers: conditions, changes, and whether the route passes. */
import { formatPrefix, type Prefix } from '../../../bgp/index.ts';
import { type Community, readCommunity } from './community.ts';
import { type Fields, readAsNumber } from './fields.ts';
import type { Metadata } from './metadata.ts';

export type MatchOperator = 'Equal' | 'NotEqual' | 'In' | 'NotIn';

export type FilterOperation =
  | { readonly op: 'addCommunity'; readonly community: Community }
  | { readonly op: 'prependAsPath'; readonly numbers: readonly number[] }
  | { readonly op: 'setPriority'; readonly priority: number };

export interface FilterRule {
  readonly action: 'Accept' | 'Reject';
  readonly net:
    | {
        readonly cidr: Prefix;
        readonly operator: MatchOperator;
        /** Lengths as written; `undefined`: not written. */
        readonly lengths: { readonly min: number | undefined; readonly max: number | undefined } | undefined;
      }
    | undefined;
  readonly remotePeers: boolean;
  readonly interfacePattern: string | undefined;
  readonly community: Community | undefined;
  readonly asPathPrefix: readonly number[];
  readonly priority: number | undefined;
  readonly peerType: 'iBGP' | 'eBGP' | undefined;
  readonly operations: readonly FilterOperation[];
}

export interface BgpFilterResource {
  readonly kind: 'BGPFilter';
  readonly name: string;
  readonly import4: readonly FilterRule[];
  readonly export4: readonly FilterRule[];
  readonly import6: readonly FilterRule[];
  readonly export6: readonly FilterRule[];
}

const MAX_PRIORITY = 2_147_483_646;
const MAX_OPERATIONS = 10;

export function readBgpFilter(fields: Fields, metadata: Metadata): BgpFilterResource {
  const spec = fields.objectOrEmpty('spec');
  const rules = (name: string, version: 4 | 6): readonly FilterRule[] =>
    spec.objects(name, (rule) => readRule(rule, version));
  const result: BgpFilterResource = {
    kind: 'BGPFilter',
    name: metadata.name,
    import4: rules('importV4', 4),
    export4: rules('exportV4', 4),
    import6: rules('importV6', 6),
    export6: rules('exportV6', 6),
  };
  spec.end();
  return result;
}

function readRule(rule: Fields, version: 4 | 6): FilterRule | undefined {
  const action = rule.required('action', rule.oneOf('action', ['Accept', 'Reject'] as const));
  const net = readNet(rule, version);
  const communities = rule.object('communities');
  const values = communities?.strings('values') ?? [];
  communities?.end();
  if (communities !== undefined && values.length !== 1) communities.error('values', 'must hold exactly one community');
  const community =
    values[0] === undefined ? undefined : readCommunity(values[0], rule.pathOf('communities.values[0]'), rule.problems);
  const operations = rule.objects('operations', readOperation);
  if (operations.length > MAX_OPERATIONS) rule.error('operations', `holds more than ${MAX_OPERATIONS} operations`);
  if (operations.length > 0 && action === 'Reject') rule.error('operations', 'can only stand beside action Accept');
  const pattern = rule.string('interface');
  if (pattern !== undefined && !/^[A-Za-z0-9_.:*?@-]{1,64}$/.test(pattern)) {
    rule.error('interface', 'has characters that no interface pattern has');
  }
  const read = {
    net,
    remotePeers: rule.oneOf('source', ['RemotePeers']) !== undefined,
    interfacePattern: pattern,
    community,
    asPathPrefix: asNumbers(rule, 'asPathPrefix'),
    priority: rule.integer('priority', 1, MAX_PRIORITY),
    peerType: rule.oneOf('peerType', ['iBGP', 'eBGP'] as const),
    operations,
  };
  rule.end();
  return action === undefined ? undefined : { action, ...read };
}

function readNet(rule: Fields, version: 4 | 6): FilterRule['net'] {
  const cidr = rule.prefix('cidr');
  const operator = rule.oneOf<MatchOperator>('matchOperator', ['Equal', 'NotEqual', 'In', 'NotIn']);
  const lengths = rule.object('prefixLength');
  const bits = version === 4 ? 32 : 128;
  const range =
    lengths === undefined ? undefined : { min: lengths.integer('min', 0, bits), max: lengths.integer('max', 0, bits) };
  lengths?.end();
  if (cidr !== undefined && cidr.version !== version) rule.error('cidr', `must be an IPv${version} network`);
  if (rule.string('cidr') !== undefined && rule.string('matchOperator') === undefined) {
    rule.error('matchOperator', 'is needed beside cidr');
  }
  if (rule.string('cidr') === undefined && operator !== undefined) rule.error('cidr', 'is needed beside matchOperator');
  if (rule.string('cidr') === undefined && lengths !== undefined) rule.error('cidr', 'is needed beside prefixLength');
  if (cidr === undefined || operator === undefined) return undefined;
  // What it comes to where one end is not written, or is shorter than the network itself.
  const min = Math.max(cidr.length, range?.min ?? 0);
  const max = range?.max ?? bits;
  if (range !== undefined && min > max) {
    lengths!.error('max', `no length is from ${min} to ${max} (the network is ${formatPrefix(cidr)})`);
  }
  return { cidr, operator, lengths: range };
}

function readOperation(fields: Fields): FilterOperation | undefined {
  const set = ['addCommunity', 'prependASPath', 'setPriority'].filter((name) => fields.has(name));
  if (set.length !== 1) {
    const path = set[1] ?? 'addCommunity';
    return fields.error(path, 'exactly one of addCommunity, prependASPath and setPriority must be set');
  }
  const inner = fields.object(set[0]!);
  fields.end();
  if (inner === undefined) return undefined;
  const operation = readOne(set[0]!, inner);
  inner.end();
  return operation;
}

function readOne(name: string, fields: Fields): FilterOperation | undefined {
  switch (name) {
    case 'addCommunity': {
      const text = fields.required('value', fields.string('value'));
      const community = text === undefined ? undefined : readCommunity(text, fields.pathOf('value'), fields.problems);
      return community === undefined ? undefined : { op: 'addCommunity', community };
    }
    case 'prependASPath': {
      const numbers = asNumbers(fields, 'prefix');
      if (numbers.length === 0) return fields.error('prefix', 'must hold an AS number');
      return { op: 'prependAsPath', numbers };
    }
    default: {
      const priority = fields.required('value', fields.integer('value', 1, MAX_PRIORITY));
      return priority === undefined ? undefined : { op: 'setPriority', priority };
    }
  }
}

function asNumbers(fields: Fields, name: string): readonly number[] {
  return fields.list(name, (value, path) => readAsNumber(value, path, fields.problems));
}
