/**
 * What a new configuration asks of the running one: for each protocol the cheapest step that makes it true. Costs come
 * from the tables of options, values are compared by their meaning, so comments, order of options, templates and the
 * text of an equal filter change nothing.
 */
import { type FamilyName, type Policy, PolicyReads } from '../bgp/index.ts';
import { ValidationTables } from './filter/validation.ts';
import { BGP_CHANNEL_FIELDS } from './grammar/bgp-channel.ts';
import { BGP_FIELDS } from './grammar/bgp-options.ts';
import { CALICO_STATEMENTS } from './grammar/calico.ts';
import { CHANNEL_FIELDS } from './grammar/channel.ts';
import { DEVICE_STATEMENTS } from './grammar/device.ts';
import { DIRECT_STATEMENTS } from './grammar/direct.ts';
import { GLOBAL_FIELDS } from './grammar/globals.ts';
import { KERNEL_STATEMENTS } from './grammar/kernel.ts';
import type { ChangeCost, FieldTable } from './grammar/option-table.ts';
import { PIPE_STATEMENTS } from './grammar/pipe.ts';
import { COMMON_FIELDS } from './grammar/protocol-draft.ts';
import { STATIC_STATEMENTS } from './grammar/static.ts';
import type { ChannelConfig, DaemonConfig, ProtocolConfig, TableConfig } from './model.ts';
import { sameMeaning } from './same-meaning.ts';

/** What a channel has to do. `changed` are keys of its configuration whose new values hold from now on. */
export interface ChannelStep {
  readonly family: FamilyName;
  readonly reimport: boolean;
  /** With `reimport`: what was kept of the routes is not enough, the neighbour has to send them again. */
  readonly refresh: boolean;
  readonly reexport: boolean;
  readonly changed: readonly string[];
}

/**
 * add, remove   the protocol is in one configuration only
 * restart       it goes down as it is and comes up anew (it may even be of another kind)
 * soft          it stays up; `changed` are keys of its configuration, `channels` those that have something to do
 * unchanged     nothing that means anything is different; the new configuration may still be put in its place
 */
export interface ProtocolStep {
  readonly name: string;
  readonly action: 'add' | 'remove' | 'restart' | 'soft' | 'unchanged';
  readonly before: ProtocolConfig | undefined;
  readonly after: ProtocolConfig | undefined;
  readonly changed: readonly string[];
  readonly channels: readonly ChannelStep[];
}

export interface ReconfigurationPlan {
  /** Removals first, then the protocols of the new configuration in its order. */
  readonly protocols: readonly ProtocolStep[];
  readonly addedTables: readonly TableConfig[];
  readonly removedTables: readonly TableConfig[];
  /** Keys of `DaemonConfig` besides protocols and tables that differ. */
  readonly settings: readonly string[];
}

export interface PlanOptions {
  /** `configure soft`: filters changed, but nothing is imported or exported again because of it. */
  readonly soft?: boolean;
}

export function planReconfiguration(
  before: DaemonConfig,
  after: DaemonConfig,
  options: PlanOptions = {},
): ReconfigurationPlan {
  const tables = differentTables(before, after);
  const sameOrigins = new ValidationTables(before.protocols).equals(new ValidationTables(after.protocols));
  const old = new Map(before.protocols.map((protocol) => [protocol.name, protocol]));
  const kept = new Set(after.protocols.map((protocol) => protocol.name));
  const steps: ProtocolStep[] = [];
  for (const protocol of before.protocols)
    if (!kept.has(protocol.name)) steps.push(whole('remove', protocol, undefined));
  for (const protocol of after.protocols) {
    const was = old.get(protocol.name);
    if (was === undefined) steps.push(whole('add', undefined, protocol));
    else {
      const around = outerChanges(protocol, { before, after, changedTables: tables.changed });
      const step = stepBetween(was, protocol, around, options);
      steps.push(sameOrigins ? step : withRevalidation(step, protocol, options));
    }
  }
  return {
    protocols: steps,
    addedTables: tables.added,
    removedTables: tables.removed,
    settings: differentSettings(before, after),
  };
}

