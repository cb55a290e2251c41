/**
 * Options as tables: one row says how an option is written, what it is without being written, what a change of it
 * costs a running protocol, and one line for the manual. The parser, the defaults, `reconfigure` and
 * docs/configuration.md all read the same rows.
 */
import { DEFAULT_DIALECT, type Dialect } from '../dialect.ts';
import type { Token } from '../syntax/token.ts';
import type { TokenStream } from '../syntax/token-stream.ts';
import type { ReadContext } from './context.ts';
import type { OptionBag } from './option-bag.ts';

/**
 * What a changed option asks of a running protocol, from cheap to dear.
 *
 * nothing   the new value is used from now on
 * update    the protocol is told and adapts without losing anything
 * export    routes are exported again
 * import    routes are imported again (kept raw routes, or a route refresh; a restart if neither is possible)
 * refresh   as import, but what was kept is not enough: the neighbour has to send its routes again
 * both      refresh and export
 * restart   the protocol goes down and comes up with the new configuration
 */
export type ChangeCost = 'nothing' | 'update' | 'export' | 'import' | 'refresh' | 'both' | 'restart';

/**
 * active     it works
 * inactive   read and checked, its machinery is not in this version; listed in `DaemonConfig.notActive`
 * moot       accepted for the sake of existing files; it tunes something that Peregrine does not have
 */
export type Activity = 'active' | 'inactive' | 'moot';

export interface ValueReader<T> {
  /** For the manual: `<seconds>`, `<switch>`. */
  readonly syntax: string;
  read(context: ReadContext): T;
}

/** A value of the protocol's options: its default and what a change costs. */
export interface Field<T> {
  readonly initial: T;
  readonly cost: ChangeCost;
  /** The statement that sets it and nothing else; values without one are set by entries of the statement list. */
  readonly statement: OptionStatementText<T> | undefined;
}

export interface OptionStatementText<T> {
  readonly words: string;
  readonly value: ValueReader<T>;
  readonly about: string;
  readonly defaultText: string;
  readonly activity: Activity;
  /** Other spellings that mean the same. */
  readonly aliases: readonly string[];
  readonly only: Dialect | undefined;
}

export type FieldTable<T> = { readonly [K in keyof T]-?: Field<T[K]> };

/** A statement of a block: leading words and what is read behind them. */
export interface OptionStatement<T extends object> {
  readonly words: readonly string[];
  readonly syntax: string;
  readonly about: string;
  readonly defaultText: string;
  readonly activity: Activity;
  /** Costs of the values that it sets, for the manual. */
  readonly cost: ChangeCost;
  /** The one dialect that has it; all have it where none is named. */
  readonly only?: Dialect | undefined;
  /** False: what was written amounts to nothing (`bfd off`), so there is nothing to report as not active. */
  read(context: ReadContext, bag: OptionBag<T>, at: Token): unknown;
}

export interface OptionExtras {
  readonly defaultText?: string;
  readonly activity?: Activity;
  readonly aliases?: readonly string[];
  readonly only?: Dialect;
}

/** A row for an option with a statement of its own. */
export function option<T>(
  initial: T,
  cost: ChangeCost,
  words: string,
  value: ValueReader<T>,
  about: string,
  extras: OptionExtras = {},
): Field<T> {
  return {
    initial,
    cost,
    statement: {
      words,
      value,
      about,
      defaultText: extras.defaultText ?? defaultTextOf(initial),
      activity: extras.activity ?? 'active',
      aliases: extras.aliases ?? [],
      only: extras.only,
    },
  };
}

/** A row for a value that other statements set. */
export function value<T>(initial: T, cost: ChangeCost): Field<T> {
  return { initial, cost, statement: undefined };
}

/** The same row with another default. */
export function withDefault<T>(field: Field<T>, initial: T, defaultText: string = defaultTextOf(initial)): Field<T> {
  const { statement } = field;
  return { ...field, initial, statement: statement === undefined ? undefined : { ...statement, defaultText } };
}

/** Statements of a part, as statements of a block that holds the part's options among others. */
export function within<T extends object, U extends object>(list: readonly OptionStatement<T>[]): OptionStatement<U>[] {
  return [...list] as unknown as OptionStatement<U>[];
}

function defaultTextOf(initial: unknown): string {
  if (initial === true) return 'on';
  if (initial === false) return 'off';
  if (initial === undefined) return 'none';
  return String(initial);
}

/** A statement for the manual. */
export type StatementText = Omit<OptionStatement<object>, 'read'>;

/** What keeps options while they are read; the reader knows their type. */
export interface OptionHolder {
  options<T extends object>(): OptionBag<T>;
}

