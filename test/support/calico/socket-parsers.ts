/**
 * What Calico and those who look after it make of the replies, rule by rule: each of these takes the lines of a reply
 * with their codes, believes what the program believes, and throws where the program gives up.
 */
import assert from 'node:assert/strict';

const PEER_NAME = /^(Global|Node|Mesh)_(.+)$/;

export interface Peer {
  readonly type: 'Global' | 'Node' | 'Mesh';
  readonly ip: string;
  readonly state: string;
  readonly since: string;
  readonly bgpState: string;
  readonly info: string;
}

/**
 * The readiness probe and `calicoctl node status`: `show protocols`. Words of the heading are fixed, a row has six or
 * more, the sixth is the state of the session, and every line has to be of a kind that is known.
 */
export function readPeers(reply: string, ipSeparator = '.'): Peer[] {
  const peers: Peer[] = [];
  let columns: string[] | undefined;
  for (const line of lines(reply)) {
    if (line.startsWith('0000')) return peers;
    if (line.startsWith('0001')) continue;
    if (line.startsWith('2002-')) {
      columns = words(line.slice(5));
      assert.deepEqual(columns, ['name', 'proto', 'table', 'state', 'since', 'info']);
      continue;
    }
    const row = line.startsWith('1002-') ? line.slice(5) : line.startsWith(' ') ? line.slice(1) : undefined;
    assert.ok(row !== undefined, `not a line of show protocols: ${line}`);
    assert.ok(columns !== undefined, 'a row before the heading');
    const fields = words(row);
    if (fields.length < 6 || fields[1] !== 'BGP') continue;
    const name = PEER_NAME.exec(fields[0]!);
    if (name === null) continue;
    peers.push({
      type: name[1] as Peer['type'],
      ip: name[2]!.replaceAll('_', ipSeparator),
      state: fields[3]!,
      since: fields[4]!,
      bgpState: fields[5]!,
      info: fields.slice(5).join(' '),
    });
  }
  return assert.fail('the reply has no end');
}

/** The second half of the readiness probe: `show status`; true while recovery runs. */
export function recoveryRuns(reply: string): boolean {
  let found = false;
  for (const line of lines(reply)) {
    if (line.startsWith('0013')) return found;
    if (line.startsWith('0024')) found = true;
    else assert.match(line, /^(?:0001|1000|1011| )/, `not a line of show status: ${line}`);
  }
  return assert.fail('the reply has no end');
}

/** Ready: every listed peer Established and no recovery (`young` node), or at least one Established. */
export function isReady(peers: readonly Peer[], recovering: boolean, young: boolean): boolean {
  if (peers.length === 0) return true;
  const up = peers.filter((peer) => peer.bgpState === 'Established').length;
  return young ? up === peers.length && !recovering : up > 0;
}

export interface PeerStatus {
  readonly state: string;
  readonly ip: string;
}

const KNOWN_STATES = ['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm', 'Established', 'Close'];

/** The status reporter: `show protocols all NAME`. */
export function readPeerStatus(reply: string): PeerStatus {
  let state = '';
  let ip = '';
  for (const line of lines(reply)) {
    if (line.startsWith('0000')) return { state: KNOWN_STATES.includes(state) ? state : '', ip };
    if (line.includes('BGP state:')) state = words(line.split('BGP state:')[1]!)[0]!;
    if (line.includes('Neighbor address:')) ip = words(line.split('Neighbor address:')[1]!)[0]!;
  }
  return assert.fail('the reply has no end');
}

export interface AgentStatus {
  version?: string;
  routerId?: string;
  now?: string;
  started?: string;
  configured?: string;
  ready?: boolean;
}

/** The status reporter: greeting and `show status`. It stops at 0024, so everything has to come before that. */
export function readAgentStatus(conversation: string): AgentStatus {
  const status: AgentStatus = {};
  const prefixes = [
    ['version', 'BIRD v'],
    ['routerId', 'Router ID is '],
    ['now', 'Current server time is '],
    ['started', 'Last reboot on '],
    ['configured', 'Last reconfiguration on '],
  ] as const;
  for (const line of lines(conversation)) {
    if (line.startsWith('0024') || line.startsWith('0013')) return status;
    if (line.includes('BIRD') && line.includes('ready')) {
      status.ready = true;
      continue;
    }
    const text = line.startsWith(' ') ? line.slice(1) : line.slice(5);
    const found = prefixes.find(([, prefix]) => text.startsWith(prefix));
    assert.ok(found !== undefined, `not a line of show status: ${line}`);
    const [key, prefix] = found;
    // Of the version, the `v` belongs to it.
    status[key] = key === 'version' ? text.slice('BIRD '.length) : text.slice(prefix.length);
  }
  return assert.fail('the reply has no end');
}

export interface NodeRoute {
  readonly destination: string;
  readonly gateway: string;
  readonly interfaceName: string;
  readonly from: string;
  readonly inFib: boolean;
}