/** What one protocol has to do for another configuration of it, as long as nothing around it changes. */
export function compareProtocols(
  before: ProtocolConfig,
  after: ProtocolConfig,
  options: PlanOptions = {},
): ProtocolStep {
  return stepBetween(before, after, NOTHING_AROUND, options);
}

/** True if nothing at all would happen. */
export function planIsEmpty(plan: ReconfigurationPlan): boolean {
  return (
    plan.protocols.every((step) => step.action === 'unchanged') &&
    plan.addedTables.length + plan.removedTables.length + plan.settings.length === 0
  );
}

// ------------------------------------------------------------------------------------------------------ protocols

interface Surroundings {
  readonly before: DaemonConfig;
  readonly after: DaemonConfig;
  readonly changedTables: ReadonlySet<string>;
}

type CostTable = Readonly<Record<string, ChangeCost>>;

function costs<T extends object>(fields: FieldTable<T>): CostTable {
  const table: Record<string, ChangeCost> = {};
  for (const key of Object.keys(fields) as (keyof T & string)[]) table[key] = fields[key].cost;
  return table;
}

/** Keys that say which protocol it is, and those that are compared for themselves. */
const APART = new Set(['kind', 'name', 'unnamed', 'place', 'channel', 'channels', 'family', 'protocol']);

/** Costs by kind of protocol. Keys of the model that options set under another name are added by hand. */
export const PROTOCOL_COSTS: Readonly<Record<ProtocolConfig['kind'], CostTable>> = {
  device: costs(DEVICE_STATEMENTS.fields),
  direct: costs(DIRECT_STATEMENTS.fields),
  kernel: costs(KERNEL_STATEMENTS.fields),
  static: costs(STATIC_STATEMENTS.fields),
  pipe: costs(PIPE_STATEMENTS.fields),
  bgp: { ...costs(BGP_FIELDS), require: 'update' },
  calico: costs(CALICO_STATEMENTS.fields),
  // Filters that ask the entries are run again for themselves.
  origins: { ...costs(STATIC_STATEMENTS.fields), table: 'update', roas: 'update', aspas: 'update' },
  inactive: costs(COMMON_FIELDS),
};

export const CHANNEL_COSTS: CostTable = costs(CHANNEL_FIELDS);
export const BGP_CHANNEL_COSTS: CostTable = {
  ...costs(BGP_CHANNEL_FIELDS),
  addPathsReceive: BGP_CHANNEL_FIELDS.addPaths.cost,
  addPathsSend: BGP_CHANNEL_FIELDS.addPaths.cost,
};

interface Difference {
  readonly changed: string[];
  reimport: boolean;
  refresh: boolean;
  reexport: boolean;
  restart: boolean;
}

/** Compares two objects of one shape. A key without a cost is a programming error that a test finds. */
function difference(before: object, after: object, table: CostTable): Difference {
  const found: Difference = { changed: [], reimport: false, refresh: false, reexport: false, restart: false };
  const a = before as Readonly<Record<string, unknown>>;
  const b = after as Readonly<Record<string, unknown>>;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (APART.has(key) || sameMeaning(a[key], b[key])) continue;
    const cost = table[key] ?? 'restart';
    found.changed.push(key);
    if (cost === 'restart') found.restart = true;
    if (cost === 'import') found.reimport = true;
    if (cost === 'refresh' || cost === 'both') found.reimport = found.refresh = true;
    if (cost === 'export' || cost === 'both') found.reexport = true;
  }
  return found;
}

function whole(
  action: 'add' | 'remove' | 'restart',
  before: ProtocolConfig | undefined,
  after: ProtocolConfig | undefined,
  changed: readonly string[] = [],
): ProtocolStep {
  return { name: (after ?? before)!.name, action, before, after, changed, channels: [] };
}

/** Nothing around the protocol asks for a restart. */
const NOTHING_AROUND: readonly string[] = [];

