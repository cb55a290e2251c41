/**
 * What is easy to get wrong for a node of Calico, each with the tests that hold it. They are where the code is that
 * does it; here it is made sure that none of them goes without being missed.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

/** Compiled tests lie in dist/test/config/dialect16. */
const TESTS = join(import.meta.dirname, '../../../../test');

const FILTER = 'config/dialect16/filter.test.ts';
const PROTOCOLS = 'config/dialect16/protocols.test.ts';
const CALICO = 'config/dialect16/calico.test.ts';
const CORPUS = 'config/dialect16/corpus.test.ts';
const LEXICAL = 'config/dialect16/lexical.test.ts';
const RECONFIGURE = 'config/dialect16/reconfigure.test.ts';
const NODE = 'interop/calico-node.test.ts';
const SOCKET = 'interop/calico-socket.test.ts';
const PROGRAM = 'src/program.test.ts';
const PREPARE = 'route-reflector/prepare.test.ts';
const KERNEL = 'src/kernel/kernel-protocol.test.ts';
const ROUTES = 'src/kernel/kernel-routes.test.ts';

const ROWS: readonly (readonly [string, ...(readonly [string, string])[]])[] = [
  [
    'accept and reject end the whole filter; an error rejects; what falls off its end',
    [FILTER, 'accept and reject end the whole filter, at any depth'],
    [FILTER, 'a function that falls off its end goes on with its caller'],
    [FILTER, 'a filter without a verdict rejects with an error'],
    [FILTER, 'are asked only where the statement is reached'],
  ],
  ['what is not there is less than everything', [FILTER, "describe('void'"], [FILTER, 'krt_metric < 1024']],
  [
    'krt_metric lasts as long as it does there',
    [PROTOCOLS, 'keeps krt_metric of an import filter, which no other protocol does'],
    [PROTOCOLS, 'has commands behind a route; krt_metric is lost'],
    [KERNEL, 'takes metric, source address and the like from attributes'],
  ],
  [
    'every route that is exported has a LOCAL_PREF; the metric of the kernel is made of it',
    [PREPARE, 'has LOCAL_PREF on every session'],
    [CALICO, 'programs the kernel'],
    [NODE, 'default proto bird metric 2147483547'],
  ],
  [
    'ifname is always there, empty where packets go nowhere',
    [FILTER, "['', '*', true]"],
    [FILTER, 'is what a looked up next hop has come to'],
  ],
  [
    'our AS is in the path when export filters of external sessions run',
    [PREPARE, "describe('a route that is prepared before its export filter'"],
    [CALICO, 'with a switch of another AS: next hops, our AS in paths, a second AS of ours, ports, passwords'],
  ],
  ['ADD-PATH sends every route of every source', [NODE, 'send every route that there is for a prefix']],
  [
    'next hops of sessions over several hops',
    [PREPARE, 'is announced with its gateway where the next hop is kept'],
    ['route-reflector/next-hop.test.ts', 'our own address is chosen by version, the configured one first'],
  ],
  [
    'next hops are looked up in the best routes, one level deep',
    ['rib/next-hop-table.test.ts', 'a recursive gateway follows the route that covers it'],
    ['rib/next-hop-table.test.ts', 'one level only: a recursive route, even one as preferred as the best'],
  ],
  [
    'graceful restart: who is waited for, the kernel meanwhile, the ways to end',
    ['conformance/restarting.test.ts', 'the timer ends the wait for a peer that never finishes'],
    [KERNEL, 'with recovery and `graceful restart` touches nothing before the neighbours are complete'],
    [NODE, 'move nothing in any kernel when one dies and comes back'],
    [NODE, 'leave routes behind when told to end, and tell their neighbours'],
  ],
  [
    'the kernel: our protocol number, tunnels, what is swept and what is learned',
    [NODE, 'have in their kernels what Calico wants there'],
    ['src/kernel/tunnel.test.ts', 'go straight to the BGP next hop, whatever the way of the packets around them'],
    [ROUTES, 'adopts the routes of an earlier run without a single notification, and sweeps the rest afterwards'],
    [ROUTES, 'leaves a foreign route alone that has its prefix and metric, says so once, and takes over when it goes'],
    [KERNEL, 'learns foreign routes at once, the lowest metric first, and does not send them back'],
  ],
  [
    'reload: a mistake changes nothing, and what is the same stays as it is',
    [NODE, 'keep what they have when a file is wrong'],
    [RECONFIGURE, 'are nothing new if they mean the same'],
    [RECONFIGURE, 'restart the one session whose options changed'],
    [RECONFIGURE, 'change static routes one by one'],
    [NODE, 'restart the one session whose password changed'],
  ],
  [
    'connections belong to the neighbour that they come from; both ends may dial',
    ['src/net/socket.test.ts', 'neighbours share a socket and are told apart by address; a range takes the rest'],
    ['fsm/collision.test.ts', 'exactly one session when the one end has'],
    ['interop/bgp-sessions.test.ts', 'both ends dial at once, again and again: one session, soon'],
  ],
  ['the forms of the control socket', [SOCKET, 'is what probes and reporters take it for']],
  [
    'names of the programs, flags, exit codes, sockets',
    [PROGRAM, 'is found by its name, and answers on a socket that others may not open'],
    [PROGRAM, 'say their version on standard error'],
    [PROGRAM, 'check files without a word, or with the place of the mistake'],
    [NODE, 'are found by what looks for them'],
  ],
  [
    'what has to be refused before it runs',
    [LEXICAL, "'host bits'"],
    [LEXICAL, "'a pair above 65535'"],
    [LEXICAL, "'a prefix pattern upside down'"],
    [LEXICAL, "'a quote inside a password'"],
    [CORPUS, 'of files that are cut off anywhere: never more than a message'],
  ],
  [
    'timers are shortened by a quarter at most',
    ['fsm/peer.test.ts', 'shortens what many start together by up to a quarter, drawn anew'],
  ],
  [
    'names in quotes, of up to 64 characters',
    [LEXICAL, "'quoted names of 65 characters'"],
    [LEXICAL, "'strange characters in a quoted name'"],
    [CALICO, 'with filters of users, under long names as well'],
  ],
];

describe('nodes of Calico', () => {
  for (const [what, ...held] of ROWS) {
    it(what, () => {
      for (const [file, title] of held) {
        assert.ok(readFileSync(join(TESTS, file), 'utf8').includes(title), `${file} has no test "${title}"`);
      }
    });
  }
});
