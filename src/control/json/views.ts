/**
 * Views as JSON: the same facts as the text layouts, named, typed, unrounded. Times are ISO 8601 in UTC, addresses and
 * prefixes canonical text, durations milliseconds unless the name says seconds. What is not there is left out.
 */
import { formatIpv4Word, formatPrefix } from '../../../bgp/index.ts';
import type { CustomAttribute } from '../../../config/index.ts';
import { familyWord } from '../format/bgp.ts';
import type { Lines } from '../format/lines.ts';
import { Code } from '../format/lines.ts';
import { protocolInfo } from '../format/protocol.ts';
import { scopeWord, sourceWord } from '../format/route.ts';
import type { BgpDetail, CapabilitiesView, FamilyPair, ProtocolView, RouteView, StatusView } from '../host.ts';
import type { Reply } from '../reply.ts';
import { attributes } from './attributes.ts';

/** One element of a list. */
export function element(lines: Lines, value: object): void {
  lines.line(Code.JsonElement, stringify(value));
}

/** The whole answer. */
export function document(reply: Reply, value: object): void {
  reply.line(Code.JsonDocument, stringify(value));
  reply.end(Code.Ok);
}

/** JSON has no numbers beyond 2^53 that every reader gets right. */
function stringify(value: object): string {
  return JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? item.toString() : item));
}

function time(at: number): string {
  return new Date(at).toISOString();
}

export function status(view: StatusView, version: string, now: number): object {
  return {
    version,
    routerId: formatIpv4Word(view.routerId),
    hostname: view.hostname,
    now: time(now),
    startedAt: time(view.startedAt),
    configuredAt: time(view.configuredAt),
    state: view.state,
    recovery: view.recovery,
  };
}

export function protocol(view: ProtocolView, verbose: boolean): object {
  const short = {
    name: view.name,
    kind: view.kind,
    table: view.table,
    state: view.state,
    since: time(view.since),
    info: protocolInfo(view).trimEnd(),
  };
  if (!verbose) return short;
  const { detail } = view;
  return {
    ...short,
    disabled: view.disabled,
    description: view.description,
    message: view.message === '' ? undefined : view.message,
    routerId: view.routerId === undefined ? undefined : formatIpv4Word(view.routerId),
    vrf: view.vrf,
    debug: view.debug,
    mrtdump: view.mrtdump,
    bgp: detail?.type === 'bgp' ? bgp(detail) : undefined,
    pipe: detail?.type === 'pipe' ? { ...detail, type: undefined } : undefined,
    channels: view.channels,
  };
}

function bgp(view: BgpDetail): object {
  const { session } = view;
  return {
    ...view,
    type: undefined,
    neighborRange: view.neighborRange === undefined ? undefined : formatPrefix(view.neighborRange),
    lastError: view.lastError.class === 'none' ? undefined : view.lastError,
    session:
      session === undefined
        ? undefined
        : {
            ...session,
            neighborId: formatIpv4Word(session.neighborId),
            localCapabilities: capabilities(session.localCapabilities),
            neighborCapabilities: capabilities(session.neighborCapabilities),
          },
  };
}

function capabilities(view: CapabilitiesView): object {
  const families = (pairs: readonly FamilyPair[] | undefined): string[] | undefined => pairs?.map(familyWord);
  const { gracefulRestart, longLivedGracefulRestart, addPath } = view;
  return {
    ...view,
    multiprotocol: families(view.multiprotocol),
    extendedNextHop: families(view.extendedNextHop),
    addPath: addPath === undefined ? undefined : { receive: families(addPath.receive), send: families(addPath.send) },
    gracefulRestart:
      gracefulRestart === undefined
        ? undefined
        : {
            ...gracefulRestart,
            supported: families(gracefulRestart.supported),
            preserved: families(gracefulRestart.preserved),
          },
    longLivedGracefulRestart:
      longLivedGracefulRestart === undefined
        ? undefined
        : {
            ...longLivedGracefulRestart,
            supported: families(longLivedGracefulRestart.supported),
            preserved: families(longLivedGracefulRestart.preserved),
          },
  };
}

export function route(
  table: string,
  view: RouteView,
  verbose: boolean,
  customAttributes: readonly CustomAttribute[],
): object {
  const { bgp: bgpPart, record } = view;
  return {
    table,
    prefix: view.prefix,
    destination: view.destination,
    nextHops: view.nextHops.map((hop) => ({
      gateway: hop.gateway,
      interface: hop.interfaceName,
      weight: view.nextHops.length > 1 ? hop.weight : undefined,
      onlink: hop.onlink || undefined,
    })),
    protocol: view.protocol,
    source: sourceWord(view.kind),
    scope: scopeWord(view.scope),
    primary: view.primary,
    syncFailed: view.syncFailed || undefined,
    filtered: view.filtered || undefined,
    changedAt: time(view.changedAt),
    from: view.from,
    preference: view.preference,
    igpMetric: view.igpMetric,
    pathId: view.pathId === 0 ? undefined : view.pathId,
    stale: bgpPart?.stale || undefined,
    suppressed: bgpPart?.suppressed || undefined,
    metric: bgpPart?.metric,
    lostAt: view.lostAt,
    attributes: verbose && record !== undefined ? attributes(record, customAttributes) : undefined,
  };
}
