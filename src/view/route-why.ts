/**
 * Why a channel was told of a network or not, and what became of what came by it: the rules and filters are asked
 * again, now, about each route of the network, and the answer is set beside what was really sent. What is in the table
 * can be explained to the line of the filter; of what is not there, only the possible causes are known.
 */
import {
  ACCEPT_ALL,
  AttributeEditor,
  explainPolicy,
  formatPrefix,
  type Policy,
  type PolicyPlace,
  type PolicyRoute,
  PolicyVerdict,
  type Prefix,
  parsePrefix,
} from '../../bgp/index.ts';
import {
  ADVERTISEMENT_REASONS,
  type AdvertisementReason,
  type AttributeId,
  ExportPolicy,
  type ExportVerdict,
  IneligibleReason,
  type PrefixId,
  type RouteId,
  type RoutingTable,
} from '../../rib/index.ts';
import type { WhyAnswer, WhyFilter, WhyFinding, WhyQuery } from '../control/why-views.ts';
import type { Channel, ExportSide } from '../protocol/channel.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { lossOf, type RouteViewHost, routeView } from './route-view.ts';
import { findNetwork } from './route-walk.ts';

export interface WhyHost extends RouteViewHost {
  readonly protocol: Protocol;
  readonly channel: Channel;
}

export function* explainNetwork(query: WhyQuery, host: WhyHost): Generator<WhyAnswer, void, void> {
  const { table } = host.channel.runner;
  const { kind, prefix: asked } = query.match;
  const prefix = findNetwork(kind, asked, table);
  if (prefix === 0 && kind === 'longest') return;
  const explainer = new Explainer(table, host);
  const text = prefix === 0 ? formatPrefix(asked) : table.prefixes.format(prefix);
  // The chain is read before anything is told: it may be another one afterwards.
  const routes: RouteId[] = [];
  if (prefix !== 0) for (let route = table.first(prefix); route !== 0; route = table.next(route)) routes.push(route);
  let heard = false;
  for (const route of routes) {
    if (table.prefixOf(route) !== prefix) continue;
    const own = host.channel.adjRibIn?.owns(route) === true;
    heard ||= own;
    yield* explainer.route(text, prefix as PrefixId, route, own);
  }
  const findings: WhyFinding[] = [];
  if (!heard) findings.push(explainer.absent(prefix === 0 ? asked : (parsePrefix(text) ?? asked)));
  if (routes.length === 0) findings.push(NO_ROUTE);
  if (findings.length > 0) yield { prefix: text, route: undefined, findings };
}

const NO_ROUTE: WhyFinding = {
  direction: 'export',
  outcome: 'refused',
  reason: 'the table has no route to it',
  filter: undefined,
};

/** A policy that remembers why it said what it said. */
class ExplainedPolicy implements Policy {
  readonly label: string;
  readonly reads: number;
  readonly writes: boolean;
  readonly #policy: Policy;
  /** Of the last run; `undefined` before it. */
  verdict: PolicyVerdict | undefined;
  #place: PolicyPlace | undefined;
  #error = '';

  constructor(policy: Policy) {
    this.label = policy.label;
    this.reads = policy.reads;
    this.writes = policy.writes;
    this.#policy = policy;
  }

