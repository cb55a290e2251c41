/**
 * Statements of the whole daemon in BIRD 1: those of BIRD 2 but for what came later, and `listen bgp`. Times are shown in
 * whole seconds.
 */
import { GLOBAL_FIELDS, GLOBAL_STATEMENTS, type GlobalOptions } from '../globals.ts';
import { type FieldTable, Statements, withDefault } from '../option-table.ts';
import { defaultTimeFormats } from '../time-format.ts';

const FIELDS: FieldTable<GlobalOptions> = {
  ...GLOBAL_FIELDS,
  timeFormats: withDefault(GLOBAL_FIELDS.timeFormats, defaultTimeFormats('bird1')),
};

export const BIRD1_GLOBALS = new Statements<GlobalOptions>(FIELDS, GLOBAL_STATEMENTS.others, 'bird1');