/** `around`: why it has to restart though its own configuration may be the same. */
function stepBetween(
  before: ProtocolConfig,
  after: ProtocolConfig,
  around: readonly string[],
  options: PlanOptions,
): ProtocolStep {
  if (before.kind !== after.kind) return whole('restart', before, after, ['protocol']);
  const own = difference(before, after, PROTOCOL_COSTS[after.kind]);
  const changed = [...own.changed, ...around];
  const channels: ChannelStep[] = [];
  let restart = own.restart || around.length > 0;
  const costTable = after.kind === 'bgp' ? BGP_CHANNEL_COSTS : CHANNEL_COSTS;
  const old = new Map(channelsOf(before).map((channel) => [channel.family, channel]));
  if (old.size !== channelsOf(after).length) {
    restart = true;
    changed.push('channels');
  }
  for (const channel of channelsOf(after)) {
    const was = old.get(channel.family);
    const found = was === undefined ? undefined : difference(was, channel, costTable);
    if (found === undefined) {
      restart = true;
      if (!changed.includes('channels')) changed.push('channels');
    } else if (found.restart) {
      restart = true;
      changed.push(...found.changed.map((key) => `${channel.family}.${key}`));
    } else if (found.changed.length > 0) {
      channels.push(channelStep(channel.family, found, options));
    }
  }
  if (restart) return whole('restart', before, after, changed);
  if (own.reimport || own.reexport) addToChannels(channels, after, own, options);
  const action = changed.length === 0 && channels.length === 0 ? 'unchanged' : 'soft';
  return { name: after.name, action, before, after, changed, channels };
}

/** Options of the protocol that every channel has to act upon; a pipe has those of a channel among its own. */
function addToChannels(channels: ChannelStep[], protocol: ProtocolConfig, own: Difference, options: PlanOptions): void {
  if (protocol.kind === 'pipe') {
    channels.push(channelStep(protocol.family, own, options));
    return;
  }
  for (const { family } of channelsOf(protocol)) {
    const at = channels.findIndex((step) => step.family === family);
    const step = channelStep(family, { ...own, changed: [] }, options);
    if (at < 0) channels.push(step);
    else channels[at] = joined(channels[at]!, step);
  }
}

/** ROA or ASPA tables say something else now: filters that ask them are run again (`rpki reload`). */
function withRevalidation(step: ProtocolStep, protocol: ProtocolConfig, options: PlanOptions): ProtocolStep {
  if (step.action !== 'soft' && step.action !== 'unchanged') return step;
  const channels = [...step.channels];
  for (const channel of protocol.kind === 'pipe' ? [protocol] : channelsOf(protocol)) {
    const [reimport, reexport] = [asksOthers(channel.importPolicy), asksOthers(channel.exportPolicy)];
    if (!channel.rpkiReload || !(reimport || reexport)) continue;
    const found = { changed: ['validation'], reimport, reexport, refresh: false, restart: false };
    const again = channelStep(channel.family, found, options);
    const at = channels.findIndex(({ family }) => family === channel.family);
    if (at < 0) channels.push(again);
    else channels[at] = joined(channels[at]!, again);
  }
  return channels.length === 0 ? step : { ...step, action: 'soft', channels };
}

function asksOthers(policy: Policy): boolean {
  return (policy.reads & PolicyReads.Volatile) !== 0;
}

function joined(a: ChannelStep, b: ChannelStep): ChannelStep {
  return {
    family: a.family,
    reimport: a.reimport || b.reimport,
    refresh: a.refresh || b.refresh,
    reexport: a.reexport || b.reexport,
    changed: [...a.changed, ...b.changed],
  };
}

function channelStep(family: FamilyName, found: Difference, { soft }: PlanOptions): ChannelStep {
  return {
    family,
    reimport: found.reimport && soft !== true,
    refresh: found.refresh && soft !== true,
    reexport: found.reexport && soft !== true,
    changed: found.changed,
  };
}

function channelsOf(protocol: ProtocolConfig): readonly ChannelConfig[] {
  switch (protocol.kind) {
    case 'direct':
    case 'bgp':
      return protocol.channels;
    case 'kernel':
    case 'static':
      return [protocol.channel];
    default:
      return [];
  }
}

/** What changed around a protocol so that it cannot stay: its tables, the identity of the router. */
function outerChanges(protocol: ProtocolConfig, { before, after, changedTables }: Surroundings): string[] {
  const changes: string[] = [];
  const tables =
    protocol.kind === 'pipe'
      ? [protocol.table, protocol.peerTable]
      : channelsOf(protocol).map((channel) => channel.table);
  for (const table of tables) if (changedTables.has(table)) changes.push(`table ${table}`);
  if (protocol.kind !== 'bgp') return changes;
  if (protocol.routerId === undefined) {
    if (before.routerId !== after.routerId || !sameMeaning(before.routerIdFrom, after.routerIdFrom)) {
      changes.push('routerId');
    }
  }
  if (protocol.advertiseHostname && before.hostname !== after.hostname) changes.push('hostname');
  return changes;
}

