/**
 * What a node reports of itself, in the words of Calico's CalicoNodeStatus: the daemon, its sessions, its routes.
 *
 *     agent    birdV4, birdV6: state, version, routerID, lastBootTime, lastReconfigurationTime
 *     bgp      numberEstablishedV4, ...; peersV4, peersV6: peerIP, type, state, since
 *     routes   routesV4, routesV6: type (FIB: selected), destination, gateway, interface, learnedFrom
 *
 * Times are texts as `show protocols` and `show status` have them. Only what was asked for is filled in, but the rest of
 * the shape is there, as Calico writes it.
 */
import { RouteSourceKind } from '../../bgp/index.ts';
import type {
  Dialect,
  FamilyPlan,
  Json,
  JsonObject,
  NodePlan,
  Session,
  SessionKind,
  StatusClass,
} from '../../config/index.ts';
import type { Forwarding, PrefixId, RouteId, RoutingTable } from '../../rib/index.ts';
import { formatTime, isoFormat, strftime } from '../control/format/time.ts';
import { birdVersion } from '../version.ts';

export interface ReportFacts {
  readonly plan: NodePlan;
  readonly dialect: Dialect;
  /** Dotted; '' while there is none. */
  readonly routerId: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly configuredAt: number;
  readonly now: number;
  /** Not all neighbours have told what they know since the restart. */
  readonly recovering: boolean;
  /** Where a session stands; `undefined`: it does not run. */
  session(name: string): { readonly state: string; readonly since: number } | undefined;
  /** The main table of the family; `undefined`: this daemon is not of that family. */
  table(version: 4 | 6): RoutingTable | undefined;
}

/** Routes of a family: resources have to stay far below what stores take (etcd: 1.5 MB). */
const MOST_ROUTES = 2_500;
/** Prefixes looked at before others may run. */
const PATIENCE = 1_000;

/** Words of Calico's own; those of workloads have none. */
const PEER_TYPES: Readonly<Partial<Record<SessionKind, string>>> = {
  Mesh: 'NodeMesh',
  Node: 'NodePeer',
  Global: 'GlobalPeer',
};
const PEER_STATES = ['Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established', 'Close'];

export interface NodeReport {
  readonly status: JsonObject;
  /** Routes that have no room in it. */
  readonly routesLeftOut: number;
}

export async function nodeReport(classes: readonly StatusClass[], facts: ReportFacts): Promise<NodeReport> {
  const [four, six] = facts.plan.families;
  const asked = (name: StatusClass): boolean => classes.includes(name);
  const routes4 = asked('Routes') ? await routesOf(facts, four) : NO_ROUTES;
  const routes6 = asked('Routes') ? await routesOf(facts, six) : NO_ROUTES;
  const status: JsonObject = {
    lastUpdated: new Date(facts.now).toISOString().replace(/\.\d+Z$/, 'Z'),
    agent: {
      birdV4: asked('Agent') ? agentOf(facts, four) : {},
      birdV6: asked('Agent') ? agentOf(facts, six) : {},
    },
    bgp: { ...peersOf(facts, four, asked('BGP')), ...peersOf(facts, six, asked('BGP')) },
    routes: { routesV4: routes4.routes, routesV6: routes6.routes },
  };
  return { status, routesLeftOut: routes4.leftOut + routes6.leftOut };
}

function agentOf(facts: ReportFacts, { version, address }: FamilyPlan): JsonObject {
  if (address === undefined || facts.table(version) === undefined) return {};
  return {
    state: facts.recovering ? 'NotReady' : 'Ready',
    version: birdVersion(facts.dialect),
    routerID: facts.routerId,
    lastBootTime: strftime('%F %T', facts.startedAt),
    lastReconfigurationTime: strftime('%F %T', facts.configuredAt),
  };
}

function peersOf(facts: ReportFacts, { version, sessions }: FamilyPlan, asked: boolean): JsonObject {
  const peers: JsonObject[] = [];
  let established = 0;
  for (const session of asked ? sessions : []) {
    const type = PEER_TYPES[session.kind];
    const now = facts.session(session.name);
    if (type === undefined || now === undefined) continue;
    if (now.state === 'Established') established++;
    peers.push({
      peerIP: session.address,
      type,
      state: PEER_STATES.includes(now.state) ? now.state : 'Idle',
      since: formatTime(isoFormat('short', 0), now.since, facts.now),
    });
  }
  return {
    [`numberEstablishedV${version}`]: established,
    [`numberNotEstablishedV${version}`]: peers.length - established,
    [`peersV${version}`]: peers,
  };
}

interface Routes {
  readonly routes: readonly JsonObject[];
  readonly leftOut: number;
}

const NO_ROUTES: Routes = { routes: [], leftOut: 0 };

/** Selected routes first: where there are too many, the others are left out. */
async function routesOf(facts: ReportFacts, { version, sessions }: FamilyPlan): Promise<Routes> {
  const table = facts.table(version);
  if (table === undefined) return NO_ROUTES;
  const byName = new Map(sessions.map((session) => [session.name, session]));
  const selected: JsonObject[] = [];
  const others: JsonObject[] = [];
  let count = 0;
  for (let row = 1; row <= table.prefixes.highWater; row++) {
    if (row % PATIENCE === 0) await new Promise((resolve) => setImmediate(resolve));
    if (!table.prefixes.isInUse(row)) continue;
    const prefix = row as PrefixId;
    const best = table.best(prefix);
    for (let route = table.first(prefix); route !== 0; route = table.next(route)) {
      if (!table.isEligible(route)) continue;
      const list = route === best ? selected : others;
      const made = list.length < MOST_ROUTES ? routeOf(table, route, route === best, byName) : undefined;
      if (made !== undefined) list.push(made);
      count++;
    }
  }
  const routes = [...selected, ...others].slice(0, MOST_ROUTES);
  return { routes, leftOut: count - routes.length };
}

function routeOf(
  table: RoutingTable,
  route: RouteId,
  best: boolean,
  sessions: ReadonlyMap<string, Session>,
): JsonObject {
  const source = table.sourceOf(route);
  const learned = learnedFrom(source.kind, source.protocol, source.bgp?.peerAddress, sessions);
  return {
    type: best ? 'FIB' : 'RIB',
    destination: table.prefixes.format(table.prefixOf(route)),
    ...wayOf(table.forwardingOf(route)),
    learnedFrom: learned,
  };
}

/** Where there is no interface, the word that stands in its place in BIRD's rows. */
function wayOf(forwarding: Forwarding): { readonly gateway: string; readonly interface: string } {
  if (forwarding.kind !== 'unicast') {
    const word = forwarding.kind === 'blackhole' || forwarding.kind === 'prohibit' ? forwarding.kind : 'unreachable';
    return { gateway: 'N/A', interface: word };
  }
  const [hop] = forwarding.hops;
  return { gateway: hop?.gateway ?? 'N/A', interface: hop?.interfaceName ?? '' };
}

function learnedFrom(
  kind: RouteSourceKind,
  protocol: string,
  peer: string | undefined,
  sessions: ReadonlyMap<string, Session>,
): Json {
  switch (kind) {
    case RouteSourceKind.Bgp: {
      const mesh = sessions.get(protocol)?.kind === 'Mesh';
      return { sourceType: mesh ? 'NodeMesh' : 'BGPPeer', peerIP: peer };
    }
    case RouteSourceKind.Static:
      return { sourceType: 'Static' };
    case RouteSourceKind.Device:
      return { sourceType: 'Direct' };
    default:
      return { sourceType: 'Kernel' };
  }
}
