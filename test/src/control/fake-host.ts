/**
 * A daemon made of plain data, for everything on the control side: tables are lists of routes, export rules are lists
 * of what came out of them. The filter language is the real one.
 */
import {
  AttributeEditor,
  type NextHop,
  type PolicyRoute,
  PolicyVerdict,
  type Prefix,
  parseIp,
  parsePrefix,
  prefixAddress,
  prefixCovers,
  RouteScope,
  RouteSourceKind,
} from '../../../bgp/index.ts';
import {
  type DaemonConfig,
  type Dialect,
  FilterEnvironment,
  formatDiagnostic,
  parseConfig,
  Source,
} from '../../../config/index.ts';
import type { CalicoView } from '../../../src/control/calico-views.ts';
import { ConfigLanguage } from '../../../src/control/config-language.ts';
import type {
  AttributeRecord,
  BfdSessionView,
  ConfigureOutcome,
  ConfigureRequest,
  ConfigureStatus,
  ControlHost,
  DumpKind,
  EchoMessage,
  FilterLanguage,
  InterfaceView,
  MemoryView,
  OperationOutcome,
  ProtocolOperation,
  ProtocolView,
  RouteHopView,
  RouteQuery,
  RouteView,
  RouteWalk,
  StaticRouteView,
  StatusView,
  TableView,
  WhyAnswer,
  WhyQuery,
} from '../../../src/control/host.ts';

/** Values of attributes, in the order of their codes; what is not there is not set. */
export interface Attributes {
  readonly origin?: number;
  readonly asPath?: readonly number[];
  readonly nextHop?: string;
  readonly med?: number;
  readonly localPref?: number;
  readonly communities?: readonly (readonly [number, number])[];
  readonly extended?: readonly (readonly [number, number])[];
  readonly large?: readonly (readonly [number, number, number])[];
  readonly extensions?: Readonly<Record<number, number>>;
}

export function makeRecord(attributes: Attributes): AttributeRecord {
  const editor = new AttributeEditor();
  editor.loadEmpty();
  const { origin, asPath, nextHop, med, localPref, communities, extended, large, extensions } = attributes;
  if (origin !== undefined) editor.setU32(1, origin);
  if (asPath !== undefined) editor.setAsPath(sequence(asPath));
  if (nextHop !== undefined) editor.setNextHop(parseIp(nextHop)!);
  if (med !== undefined) editor.setU32(4, med);
  if (localPref !== undefined) editor.setU32(5, localPref);
  if (communities !== undefined) {
    editor.setWords(
      8,
      Uint32Array.from(communities, ([high, low]) => ((high << 16) | low) >>> 0),
    );
  }
  if (extended !== undefined) editor.setWords(16, Uint32Array.from(extended.flat()));
  if (large !== undefined) editor.setWords(32, Uint32Array.from(large.flat()));
  for (const [id, value] of Object.entries(extensions ?? {})) editor.setExtensionU32(Number(id), value);
  return snapshot(editor);
}

/** One AS_SEQUENCE, or nothing. */
export function sequence(numbers: readonly number[]): Uint8Array {
  if (numbers.length === 0) return new Uint8Array(0);
  const bytes = Buffer.alloc(2 + 4 * numbers.length);
  bytes[0] = 2;
  bytes[1] = numbers.length;
  for (const [i, as] of numbers.entries()) bytes.writeUInt32BE(as, 2 + 4 * i);
  return bytes;
}

function snapshot(editor: AttributeEditor): AttributeRecord {
  editor.encodeRecord();
  const bytes = editor.bytes.slice(editor.start, editor.end);
  return { bytes, start: 0, wireEnd: editor.wireEnd - editor.start, end: bytes.length };
}

export type FakeRoute = Partial<RouteView> & Pick<RouteView, 'prefix' | 'protocol' | 'kind' | 'preference'>;

export function makeRoute(route: FakeRoute): RouteView {
  return {
    destination: 'unicast',
    nextHops: [],
    primary: true,
    syncFailed: false,
    changedAt: 0,
    from: undefined,
    scope: RouteScope.Universe,
    bgp: route.kind === RouteSourceKind.Bgp ? { suppressed: false, stale: false, metric: undefined } : undefined,
    igpMetric: undefined,
    record: undefined,
    pathId: 0,
    filtered: false,
    lostAt: undefined,
    ...route,
  };
}

export function hop(gateway: string | undefined, interfaceName: string, weight = 1, onlink = false): RouteHopView {
  return { gateway: gateway === undefined ? undefined : parseIp(gateway)!, interfaceName, weight, onlink };
}

/** What a channel's export rules make of a table. */
export interface FakeExport {
  readonly preexport: readonly RouteView[];
  readonly export: readonly RouteView[];
  readonly noexport: readonly RouteView[];
  readonly exported: readonly RouteView[];
  /** Routes of the table that were looked at. */
  readonly examined: number;
}

