/**
 * Workloads of this node that peer with it: the agent of the node (Felix) writes one JSON file for each endpoint. The
 * folder is read every few seconds; where there is none, there are no such workloads.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseIp } from '../../bgp/index.ts';
import { type JsonObject, type LocalWorkload, parseJson } from '../../config/index.ts';

const LOOK_MS = 2_000;

export class WorkloadWatch {
  readonly #folder: string;
  readonly #changed: (workloads: readonly LocalWorkload[]) => void;
  readonly #known = new Map<string, { readonly mark: string; readonly workload: LocalWorkload | undefined }>();
  #text = '[]';
  #timer: NodeJS.Timeout | undefined;
  #looking = false;
  #closed = false;

  constructor(folder: string, changed: (workloads: readonly LocalWorkload[]) => void) {
    this.#folder = folder;
    this.#changed = changed;
  }

  start(): void {
    const look = (): void => {
      if (this.#looking || this.#closed) return;
      this.#looking = true;
      void this.#look().finally(() => {
        this.#looking = false;
      });
    };
    look();
    this.#timer = setInterval(look, LOOK_MS);
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const names = await readdir(this.#folder).catch((): string[] => []);
    const gone = new Set(this.#known.keys());
    for (const name of names.sort()) {
      gone.delete(name);
      const path = join(this.#folder, name);
      const info = await stat(path).catch(() => undefined);
      if (info?.isFile() !== true) continue;
      const mark = `${info.ino}/${info.size}/${info.mtimeMs}`;
      if (this.#known.get(name)?.mark === mark) continue;
      const text = await readFile(path, 'utf8').catch(() => '');
      this.#known.set(name, { mark, workload: readWorkload(text) });
    }
    for (const name of gone) this.#known.delete(name);
    const workloads = [...this.#known]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, { workload }]) => workload ?? []);
    const now = JSON.stringify(workloads);
    if (this.#closed || now === this.#text) return;
    this.#text = now;
    this.#changed(workloads);
  }
}

/** `undefined` for an endpoint that does not peer, and for a file that is no such thing. */
export function readWorkload(text: string): LocalWorkload | undefined {
  let value: JsonObject;
  try {
    value = parseJson(text) as JsonObject;
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const peerName = value['bgpPeerName'];
  if (typeof peerName !== 'string' || peerName === '') return undefined;
  const first = (name: string): LocalWorkload['ipv4'] => {
    const nets = value[name];
    const [net] = Array.isArray(nets) ? nets : [];
    return typeof net === 'string' ? parseIp(net.split('/')[0]!) : undefined;
  };
  return { peerName, ipv4: first('ipv4Nets'), ipv6: first('ipv6Nets') };
}
