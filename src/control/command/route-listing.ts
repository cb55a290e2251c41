/**
 * `show route` at work: walks the chosen tables one after another and shows what the walks yield, as text or as JSON.
 * Nothing is collected: a table of a million routes needs no more memory than one of ten.
 */
import type { Policy } from '../../../bgp/index.ts';
import type { RouteLayout } from '../format/layout.ts';
import { Code } from '../format/lines.ts';
import { formatPlainCounts, formatRouteCounts, formatTableHeading, formatTotalCounts } from '../format/route.ts';
import type { ChannelView, RouteCounts, RouteQuery, RouteView } from '../host.ts';
import * as json from '../json/views.ts';
import type { Reply } from '../reply.ts';
import { type CommandContext, type Run, timeFormat } from './command.ts';

export interface TableChoice {
  readonly table: string;
  /** Name in the heading; `import` and `export` for the tables of a channel. */
  readonly heading: string;
  readonly from: RouteQuery['from'];
  readonly channel: RouteQuery['channel'];
  readonly exportChannel: RouteQuery['exportChannel'];
  /** The operator asked for it: its heading is shown even where it has no rows, unless it is about an export. */
  readonly named: boolean;
}

export interface RouteListing {
  readonly tables: readonly TableChoice[];
  readonly match: RouteQuery['match'];
  readonly primaryOnly: boolean;
  readonly filteredOnly: boolean;
  readonly protocol: string | undefined;
  readonly policy: Policy | undefined;
  readonly verbose: boolean;
  readonly show: 'routes' | 'stats' | 'count';
}

function queryOf(listing: RouteListing, choice: TableChoice): RouteQuery {
  return {
    from: choice.from,
    table: choice.table,
    match: listing.match,
    primaryOnly: listing.primaryOnly,
    filteredOnly: listing.filteredOnly,
    protocol: listing.protocol,
    exportChannel: choice.exportChannel,
    channel: choice.channel,
    policy: listing.policy,
    countOnly: listing.show === 'count',
  };
}

/** A single network was asked for: there are no counts, and finding nothing is an error. */
function isLookup(listing: RouteListing): boolean {
  return listing.match?.kind === 'exact' || listing.match?.kind === 'longest';
}

/** Runs a walk; gives each view to `show`, yields between them, and returns the counts. */
function* walk(
  context: CommandContext,
  query: RouteQuery,
  show: (route: RouteView) => void,
): Generator<undefined, RouteCounts, void> {
  const routes = context.host.routes(query);
  try {
    for (;;) {
      const step = routes.next();
      if (step.done === true) return step.value;
      if (step.value !== undefined) show(step.value);
      yield;
    }
  } finally {
    // Reached early when the client goes away: the walk lets go of its place in the table.
    routes.return({ shown: 0, examined: 0, networks: 0 });
  }
}

export function* showRoutes(context: CommandContext, reply: Reply, listing: RouteListing): Run {
  const { layout } = context;
  const routeLayout: RouteLayout = {
    timeFormat: timeFormat(context, 'route'),
    now: context.host.now(),
    verbose: listing.verbose,
    customAttributes: context.host.config.customAttributes,
  };
  const lookup = isLookup(listing);
  const total = { shown: 0, examined: 0, networks: 0 };
  let headings = 0;
  for (const choice of listing.tables) {
    let heading = false;
    let network = '';
    const showHeading = (): void => {
      if (heading || layout.oneTable || listing.show === 'count') return;
      heading = true;
      formatTableHeading(reply, choice.heading, headings++ === 0);
    };
    const exporting = choice.exportChannel === undefined || isExporting(context, choice);
    if (!exporting && !lookup) {
      if (layout.oneTable && !isUp(context, choice)) return reply.end(Code.ProtocolDown, 'Protocol is down');
      continue;
    }
    const certain = (choice.named && choice.exportChannel === undefined) || listing.show === 'stats';
    if (!lookup && certain) showHeading();
    const counts = yield* walk(context, queryOf(listing, choice), (route) => {
      showHeading();
      layout.route(reply, route, route.prefix !== network, routeLayout);
      network = route.prefix;
    });
    total.shown += counts.shown;
    total.examined += counts.examined;
    total.networks += counts.networks;
    if (lookup || listing.show === 'routes' || layout.oneTable) continue;
    reply.line(Code.Route, formatRouteCounts(counts, choice.heading));
  }
  if (lookup) {
    if (total.examined === 0) reply.end(Code.NetworkNotFound, layout.networkNotFound);
    else reply.end(Code.Ok);
  } else if (listing.show !== 'routes' && layout.oneTable) {
    reply.end(Code.RouteCount, formatPlainCounts(total));
  } else if (listing.show !== 'routes' && listing.tables.length > 1) {
    if (listing.show === 'stats') reply.line(Code.Route, '');
    reply.end(Code.RouteCount, formatTotalCounts(total, listing.tables.length));
  } else {
    reply.end(Code.Ok);
  }
}

function exportChannelOf(context: CommandContext, choice: TableChoice): ChannelView | undefined {
  const { protocol, channel } = choice.exportChannel!;
  return context.host.protocol(protocol)?.channels.find((candidate) => candidate.name === channel);
}

/** The outgoing half of the channel runs; otherwise its table is passed over without a word. */
function isExporting(context: CommandContext, choice: TableChoice): boolean {
  return exportChannelOf(context, choice)?.exporting === true;
}

/** The protocol is up and keeps nothing back: one that exports nothing now never does. */
function isUp(context: CommandContext, choice: TableChoice): boolean {
  const up = context.host.protocol(choice.exportChannel!.protocol)?.state === 'up';
  return up && exportChannelOf(context, choice)?.recovery?.waiting !== true;
}

export function* jsonRoutes(context: CommandContext, reply: Reply, listing: RouteListing): Run {
  const custom = context.host.config.customAttributes;
  let examined = 0;
  for (const choice of listing.tables) {
    if (choice.exportChannel !== undefined && !isExporting(context, choice)) continue;
    const counts = yield* walk(context, queryOf(listing, choice), (route) =>
      json.element(reply, json.route(choice.heading, route, listing.verbose, custom)),
    );
    examined += counts.examined;
    if (listing.show !== 'routes') json.element(reply, { table: choice.heading, counts });
  }
  if (isLookup(listing) && examined === 0) reply.end(Code.NetworkNotFound, context.layout.networkNotFound);
  else reply.end(Code.Ok);
}