export class FakeHost implements ControlHost {
  readonly config: DaemonConfig;
  readonly language: FilterLanguage;
  time = 0;
  statusView: StatusView = {
    routerId: 0x0a000001,
    hostname: 'node-a',
    startedAt: 0,
    configuredAt: 0,
    state: 'up',
    recovery: undefined,
  };
  protocolViews: ProtocolView[] = [];
  tableViews: TableView[] = [];
  interfaceViews: InterfaceView[] = [];
  statics = new Map<string, StaticRouteView[]>();
  bfd = new Map<string, BfdSessionView[]>();
  clusters: CalicoView[] = [];
  memoryView: MemoryView = {
    routingTables: { effective: 0, overhead: 0 },
    routeAttributes: { effective: 0, overhead: 0 },
    protocols: { effective: 0, overhead: 0 },
    configuration: { effective: 0, overhead: 0 },
    standby: { effective: 0, overhead: 0 },
    total: { effective: 0, overhead: 0 },
  };
  /** By table; `import P.C` and `export P.C` for the tables of channels. */
  readonly routesOf = new Map<string, Iterable<RouteView>>();
  /** By `protocol.channel`. */
  readonly exportsOf = new Map<string, FakeExport>();
  /** Of `why`, by `protocol.channel`. */
  readonly answers = new Map<string, WhyAnswer[]>();
  /** Answers of `configure`, the next one first; `reconfigured` when there is none. */
  readonly configureOutcomes: ConfigureOutcome[] = [];
  readonly configureRequests: ConfigureRequest[] = [];
  configureState: ConfigureStatus = { state: 'running', undoInMs: undefined };
  /** What was asked of the daemon, in order. */
  readonly calls: string[] = [];
  readonly outcomes = new Map<string, OperationOutcome>();
  readonly logged: EchoMessage[] = [];
  readonly #listeners = new Set<(message: EchoMessage) => void>();
  /** Walks that were begun and have not ended. */
  openWalks = 0;

  constructor(configText: string, dialect: Dialect = 'bird2') {
    const filters = new FilterEnvironment();
    const loaded = parseConfig(
      new Source('/etc/peregrine.conf', configText),
      { readFile: () => ({ error: 'none' }), glob: () => ({ value: [] }) },
      { filters, dialect },
    );
    if ('diagnostics' in loaded) throw new Error(loaded.diagnostics.map(formatDiagnostic).join('\n'));
    this.config = loaded.config;
    const report = (line: string): void => this.log('info', line);
    this.language = new ConfigLanguage({ scope: loaded.scope, filters, report });
  }

  now(): number {
    return this.time;
  }
  status(): StatusView {
    return this.statusView;
  }
  protocols(): Iterable<ProtocolView> {
    return this.protocolViews;
  }
  protocol(name: string): ProtocolView | undefined {
    return this.protocolViews.find((view) => view.name === name);
  }
  tables(): readonly TableView[] {
    return this.tableViews;
  }
  interfaces(): Iterable<InterfaceView> {
    return this.interfaceViews;
  }
  staticRoutes(protocol: string): Iterable<StaticRouteView> | undefined {
    return this.statics.get(protocol);
  }
  memory(): MemoryView {
    return this.memoryView;
  }
  calico(): readonly CalicoView[] {
    return this.clusters;
  }

  bfdSessions(protocol: string): Iterable<BfdSessionView> | undefined {
    return this.bfd.get(protocol);
  }

  // ------------------------------------------------------------------------------------------------------ routes

  *routes(query: RouteQuery): RouteWalk {
    this.openWalks++;
    try {
      return yield* this.#walk(query);
    } finally {
      this.openWalks--;
    }
  }

  *why({ protocol, channel }: WhyQuery): Generator<WhyAnswer, void, void> {
    yield* this.answers.get(`${protocol}.${channel}`) ?? [];
  }

