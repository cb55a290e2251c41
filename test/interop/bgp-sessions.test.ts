/**
 * Sessions with a real BIRD in every shape that sockets and OPENs can take: link-local, TCP-MD5, TTL security, roles,
 * ADD-PATH, extended next hops, both ends dialling at once, restarts of either end, standstills of either process.
 */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Lab, type LabNode, until } from '../../src/lab/namespace.ts';
import { Bird } from '../support/peers/bird.ts';
import { whyNot } from '../support/peers/peer.ts';
import { Peregrine } from '../support/peers/peregrine.ts';

const FAST = 'connect delay time 1; connect retry time 2; error wait time 1, 3;';

interface Wire {
  readonly a: LabNode;
  readonly b: LabNode;
}

interface Ends {
  readonly ours: Peregrine;
  readonly bird: Bird;
  stop(): Promise<void>;
}

describe('sessions with BIRD', { skip: whyNot('bird', 'birdc') ?? false }, () => {
  const lab = new Lab();
  after(() => lab.destroy());
  let wire: Promise<Wire> | undefined;

  const ready = (): Promise<Wire> => {
    wire ??= (async () => {
      const a = await lab.node('a');
      const b = await lab.node('b');
      await lab.wire(a, 'eth0', b, 'eth0');
      await a.address('eth0', '10.0.1.1/24', 'fd00:1::1/64');
      await b.address('eth0', '10.0.1.2/24', 'fd00:1::2/64');
      return { a, b };
    })();
    return wire;
  };

  /** Ours is AS 65001 at 10.0.1.1, BIRD AS 65002 at 10.0.1.2; `SELF`, `PEER` and `OWN` in the text are filled in. */
  async function start(bgp: string, birdBgp = bgp, beside = '', flags: string[] = []): Promise<Ends> {
    const { a, b } = await ready();
    const text = (own: 1 | 2, body: string, extra: string): string =>
      `log stderr all; router id 10.0.1.${own}; protocol device { scan time 1; }
       protocol static s4 { ipv4; route 10.${own}0.0.0/16 blackhole; route 10.${own}1.0.0/16 blackhole; }
       protocol static s6 { ipv6; route 2001:db8:${own}::/48 blackhole; }
       ${extra}
       ${body.replaceAll('OWN', String(own)).replaceAll('PEER', String(3 - own))}`;
    const ours = new Peregrine(a, text(1, bgp, beside));
    const setup = { node: b, as: 65002, routerId: '10.0.1.2', neighbors: [], announce: [] };
    const bird = new Bird(setup, text(2, birdBgp, ''));
    await Promise.all([ours.start(...flags), bird.start()]);
    const stop = async (): Promise<void> => {
      await Promise.all([ours.stop(), bird.stop()]);
    };
    return { ours, bird, stop };
  }

  const basic = (options: string, channels = 'ipv4 { import all; export all; };'): string =>
    `protocol bgp p { local 10.0.1.OWN as 6500OWN; neighbor 10.0.1.PEER as 6500PEER; direct; ${FAST} ${options} ${channels} }`;

  async function established({ ours, bird }: Ends): Promise<void> {
    try {
      await until('Established at both ends', async () => {
        const theirs = await bird.birdc('show', 'protocols', 'p');
        return /Established/.test(theirs) && (await ours.established('p'));
      });
    } catch (error) {
      const all = await ours.birdc('show', 'protocols', 'all', 'p');
      throw new Error(
        `${(error as Error).message}\n${all}\n${ours.log.slice(-2000)}\n--- bird\n${bird.log.slice(-2000)}`,
      );
    }
  }

  /** Prefixes that BIRD has learned from us, or we from BIRD. */
  const learned = async (one: { birdc(...words: string[]): Promise<string> }): Promise<string[]> =>
    [...(await one.birdc('show', 'route', 'protocol', 'p')).matchAll(/^([0-9a-f.:]+\/\d+)/gm)].map(
      (match) => match[1]!,
    );

  async function exchanged(ends: Ends, count = 2): Promise<void> {
    await established(ends);
    await until(
      'routes both ways',
      async () => (await learned(ends.ours)).length === count && (await learned(ends.bird)).length === count,
    );
  }

  it('IPv6 over link-local addresses', { timeout: 60_000 }, async () => {
    const { a, b } = await ready();
    const address = async (node: LabNode): Promise<string> =>
      until(
        'a link-local address',
        async () =>
          /inet6 (fe80:[0-9a-f:]+)\/64 scope link(?! .*tentative)/.exec(await node.ip('-6 addr show dev eth0'))?.[1],
      );
    const body = (
      peer: string,
    ): string => `protocol bgp p { local as 6500OWN; neighbor ${peer}%eth0 as 6500PEER; direct; ${FAST}
      ipv6 { import all; export all; }; }`;
    const ends = await start(body(await address(b)), body(await address(a)));
    await exchanged(ends, 1);
    const routes = await ends.ours.birdc('show', 'route', 'protocol', 'p', 'all');
    assert.match(routes, /via fe80:[0-9a-f:]+ on eth0/);
    await ends.stop();
  });

  it('TCP-MD5 and TTL security', { timeout: 60_000 }, async () => {
    const ends = await start(basic('password "sesame"; ttl security;'));
    await exchanged(ends);
    await ends.stop();
  });

  it('ADD-PATH, extended messages, roles, enhanced refresh; reload both ways', { timeout: 60_000 }, async () => {
    const channel = 'ipv4 { import all; export all; add paths; };';
    const options = (role: string): string => `enable extended messages; local role ${role}; advertise hostname; `;
    const ends = await start(
      basic(options('provider'), channel),
      basic(options('customer').replace('advertise hostname;', ''), channel),
    );
    await exchanged(ends);
    for (const words of [
      ['reload', 'p'],
      ['reload', 'in', 'p'],
      ['reload', 'out', 'p'],
    ]) {
      await ends.ours.birdc(...words);
      await ends.bird.birdc(...words);
    }
    await delay(300);
    await exchanged(ends);
    const detail = await ends.ours.birdc('show', 'protocols', 'all', 'p');
    for (const line of [
      /ADD-PATH\n\s+RX: ipv4\n\s+TX: ipv4/,
      /Extended message/,
      /Role: customer/,
      /Enhanced refresh/,
    ]) {
      assert.match(detail, line);
    }
    await ends.stop();
  });

  it('IPv4 routes with IPv6 next hops', { timeout: 60_000 }, async () => {
    const body = `protocol bgp p { local fd00:1::OWN as 6500OWN; neighbor fd00:1::PEER as 6500PEER; direct; ${FAST}
      ipv4 { import all; export all; extended next hop; }; }`;
    const ends = await start(body);
    await exchanged(ends);
    assert.match(await ends.ours.birdc('show', 'route', 'protocol', 'p'), /via fd00:1::2 on eth0/);
    assert.match(await ends.bird.birdc('show', 'route', 'protocol', 'p'), /via fd00:1::1 on eth0/);
    await ends.stop();
  });

  it('roles that do not fit, and an AS that is wrong, are told at both ends', { timeout: 60_000 }, async () => {
    const roles = await start(basic('local role provider;'), basic('local role peer;'));
    await until('the mismatch', async () => /Role mismatch/.test(await roles.ours.birdc('show', 'protocols', 'p')));
    await until('the mismatch there', async () =>
      /Role mismatch/.test(await roles.bird.birdc('show', 'protocols', 'p')),
    );
    await roles.stop();
    const as = await start(basic(''), basic('').replace('as 6500PEER', 'as 64999'));
    await until('the error', async () =>
      /Received: Bad peer AS|BGP Error: Bad peer AS/.test(await as.ours.birdc('show', 'protocols', 'p')),
    );
    await as.stop();
  });

  it('an operator at either end says why', { timeout: 60_000 }, async () => {
    const ends = await start(basic(''));
    await exchanged(ends);
    await ends.bird.birdc('disable', 'p', '"going home"');
    await until('the words', async () => /going home/.test(await ends.ours.birdc('show', 'protocols', 'all', 'p')));
    await ends.bird.birdc('enable', 'p');
    await exchanged(ends);
    await ends.ours.birdc('disable', 'p', '"night shift"');
    await until('the words there', async () =>
      /night shift/.test(await ends.bird.birdc('show', 'protocols', 'all', 'p')),
    );
    await ends.stop();
  });

  it('both ends dial at once, again and again: one session, soon', { timeout: 120_000 }, async () => {
    const ends = await start(basic(''));
    await exchanged(ends);
    for (let round = 0; round < 15; round++) {
      await Promise.all([ends.ours.birdc('restart', 'p'), ends.bird.birdc('restart', 'p')]);
      await delay(200);
      await exchanged(ends);
    }
    await ends.stop();
  });

  it('BIRD dies and comes back gracefully: its routes stay meanwhile', { timeout: 90_000 }, async () => {
    const ends = await start(basic('graceful restart on;'));
    await exchanged(ends);
    await ends.bird.stop('SIGKILL');
    await until('it is expected back', async () =>
      /Neighbor graceful restart active/.test(await ends.ours.birdc('show', 'protocols', 'all', 'p')),
    );
    assert.equal((await learned(ends.ours)).length, 2);
    await ends.bird.start();
    await exchanged(ends);
    assert.doesNotMatch(await ends.ours.birdc('show', 'protocols', 'all', 'p'), /graceful restart active/);
    await ends.stop();
  });

  it('we die and come back gracefully: BIRD keeps our routes meanwhile', { timeout: 90_000 }, async () => {
    const ends = await start(basic('graceful restart on;'));
    await exchanged(ends);
    await ends.ours.stop('SIGKILL');
    await until('we are expected back', async () =>
      /Neighbor graceful restart active/.test(await ends.bird.birdc('show', 'protocols', 'all', 'p')),
    );
    assert.equal((await learned(ends.bird)).length, 2);
    await ends.ours.start('-R');
    await exchanged(ends);
    await until(
      'BIRD is content',
      async () => !/graceful restart active/.test(await ends.bird.birdc('show', 'protocols', 'all', 'p')),
    );
    assert.match(await ends.bird.birdc('show', 'protocols', 'all', 'p'), /Restart recovery/);
    await ends.stop();
  });

  it('BIRD stays away for longer: its routes are stale but there (RFC 9494), until it is back or too late', {
    timeout: 90_000,
  }, async () => {
    const long = 'graceful restart on; graceful restart time 1; long lived graceful restart on; long lived stale time';
    const ends = await start(basic(`${long} 60;`), basic(`${long} 60;`));
    await exchanged(ends);
    const stale = async (): Promise<number> =>
      [...(await ends.ours.birdc('show', 'route', 'protocol', 'p', 'all')).matchAll(/\(65535,6\)/g)].length;
    await ends.bird.stop('SIGKILL');
    await until('its restart time is over', async () => (await stale()) === 2);
    assert.equal((await learned(ends.ours)).length, 2);
    await ends.bird.start();
    await exchanged(ends);
    await until('nothing is stale any more', async () => (await stale()) === 0);
    await ends.stop();

    const short = await start(basic(`${long} 3;`), basic(`${long} 3;`));
    await exchanged(short);
    await short.bird.stop('SIGKILL');
    await until('its routes are gone', async () => (await learned(short.ours)).length === 0);
    await short.stop();
  });

  it('we stay away for longer: BIRD holds our routes as stale ones', { timeout: 90_000 }, async () => {
    const long =
      'graceful restart on; graceful restart time 1; long lived graceful restart on; long lived stale time 60;';
    const ends = await start(basic(long));
    await exchanged(ends);
    const stale = async (): Promise<number> =>
      [...(await ends.bird.birdc('show', 'route', 'protocol', 'p', 'all')).matchAll(/\(65535,6\)/g)].length;
    await ends.ours.stop('SIGKILL');
    await until('our restart time is over', async () => (await stale()) === 2);
    await ends.ours.start('-R');
    await exchanged(ends);
    await until('nothing is stale any more', async () => (await stale()) === 0);
    await ends.stop();
  });

  it('a standstill of ours that is shorter than the hold time costs nothing; a longer one is recovered from', {
    timeout: 90_000,
  }, async () => {
    const ends = await start(basic('hold time 6;'));
    await exchanged(ends);
    const since = /up\s+(\S+)/.exec(await ends.ours.birdc('show', 'protocols', 'p'))?.[1];
    ends.ours.signal('SIGSTOP');
    await delay(3500);
    ends.ours.signal('SIGCONT');
    await delay(500);
    await established(ends);
    assert.equal(/up\s+(\S+)/.exec(await ends.ours.birdc('show', 'protocols', 'p'))?.[1], since, 'the same session');
    ends.ours.signal('SIGSTOP');
    await until(
      'BIRD gave up',
      async () => !/Established/.test(await ends.bird.birdc('show', 'protocols', 'p')),
      15_000,
    );
    ends.ours.signal('SIGCONT');
    await exchanged(ends);
    await ends.stop();
  });

  it('a peer that stands still is given up after its hold time, and taken back', { timeout: 90_000 }, async () => {
    const ends = await start(basic('hold time 6;'));
    await exchanged(ends);
    await ends.bird.signal('SIGSTOP');
    await until(
      'given up',
      async () => /Hold timer expired/.test(await ends.ours.birdc('show', 'protocols', 'p')),
      15_000,
    );
    assert.equal((await learned(ends.ours)).length, 0);
    await ends.bird.signal('SIGCONT');
    await exchanged(ends);
    await ends.stop();
  });
});
