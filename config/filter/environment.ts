/**
 * What filters know of the daemon besides the route: made once, older than every configuration. Custom attributes keep
 * their ids in it, and filters ask it what only the running daemon can answer.
 */
import type { PolicyRoute } from '../../bgp/index.ts';
import { CustomAttributeIds } from './attributes.ts';
import type { Network } from './value.ts';

/** Answers of the running daemon. Without it checks give ROA_UNKNOWN and ASPA_UNKNOWN, and interfaces have the index 0. */
export interface FilterHost {
  /** Route origin validation (RFC 6811) against a table: 0 unknown, 1 valid, 2 invalid. */
  roaCheck(table: string, net: Network, asn: number): 0 | 1 | 2;
  /** Path validation (draft-ietf-sidrops-aspa-verification) against a table; segments with four-octet numbers. */
  aspaCheck(table: string, path: Uint8Array, upstream: boolean): 0 | 1 | 2;
  /** 0 for an interface that does not exist. */
  interfaceIndex(name: string): number;
}

export class FilterEnvironment {
  readonly attributeIds = new CustomAttributeIds();
  host: FilterHost | undefined = undefined;
}

/** Thrown by every access to a route in an evaluation that has none; only `eval` and constants are run like that. */
export class NoRouteError extends Error {
  constructor() {
    super('No route to access');
    this.name = 'NoRouteError';
  }
}

/** Stands in for the route where there is none: whatever is asked of it throws `NoRouteError`. */
export function noRoute(print: (line: string) => void): PolicyRoute {
  const own: Partial<PolicyRoute> = { error: '', print };
  return new Proxy(own, {
    get(target, key): unknown {
      if (key in target) return target[key as keyof PolicyRoute];
      throw new NoRouteError();
    },
    set(target, key, value): boolean {
      if (key !== 'error') throw new NoRouteError();
      target.error = value as string;
      return true;
    },
  }) as PolicyRoute;
}
