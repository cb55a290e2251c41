/** The option tables as the Markdown tables of docs/configuration.md. */
import { BGP_CHANNEL_STATEMENTS } from '../../config/grammar/bgp-channel.ts';
import { BGP_STATEMENTS } from '../../config/grammar/bgp-statements.ts';
import { BIRD1_GLOBALS } from '../../config/grammar/bird1/globals.ts';
import { BIRD1_KINDS } from '../../config/grammar/bird1/kinds.ts';
import { CALICO_STATEMENTS } from '../../config/grammar/calico.ts';
import { CHANNEL_STATEMENTS } from '../../config/grammar/channel.ts';
import { DEVICE_STATEMENTS } from '../../config/grammar/device.ts';
import { DIRECT_STATEMENTS } from '../../config/grammar/direct.ts';
import { GLOBAL_STATEMENTS } from '../../config/grammar/globals.ts';
import { AGGREGATOR_STATEMENTS } from '../../config/grammar/inactive/aggregator.ts';
import { BFD_STATEMENTS } from '../../config/grammar/inactive/bfd.ts';
import { BMP_STATEMENTS } from '../../config/grammar/inactive/bmp.ts';
import { L3VPN_STATEMENTS } from '../../config/grammar/inactive/l3vpn.ts';
import { MRT_STATEMENTS } from '../../config/grammar/inactive/mrt.ts';
import { RPKI_STATEMENTS } from '../../config/grammar/inactive/rpki.ts';
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

/** Options of BIRD 2, by the name of the table that shows them. */
const OPTIONS: ReadonlyMap<string, readonly StatementText[]> = new Map([
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

/** Protocols that are checked and not run. */
const INACTIVE: ReadonlyMap<string, readonly StatementText[]> = new Map([
  ['bfd', without(BFD_STATEMENTS.list, COMMON)],
  ['rpki', without(RPKI_STATEMENTS.list, COMMON)],
  ['mrt', without(MRT_STATEMENTS.list, COMMON)],
  ['bmp', without(BMP_STATEMENTS.list, COMMON)],
  ['aggregator', without(AGGREGATOR_STATEMENTS.list, COMMON)],
  ['l3vpn', without(L3VPN_STATEMENTS.list, COMMON)],
]);

const ACTIVITY = { active: '', inactive: 'not active', moot: 'no effect' } as const;

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

/** One Markdown table, in the order of the alphabet. */
function referenceTable(statements: readonly StatementText[]): string {
  const rows = [...statements]
    .sort((a, b) => (a.syntax < b.syntax ? -1 : 1))
    .map(({ syntax, defaultText, about, cost, activity }) => {
      const state = ACTIVITY[activity];
      return `| \`${cell(syntax)}\` | ${cell(defaultText)} | ${cell(about)} | ${cost} | ${state} |`;
    });
  return ['| option | default | what it does | a change costs | |', '|---|---|---|---|---|', ...rows].join('\n');
}

/** The same without what a change costs: nothing runs yet. */
function checkedTable(statements: readonly StatementText[]): string {
  const rows = [...statements]
    .sort((a, b) => (a.syntax < b.syntax ? -1 : 1))
    .map(({ syntax, defaultText, about }) => `| \`${cell(syntax)}\` | ${cell(defaultText)} | ${cell(about)} |`);
  return ['| option | default | what it is for |', '|---|---|---|', ...rows].join('\n');
}

// ---------------------------------------------------------------------------------------------------------- BIRD 1

interface Block {
  readonly name: string;
  readonly bird1: readonly StatementText[];
  readonly bird2: readonly StatementText[];
}

const CHANNEL_OF: Readonly<Record<string, readonly StatementText[]>> = {
  direct: CHANNEL_STATEMENTS.list,
  kernel: CHANNEL_STATEMENTS.list,
  static: CHANNEL_STATEMENTS.list,
  pipe: CHANNEL_STATEMENTS.list,
  bgp: BGP_CHANNEL_STATEMENTS.list,
};

const BLOCKS: readonly Block[] = [
  { name: '', bird1: BIRD1_GLOBALS.list, bird2: GLOBAL_STATEMENTS.list },
  ...BIRD1_KINDS.filter(({ word }) => OPTIONS.has(word)).map(({ word, statements }) => ({
    name: word,
    bird1: statements.list,
    bird2: [...COMMON, ...OPTIONS.get(word)!, ...(CHANNEL_OF[word] ?? [])],
  })),
];

/** What only BIRD 1 has, or has with another default. `table` is said once, above. */
function ownOfBird1(): readonly StatementText[] {
  const key = ({ syntax, defaultText }: StatementText): string => `${syntax}\n${defaultText}`;
  return BLOCKS.flatMap(({ name, bird1, bird2 }) => {
    const known = new Set(bird2.map(key));
    const own = bird1.filter((one) => !known.has(key(one)) && one.words[0] !== 'table');
    return own.map((one) => ({ ...one, syntax: name === '' ? one.syntax : `${name} { ${one.syntax}; }` }));
  });
}

/** Options of BIRD 2 that BIRD 1 has no word for, block by block. */
function missingInBird1(): string {
  const common = without(COMMON, BLOCKS.find(({ name }) => name === 'device')!.bird1);
  const rows = BLOCKS.map(({ name, bird1, bird2 }) => {
    const words = new Set(bird1.map((one) => one.words.join(' ')));
    const missing = without(bird2, common).filter((one) => !words.has(one.words.join(' ')));
    return [name === '' ? 'the daemon' : `\`${name}\``, missing] as const;
  });
  const lines = [...rows, ['every protocol', common] as const]
    .filter(([, missing]) => missing.length > 0)
    .map(([where, missing]) => {
      const words = [...new Set(missing.map((one) => one.words.join(' ')))].sort();
      return `| ${where} | ${words.map((one) => `\`${one}\``).join(', ')} |`;
    });
  return ['| in | |', '|---|---|', ...lines].join('\n');
}

/** Markdown by the name of its mark in docs/configuration.md. */
export const REFERENCE: ReadonlyMap<string, string> = new Map([
  ...[...OPTIONS].map(([name, list]) => [name, referenceTable(list)] as const),
  ...[...INACTIVE].map(([name, list]) => [name, checkedTable(list)] as const),
  ['bird1', referenceTable(ownOfBird1())],
  ['not in bird1', missingInBird1()],
]);