// --------------------------------------------------------------------------------------------- tables, settings

function differentTables(
  before: DaemonConfig,
  after: DaemonConfig,
): { added: TableConfig[]; removed: TableConfig[]; changed: ReadonlySet<string> } {
  const old = new Map(before.tables.map((table) => [table.name, table]));
  const now = new Map(after.tables.map((table) => [table.name, table]));
  const differs = (a: TableConfig, b: TableConfig | undefined): boolean => b === undefined || !sameMeaning(a, b);
  const added = after.tables.filter((table) => differs(table, old.get(table.name)));
  const removed = before.tables.filter((table) => differs(table, now.get(table.name)));
  const changed = new Set(added.filter((table) => old.has(table.name)).map((table) => table.name));
  return { added, removed, changed };
}

/** Keys that describe the text, and those with steps of their own. */
const NO_SETTINGS = new Set(['path', 'tables', 'protocols', 'symbols', 'notActive']);

function differentSettings(before: DaemonConfig, after: DaemonConfig): string[] {
  return (Object.keys(after) as (keyof DaemonConfig)[]).filter(
    (key) => !NO_SETTINGS.has(key) && !sameMeaning(before[key], after[key]),
  );
}

// ------------------------------------------------------------------------------------------------------- for people

/** Words of the options by their keys. */
const WORDS = new Map<string, string>();

function learnWords<T extends object>(fields: FieldTable<T>): void {
  for (const key of Object.keys(fields) as (keyof T & string)[]) {
    const words = fields[key].statement?.words;
    if (words !== undefined) WORDS.set(key, words);
  }
}

learnWords(GLOBAL_FIELDS);
learnWords(CALICO_STATEMENTS.fields);
learnWords(PIPE_STATEMENTS.fields);
learnWords(DEVICE_STATEMENTS.fields);
learnWords(DIRECT_STATEMENTS.fields);
learnWords(STATIC_STATEMENTS.fields);
learnWords(KERNEL_STATEMENTS.fields);
learnWords(BGP_CHANNEL_FIELDS);
learnWords(BGP_FIELDS);

/** A key as the option is written; `localAs` gives `local as`. */
function optionWords(key: string): string {
  const dot = key.indexOf('.');
  if (dot >= 0) return `${key.slice(0, dot)} ${optionWords(key.slice(dot + 1))}`;
  const words = WORDS.get(key);
  if (words !== undefined) return words;
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** One line for each thing that would happen, for `configure check`; no line if nothing would. */
export function describePlan(plan: ReconfigurationPlan): string[] {
  const lines: string[] = [];
  for (const table of plan.removedTables) lines.push(`remove table ${table.name}`);
  for (const table of plan.addedTables) lines.push(`add table ${table.name}`);
  for (const step of plan.protocols) {
    const because = reasons(step.changed);
    if (step.action === 'soft') {
      if (step.changed.length > 0) lines.push(`update ${step.name}${because}`);
      for (const channel of step.channels) lines.push(describeChannel(step.name, channel));
    } else if (step.action !== 'unchanged') {
      lines.push(`${step.action} ${step.name}${because}`);
    }
  }
  if (plan.settings.length > 0) lines.push(`update settings${reasons(plan.settings)}`);
  return lines;
}

/** ` (hold time, rr client)` */
function reasons(keys: readonly string[]): string {
  return keys.length === 0 ? '' : ` (${keys.map(optionWords).join(', ')})`;
}

function describeChannel(name: string, step: ChannelStep): string {
  const imported = step.refresh ? 'refresh' : 'import';
  const doing = [step.reimport ? imported : '', step.reexport ? 'export' : ''].filter((word) => word !== '');
  const what = doing.length === 0 ? 'update' : `${doing.join(' and ')} again`;
  return `${what} ${name}.${step.family}${reasons(step.changed)}`;
}
