/**
 * What tables of the RPKI say of a route: whether its origin may announce it (RFC 6811, ROA tables), and whether its
 * path went the ways that the ASes on it have signed (draft-ietf-sidrops-aspa-verification, ASPA tables). Filters ask
 * through `roa_check` and `aspa_check`; the entries come from the configuration and never change once they are in.
 */
import { readU32, SegmentType } from '../../bgp/index.ts';
import type { AspaEntry, ProtocolConfig, RoaEntry } from '../model.ts';
import { networkText } from './display.ts';
import { NetType } from './types.ts';
import { Network, networkOfPrefix, wordMask } from './value.ts';

/** Answers, as numbers of the enumerations `ROA_*` and `ASPA_*`. */
export const Validity = { Unknown: 0, Valid: 1, Invalid: 2 } as const;
export type Validity = (typeof Validity)[keyof typeof Validity];

/** The networks of one table, by length and address: a check looks once at each length that there is. */
class RoaTable {
  private readonly byLength: (Map<string, Network[]> | undefined)[] = [];
  private readonly type: NetType;

  constructor(type: NetType) {
    this.type = type;
  }

  add(roa: Network): void {
    this.byLength[roa.length] ??= new Map();
    const entries = this.byLength[roa.length]!;
    const key = keyOf(roa, roa.length);
    const same = entries.get(key);
    if (same === undefined) entries.set(key, [roa]);
    else same.push(roa);
  }

  /** RFC 6811 section 2. Nobody may announce what is signed for AS 0 (RFC 7607). */
  check(net: Network, asn: number): Validity {
    const wanted = this.type === NetType.Roa4 ? NetType.Ip4 : NetType.Ip6;
    if (net.type !== wanted) return Validity.Unknown;
    let covered = false;
    for (let length = 0; length <= net.length && length < this.byLength.length; length++) {
      for (const roa of this.byLength[length]?.get(keyOf(net, length)) ?? []) {
        if (roa.asn === asn && asn !== 0 && net.length <= roa.maxLength) return Validity.Valid;
        covered = true;
      }
    }
    return covered ? Validity.Invalid : Validity.Unknown;
  }
}

function keyOf({ w0, w1, w2, w3 }: Network, length: number): string {
  const masked = [w0, w1, w2, w3].map((word, i) => (word & wordMask(length - 32 * i)) >>> 0);
  return masked.join('.');
}

/** What one AS says about another as its provider. */
const Hop = { NotProvider: 0, NoAttestation: 1, Provider: 2 } as const;
type Hop = (typeof Hop)[keyof typeof Hop];

class AspaTable {
  private readonly providers = new Map<number, Set<number>>();

  /** No provider at all is written as AS 0, which is on no path. */
  add(customer: number, providers: readonly number[]): void {
    const known = this.providers.get(customer) ?? new Set<number>();
    for (const provider of providers) known.add(provider);
    this.providers.set(customer, known);
  }

  private hop(customer: number, provider: number): Hop {
    const providers = this.providers.get(customer);
    if (providers === undefined) return Hop.NoAttestation;
    return providers.has(provider) ? Hop.Provider : Hop.NotProvider;
  }

  /**
   * A path climbs from its origin to providers, passes at most one hop between peers, and comes down again to
   * customers. `upstream`: it was sent by a customer or a peer, so it only climbs. Numbers are counted from the origin.
   */
  check(path: Uint8Array, upstream: boolean): Validity {
    const ases = compressed(path);
    if (ases === undefined || ases.length === 0) return Validity.Invalid;
    const last = ases.length - 1;
    // How far the path climbs from its origin, and how far it comes down to us: at most, and at least.
    let mostUp = 0;
    while (mostUp < last && this.hop(ases[mostUp]!, ases[mostUp + 1]!) !== Hop.NotProvider) mostUp++;
    let leastUp = 0;
    while (leastUp < last && this.hop(ases[leastUp]!, ases[leastUp + 1]!) === Hop.Provider) leastUp++;
    if (upstream) return mostUp < last ? Validity.Invalid : leastUp < last ? Validity.Unknown : Validity.Valid;
    let mostDown = 0;
    while (mostDown < last && this.hop(ases[last - mostDown]!, ases[last - mostDown - 1]!) !== Hop.NotProvider) {
      mostDown++;
    }
    let leastDown = 0;
    while (leastDown < last && this.hop(ases[last - leastDown]!, ases[last - leastDown - 1]!) === Hop.Provider) {
      leastDown++;
    }
    // One hop may be between the two: the peers at the top.
    if (mostUp + mostDown + 1 < last) return Validity.Invalid;
    return leastUp + leastDown + 1 < last ? Validity.Unknown : Validity.Valid;
  }
}

/** The ASes from the origin on, each once where it stands repeatedly; `undefined` if it has other than sequences. */
function compressed(path: Uint8Array): number[] | undefined {
  const ases: number[] = [];
  for (let at = 0; at < path.length; ) {
    const next = at + 2 + 4 * path[at + 1]!;
    if (path[at] !== SegmentType.Sequence) return undefined;
    for (let i = at + 2; i < next; i += 4) {
      const asn = readU32(path, i);
      if (asn !== ases.at(-1)) ases.push(asn);
    }
    at = next;
  }
  return ases.reverse();
}

/** A table without entries still knows that some paths are no paths. */
const NO_ASPA = new AspaTable();

/** All tables of a configuration. */
export class ValidationTables {
  private readonly roas = new Map<string, RoaTable>();
  private readonly aspas = new Map<string, AspaTable>();
  /** Canonical text of everything in them, to compare two configurations by. */
  private readonly contents = new Set<string>();

  constructor(protocols: readonly ProtocolConfig[]) {
    for (const protocol of protocols) {
      if (protocol.kind !== 'origins' || protocol.disabled) continue;
      for (const roa of protocol.roas) this.addRoa(protocol.table, roa);
      for (const aspa of protocol.aspas) this.addAspa(protocol.table, aspa);
    }
  }

  private addRoa(table: string, { prefix, maxLength, asn }: RoaEntry): void {
    const type = prefix.version === 4 ? NetType.Roa4 : NetType.Roa6;
    const roa = new Network(type, networkOfPrefix(prefix), prefix.length, { maxLength, asn });
    let entries = this.roas.get(table);
    if (entries === undefined) {
      entries = new RoaTable(type);
      this.roas.set(table, entries);
    }
    entries.add(roa);
    this.contents.add(`${table} ${networkText(roa)}`);
  }

  private addAspa(table: string, { customer, providers }: AspaEntry): void {
    let entries = this.aspas.get(table);
    if (entries === undefined) {
      entries = new AspaTable();
      this.aspas.set(table, entries);
    }
    entries.add(customer, providers);
    for (const provider of providers) this.contents.add(`${table} ${customer} ${provider}`);
  }

  roaCheck(table: string, net: Network, asn: number): Validity {
    return this.roas.get(table)?.check(net, asn) ?? Validity.Unknown;
  }

  /** `path`: segments with four-octet numbers. */
  aspaCheck(table: string, path: Uint8Array, upstream: boolean): Validity {
    return (this.aspas.get(table) ?? NO_ASPA).check(path, upstream);
  }

  /** They say the same, whatever protocols it comes from and in which order. */
  equals(other: ValidationTables): boolean {
    return this.key() === other.key();
  }

  private key(): string {
    return [...this.contents].sort().join('\n');
  }
}
