/**
 * Times as `timeformat` says: strftime(3) with BIRD's `%f` for the fraction of a second, and another format for what
 * is older than a limit.
 *
 *     iso short     %T, older than 20 hours %F          iso long      %F %T
 *     iso short ms  %T.%3f, then %F                     iso long ms   %F %T.%3f           (us: %6f)
 *
 * Local time, as `TZ` says. Names of days and months are English: replies are read by programs.
 */
import type { TimeFormat } from '../../../config/index.ts';

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** After this age `iso short` shows the date. */
const ISO_SHORT_LIMIT_SECONDS = 20 * 3600;

/** BIRD's named formats; `precision` digits of the fraction. */
export function isoFormat(form: 'short' | 'long', precision: 0 | 3 | 6): TimeFormat {
  const fraction = precision === 0 ? '' : `.%${precision}f`;
  if (form === 'long') return { format: `%F %T${fraction}`, limitSeconds: undefined, limitFormat: undefined };
  return { format: `%T${fraction}`, limitSeconds: ISO_SHORT_LIMIT_SECONDS, limitFormat: '%F' };
}

/** The last text that was made: routes that came together have the same time, and there are many of them. */
let lastFormat = '';
let lastAt = Number.NaN;
let lastText = '';

/** The time `at` as seen at `now`; both milliseconds since 1970. */
export function formatTime(format: TimeFormat, at: number, now: number): string {
  const old = format.limitSeconds !== undefined && format.limitSeconds > 0 && now - at > format.limitSeconds * 1000;
  const text = old ? (format.limitFormat ?? format.format) : format.format;
  if (at !== lastAt || text !== lastFormat) {
    lastText = strftime(text, at);
    lastAt = at;
    lastFormat = text;
  }
  return lastText;
}

/** strftime(3) for the C locale; what is not known stays as it is written. */
export function strftime(format: string, at: number): string {
  const date = new Date(at);
  return format.replace(/%([0-9]?)([a-zA-Z%])/g, (whole, digits: string, letter: string) => {
    if (letter === 'f') return fraction(at, digits === '' ? 6 : Number(digits));
    return digits === '' ? (field(letter, date) ?? whole) : whole;
  });
}

function fraction(at: number, digits: number): string {
  const micros = Math.floor((((at % 1000) + 1000) % 1000) * 1000);
  return String(micros).padStart(6, '0').padEnd(9, '0').slice(0, digits);
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

function field(letter: string, date: Date): string | undefined {
  switch (letter) {
    case 'Y':
      return String(date.getFullYear());
    case 'C':
      return two(Math.floor(date.getFullYear() / 100));
    case 'y':
      return two(date.getFullYear() % 100);
    case 'm':
      return two(date.getMonth() + 1);
    case 'd':
      return two(date.getDate());
    case 'e':
      return String(date.getDate()).padStart(2, ' ');
    case 'H':
      return two(date.getHours());
    case 'k':
      return String(date.getHours()).padStart(2, ' ');
    case 'I':
      return two(date.getHours() % 12 || 12);
    case 'l':
      return String(date.getHours() % 12 || 12).padStart(2, ' ');
    case 'M':
      return two(date.getMinutes());
    case 'S':
      return two(date.getSeconds());
    case 'p':
      return date.getHours() < 12 ? 'AM' : 'PM';
    case 'P':
      return date.getHours() < 12 ? 'am' : 'pm';
    case 'F':
      return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
    case 'T':
      return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
    case 'R':
      return `${two(date.getHours())}:${two(date.getMinutes())}`;
    case 'D':
      return `${two(date.getMonth() + 1)}/${two(date.getDate())}/${two(date.getFullYear() % 100)}`;
    case 'a':
      return DAYS[date.getDay()]!.slice(0, 3);
    case 'A':
      return DAYS[date.getDay()]!;
    case 'b':
    case 'h':
      return MONTHS[date.getMonth()]!.slice(0, 3);
    case 'B':
      return MONTHS[date.getMonth()]!;
    case 'j':
      return String(dayOfYear(date)).padStart(3, '0');
    case 'u':
      return String(date.getDay() || 7);
    case 'w':
      return String(date.getDay());
    case 's':
      return String(Math.floor(date.getTime() / 1000));
    case 'z':
      return offset(date);
    case 'Z':
      return zone(date);
    case 'n':
    case 't':
      return ' ';
    case '%':
      return '%';
    default:
      return undefined;
  }
}

function dayOfYear(date: Date): number {
  const day = 24 * 3600 * 1000;
  const today = Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((today - Date.UTC(date.getFullYear(), 0, 1)) / day) + 1;
}

function offset(date: Date): string {
  const minutes = -date.getTimezoneOffset();
  const absolute = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(absolute / 60))}${two(absolute % 60)}`;
}

function zone(date: Date): string {
  return /\(([A-Z]{2,5})\)/.exec(date.toString())?.[1] ?? (date.getTimezoneOffset() === 0 ? 'UTC' : offset(date));
}
