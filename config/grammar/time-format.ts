/**
 * How times are shown.
 *
 *     timeformat := 'timeformat' which ( STRING [ seconds STRING ] | 'iso' ( 'short' | 'long' ) [ 'ms' | 'us' ] )
 *     which      := 'route' | 'protocol' | 'base' | 'log'
 *
 * The iso forms are strftime texts with `%3f` and `%6f` for fractions of a second. `short` shows the time of day for
 * 20 hours and the date after that.
 */
import type { Dialect } from '../dialect.ts';
import type { TimeFormat, TimeFormats } from '../model.ts';
import { TokenKind } from '../syntax/token.ts';
import type { ReadContext } from './context.ts';
import { readChoice, readNumber } from './values.ts';

const SHORT_SECONDS = 20 * 3600;

function isoShort(fraction: string): TimeFormat {
  return { format: `%T${fraction}`, limitSeconds: SHORT_SECONDS, limitFormat: '%F' };
}

function isoLong(fraction: string): TimeFormat {
  return { format: `%F %T${fraction}`, limitSeconds: undefined, limitFormat: undefined };
}

const IN_MILLISECONDS: TimeFormats = {
  route: isoShort('.%3f'),
  protocol: isoShort('.%3f'),
  base: isoLong('.%3f'),
  log: isoLong('.%3f'),
};

/** The clock of BIRD 1 has no parts of seconds. */
const WHOLE_SECONDS: TimeFormats = {
  route: isoShort(''),
  protocol: isoShort(''),
  base: isoLong(''),
  log: isoLong(''),
};

export function defaultTimeFormats(dialect: Dialect): TimeFormats {
  return dialect === 'bird1' ? WHOLE_SECONDS : IN_MILLISECONDS;
}

const WHICH: Readonly<Record<keyof TimeFormats, keyof TimeFormats>> = {
  protocol: 'protocol',
  route: 'route',
  base: 'base',
  log: 'log',
};

/** Reads what follows `timeformat`. */
export function readTimeFormat(context: ReadContext): {
  readonly which: keyof TimeFormats;
  readonly format: TimeFormat;
} {
  const { stream } = context;
  const which = readChoice(context, WHICH);
  if (stream.acceptWords('iso')) {
    const make = readChoice(context, { short: isoShort, long: isoLong });
    return { which, format: make(stream.acceptWords('ms') ? '.%3f' : stream.acceptWords('us') ? '.%6f' : '') };
  }
  if (!stream.atKind(TokenKind.Text)) stream.failUnexpected(['TEXT', 'ISO'], ['iso']);
  const format = stream.next().text;
  if (stream.atPunct(';')) return { which, format: { format, limitSeconds: undefined, limitFormat: undefined } };
  const limitSeconds = readNumber(context);
  return { which, format: { format, limitSeconds, limitFormat: stream.expectKind(TokenKind.Text).text } };
}
