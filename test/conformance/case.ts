/**
 * What a row of the conformance tables is: a condition, where it is written, and what has to follow on an external and on
 * an internal session. Senders, checker and document all read these.
 */
import { hex } from '../bgp/wire.ts';
import type { NeighborSpec } from './arena.ts';
import type { Stage } from './stage.ts';

export type Kind = 'eBGP' | 'iBGP';
export const KINDS: readonly Kind[] = ['eBGP', 'iBGP'];

export interface Row {
  readonly id: string;
  /** Heading in the document. */
  readonly section: string;
  readonly rule: string;
  readonly spec: string;
  /** Lines for the neighbour's block, capabilities; `{}` for the usual ones. */
  readonly neighbor?: NeighborSpec;
}

/** A row about sessions: the play says what was seen, in the words of `Caller.fate` and those of the table. */
export interface SessionCase extends Row {
  /** Both, where nothing is said. */
  readonly kinds?: readonly Kind[];
  readonly play: (stage: Stage) => Promise<string>;
  readonly expected: string;
}

/** Makes the rows of one section. */
export function rowsOf(section: string, idPrefix = '') {
  return (
    id: string,
    rule: string,
    spec: string,
    play: (stage: Stage) => Promise<string>,
    expected: string,
    neighbor: NeighborSpec = {},
  ): SessionCase => ({ id: `${idPrefix}${id}`, section, rule, spec, neighbor, play, expected });
}

/** What became of the prefixes under test, for each of which a path with MED 111 had been announced. */
export type Fate =
  /** No route is left. */
  | 'withdrawn'
  /** The path with MED 111 is still there. */
  | 'kept'
  /** The path of the UPDATE under test, with MED 222, is there. */
  | 'applied';

export type Outcome =
  /** The session lives; the IPv4 prefix of the scene, and the IPv6 one. */
  | { readonly ipv4: Fate; readonly ipv6: Fate }
  /** Code, subcode and data in hexadecimal of the NOTIFICATION; the session is over and all its routes are gone. */
  | { readonly reset: string | ((scene: Scene) => string) };

export const both = (fate: Fate): Outcome => ({ ipv4: fate, ipv6: fate });
export const onlyIpv4 = (fate: Fate): Outcome => ({ ipv4: fate, ipv6: 'kept' });
export const onlyIpv6 = (fate: Fate): Outcome => ({ ipv4: 'kept', ipv6: fate });
export const UNCHANGED: Outcome = both('kept');
export const reset = (words: string | ((scene: Scene) => string)): Outcome => ({ reset: words });

/** Where the attribute under test stands among the good ones. */
export type Position = 'first' | 'middle' | 'last';
export const POSITIONS: readonly Position[] = ['first', 'middle', 'last'];

/** A row about one UPDATE. */
export interface UpdateCase extends Row {
  /** Both, where nothing is said. */
  readonly kinds?: readonly Kind[];
  /** In which places the UPDATE is tried; one is enough where it has no attribute to move. */
  readonly positions: readonly Position[];
  readonly update: (scene: Scene) => Uint8Array;
  readonly outcome: (kind: Kind) => Outcome;
  /** Further prefixes of the scene, by number: is there a route in the end? */
  readonly others?: Readonly<Record<number, boolean>>;
  /** Type code of an attribute that must not be passed on to other routers. */
  readonly untold?: (kind: Kind) => number | undefined;
  /** An attribute, whole, that other routers have to be told. */
  readonly told?: Uint8Array;
}

/**
 * One prefix: as octets of NLRI, and as `show route` prints it. The last octet has one bit that counts, which is 0, and
 * seven that do not.
 */
export interface ScenePrefix {
  readonly nlri: Uint8Array;
  readonly text: string;
}

/** Prefixes that each scene has for itself. */
const SCENE_PREFIXES = 8;

/** The surroundings of one UPDATE under test: prefixes of its own, so that all can run at once. */
export class Scene {
  readonly kind: Kind;
  readonly position: Position;
  /** Four-octet AS numbers were agreed on. */
  readonly as4: boolean;
  /** Octets of path identifiers before IPv4 prefixes. */
  readonly addPath: boolean;
  readonly #number: number;

  constructor(kind: Kind, position: Position, number: number, as4: boolean, addPath: boolean) {
    this.kind = kind;
    this.position = position;
    this.as4 = as4;
    this.addPath = addPath;
    this.#number = number * SCENE_PREFIXES;
    if (this.#number + SCENE_PREFIXES > 0xffff) throw new Error('more scenes than prefixes');
  }

  /** 0 is the one under test, 6 an innocent bystander, 7 the sentinel; the rest is for `others`. */
  ipv4(which = 0): ScenePrefix {
    const n = this.#number + which;
    const nlri = hex(`19 14 ${n.toString(16).padStart(4, '0')} 00`);
    return { nlri, text: `20.${n >> 8}.${n & 255}.0/25` };
  }

  /** The same as octets on the session: behind a path identifier where that was agreed on. */
  ipv4Nlri(which = 0, pathId = 1): Uint8Array {
    const { nlri } = this.ipv4(which);
    return this.addPath ? Uint8Array.of(0, 0, 0, pathId, ...nlri) : nlri;
  }

  ipv6(which = 0): ScenePrefix {
    const n = this.#number + which;
    const word = n.toString(16);
    return { nlri: hex(`31 2a00 ${word.padStart(4, '0')} 0001 00`), text: `2a00:${word}:1::/49` };
  }
}

export const BYSTANDER = 6;
export const SENTINEL = 7;
