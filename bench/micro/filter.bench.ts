/**
 * What one route costs in a filter: prefix set, path mask, communities, writes. Thirty filters are alive and take turns,
 * as in a daemon with thirty peers. Run: npx tsc -b bench && node dist/bench/micro/filter.bench.js
 */
import { bench, group, run } from 'mitata';
import {
  AttributeEditor,
  type Ip,
  type NextHop,
  type Policy,
  type PolicyRoute,
  RouteSourceKind,
} from '../../bgp/index.ts';
import { FilterEnvironment, readPolicy, Scope, Source, TokenStream } from '../../config/index.ts';

const FILTERS = 30;

class Route implements PolicyRoute {
  version: 4 | 6 = 4;
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  length = 24;
  source: RouteSourceKind = RouteSourceKind.Bgp;
  protocol = 'bgp1';
  attributes = new AttributeEditor();
  from: Ip | '' = '';
  preference = 100;
  scope = 4;
  nextHop: NextHop = { kind: 'unreachable' };
  error = '';
  print(): void {}
}

const filters = new FilterEnvironment();
const notes = {
  error: (diagnostic: { message: string }) => {
    throw new Error(diagnostic.message);
  },
  warnings: [],
  output: [],
};

function policy(text: string): Policy {
  return readPolicy({ stream: new TokenStream(new Source('bench', text)), scope: new Scope(), notes, filters });
}

/** The record of a route with five ASes and ten communities. */
const seed = new AttributeEditor();
seed.loadEmpty();
seed.setU32(1, 0);
seed.setAsPath(
  Uint8Array.from([2, 5, ...[65001, 64500, 3356, 1299, 15169].flatMap((as) => [0, as >> 16, as >> 8, as])]),
);
seed.setNextHop('192.0.2.1' as Ip);
seed.setU32(4, 10);
seed.setWords(
  8,
  Uint32Array.from({ length: 10 }, (_, i) => 0xfde80000 + 10 * i),
);
seed.encodeRecord();

const route = new Route();
const prefixes = Uint32Array.from({ length: 4096 }, (_, i) => (0x0a000000 + Math.imul(i, 0x9e3779b1)) >>> 0);

/** One evaluation of the next filter over the next prefix. */
function turns(make: (index: number) => string): () => void {
  const policies = Array.from({ length: FILTERS }, (_, i) => policy(make(i)));
  let turn = 0;
  return () => {
    route.word0 = (prefixes[turn & 4095]! & 0xffffff00) >>> 0;
    route.attributes.load(seed.bytes, seed.start, seed.wireEnd, seed.end);
    policies[turn++ % FILTERS]!.evaluate(route);
  };
}

const many = Array.from({ length: 10_000 }, (_, i) => `${1 + (i >> 8)}.${i & 255}.0.0/16{16,24}`).join(', ');

group('one route', () => {
  bench(
    'accept',
    turns(() => 'filter { accept; }'),
  );
  bench(
    'prefix set of 4',
    turns((i) => `where net ~ [10.${i}.0.0/16+, 172.16.0.0/12{16,24}, 192.168.0.0/16+, 0.0.0.0/0]`),
  );
  bench(
    'prefix set of 10,000',
    turns((i) => `where net ~ [${many}, ${200 + (i % 50)}.0.0.0/8]`),
  );
  bench(
    'source, length, MED',
    turns((i) => `where source = RTS_BGP && net.len <= 24 && bgp_med < ${100 + i}`),
  );
  bench(
    'path mask',
    turns((i) => `where bgp_path ~ [= * ${3356 + i} * =]`),
  );
  bench(
    'community',
    turns((i) => `where (65000, ${i}) ~ bgp_community`),
  );
  bench(
    'community set',
    turns((i) => `where bgp_community ~ [(65000, ${i}), (65001, *), (65002, 5..9)]`),
  );
  bench(
    'function with accept inside',
    turns((i) => `filter { if net.len > 24 then reject; if bgp_med = ${10 + i} then accept; accept; }`),
  );
  bench(
    'typical: three checks, three writes',
    turns(
      (i) => `filter {
        if net ~ [10.${i}.0.0/16+, 172.16.0.0/12+, 192.168.0.0/16+, 0.0.0.0/0{25,32}] then reject;
        if bgp_path ~ [= * 64512..65000 * =] then reject;
        if (65000, ${i}) ~ bgp_community then bgp_local_pref = 200;
        bgp_community.add((65001, ${i}));
        bgp_med = ${i};
        accept;
      }`,
    ),
  );
  bench(
    'an error',
    turns(() => 'filter { bgp_local_pref = bgp_local_pref + 1; accept; }'),
  );
});

await run();
