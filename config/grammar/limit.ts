/**
 * Route limits of a channel.
 *
 *     limit := ( number [ 'action' ( 'warn' | 'block' | 'restart' | 'disable' ) ] ) | 'off'
 */
import type { LimitAction, RouteLimit } from '../model.ts';
import type { ReadContext } from './context.ts';
import type { ValueReader } from './option-table.ts';
import { readChoice, readNumber } from './values.ts';

const ACTIONS: Readonly<Record<LimitAction, LimitAction>> = {
  warn: 'warn',
  block: 'block',
  restart: 'restart',
  disable: 'disable',
};

function readLimit(context: ReadContext): RouteLimit | undefined {
  const { stream } = context;
  if (stream.acceptWords('off')) return undefined;
  const count = readNumber(context);
  return { count, action: stream.acceptWords('action') ? readChoice(context, ACTIONS) : 'disable' };
}

export const LIMIT: ValueReader<RouteLimit | undefined> = {
  syntax: '<number> [action warn|block|restart|disable] | off',
  read: readLimit,
};
