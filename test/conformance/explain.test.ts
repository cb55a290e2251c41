/** An operator who asks where a route went hears the clause: in the log, in `show protocols all`, in `show route ... why`. */
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { attribute, hex, NEXT_HOP, ORIGIN } from '../bgp/wire.ts';
import { Arena, type Neighbor } from './arena.ts';
import type { Caller } from './caller.ts';
import { asPath, update } from './octets.ts';
import { Stage } from './stage.ts';

const arena = new Arena();
const neighbor: Neighbor = arena.neighbor('eBGP');
const stage = new Stage(neighbor);
let caller: Caller;

before(async () => {
  await arena.start();
  caller = await stage.established();
});
after(async () => {
  await arena.kill();
  arena.remove();
});

async function send(...messages: Uint8Array[]): Promise<void> {
  caller.write(...messages);
  assert.ok(await stage.answers(caller));
}

interface Refused {
  readonly treatedAsWithdrawn: number;
  readonly looped: number;
  readonly last: { readonly at: number };
}

async function refused(): Promise<Refused> {
  const { bgp } = await arena.protocol(neighbor.name);
  assert.ok(bgp);
  return bgp['refused'] as Refused;
}

const good = [ORIGIN, asPath(4, 65002, 65003), NEXT_HOP];
const nlri = hex('18 cb0071 18 cb0072');

it('treat-as-withdraw is told everywhere with its clause', async () => {
  await send(update({ attributes: good, nlri }));
  assert.equal((await stage.routes()).length, 2);
  assert.doesNotMatch((await arena.ask(`show protocols all "${neighbor.name}"`)).join('\n'), /Refused/);

  await send(update({ attributes: [attribute(0x40, 1, '09'), ...good.slice(1)], nlri: hex('18 cb0071') }));
  const words = 'ORIGIN: value above 2 (RFC 7606 7.1)';
  assert.equal((await stage.routes()).length, 1);
  const shown = await arena.ask(`show protocols all "${neighbor.name}"`);
  assert.deepEqual(
    shown.filter((line) => /Refused|Last of them/.test(line)).map((line) => line.trim().replace(/ +/g, ' ')),
    ['Refused prefixes: 1 with errors, 0 looped', `Last of them: 203.0.113.0/24, ${words}`],
  );
  const why = (await arena.ask(`show route 203.0.113.0/24 why ${neighbor.name}.ipv4`)).join('\n');
  assert.match(why, /from n2\.ipv4: not accepted; ORIGIN: value above 2 \(RFC 7606 7\.1\)/);
  const line = arena.log().find((entry) => String(entry['msg']).includes('treated as withdrawal'));
  assert.equal(line?.['msg'], `${neighbor.name}: UPDATE treated as withdrawal: ${words} for 203.0.113.0/24`);
  assert.match(String(line?.['message']), /^ff{16}/i, 'the whole message in hexadecimal');
});

it('a loop is told, too, and a route that is there again is no longer refused', async () => {
  await send(update({ attributes: [ORIGIN, asPath(4, 65002, 65001), NEXT_HOP], nlri: hex('18 cb0072') }));
  const why = (prefix: string): Promise<string> =>
    arena.ask(`show route ${prefix} why ${neighbor.name}.ipv4`).then((lines) => lines.join('\n'));
  assert.match(await why('203.0.114.0/24'), /not accepted; AS_PATH: our own AS is in it \(RFC 4271 9\.1\.2\)/);
  await send(update({ attributes: good, nlri }));
  assert.match(await why('203.0.113.0/24'), /from n2\.ipv4: accepted and selected/);
  const { looped, last } = await refused();
  assert.equal(looped, 1);
  assert.ok(Math.abs(Date.now() - last.at) < 60_000);
});

it('a peer that sends nothing but nonsense does not fill the log', async () => {
  const bad = update({ attributes: [attribute(0x40, 1, '09'), ...good.slice(1)], nlri });
  await send(...Array.from({ length: 5000 }, () => bad));
  const lines = arena.log().filter((entry) => String(entry['msg']).includes('treated as withdrawal'));
  assert.ok(lines.length < 20, `${lines.length} lines`);
  assert.equal((await refused()).treatedAsWithdrawn, 10_001);
});
