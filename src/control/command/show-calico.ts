/** `show calico ...`: the cluster that this node belongs to. */
import type { CalicoView } from '../calico-views.ts';
import { Code, left } from '../format/lines.ts';
import * as json from '../json/views.ts';
import type { Reply } from '../reply.ts';
import { type Command, type CommandContext, Refusal, type Run } from './command.ts';
import type { Grammar } from './grammar.ts';

const LISTS = ['nodes', 'pools', 'blocks', 'peers'] as const;
type List = (typeof LISTS)[number];

/** `[nodes | pools | blocks | peers | config [ipv4 | ipv6]]` */
export function readShowCalico(grammar: Grammar): Command {
  const which = LISTS.find((word) => grammar.accept(word));
  if (which !== undefined) {
    grammar.end();
    return command(
      (view, reply) => showList(view, which, reply),
      (view) => (which === 'peers' ? { peers: view.peers, absent: view.absent } : { [which]: view[which] }),
    );
  }
  if (grammar.accept('config')) {
    const family = (['ipv4', 'ipv6'] as const).find((word) => grammar.accept(word));
    grammar.end(...(family === undefined ? ['IPV4', 'IPV6'] : []));
    const families = family === undefined ? (['ipv4', 'ipv6'] as const) : [family];
    return command(
      function* (view, reply) {
        for (const one of families) {
          for (const line of (view.config(one) ?? '# Nothing runs yet.').split('\n')) {
            reply.line(Code.Calico, line);
            yield;
          }
        }
      },
      (view) => Object.fromEntries(families.map((one) => [one, view.config(one) ?? ''])),
    );
  }
  grammar.end('NODES', 'POOLS', 'BLOCKS', 'PEERS', 'CONFIG');
  return command(summary, ({ config: _, nodes: __, pools: ___, blocks: ____, ...rest }) => rest);
}

function command(
  show: (view: CalicoView, reply: Reply) => Generator<undefined, void, void>,
  asJson: (view: CalicoView) => object,
): Command {
  const views = (context: CommandContext): readonly CalicoView[] => {
    const all = context.host.calico();
    if (all.length === 0) throw new Refusal(Code.ParseError, 'There is no Calico protocol running');
    return all;
  };
  return {
    harmless: true,
    *run(context, reply): Run {
      for (const view of views(context)) yield* show(view, reply);
      reply.end(Code.Ok);
    },
    *json(context, reply): Run {
      for (const view of views(context)) {
        json.element(reply, { protocol: view.protocol, ...asJson(view) });
        yield;
      }
      reply.end(Code.Ok);
    },
  };
}

function* summary(view: CalicoView, reply: Reply): Generator<undefined, void, void> {
  const say = (text: string): void => reply.line(Code.Calico, text);
  const state = view.state === 'away' ? `away (${view.reason})` : view.state;
  say(`${view.protocol}: node ${view.node}`);
  say(`  Datastore:    ${view.datastore}, ${state}`);
  if (view.trouble !== '') say(`  Not followed: ${view.trouble}`);
  if (view.self !== undefined) {
    const { addresses, asNumber, routerId, clusterId } = view.self;
    say(`  Addresses:    ${addresses.join(', ') || 'none'}`);
    say(`  AS:           ${asNumber}`);
    say(`  Router ID:    ${routerId}`);
    if (clusterId !== '') say(`  Reflector:    cluster ${clusterId}`);
  }
  yield;
  for (const { kind, count, refused } of view.resources) {
    if (count + refused === 0) continue;
    say(`  ${left(`${kind}:`, 18)}${count}${refused === 0 ? '' : `, ${refused} refused`}`);
  }
  say(`  ${left('Sessions:', 18)}${view.peers.length}`);
  const { asked, on } = view.reports;
  if (asked > 0) say(`  ${left('Reports:', 18)}${asked}${on ? '' : ', not written: report status is off'}`);
  yield;
}

function* showList(view: CalicoView, which: List, reply: Reply): Generator<undefined, void, void> {
  for (const row of rowsOf(view, which)) {
    reply.line(Code.Calico, row.trimEnd());
    yield;
  }
}

function* rowsOf(view: CalicoView, which: List): Generator<string, void, void> {
  switch (which) {
    case 'nodes':
      yield columns(['Node', 'IPv4', 'IPv6', 'AS', 'Reflector'], [20, 18, 26, 10]);
      for (const { name, ipv4, ipv6, asNumber, clusterId } of view.nodes) {
        yield columns([name, ipv4 ?? '---', ipv6 ?? '---', String(asNumber ?? '---'), clusterId], [20, 18, 26, 10]);
      }
      return;
    case 'pools':
      yield columns(['Pool', 'CIDR', 'Packets', 'Export', ''], [20, 26, 18, 8]);
      for (const { name, cidr, encapsulation, mode, exported, disabled } of view.pools) {
        const packets = encapsulation === 'none' ? 'plain' : `${encapsulation} ${mode}`;
        yield columns([name, cidr, packets, exported ? 'yes' : 'no', disabled ? 'disabled' : ''], [20, 26, 18, 8]);
      }
      return;
    case 'blocks':
      yield columns(['Block', 'Node', 'State'], [26, 24]);
      for (const { cidr, node, state } of view.blocks) yield columns([cidr, node, state], [26, 24]);
      return;
    case 'peers':
      yield columns(['Session', 'AS', 'State', 'Made by'], [34, 12, 14]);
      for (const { name, asNumber, state, origin, node } of view.peers) {
        const other = node === undefined || origin === `Node/${node}` ? '' : ` (Node/${node})`;
        yield columns([name, String(asNumber), state, `${origin}${other}`], [34, 12, 14]);
      }
      for (const { subject, family, reason } of view.absent) {
        yield `not ${subject}${family === undefined ? '' : ` (${family})`}: ${reason}`;
      }
  }
}

function columns(texts: readonly string[], widths: readonly number[]): string {
  return texts.map((text, i) => (widths[i] === undefined ? text : `${left(text, widths[i])} `)).join('');
}
