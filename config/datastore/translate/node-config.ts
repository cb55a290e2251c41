/**
 * The plan of a node as protocols that the daemon runs. The text of print.ts is compiled without its many sessions: one
 * session stands for all that differ only in whom they talk to, and the others are made from it. So a node that joins
 * costs nothing but an object, and keeps the filters of all others the very same.
 */
import { type FamilyName, formatPrefix, isLinkLocal } from '../../../bgp/index.ts';
import { FilterEnvironment } from '../../filter/environment.ts';
import { parseConfig } from '../../load.ts';
import type { BgpConfig, ChannelConfig, ConfigPlace, ProtocolConfig } from '../../model.ts';
import { Source } from '../../syntax/source.ts';
import type { FamilyPlan, NodePlan, PlanNote, Session } from './plan.ts';
import { printHead, printSession, printTemplate } from './print.ts';

export interface MadeFamily {
  /** In the order in which they are printed. */
  readonly protocols: readonly ProtocolConfig[];
  /** Sessions that cannot be: the rules of a configuration are against them. */
  readonly refused: readonly PlanNote[];
}

/** Names of protocols that are not sessions, and of tables, in a daemon with both families. */
export interface NodeNames {
  readonly table: (version: 4 | 6) => string;
  readonly protocol: (kind: 'kernel' | 'direct' | 'static' | 'device', version: 4 | 6) => string;
}

interface Compiled {
  readonly text: string;
  readonly protocols: readonly ProtocolConfig[];
  /** By the text of what they stand for; the reason where a session like that cannot be. */
  readonly prototypes: ReadonlyMap<string, BgpConfig | string>;
}

const NO_FILES = {
  readFile: () => ({ error: 'there are no files' }),
  glob: () => ({ error: 'there are no files' }),
} as const;

export class NodeConfigMaker {
  readonly #filters: FilterEnvironment;
  readonly #compiled = new Map<4 | 6, Compiled>();

  /** Filters that are compiled share attributes with those of the rest of the configuration. */
  constructor(filters = new FilterEnvironment()) {
    this.#filters = filters;
  }

  /** Throws only where the cluster as a whole has no meaning. */
  make(plan: NodePlan, version: 4 | 6, names: NodeNames): MadeFamily {
    const family = plan.families[version === 4 ? 0 : 1];
    const shaped = family.sessions.map((session) => ({ session, shape: shapeOf(plan, family, session) }));
    const { protocols, prototypes } = this.#compile(plan, family, [...new Set(shaped.map(({ shape }) => shape))]);
    const table = names.table(version);
    const others = protocols.flatMap((protocol) => placed(protocol, table, version, names));
    const sessions: BgpConfig[] = [];
    const refused: PlanNote[] = [];
    for (const { session, shape } of shaped) {
      const prototype = prototypes.get(shape)!;
      if (isLinkLocal(session.address)) {
        refused.push({ subject: session.origin, version, reason: `${session.address} is good on one link alone` });
      } else if (typeof prototype === 'string') refused.push({ subject: session.origin, version, reason: prototype });
      else sessions.push(sessionConfig(prototype, session, table));
    }
    return { protocols: [...others, ...sessions], refused };
  }

  #compile(plan: NodePlan, family: FamilyPlan, shapes: readonly string[]): Compiled {
    const head = `${printHead(plan, family)}\n${family.address === undefined ? '' : printTemplate(plan, family)}`;
    const text = [head, ...shapes].join('\n');
    const before = this.#compiled.get(family.version);
    if (before?.text === text) return before;
    const all = this.#parse(plan, family, head, shapes);
    const prototypes = new Map<string, BgpConfig | string>();
    let protocols: readonly ProtocolConfig[];
    if (typeof all !== 'string') {
      protocols = all;
      for (const [i, shape] of shapes.entries()) prototypes.set(shape, prototypeIn(all, i));
    } else {
      // One of them is at fault: it must not stop the others.
      const alone = this.#parse(plan, family, head, []);
      if (typeof alone === 'string') throw new Error(alone);
      protocols = alone;
      for (const shape of shapes) {
        const one = this.#parse(plan, family, head, [shape]);
        prototypes.set(shape, typeof one === 'string' ? one : prototypeIn(one, 0));
      }
    }
    const compiled = { text, protocols: protocols.filter((protocol) => protocol.kind !== 'bgp'), prototypes };
    this.#compiled.set(family.version, compiled);
    return compiled;
  }

  /** The protocols of a text, or its first mistake. */
  #parse(
    plan: NodePlan,
    family: FamilyPlan,
    head: string,
    shapes: readonly string[],
  ): readonly ProtocolConfig[] | string {
    const named = shapes.map((shape, i) => shape.replace('PROTOTYPE', `prototype_${i}`));
    const name: FamilyName = family.version === 4 ? 'ipv4' : 'ipv6';
    const loaded = parseConfig(new Source(`datastore of ${plan.node}`, [head, ...named].join('\n')), NO_FILES, {
      dialect: 'bird1',
      family: name,
      filters: this.#filters,
    });
    return 'diagnostics' in loaded ? loaded.diagnostics[0]!.message : loaded.config.protocols;
  }
}

function prototypeIn(protocols: readonly ProtocolConfig[], index: number): BgpConfig {
  return protocols.find((protocol) => protocol.name === `prototype_${index}`) as BgpConfig;
}

/** Addresses for documentation: no session of a prototype is ever opened. */
const NOBODY = { 4: '192.0.2.1', 6: '2001:db8::1' } as const;

/** The text of a session without what makes it this very one. */
function shapeOf(plan: NodePlan, family: FamilyPlan, session: Session): string {
  const peerAs = session.internal ? (session.localAs ?? plan.asNumber) : session.peerAs;
  const nobody = NOBODY[family.version] as Session['address'];
  return printSession(family, {
    ...session,
    name: 'PROTOTYPE',
    origin: '',
    address: nobody,
    port: undefined,
    peerAs,
    passive: false,
    password: undefined,
  });
}

function sessionConfig(prototype: BgpConfig, session: Session, table: string): BgpConfig {
  const place: ConfigPlace = { file: `datastore: ${session.origin}`, line: 0, column: 0 };
  return {
    ...prototype,
    name: session.name,
    neighborAddress: session.address,
    neighborPort: session.port ?? 179,
    neighborAs: session.peerAs,
    passive: session.passive,
    password: session.password,
    place,
    channels: prototype.channels.map((channel) => ({ ...channel, table, place })),
  };
}

/** A protocol under the name and with the table that it has in this daemon. */
function placed(protocol: ProtocolConfig, table: string, version: 4 | 6, names: NodeNames): readonly ProtocolConfig[] {
  const place: ConfigPlace = { file: 'datastore', line: 0, column: 0 };
  const into = <C extends ChannelConfig>(channel: C): C => ({ ...channel, table, place });
  switch (protocol.kind) {
    case 'kernel':
      return [{ ...protocol, name: names.protocol('kernel', version), channel: into(protocol.channel), place }];
    case 'static': {
      const routes = protocol.routes.map((route) => ({
        ...route,
        place: { ...place, file: `datastore: route ${formatPrefix(route.prefix)}` },
      }));
      return [{ ...protocol, name: names.protocol('static', version), channel: into(protocol.channel), routes, place }];
    }
    case 'direct':
      return [{ ...protocol, name: names.protocol('direct', version), channels: protocol.channels.map(into), place }];
    case 'device':
      return [{ ...protocol, name: names.protocol('device', version), place }];
    default:
      return [];
  }
}
