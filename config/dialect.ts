/**
 * Which of BIRD's configuration languages a text is written in. The lexer and the filters are the same for all of
 * them; statements and options come from tables that are chosen by the dialect.
 */
export type Dialect =
  /** BIRD 2: channels inside protocols, both address families in one daemon. */
  'bird2';

export const DEFAULT_DIALECT: Dialect = 'bird2';
