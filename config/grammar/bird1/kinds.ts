/**
 * Protocols of BIRD 1. What their options mean and cost is said by the same rows as in BIRD 2; where BIRD 1 has another
 * default, the row is here.
 */
import { REJECT_ALL } from '../../../bgp/index.ts';
import { tableOf } from '../../table-definition.ts';
import { CALICO } from '../calico.ts';
import { DEVICE, DEVICE_STATEMENTS } from '../device.ts';
import { DIRECT, DIRECT_STATEMENTS } from '../direct.ts';
import { INACTIVE_KINDS } from '../inactive/kinds.ts';
import { finishKernel, KERNEL_FIELDS, KERNEL_STATEMENTS, type KernelOptions } from '../kernel.ts';
import { type FieldTable, type StatementReader, Statements, withDefault } from '../option-table.ts';
import { finishPipe, PIPE_STATEMENTS, type PipeOptions } from '../pipe.ts';
import type { ProtocolKind } from '../protocol.ts';
import { STATIC, STATIC_STATEMENTS } from '../static.ts';
import { BIRD1_BGP } from './bgp.ts';
import { flatStatements, splitChannel } from './flat-channel.ts';

/** A kind that differs from that of BIRD 2 only in how its options are written. */
function flat(kind: ProtocolKind, statements: StatementReader): ProtocolKind {
  return {
    word: kind.word,
    statements,
    channels: undefined,
    finish: (context, draft) => {
      splitChannel(context, draft);
      return kind.finish(context, draft);
    },
  };
}

const BIRD1_KERNEL_FIELDS: FieldTable<KernelOptions> = {
  ...KERNEL_FIELDS,
  metric: withDefault(KERNEL_FIELDS.metric, 0),
  deviceRoutes: withDefault(KERNEL_FIELDS.deviceRoutes, false),
};

const KERNEL: ProtocolKind = {
  word: 'kernel',
  statements: flatStatements(KERNEL_STATEMENTS, BIRD1_KERNEL_FIELDS),
  channels: undefined,
  finish: (context, draft) => {
    splitChannel(context, draft);
    return finishKernel(context, draft, BIRD1_KERNEL_FIELDS);
  },
};

const PIPE: ProtocolKind = {
  word: 'pipe',
  statements: new Statements<PipeOptions>(PIPE_STATEMENTS.fields, PIPE_STATEMENTS.others, 'bird1'),
  channels: undefined,
  finish: (context, draft) => {
    const bag = draft.options<PipeOptions>();
    const master = context.scope.lookup('master');
    if (!bag.has('table') && master?.kind === 'table') bag.set('table', tableOf(master), draft.token);
    return finishPipe(context, draft, REJECT_ALL);
  },
};

const DEVICES: ProtocolKind = {
  ...DEVICE,
  statements: new Statements(DEVICE_STATEMENTS.fields, DEVICE_STATEMENTS.others, 'bird1'),
};

export const BIRD1_KINDS: readonly ProtocolKind[] = [
  DEVICES,
  flat(DIRECT, flatStatements(DIRECT_STATEMENTS)),
  KERNEL,
  flat(STATIC, flatStatements(STATIC_STATEMENTS)),
  PIPE,
  BIRD1_BGP,
  CALICO,
  ...INACTIVE_KINDS.filter(({ word }) => word === 'bfd'),
];
