/**
 * A real table: the 115,521 records that 36 peers of a route collector had in July 2002 go through ours, each from a
 * session of its peer, and out to a real BIRD with ADD-PATH: every record has to be there, with the same attributes.
 * Then 89,679 real UPDATEs of 2015 are replayed on top; what BIRD has in the end is what they say.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Lab, until } from '../../src/lab/namespace.ts';
import { bgp4mp, readMrt, tableDump } from '../support/mrt.ts';
import { inNamespace } from '../support/netns.ts';
import { Bird } from '../support/peers/bird.ts';
import { whyNot } from '../support/peers/peer.ts';
import { Peregrine } from '../support/peers/peregrine.ts';
import { capabilityAs4, capabilityIpv4, capabilityRefresh, message, RawSpeaker } from '../support/raw-speaker.ts';

const DATA = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..', 'shared', 'data');
const TABLE = join(DATA, 'bview.20020722.2337.gz');
const UPDATES = join(DATA, 'updates.et-header.2015.gz');

const why = whyNot('bird', 'birdc') ?? (existsSync(TABLE) ? undefined : `${TABLE} is not here`);

describe('a real table', { skip: why ?? false }, () => {
  const lab = new Lab();
  after(() => lab.destroy());

  it('goes through ours to BIRD with every attribute, and real updates on top of it', {
    timeout: 240_000,
  }, async () => {
    const load = await lab.node('load');
    const ours = await lab.node('ours');
    const far = await lab.node('far');
    await lab.wire(load, 'eth0', ours, 'eth0');
    await lab.wire(ours, 'eth1', far, 'eth0');
    await ours.address('eth0', '193.203.0.254/24', '206.220.231.1/24');
    await ours.address('eth1', '10.0.2.2/24');
    await far.address('eth0', '10.0.2.3/24');

    const records = [...tableDump(readMrt(TABLE))];
    assert.equal(records.length, 115_521);
    const peers = new Map<string, number>();
    for (const record of records) peers.set(record.peer, record.peerAs);
    await load.address('eth0', ...[...peers.keys()].map((peer) => `${peer}/24`), '206.220.231.55/24');

    const daemon = new Peregrine(ours, config(peers));
    const bird = new Bird(
      { node: far, as: 4200000003, routerId: '10.0.2.3', neighbors: [], announce: [] },
      birdConfig(),
    );
    await Promise.all([daemon.start(), bird.start()]);
    await until('the session with BIRD is up', () => daemon.established('far'), 20_000, 200);

    const speakers = [...peers].map(
      ([peer, as]) =>
        new RawSpeaker({
          localAddress: peer,
          remoteAddress: '193.203.0.254',
          as,
          // They spoke two-octet AS numbers.
          capabilities: Buffer.concat([capabilityIpv4, capabilityRefresh]),
        }),
    );
    const updates = new RawSpeaker({
      localAddress: '206.220.231.55',
      remoteAddress: '206.220.231.1',
      as: 3856,
      capabilities: Buffer.concat([capabilityIpv4, capabilityRefresh, capabilityAs4(3856)]),
    });
    after(() => {
      for (const speaker of [...speakers, updates]) speaker.destroy();
    });
    await inNamespace(load, () => Promise.all(speakers.map((speaker) => speaker.connect())));

    const byPeer = groupBy(records);
    await Promise.all(
      speakers.map((speaker) =>
        speaker.send(
          (byPeer.get(speaker.options.localAddress) ?? []).map((record) => announce(record.prefix, record.attributes)),
        ),
      ),
    );
    const expected = new Set(records.map((record) => describeRoute(record.prefix, record.attributes, 2)));
    await until('BIRD has all records', async () => (await count(bird)) >= expected.size, 60_000, 500).catch(async () =>
      compare(await routesOf(bird), expected),
    );
    compare(await routesOf(bird), expected);
    for (const speaker of speakers)
      assert.equal(speaker.closed, false, `${speaker.options.localAddress}: ${speaker.lastNotification}`);

    // The updates of 2015, on a session of their own.
    await inNamespace(load, () => updates.connect());
    const replay = [...bgp4mp(readMrt(UPDATES))].filter((one) => one.as4 && one.message[18] === 2);
    assert.equal(replay.length, 89_679);
    await updates.send(replay.map((one) => one.message));
    const final = new Map<string, string>();
    for (const { message: octets } of replay) applyUpdate(octets, final);
    const all = new Set([...expected, ...final.values()]);
    await until(
      'BIRD has what the updates say',
      async () => (await count(bird)) === all.size && difference(await routesOf(bird), all).length === 0,
      60_000,
      1_000,
    ).catch(async () => compare(await routesOf(bird), all));
    assert.equal(updates.closed, false, updates.lastNotification);
    assert.match(await daemon.birdc('show', 'protocols', 'p_updates'), /Established/);
    assert.ok(daemon.alive);
  });
});

const config = (peers: ReadonlyMap<string, number>): string => `
log stderr { info, warning, error, fatal, bug };
router id 10.0.2.2;
protocol device { }
# Next hops of the internal session are far away: everything is reachable through a table of its own.
ipv4 table far4;
protocol static reach { ipv4 { table far4; }; route 0.0.0.0/0 via 10.0.2.3; }
template bgp collector {
  passive; direct; rs client;
  ipv4 { import all; export none; };
}
${[...peers].map(([peer, as]) => `protocol bgp p_${peer.replaceAll('.', '_')} from collector { local 193.203.0.254 as 65500; neighbor ${peer} as ${as}; }`).join('\n')}
protocol bgp p_updates {
  passive; local 206.220.231.1 as 3856; neighbor 206.220.231.55 as 3856;
  ipv4 { import all; export none; gateway recursive; igp table far4; };
}
protocol bgp far {
  local 10.0.2.2 as 65500; neighbor 10.0.2.3 as 4200000003; direct; rs client;
  connect delay time 1; connect retry time 2;
  ipv4 { import none; export all; add paths tx; };
}
`;

const birdConfig = (): string => `
log stderr { info, warning, error, fatal, bug };
router id 10.0.2.3;
protocol device { }
protocol bgp n0 {
  local 10.0.2.3 as 4200000003; neighbor 10.0.2.2 as 65500; direct;
  connect delay time 1; connect retry time 2;
  ipv4 { import all; export none; add paths rx; gateway recursive; };
}
`;

interface Entry {
  readonly peer: string;
  readonly prefix: string;
  readonly attributes: Buffer;
}

function groupBy<T extends Entry>(records: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const record of records) {
    const group = groups.get(record.peer);
    if (group === undefined) groups.set(record.peer, [record]);
    else group.push(record);
  }
  return groups;
}

function announce(prefix: string, attributes: Buffer): Buffer {
  const [address, digits] = prefix.split('/');
  const length = Number(digits);
  const octets = address!
    .split('.')
    .map(Number)
    .slice(0, (length + 7) >> 3);
  return message(
    2,
    Buffer.concat([
      Buffer.from([0, 0, attributes.length >> 8, attributes.length & 255]),
      attributes,
      Buffer.from([length, ...octets]),
    ]),
  );
}

async function count(bird: Bird): Promise<number> {
  const match = /^(\d+) of/m.exec(await bird.birdc('show', 'route', 'count'));
  return match === null ? 0 : Number(match[1]);
}

/** One line a route: prefix and all attributes in BIRD's words, so that both sides can be compared as sets. */
function describeRoute(prefix: string, attributes: Buffer, width: 2 | 4): string {
  const words = new Map<number, string>();
  for (let at = 0; at < attributes.length; ) {
    const long = (attributes[at]! & 0x10) !== 0;
    const code = attributes[at + 1]!;
    const length = long ? attributes.readUInt16BE(at + 2) : attributes[at + 2]!;
    const value = attributes.subarray(at + (long ? 4 : 3), at + (long ? 4 : 3) + length);
    at += (long ? 4 : 3) + length;
    words.set(code, word(code, value, width));
  }
  // What an external session does not carry: LOCAL_PREF (BIRD shows its default for all), ORIGINATOR_ID, CLUSTER_LIST.
  for (const internal of [5, 9, 10]) words.delete(internal);
  return `${prefix} ${[...words]
    .filter(([, text]) => text !== '')
    .sort(([a], [b]) => a - b)
    .map(([, text]) => text)
    .join(' ')}`;
}