const VIA = /^(\S*)\s*via\s(\S*)\s*on\s(.*)\s\[(\S*)\s.*\].*$/;
const DEV = /^(\S*)\s*dev\s(.*)\s\[(\S*)\s.*\].*$/;
const NOWHERE = /^(\S*)\s*(blackhole|unreachable)\s\[(\S*)\s.*\].*$/;

/** The status reporter: `show route`. One line that it does not understand, and nothing is reported at all. */
export function readNodeRoutes(reply: string): NodeRoute[] {
  const routes: NodeRoute[] = [];
  let last = '';
  for (const line of lines(reply)) {
    if (line.startsWith('0000')) return routes;
    if (line.startsWith('0001')) continue;
    const text = line.startsWith('1007-') ? line.slice(5) : line.startsWith(' ') ? line.slice(1) : undefined;
    assert.ok(text !== undefined, `not a line of show route: ${line}`);
    const route = readNodeRoute(text);
    assert.match(route.from, /^(?:kernel|static|direct|(?:Global|Node|Mesh)_)/, `unknown source in ${line}`);
    last = route.destination === '' ? last : route.destination;
    routes.push({ ...route, destination: last, inFib: text.includes('] *') });
  }
  return assert.fail('the reply has no end');
}

function readNodeRoute(text: string): Omit<NodeRoute, 'inFib'> {
  const shape = [' via ', ' dev ', ' blackhole ', ' unreachable '].find((word) => text.includes(word));
  if (shape === ' via ') {
    const [, destination, gateway, interfaceName, from] = VIA.exec(text) ?? assert.fail(text);
    return { destination: destination!, gateway: gateway!, interfaceName: interfaceName!, from: from! };
  }
  if (shape === ' dev ') {
    const [, destination, interfaceName, from] = DEV.exec(text) ?? assert.fail(text);
    return { destination: destination!, gateway: 'N/A', interfaceName: interfaceName!, from: from! };
  }
  const [, destination, word, from] = NOWHERE.exec(text) ?? assert.fail(text);
  return { destination: destination!, gateway: word!, interfaceName: 'N/A', from: from! };
}

export interface ExportedProtocol {
  readonly name: string;
  readonly kind: string;
  readonly up: boolean;
  readonly imported: number;
  readonly exported: number;
  readonly inputFilter: string;
  readonly outputFilter: string;
  /** Five numbers of each row; `---` is 0. */
  readonly changes: Readonly<Record<string, readonly number[]>>;
}

const PROTOCOL_ROW =
  /^(?:1002-)?(\S+)\s+(MRT|BGP|BFD|OSPF|RPKI|RIP|RAdv|Pipe|Perf|Direct|Babel|Device|Kernel|Static)\s+(\S+)\s+(\S+)\s+(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d|\S+)(?:\s+(.*?))?\s*$/;
const ROUTES = /^\s+Routes:\s+(\d+) imported, (?:(\d+) filtered, )?(\d+) exported(?:, (\d+) preferred)?/;
const CHANGES = /(Import|Export) (updates|withdraws):((?:\s+(?:\d+|---)){5})\s*$/;
const FILTER = /(Input|Output) filter:\s+(.*)/;

/** bird_exporter, the sidecar that turns `show protocols all` into metrics. An empty line ends a protocol. */
export function readMetrics(reply: string): ExportedProtocol[] {
  const all: ExportedProtocol[] = [];
  let current: (Omit<ExportedProtocol, 'changes'> & { changes: Record<string, number[]> }) | undefined;
  for (const line of lines(reply)) {
    const row = PROTOCOL_ROW.exec(line);
    const routes = ROUTES.exec(line);
    const changes = CHANGES.exec(line);
    const filter = FILTER.exec(line);
    if (line.replaceAll(' ', '') === '' || /^1006-\s*$/.test(line)) {
      if (current !== undefined) all.push(current);
      current = undefined;
    } else if (row !== null) {
      const [, name = '', kind = '', , state] = row;
      current = {
        name,
        kind,
        up: state === 'up',
        imported: 0,
        exported: 0,
        inputFilter: '',
        outputFilter: '',
        changes: {},
      };
    } else if (current === undefined) {
      // The heading, the end.
    } else if (routes !== null) {
      current = { ...current, imported: Number(routes[1]), exported: Number(routes[3]) };
    } else if (changes !== null) {
      current.changes[`${changes[1]} ${changes[2]}`] = words(changes[3]!).map((word) =>
        word === '---' ? 0 : Number(word),
      );
    } else if (filter !== null) {
      current = { ...current, [filter[1] === 'Input' ? 'inputFilter' : 'outputFilter']: filter[2]! };
    }
  }
  return all;
}

function lines(reply: string): string[] {
  return reply.split('\n').slice(0, -1);
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
