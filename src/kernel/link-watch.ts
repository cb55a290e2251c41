/**
 * Tells the kernel protocol which changes of interfaces matter to it. The kernel drops IPv4 routes without a word when
 * a link goes down or an address goes, so that is a reason to look at its table; a link or address that comes is one to
 * try again what was refused. Everything else (a new MTU, a pod's interface that no route of ours uses) is not.
 */
import type { Interface, InterfaceTable } from '../../rib/index.ts';

interface Seen {
  readonly up: boolean;
  readonly linkUp: boolean;
  readonly addresses: ReadonlySet<string>;
}

export interface LinkChanges {
  /** Interfaces over which routes may have gone: down, without an address they had, or removed. */
  readonly worse: readonly number[];
  /** Something came that was not there before. */
  readonly better: boolean;
}

export class LinkWatch {
  readonly #interfaces: InterfaceTable;
  #seen: ReadonlyMap<number, Seen>;

  constructor(interfaces: InterfaceTable) {
    this.#interfaces = interfaces;
    this.#seen = snapshot(interfaces);
  }

  /** What is different since the last time. */
  changes(): LinkChanges {
    const before = this.#seen;
    const now = snapshot(this.#interfaces);
    this.#seen = now;
    const worse: number[] = [];
    let better = false;
    for (const [index, was] of before) {
      const is = now.get(index);
      if (is === undefined || (was.up && !is.up) || [...was.addresses].some((address) => !is.addresses.has(address))) {
        worse.push(index);
      }
    }
    for (const [index, is] of now) {
      const was = before.get(index);
      if (was === undefined) better ||= is.up;
      else if ((is.up && !was.up) || (is.linkUp && !was.linkUp) || is.addresses.size > was.addresses.size)
        better = true;
    }
    return { worse, better };
  }
}

function snapshot(interfaces: InterfaceTable): Map<number, Seen> {
  return new Map(interfaces.list().map((link) => [link.index, seen(link)]));
}

function seen(link: Interface): Seen {
  const addresses = new Set(link.addresses.map((entry) => `${entry.address}/${entry.length} ${entry.peer ?? ''}`));
  return { up: link.up, linkUp: link.linkUp, addresses };
}
