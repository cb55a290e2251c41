/**
 * A daemon in a process and a network namespace of its own, with the real kernel below it; the speakers dial from a
 * second namespace. Worlds are alike down to the link-layer addresses, so two of them can be compared octet by octet.
 */
import { connect, type Socket } from 'node:net';
import { Lab, type LabNode } from '../../../src/lab/namespace.ts';
import { ControlClient } from '../control-client.ts';
import { inNamespace } from '../netns.ts';
import { kernelRoutes, Peregrine } from '../peers/peregrine.ts';
import { Speaker, type Voice } from './speaker.ts';
import { SPEAKERS, type World } from './world.ts';

/** One thread can be in one namespace at a time. */
let abroad: Promise<unknown> = Promise.resolve();

/** A socket that belongs to the node's namespace. */
function dialFrom(node: LabNode, speaker: number): Promise<Socket> {
  const dialled = abroad.then(() =>
    inNamespace(node, async () => {
      const socket = connect({ host: '10.0.0.1', port: 179, localAddress: `10.0.0.${10 + speaker}` });
      socket.on('error', () => {});
      // The descriptor is made in the next tick.
      await new Promise((resolve) => setImmediate(resolve));
      return socket;
    }),
  );
  abroad = dialled.catch(() => {});
  return dialled;
}

export interface LabWorld extends World {
  readonly daemon: Peregrine;
}

interface Place {
  readonly router: LabNode;
  readonly neighbors: LabNode;
}

/** The text with the addresses of this shape. */
export function placedInLab(text: string): string {
  return text
    .replaceAll('SELF', '10.0.0.1')
    .replaceAll('PORT', '179')
    .replace(/PEER(\d)/g, (_, n: string) => `10.0.0.${10 + Number(n)}`);
}

/** Makes worlds, and takes all that is left of them away at the end. */
export class LabWorlds {
  readonly #lab = new Lab('pgr');
  /** Pairs of namespaces in which nothing runs. */
  readonly #free: Place[] = [];
  readonly #voice: (speaker: number) => Voice;
  readonly #program: string | undefined;
  #made = 0;

  /** @param program another daemon with BIRD's flags and language instead of ours */
  constructor(voice: (speaker: number) => Voice, program?: string) {
    this.#voice = voice;
    this.#program = program;
  }

  readonly start = async (text: string): Promise<LabWorld> => {
    const place = this.#free.pop() ?? (await this.#make());
    const { router, neighbors } = place;
    const daemon = new Peregrine(router, placedInLab(text), this.#program);
    try {
      await daemon.start();
    } catch (error) {
      this.#free.push(place);
      throw error;
    }
    const speakers = SPEAKERS.map((n) => new Speaker(n, (speaker) => dialFrom(neighbors, speaker), this.#voice(n)));
    const control = await ControlClient.open(daemon.socket);
    return {
      daemon,
      speakers,
      control,
      write: (raw) => daemon.writeConfig(placedInLab(raw)),
      kernel: async () => [...(await kernelRoutes(router, 4, 'proto bird')).values()].sort(),
      get log() {
        return daemon.log;
      },
      stop: async () => {
        for (const speaker of speakers) speaker.close();
        control.close();
        await daemon.stop();
        daemon.remove();
        await router.run('sh', ['-c', 'ip route flush table all proto 12; ip -6 route flush table all proto 12']);
        this.#free.push(place);
      },
    };
  };

  destroy(): Promise<void> {
    return this.#lab.destroy();
  }

  async #make(): Promise<Place> {
    const number = ++this.#made;
    const [router, neighbors] = [await this.#lab.node(`r${number}`), await this.#lab.node(`n${number}`)];
    await this.#lab.wire(router, 'eth0', neighbors, 'eth0');
    for (const [node, last] of [
      [router, 1],
      [neighbors, 2],
    ] as const) {
      await node.ip(`link set eth0 down`);
      await node.ip(`link set eth0 address 02:00:00:00:00:0${last}`);
      await node.ip(`link set eth0 up`);
    }
    await router.address('eth0', '10.0.0.1/24', 'fd00::1/64');
    await neighbors.address('eth0', ...SPEAKERS.flatMap((n) => [`10.0.0.${10 + n}/24`, `fd00::1${n}/64`]));
    return { router, neighbors };
  }
}
