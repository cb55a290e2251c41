/**
 * Sets of words.
 *
 *     debugmask   := 'all' | 'off' | '{' flag { ',' flag } '}'
 *     mrtdumpmask := 'all' | 'off' | '{' flag { ',' flag } '}'
 */
import { DebugMask } from '../model.ts';
import { type ReadContext, readBracedList } from './context.ts';
import type { ValueReader } from './option-table.ts';
import { readChoice } from './values.ts';

const DEBUG_FLAGS: Readonly<Record<string, number>> = {
  states: DebugMask.states,
  routes: DebugMask.routes,
  filters: DebugMask.filters,
  interfaces: DebugMask.interfaces,
  events: DebugMask.events,
  packets: DebugMask.packets,
};

/** Bits of `mrtdump`. */
const MrtdumpMask = { states: 1, messages: 2, all: 3 } as const;

const MRTDUMP_FLAGS: Readonly<Record<string, number>> = { states: MrtdumpMask.states, messages: MrtdumpMask.messages };

function readMask(context: ReadContext, flags: Readonly<Record<string, number>>, all: number): number {
  if (context.stream.acceptWords('all')) return all;
  if (context.stream.acceptWords('off')) return 0;
  if (!context.stream.atPunct('{')) context.stream.failUnexpected(["'{'", 'OFF', 'ALL'], ['all', 'off']);
  return readBracedList(context, () => readChoice(context, flags)).reduce((mask, bit) => mask | bit, 0);
}

export function readDebugMask(context: ReadContext): number {
  return readMask(context, DEBUG_FLAGS, DebugMask.all);
}

function readMrtdumpMask(context: ReadContext): number {
  return readMask(context, MRTDUMP_FLAGS, MrtdumpMask.all);
}

export const DEBUG_MASK: ValueReader<number> = {
  syntax: `all | off | { ${Object.keys(DEBUG_FLAGS).join(', ')} }`,
  read: readDebugMask,
};

export const MRTDUMP_MASK: ValueReader<number> = {
  syntax: `all | off | { ${Object.keys(MRTDUMP_FLAGS).join(', ')} }`,
  read: readMrtdumpMask,
};