  *#walk(query: RouteQuery): RouteWalk {
    let shown = 0;
    let examined = 0;
    const networks = new Set<string>();
    const longest = query.match?.kind === 'longest' ? this.#longest(query) : undefined;
    for (const route of this.#source(query)) {
      if (route.filtered !== query.filteredOnly) continue;
      if (!matches(query, route, longest)) continue;
      if (query.primaryOnly && networks.has(route.prefix)) continue;
      examined++;
      networks.add(route.prefix);
      if (query.protocol !== undefined && route.protocol !== query.protocol) {
        yield undefined;
        continue;
      }
      const view = query.policy === undefined ? route : this.#filter(query, route);
      if (view === undefined) {
        yield undefined;
        continue;
      }
      shown++;
      if (!query.countOnly) yield view;
    }
    const rules = this.#rules(query);
    return { shown, examined: rules?.examined ?? examined, networks: rules?.examined ?? networks.size };
  }

  #rules(query: RouteQuery): FakeExport | undefined {
    const asked = query.exportChannel;
    return asked === undefined ? undefined : this.exportsOf.get(`${asked.protocol}.${asked.channel}`);
  }

  #source(query: RouteQuery): Iterable<RouteView> {
    const { channel } = query;
    if (channel !== undefined) {
      const kind = query.from === 'import-table' ? 'import' : 'export';
      return this.routesOf.get(`${kind} ${channel.protocol}.${channel.channel}`) ?? [];
    }
    if (query.exportChannel !== undefined) return this.#rules(query)?.[query.exportChannel.mode] ?? [];
    return this.routesOf.get(query.table) ?? [];
  }

  #longest(query: RouteQuery): string | undefined {
    const wanted = query.match!.prefix;
    let best: Prefix | undefined;
    let found: string | undefined;
    for (const route of this.#source(query)) {
      const prefix = parsePrefix(route.prefix);
      if (prefix === undefined || prefix.length > wanted.length || !prefixCovers(prefix, wanted.bytes)) continue;
      if (best !== undefined && best.length >= prefix.length) continue;
      best = prefix;
      found = route.prefix;
    }
    return found;
  }

  #filter(query: RouteQuery, route: RouteView): RouteView | undefined {
    const editor = new AttributeEditor();
    const { record } = route;
    if (record === undefined) editor.loadEmpty();
    else editor.load(record.bytes, record.start, record.wireEnd, record.end);
    const prefix = parsePrefix(route.prefix);
    const word = (i: number): number =>
      prefix === undefined || 4 * i >= prefix.bytes.length
        ? 0
        : Buffer.from(prefix.bytes.buffer, prefix.bytes.byteOffset).readUInt32BE(4 * i);
    const nextHop: NextHop =
      route.destination === 'unicast' ? { kind: 'hops', hops: route.nextHops } : { kind: route.destination };
    const subject: PolicyRoute = {
      version: prefix?.version ?? 4,
      word0: word(0),
      word1: word(1),
      word2: word(2),
      word3: word(3),
      length: prefix?.length ?? 0,
      source: route.kind,
      protocol: route.protocol,
      attributes: editor,
      from: route.from ?? '',
      preference: route.preference,
      scope: route.scope,
      nextHop,
      error: '',
      print: (line) => this.log('info', line),
    };
    if (query.policy!.evaluate(subject) !== PolicyVerdict.Accept) return undefined;
    return { ...route, record: editor.changed ? snapshot(editor) : record };
  }

  // -------------------------------------------------------------------------------------------------- operations

  configure(request: ConfigureRequest): Promise<ConfigureOutcome> {
    this.configureRequests.push(request);
    return new Promise((resolve) => {
      setImmediate(() => resolve(this.configureOutcomes.shift() ?? { result: 'reconfigured' }));
    });
  }
  configureStatus(): ConfigureStatus {
    return this.configureState;
  }
  operate(protocol: string, operation: ProtocolOperation, message: string): OperationOutcome | undefined {
    this.calls.push(`${operation} ${protocol}${message === '' ? '' : ` "${message}"`}`);
    return this.outcomes.get(protocol) ?? 'done';
  }
  setDebug(protocol: string, channel: string | undefined, mask: number): boolean {
    this.calls.push(`debug ${protocol}${channel === undefined ? '' : `.${channel}`} ${mask}`);
    return true;
  }
  setMrtdump(protocol: string, mask: number): boolean {
    this.calls.push(`mrtdump ${protocol} ${mask}`);
    return true;
  }
  *dump(kind: DumpKind): Iterable<string> {
    yield `first line of ${kind}`;
    yield `second line of ${kind}`;
  }
  subscribeLog(listener: (message: EchoMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
  get listenerCount(): number {
    return this.#listeners.size;
  }
  log(logClass: EchoMessage['class'], text: string): void {
    this.logged.push({ class: logClass, text });
    for (const listener of this.#listeners) listener({ class: logClass, text });
  }
  shutdown(): void {
    this.calls.push('shutdown');
  }
  gracefulRestart(): void {
    this.calls.push('graceful restart');
  }
}

function matches(query: RouteQuery, route: RouteView, longest: string | undefined): boolean {
  const { match } = query;
  if (match === undefined) return true;
  if (match.kind === 'longest') return route.prefix === longest;
  const prefix = parsePrefix(route.prefix);
  if (prefix === undefined || prefix.version !== match.prefix.version) return false;
  const same = prefixAddress(prefix) === prefixAddress(match.prefix) && prefix.length === match.prefix.length;
  if (match.kind === 'exact') return same;
  return prefix.length >= match.prefix.length && prefixCovers(match.prefix, prefix.bytes);
}
