/** What filters ask of the running daemon: its interfaces, and the ROA and ASPA entries of its configuration. */
import { type DaemonConfig, type FilterHost, ValidationTables } from '../config/index.ts';

export interface InterfaceIndexes {
  byName(name: string): { readonly index: number } | undefined;
}

export class DaemonFilterHost implements FilterHost {
  readonly #interfaces: InterfaceIndexes | undefined;
  readonly #config: () => DaemonConfig;
  /** Made once for each list of protocols. */
  #madeOf: DaemonConfig['protocols'] | undefined;
  #tables = new ValidationTables([]);

  /** `interfaces`: none where a configuration is only looked at. */
  constructor(interfaces: InterfaceIndexes | undefined, config: () => DaemonConfig) {
    this.#interfaces = interfaces;
    this.#config = config;
  }

  #validation(): ValidationTables {
    const { protocols } = this.#config();
    if (this.#madeOf !== protocols) {
      this.#madeOf = protocols;
      this.#tables = new ValidationTables(protocols);
    }
    return this.#tables;
  }

  roaCheck: FilterHost['roaCheck'] = (table, net, asn) => this.#validation().roaCheck(table, net, asn);

  aspaCheck: FilterHost['aspaCheck'] = (table, path, upstream) => this.#validation().aspaCheck(table, path, upstream);

  interfaceIndex(name: string): number {
    return this.#interfaces?.byName(name)?.index ?? 0;
  }
}