const quad = (value: Buffer, at = 0): string => [...value.subarray(at, at + 4)].join('.');

function word(code: number, value: Buffer, width: 2 | 4): string {
  switch (code) {
    case 1:
      return `origin=${['IGP', 'EGP', 'Incomplete'][value[0]!]}`;
    case 2: {
      const segments: string[] = [];
      for (let at = 0; at < value.length; ) {
        const numbers = Array.from({ length: value[at + 1]! }, (_, i) => value.readUIntBE(at + 2 + i * width, width));
        segments.push(value[at] === 1 ? `{${[...numbers].sort((a, b) => a - b).join(' ')}}` : numbers.join(' '));
        at += 2 + width * numbers.length;
      }
      return `path=${segments.join(' ')}`;
    }
    case 3:
      return `next=${quad(value)}`;
    case 4:
      return `med=${value.readUInt32BE(0)}`;
    case 6:
      return 'atomic';
    case 7: {
      const as = value.readUIntBE(0, value.length - 4);
      // Ours discards it (RFC 7607 section 2).
      return as === 0 ? '' : `aggregator=${quad(value, value.length - 4)} AS${as}`;
    }
    case 8: {
      const list = Array.from(
        { length: value.length / 4 },
        (_, i) => `(${value.readUInt16BE(4 * i)},${value.readUInt16BE(4 * i + 2)})`,
      );
      return `community=${[...new Set(list)].sort().join(' ')}`;
    }
    case 16:
      return extended(value);
    default:
      return `attribute${code}=${value.toString('hex')}`;
  }
}

