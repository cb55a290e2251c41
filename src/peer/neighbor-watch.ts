/**
 * Is the neighbour where a directly connected session needs it: on the link of one of our interfaces, and is that link
 * up? Asked again after every change of an interface. A multihop neighbour is everywhere.
 */
import type { Ip } from '../../bgp/index.ts';
import type { Interface, InterfaceTable } from '../../rib/index.ts';

export type NeighborPlace =
  /** No interface has its network. */
  | { readonly state: 'absent' }
  /** The link is down, and `check link` asks for it. */
  | { readonly state: 'link-down' }
  /** `link` undefined: more than one hop away. */
  | { readonly state: 'present'; readonly link: Interface | undefined };

export interface WatchedNeighbor {
  readonly neighborAddress: Ip | undefined;
  readonly interfaceName: string | undefined;
  /** `undefined`: on a link of ours. */
  readonly multihop: number | undefined;
  /** On the link of `interfaceName`, though no address of ours says so. */
  readonly onlink: boolean;
  readonly checkLink: boolean;
}

export class NeighborWatch {
  readonly #interfaces: InterfaceTable;
  readonly #neighbor: () => WatchedNeighbor;
  readonly #changed: () => void;
  #stopListening: (() => void) | undefined;
  #asked = false;

  /**
   * @param neighbor asked each time: its configuration may change
   * @param changed an interface changed: ask `place` again. Called in a turn of its own.
   */
  constructor(interfaces: InterfaceTable, neighbor: () => WatchedNeighbor, changed: () => void) {
    this.#interfaces = interfaces;
    this.#neighbor = neighbor;
    this.#changed = changed;
  }

  start(): void {
    this.#stopListening ??= this.#interfaces.onChange(() => {
      if (this.#asked) return;
      this.#asked = true;
      setImmediate(() => {
        this.#asked = false;
        if (this.#stopListening !== undefined) this.#changed();
      });
    });
  }

  stop(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
  }

  place(): NeighborPlace {
    const { neighborAddress: address, interfaceName, multihop, onlink, checkLink } = this.#neighbor();
    if (multihop !== undefined || address === undefined) return { state: 'present', link: undefined };
    const link = onlink ? upLink(this.#interfaces, interfaceName) : this.#interfaces.connected(address, interfaceName);
    if (link === undefined) return { state: 'absent' };
    if (checkLink && !link.linkUp) return { state: 'link-down' };
    return { state: 'present', link };
  }
}

function upLink(interfaces: InterfaceTable, name: string | undefined): Interface | undefined {
  const link = name === undefined ? undefined : interfaces.byName(name);
  return link?.up ? link : undefined;
}
