/**
 * Which of BIRD's configuration languages a text is written in. The lexer and the filters are the same for all of
 * them; statements and options come from tables whose rows say in which dialect they can be written.
 */
import type { FamilyName } from '../bgp/index.ts';

export type Dialect =
  /** BIRD 2: channels inside protocols, both address families in one daemon. */
  | 'bird2'
  /** BIRD 1.6 as Calico has it: one address family a daemon, options of the channel straight in the protocol. */
  | 'bird1';

export const DEFAULT_DIALECT: Dialect = 'bird2';

/** The address family of a daemon that has only one, where nobody says which. */
export const DEFAULT_FAMILY: FamilyName = 'ipv4';