/** Extended communities that are transitive, in BIRD's words. */
function extended(value: Buffer): string {
  const list: string[] = [];
  for (let at = 0; at < value.length; at += 8) {
    const type = value[at]!;
    if ((type & 0x40) !== 0) continue;
    if (type > 2) {
      list.push(`(generic, 0x${value.readUInt32BE(at).toString(16)}, 0x${value.readUInt32BE(at + 4).toString(16)})`);
      continue;
    }
    const kind =
      value[at + 1] === 2 ? 'rt' : value[at + 1] === 3 ? 'ro' : `unknown 0x${value.readUInt16BE(at).toString(16)}`;
    const parts =
      type === 0
        ? [value.readUInt16BE(at + 2), value.readUInt32BE(at + 4)]
        : [type === 1 ? quad(value, at + 2) : value.readUInt32BE(at + 2), value.readUInt16BE(at + 6)];
    list.push(`(${kind}, ${parts.join(', ')})`);
  }
  return list.length === 0 ? '' : sorted('extended', list.join(' '));
}

/** A list attribute with its elements in a fixed order. */
function sorted(name: string, list: string): string {
  return `${name}=${[...new Set(list.match(/\([^)]*\)/g))].sort().join(' ')}`;
}

async function routesOf(bird: Bird): Promise<Set<string>> {
  const text = await bird.birdc('show', 'route', 'all');
  const routes = new Set<string>();
  let prefix = '';
  let words: string[] = [];
  const finish = (): void => {
    if (words.length > 0) routes.add(`${prefix} ${words.join(' ')}`);
    words = [];
  };
  let last = '';
  for (const line of text.split('\n')) {
    const head = /^(\d+\.\d+\.\d+\.\d+\/\d+|\s{20})\s+(?:unicast|unreachable) /.exec(line);
    if (head !== null) {
      finish();
      if (head[1]!.trim() !== '') prefix = head[1]!;
      continue;
    }
    if (/^\t\t/.test(line)) {
      words[words.length - 1] = sortList(`${words.at(-1)} ${line.trim()}`);
      continue;
    }
    const attribute = /^\tBGP\.(\w+)(?: \[\w+\])?: ?(.*)$/.exec(line);
    if (attribute === null) continue;
    const [, name, value] = attribute;
    last = birdWord(name!, value!.trim());
    if (last !== '') words.push(last);
  }
  finish();
  return routes;
}