  evaluate(route: PolicyRoute): PolicyVerdict {
    const { verdict, place } = explainPolicy(this.#policy, route);
    this.verdict = verdict;
    this.#place = place;
    this.#error = verdict === PolicyVerdict.Error ? route.error : '';
    return verdict;
  }

  equals(other: Policy): boolean {
    return this.#policy.equals(other);
  }

  get finding(): WhyFilter | undefined {
    if (this.verdict === undefined) return undefined;
    const verdict = VERDICT_WORDS[this.verdict];
    return { label: this.label, verdict, place: this.#place, error: this.#error };
  }
}

const VERDICT_WORDS: Readonly<Record<PolicyVerdict, WhyFilter['verdict']>> = {
  [PolicyVerdict.Accept]: 'accepts',
  [PolicyVerdict.Reject]: 'rejects',
  [PolicyVerdict.Error]: 'fails',
};

class Explainer {
  readonly #table: RoutingTable;
  readonly #host: WhyHost;
  readonly #channel: Channel;
  readonly #editor = new AttributeEditor();
  /** With `secondary`: a better route of the network goes out already. */
  #taken = false;

  constructor(table: RoutingTable, host: WhyHost) {
    this.#table = table;
    this.#host = host;
    this.#channel = host.channel;
  }

  *route(text: string, prefix: PrefixId, route: RouteId, own: boolean): Generator<WhyAnswer, void, void> {
    const { attributes } = this.#table;
    const findings = own ? [this.#import(prefix, route)] : [];
    findings.push(this.#export(prefix, route));
    const id = this.#table.attributeOf(route);
    // The view's record has to outlive changes of the table while it is being read.
    attributes.retain(id);
    try {
      const view = routeView(this.#table, route, id, this.#host, this.#editor);
      yield { prefix: text, route: view, findings };
    } finally {
      attributes.release(id);
    }
  }

  // ---------------------------------------------------------------------------------------------------- on its way out

  #export(prefix: PrefixId, route: RouteId): WhyFinding {
    const side = this.#channel.exportSide;
    if (side === undefined)
      return { direction: 'export', outcome: 'idle', reason: this.#idleReason(), filter: undefined };
    const table = this.#table;
    const loss = lossOf(table, prefix, route);
    if (table.ineligibleReason(route) !== IneligibleReason.None) return refused(loss ?? '');
    if (loss !== undefined && !side.allRoutes && !this.#goesToo(prefix, route)) {
      return refused(`not the selected route: ${loss}`);
    }
    if (this.#taken) return refused('a better route of the network is sent');
    return this.#ask(side, prefix, route);
  }

  #ask(side: ExportSide, prefix: PrefixId, route: RouteId): WhyFinding {
    const policy = new ExplainedPolicy(this.#channel.config.exportPolicy);
    const { stage, reason, attributes } = side.verdict(route, policy);
    if (attributes !== 0) this.#table.attributes.release(attributes);
    const filter = policy.finding;
    const sent = side.wasExported(prefix, route) || (stage === 'accepted' && this.#isMerged(side, prefix, route));
    if (stage === 'accepted') {
      this.#taken = !side.allRoutes && this.#sendsSecondary;
      if (sent) return { direction: 'export', outcome: 'sent', reason: this.#mergeReason(prefix, route), filter };
      return { direction: 'export', outcome: 'pending', reason: this.#pendingReason(side), filter };
    }
    // Of a channel that may send another route than the selected one it is not known which one it sent.
    const outcome = sent && !this.#sendsSecondary ? 'outdated' : 'refused';
    return { direction: 'export', outcome, reason: refusalReason(stage, reason), filter };
  }

  get #sendsSecondary(): boolean {
    const { config } = this.#host.protocol;
    if (config.kind !== 'bgp') return false;
    return config.channels.some(({ family, secondary }) => family === this.#channel.name && secondary);
  }

  /** Routes behind the selected one can go out as well: in its place, or as one more hop. */
  #goesToo(prefix: PrefixId, route: RouteId): boolean {
    return this.#sendsSecondary || this.#isEqualToBest(prefix, route);
  }

  #isEqualToBest(prefix: PrefixId, route: RouteId): boolean {
    const { config } = this.#host.protocol;
    if (config.kind !== 'kernel' || config.mergePaths < 2) return false;
    const best = this.#table.best(prefix);
    return best !== 0 && best !== route && this.#table.decision.isEqualCost(best, route);
  }

  #isMerged(side: ExportSide, prefix: PrefixId, route: RouteId): boolean {
    const best = this.#table.best(prefix);
    return this.#isEqualToBest(prefix, route) && best !== 0 && side.wasExported(prefix, best);
  }

  #mergeReason(prefix: PrefixId, route: RouteId): string {
    return this.#isEqualToBest(prefix, route) ? 'joined with the selected route' : '';
  }

  #pendingReason(side: ExportSide): string {
    const limit = this.#channel.config.exportLimit;
    if (side.limitHit && limit !== undefined) return `export limit of ${limit.count} routes (${limit.action})`;
    return side.feeding ? 'its turn has not come' : '';
  }

  // ---------------------------------------------------------------------------------------------------- on its way in

  #import(prefix: PrefixId, route: RouteId): WhyFinding {
    const table = this.#table;
    const reason = table.ineligibleReason(route);
    const filter = this.#importFilter(prefix, route);
    const loss = lossOf(table, prefix, route) ?? '';
    if (reason === IneligibleReason.None) {
      return { direction: 'import', outcome: loss === '' ? 'selected' : 'not-selected', reason: loss, filter };
    }
    if (reason === IneligibleReason.Dormant)
      return { direction: 'import', outcome: 'not-selected', reason: loss, filter };
    if (filter?.verdict !== 'accepts') return { direction: 'import', outcome: 'refused', reason: '', filter };
    return { direction: 'import', outcome: 'refused', reason: this.#refusedThough(), filter };
  }

  /** What the filter says about the route as it was received, where that is still known. */
  #importFilter(prefix: PrefixId, route: RouteId): WhyFilter | undefined {
    const table = this.#table;
    const policy = new ExplainedPolicy(this.#channel.config.importPolicy);
    const raw = table.routes.rawAttribute(route);
    const isRaw = table.ineligibleReason(route) === IneligibleReason.Filtered || !policy.writes;
    const received = raw !== 0 ? raw : isRaw ? table.attributeOf(route) : (0 as AttributeId);
    if (received === 0) return { label: policy.label, verdict: 'accepts', place: undefined, error: '' };
    new ExportPolicy(table, () => {}).run(policy, prefix, received, table.sourceOf(route));
    return policy.finding;
  }

  /** The filter would take it and yet it is out. */
  #refusedThough(): string {
    const limit = this.#channel.config.importLimit;
    if (limit !== undefined && this.#channel.adjRibIn?.importLimit.hit === true) return importLimitText(limit);
    return 'the import filter has changed and not been asked again (see `reload in`)';
  }

  /** The network is not among the routes that came by the channel. */
  absent(network: Prefix): WhyFinding {
    const channel = this.#channel;
    const { adjRibIn, config } = channel;
    if (adjRibIn === undefined) {
      return { direction: 'import', outcome: 'idle', reason: this.#idleReason(), filter: undefined };
    }
    const refusal = this.#host.protocol.refusalOf(channel, network);
    if (refusal !== undefined) return { direction: 'import', outcome: 'refused', reason: refusal, filter: undefined };
    const causes = ['it was not announced'];
    const keeps = config.importKeepFiltered || ('importTable' in config && config.importTable === true);
    if (config.importPolicy !== ACCEPT_ALL && !keeps) {
      causes.push(`import filter ${config.importPolicy.label} rejected it (see \`import keep filtered\`)`);
    }
    const { importLimit, receiveLimit } = config;
    if (importLimit !== undefined && adjRibIn.importLimit.hit && !keeps) causes.push(importLimitText(importLimit));
    if (receiveLimit !== undefined && adjRibIn.receiveLimit.hit) {
      causes.push(`receive limit of ${receiveLimit.count} routes (${receiveLimit.action})`);
    }
    return { direction: 'import', outcome: 'absent', reason: causes.join(', or '), filter: undefined };
  }

  #idleReason(): string {
    const { protocol, channel } = this.#host;
    if (protocol.state !== 'up') return `the protocol is not up but ${protocol.state}`;
    return channel.state === 'UP' ? '' : `the channel is ${channel.state}`;
  }
}

function refused(reason: string): WhyFinding {
  return { direction: 'export', outcome: 'refused', reason, filter: undefined };
}

/** What the filter says is told by itself. */
function refusalReason(stage: ExportVerdict['stage'], reason: AdvertisementReason): string {
  return stage === 'filtered' ? '' : ADVERTISEMENT_REASONS[reason]!;
}

function importLimitText(limit: { readonly count: number; readonly action: string }): string {
  return `import limit of ${limit.count} routes (${limit.action})`;
}
