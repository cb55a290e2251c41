/**
 * protocol kernel: the routing tables of the kernel.
 */
import type { KernelConfig } from '../model.ts';
import { CHANNEL_STATEMENTS, channelTable, finishChannel, plainChannelTypes } from './channel.ts';
import type { ReadContext } from './context.ts';
import { type FieldTable, fillOptions, type OptionStatement, option, Statements, value } from './option-table.ts';
import type { ProtocolKind } from './protocol.ts';
import {
  COMMON_FIELDS,
  type CommonOptions,
  commonStatements,
  finishBase,
  type ProtocolDraft,
} from './protocol-draft.ts';
import { number, readNumber, readSwitch, SWITCH, seconds, switchOr } from './values.ts';

export interface KernelOptions extends CommonOptions {
  readonly kernelTable: number;
  readonly scanTime: number;
  readonly persist: boolean;
  readonly learn: 'off' | 'on' | 'all';
  readonly metric: number;
  readonly deviceRoutes: boolean;
  readonly mergePaths: number;
  readonly gracefulRestart: boolean;
  readonly netlinkRxBuffer: number;
}

/** RT_TABLE_MAIN. */
const MAIN_TABLE = 254;
const PREFERENCE = 10;
const MERGE_PATHS_LIMIT = 16;

export const KERNEL_FIELDS: FieldTable<KernelOptions> = {
  ...COMMON_FIELDS,
  kernelTable: option(MAIN_TABLE, 'restart', 'kernel table', number('<number>'), 'routing table of the kernel'),
  scanTime: option(60, 'update', 'scan time', seconds(), 'how often the whole table is compared; 0: only at the start'),
  persist: option<boolean>(false, 'nothing', 'persist', SWITCH, 'leave the routes in the kernel at the end'),
  learn: option<'off' | 'on' | 'all'>(
    'off',
    'restart',
    'learn',
    switchOr('on', 'off', { all: 'all' }),
    "import routes that others put into the kernel; `all`: the kernel's own too",
  ),
  metric: option(
    32,
    'export',
    'metric',
    number('<number>'),
    'metric of exported routes; 0: taken from the attribute krt_metric',
  ),
  deviceRoutes: option<boolean>(
    true,
    'restart',
    'device routes',
    SWITCH,
    'export routes straight onto a link, which the kernel mostly has by itself',
    { only: 'bird1' },
  ),
  mergePaths: value(0, 'restart'),
  gracefulRestart: option<boolean>(
    false,
    'nothing',
    'graceful restart',
    SWITCH,
    'after a restart, touch the kernel only when the protocols have recovered',
  ),
  netlinkRxBuffer: option(
    0,
    'restart',
    'netlink rx buffer',
    number('<bytes>'),
    'receive buffer of the netlink socket; 0: as the system has it',
    { only: 'bird2' },
  ),
};

const OTHERS: readonly OptionStatement<KernelOptions>[] = [
  {
    words: ['merge', 'paths'],
    syntax: 'merge paths <switch> [limit <1-255>]',
    about: 'export the best route and its equals as one route with many next hops',
    defaultText: 'off; limit 16',
    activity: 'active',
    cost: 'restart',
    read: (context, bag, at) => {
      const on = readSwitch(context);
      const limit = context.stream.acceptWords('limit')
        ? readNumber(context, { min: 1, max: 255, message: 'Merge paths limit must be in range 1-255' })
        : MERGE_PATHS_LIMIT;
      bag.set('mergePaths', on ? limit : 0, at);
    },
  },
  ...commonStatements<KernelOptions>(),
];

export const KERNEL_STATEMENTS = new Statements<KernelOptions>(KERNEL_FIELDS, OTHERS);

export function finishKernel(
  context: ReadContext,
  draft: ProtocolDraft,
  fields: FieldTable<KernelOptions>,
): KernelConfig | undefined {
  const channel = draft.channels[0];
  if (channel === undefined) {
    context.notes.errorAt(draft.token, 'Channel not specified', 'A kernel protocol needs "ipv4;" or "ipv6;".');
    return undefined;
  }
  const table = channelTable(context, channel);
  if (table === undefined) return undefined;
  const options = fillOptions(fields, draft.options<KernelOptions>());
  const defaults = { preference: PREFERENCE, debug: draft.defaults.channelDebug };
  return {
    ...options,
    ...finishBase(draft),
    kind: 'kernel',
    channel: finishChannel(channel, channel.type.family!, table, defaults),
  };
}

export const KERNEL: ProtocolKind = {
  word: 'kernel',
  statements: KERNEL_STATEMENTS,
  channels: { types: plainChannelTypes('ipv4', 'ipv6'), statements: CHANNEL_STATEMENTS, single: true },
  finish: (context, draft) => finishKernel(context, draft, KERNEL_FIELDS),
};
