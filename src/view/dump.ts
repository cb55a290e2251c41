/** `dump KIND`: lines about the inside of the daemon, for somebody who looks for a fault. */
import type { DumpKind } from '../control/host.ts';
import type { Daemon } from '../daemon.ts';

export function* dumpLines(daemon: Daemon, kind: DumpKind): Iterable<string> {
  switch (kind) {
    case 'interfaces':
      for (const link of daemon.interfaces.list()) {
        yield `${link.name} index ${link.index} ${link.up ? 'up' : 'down'} ${link.linkUp ? 'link' : 'no link'} mtu ${link.mtu}`;
        for (const entry of link.addresses) yield `  ${entry.address}/${entry.length} scope ${entry.scope}`;
      }
      return;
    case 'routes':
      for (const { table } of daemon.tables()) {
        yield `table ${table.name}`;
        for (let row = 1; row <= table.prefixes.highWater; row++) {
          if (!table.prefixes.isInUse(row)) continue;
          const prefix = row as Parameters<typeof table.first>[0];
          for (let route = table.first(prefix); route !== 0; route = table.next(route)) {
            yield `  ${table.prefixes.format(prefix)} route ${route} source ${table.sourceOf(route).channel} attributes ${table.attributeOf(route)}${table.best(prefix) === route ? ' *' : ''}`;
          }
        }
      }
      return;
    case 'attributes':
      yield `${daemon.attributes.count} attribute sets, ${daemon.attributes.bytesUsed} octets in records, ${daemon.attributes.bytes} held`;
      yield `${daemon.nextHops.count} next hops`;
      return;
    case 'neighbors':
    case 'sockets':
      yield `${daemon.transport.unexpectedCount} connections from unknown addresses were closed`;
      for (const protocol of daemon.protocols)
        if (protocol.label === 'BGP') yield `${protocol.name} ${protocol.state} ${protocol.info}`;
      return;
    case 'protocols':
      for (const protocol of daemon.protocols) {
        yield `${protocol.name} ${protocol.label} ${protocol.state}`;
        for (const channel of protocol.channels)
          yield `  ${channel.name} ${channel.state} table ${channel.runner.table.name}`;
      }
      return;
    case 'events':
      yield `last task: ${daemon.scheduler.currentTask}; ${daemon.scheduler.idle ? 'nothing' : 'work'} is waiting`;
      yield `longest turn of the event loop: ${daemon.watchdog.worstMs.toFixed(1)} ms`;
      return;
    case 'resources': {
      const memory = process.memoryUsage();
      for (const [name, octets] of Object.entries(memory)) yield `${name}: ${octets}`;
      for (const [name, count] of Object.entries(countOf(process.getActiveResourcesInfo()))) yield `${name}: ${count}`;
      return;
    }
    case 'filter all':
      for (const symbol of daemon.config.symbols)
        if (symbol.kind === 'filter' || symbol.kind === 'function') yield `${symbol.kind} ${symbol.name}`;
      return;
  }
}

function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