/** A block's statements for those who need not know which options they set. */
export interface StatementReader {
  readonly list: readonly StatementText[];
  firstWords(): Iterable<string>;
  begins(stream: TokenStream): boolean;
  readInto(context: ReadContext, holder: OptionHolder, moreWords?: Iterable<string>): void;
}

/** One kind of block: its rows and its other statements, indexed by the first word. */
export class Statements<T extends object> implements StatementReader {
  readonly fields: FieldTable<T>;
  readonly list: readonly OptionStatement<T>[];
  /** Statements that are no row of `fields`, of all dialects. */
  readonly others: readonly OptionStatement<T>[];
  private readonly byFirstWord = new Map<string, OptionStatement<T>[]>();

  constructor(fields: FieldTable<T>, more: readonly OptionStatement<T>[], dialect: Dialect = DEFAULT_DIALECT) {
    this.fields = fields;
    this.others = more;
    this.list = [...statementsOf(fields), ...more].filter(({ only }) => only === undefined || only === dialect);
    for (const statement of this.list) {
      const first = statement.words[0]!;
      const same = this.byFirstWord.get(first);
      if (same === undefined) this.byFirstWord.set(first, [statement]);
      else same.push(statement);
    }
    for (const same of this.byFirstWord.values()) same.sort((a, b) => b.words.length - a.words.length);
  }

  firstWords(): Iterable<string> {
    return this.byFirstWord.keys();
  }

  /** True if a statement of this block can begin with the next word. */
  begins(stream: TokenStream): boolean {
    const token = stream.peek();
    return this.byFirstWord.has(token.text) && stream.atWords(token.text);
  }

  /**
   * Takes the words of the statement that stands next (the longest match) and reads the rest of it. `moreWords` are
   * others that would have been right here, for suggestions.
   */
  read(context: ReadContext, bag: OptionBag<T>, moreWords: Iterable<string> = []): void {
    const { stream, notes } = context;
    const at = stream.peek();
    if (!this.begins(stream)) stream.failUnexpected([], [...this.byFirstWord.keys(), ...moreWords]);
    const candidates = this.byFirstWord.get(at.text)!;
    const statement = candidates.find((candidate) => stream.atWords(...candidate.words));
    if (statement === undefined) this.failInside(stream, candidates);
    for (let i = 0; i < statement.words.length; i++) stream.next();
    const used = statement.read(context, bag, at) !== false;
    if (statement.activity === 'inactive' && used) notes.inactive(statement.words.join(' '), at);
  }

  readInto(context: ReadContext, holder: OptionHolder, moreWords: Iterable<string> = []): void {
    this.read(context, holder.options<T>(), moreWords);
  }

  /** Some words are right: the complaint is about the first that is not. */
  private failInside(stream: TokenStream, candidates: readonly OptionStatement<T>[]): never {
    let matched = 1;
    for (const { words } of candidates) {
      let length = 1;
      while (length < words.length && stream.atWords(...words.slice(0, length + 1))) length++;
      matched = Math.max(matched, length);
    }
    const nextWords = new Set<string>();
    for (const { words } of candidates) {
      const next = words[matched];
      if (next !== undefined && stream.atWords(...words.slice(0, matched))) nextWords.add(next);
    }
    for (let i = 0; i < matched; i++) stream.next();
    const expected = [...nextWords].map((word) => word.toUpperCase());
    stream.failUnexpected(expected, nextWords);
  }
}

function* statementsOf<T extends object>(fields: FieldTable<T>): Iterable<OptionStatement<T>> {
  for (const key of Object.keys(fields) as (keyof T)[]) {
    const field = fields[key];
    if (field.statement === undefined) continue;
    const { words, value: reader, about, defaultText, activity, aliases, only } = field.statement;
    for (const spelling of [words, ...aliases]) {
      yield {
        words: spelling.split(' '),
        syntax: `${spelling} ${reader.syntax}`.trimEnd(),
        about,
        defaultText,
        activity,
        cost: field.cost,
        only,
        read: (context, bag, at) => {
          const written = reader.read(context);
          bag.set(key, written, at);
          return written !== field.initial;
        },
      };
    }
  }
}

/** Every option of the table, written or by default. */
export function fillOptions<T extends object>(fields: FieldTable<T>, bag: OptionBag<T>): T {
  const filled: Partial<T> = {};
  for (const key of Object.keys(fields) as (keyof T)[]) {
    filled[key] = bag.has(key) ? (bag.get(key) as T[keyof T]) : fields[key].initial;
  }
  return filled as T;
}
