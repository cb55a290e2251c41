/** The option tables as the Markdown tables of docs/configuration.md. */
import { BGP_CHANNEL_STATEMENTS } from '../../config/grammar/bgp-channel.ts';
import { BGP_STATEMENTS } from '../../config/grammar/bgp-statements.ts';
import { CALICO_STATEMENTS } from '../../config/grammar/calico.ts';
import { CHANNEL_STATEMENTS } from '../../config/grammar/channel.ts';
import { DEVICE_STATEMENTS } from '../../config/grammar/device.ts';
import { DIRECT_STATEMENTS } from '../../config/grammar/direct.ts';
import { GLOBAL_STATEMENTS } from '../../config/grammar/globals.ts';
import { KERNEL_STATEMENTS } from '../../config/grammar/kernel.ts';
import { Statements, type StatementText } from '../../config/grammar/option-table.ts';
import { PIPE_STATEMENTS } from '../../config/grammar/pipe.ts';
import { COMMON_FIELDS, type CommonOptions, commonStatements } from '../../config/grammar/protocol-draft.ts';
import { STATIC_STATEMENTS } from '../../config/grammar/static.ts';
import { TABLE_STATEMENTS } from '../../config/grammar/table.ts';

const COMMON = new Statements<CommonOptions>(COMMON_FIELDS, commonStatements<CommonOptions>()).list;

function without(list: readonly StatementText[], known: readonly StatementText[]): readonly StatementText[] {
  const syntaxes = new Set(known.map((statement) => statement.syntax));
  return list.filter((statement) => !syntaxes.has(statement.syntax));
}

/** Options by the name of the table that shows them. */
export const REFERENCE: ReadonlyMap<string, readonly StatementText[]> = new Map([
  ['global', GLOBAL_STATEMENTS.list],
  ['table', TABLE_STATEMENTS.list],
  ['protocol', COMMON],
  ['channel', CHANNEL_STATEMENTS.list],
  ['device', without(DEVICE_STATEMENTS.list, COMMON)],
  ['direct', without(DIRECT_STATEMENTS.list, COMMON)],
  ['kernel', without(KERNEL_STATEMENTS.list, COMMON)],
  ['static', without(STATIC_STATEMENTS.list, COMMON)],
  ['pipe', without(without(PIPE_STATEMENTS.list, COMMON), CHANNEL_STATEMENTS.list)],
  ['calico', without(CALICO_STATEMENTS.list, COMMON)],
  ['bgp', without(BGP_STATEMENTS.list, COMMON)],
  ['bgp channel', without(BGP_CHANNEL_STATEMENTS.list, CHANNEL_STATEMENTS.list)],
]);

const ACTIVITY = { active: '', inactive: 'not active', moot: 'no effect' } as const;

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** One Markdown table, in the order of the alphabet. */
export function referenceTable(statements: readonly StatementText[]): string {
  const rows = [...statements]
    .sort((a, b) => (a.syntax < b.syntax ? -1 : 1))
    .map(({ syntax, defaultText, about, cost, activity }) => {
      const state = ACTIVITY[activity];
      return `| \`${cell(syntax)}\` | ${cell(defaultText)} | ${cell(about)} | ${cost} | ${state} |`;
    });
  return ['| option | default | what it does | a change costs | |', '|---|---|---|---|---|', ...rows].join('\n');
}
