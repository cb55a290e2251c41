/** `show route PREFIX why PROTOCOL[.CHANNEL]` (beyond BIRD): each route of the network with what became of it. */
import type { Prefix } from '../../../bgp/index.ts';
import type { RouteLayout } from '../format/layout.ts';
import { Code, left } from '../format/lines.ts';
import { formatTableHeading } from '../format/route.ts';
import { formatFinding } from '../format/why.ts';
import type { WhyAnswer, WhyQuery } from '../host.ts';
import * as json from '../json/views.ts';
import type { Reply } from '../reply.ts';
import { type Command, type CommandContext, type Run, timeFormat } from './command.ts';

export interface WhyQuestion {
  readonly match: { readonly kind: 'exact' | 'longest'; readonly prefix: Prefix };
  readonly protocol: string;
  /** Channels of the protocol, each with its table. */
  readonly channels: readonly { readonly name: string; readonly table: string }[];
  readonly verbose: boolean;
}

export function whyCommand(question: WhyQuestion): Command {
  return {
    harmless: true,
    run: (context, reply) => showWhy(context, reply, question),
    json: (context, reply) => jsonWhy(context, reply, question),
  };
}

/** Gives each answer to `tell`, yields between them; false: there was none. */
function* ask(
  context: CommandContext,
  query: WhyQuery,
  tell: (answer: WhyAnswer) => void,
): Generator<undefined, boolean, void> {
  let any = false;
  // Leaving early ends the generator, which gives back what it holds.
  for (const answer of context.host.why(query)) {
    any = true;
    tell(answer);
    yield;
  }
  return any;
}

function queryOf({ match, protocol }: WhyQuestion, channel: string): WhyQuery {
  return { match, protocol, channel };
}

function* showWhy(context: CommandContext, reply: Reply, question: WhyQuestion): Run {
  const { layout, host } = context;
  const routeLayout: RouteLayout = {
    timeFormat: timeFormat(context, 'route'),
    now: host.now(),
    verbose: question.verbose,
    customAttributes: host.config.customAttributes,
  };
  let headings = 0;
  for (const { name, table } of question.channels) {
    // Where there is one table there is one channel, without a name.
    const fullName = layout.oneTable ? question.protocol : `${question.protocol}.${name}`;
    let first = true;
    yield* ask(context, queryOf(question, name), ({ prefix, route, findings }) => {
      if (first && !layout.oneTable) formatTableHeading(reply, table, headings === 0);
      headings++;
      if (route !== undefined) layout.route(reply, route, first, routeLayout);
      else if (first) reply.line(Code.Route, `${left(prefix, 20)} not in table ${table}`);
      first = false;
      for (const finding of findings) formatFinding(reply, fullName, finding);
    });
  }
  if (headings === 0) reply.end(Code.NetworkNotFound, layout.networkNotFound);
  else reply.end(Code.Ok);
}

function* jsonWhy(context: CommandContext, reply: Reply, question: WhyQuestion): Run {
  const custom = context.host.config.customAttributes;
  let any = false;
  for (const { name: channel, table } of question.channels) {
    const found = yield* ask(context, queryOf(question, channel), ({ prefix, route, findings }) => {
      const shown = route === undefined ? undefined : json.route(table, route, question.verbose, custom);
      json.element(reply, { table, prefix, protocol: question.protocol, channel, route: shown, findings });
    });
    any ||= found;
  }
  if (any) reply.end(Code.Ok);
  else reply.end(Code.NetworkNotFound, context.layout.networkNotFound);
}