function sortList(text: string): string {
  const [name, list] = text.split('=', 2) as [string, string];
  return name === 'community' || name === 'extended' ? sorted(name, list) : text;
}

function birdWord(name: string, value: string): string {
  switch (name) {
    case 'origin':
      return `origin=${value}`;
    case 'as_path':
      return `path=${value.replace(
        /\{([\d ]+)\}/g,
        (_, set: string) =>
          `{${set
            .split(' ')
            .sort((a, b) => Number(a) - Number(b))
            .join(' ')}}`,
      )}`;
    case 'next_hop':
      return `next=${value}`;
    case 'med':
      return `med=${value}`;
    case 'atomic_aggr':
      return 'atomic';
    case 'aggregator':
      return `aggregator=${value}`;
    case 'community':
      return sortList(`community=${value}`);
    case 'ext_community':
      return sortList(`extended=${value}`);
    case 'local_pref':
      return '';
    default:
      // An attribute that BIRD does not know is named by its code.
      return `attribute${Number.parseInt(name, 16)}=${value.replaceAll(' ', '')}`;
  }
}

/** Applies one UPDATE (four-octet AS numbers, IPv4) to a table of described routes. */
function applyUpdate(octets: Buffer, table: Map<string, string>): void {
  const withdrawn = octets.readUInt16BE(19);
  const attributesAt = 21 + withdrawn;
  const length = octets.readUInt16BE(attributesAt);
  const attributes = octets.subarray(attributesAt + 2, attributesAt + 2 + length);
  for (const prefix of prefixes(octets, 21, 21 + withdrawn)) table.delete(prefix);
  for (const prefix of prefixes(octets, attributesAt + 2 + length, octets.length)) {
    const route = describeRoute(prefix, attributes, 4);
    // AS 0 in a path is treat-as-withdraw (RFC 7607 section 2), and nobody may have a part of 0.0.0.0/8.
    if (
      / path=(?:\S+ )*?0(?= |$)/.test(route.replace(/ (?:next|med|atomic|aggregator|community)=?.*/, '')) ||
      /^0\..*\/(?!0)/.test(prefix)
    )
      table.delete(prefix);
    else table.set(prefix, route);
  }
}

function* prefixes(octets: Buffer, from: number, end: number): Generator<string> {
  for (let at = from; at < end; ) {
    const length = octets[at]!;
    const size = (length + 7) >> 3;
    const address = [0, 1, 2, 3].map((i) => (i < size ? octets[at + 1 + i]! : 0));
    yield `${address.join('.')}/${length}`;
    at += 1 + size;
  }
}

function difference(have: ReadonlySet<string>, want: ReadonlySet<string>): string[] {
  const wrong: string[] = [];
  for (const route of want) if (!have.has(route)) wrong.push(`missing: ${route}`);
  for (const route of have) if (!want.has(route)) wrong.push(`not expected: ${route}`);
  return wrong;
}

function compare(have: ReadonlySet<string>, want: ReadonlySet<string>): void {
  const wrong = difference(have, want);
  // Both sides of a prefix stand together.
  const prefix = (line: string): string => line.replace(/^[a-z ]+: /, '').split(' ')[0]!;
  const shown = wrong.sort((a, b) => prefix(a).localeCompare(prefix(b))).slice(0, 12);
  assert.equal(wrong.length, 0, `${wrong.length} differences, the first:\n${shown.join('\n')}`);
}
