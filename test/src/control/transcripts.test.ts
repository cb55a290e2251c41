/** Replies compared octet by octet with those that BIRD 2.0.12 gave for the same router. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeA } from './node-a.ts';
import { connect, startServer } from './raw-client.ts';
import { NO_TRANSCRIPTS, normalize, readTranscript } from './transcripts.ts';

/** Recordings of the state that `nodeA` describes. */
const FILES = [
  'show-status.txt',
  'show-memory.txt',
  'show-interfaces.txt',
  'show-interfaces-summary.txt',
  'show-protocols.txt',
  'show-protocols-pattern.txt',
  'show-protocols-nomatch.txt',
  'show-protocols-unknown.txt',
  'show-protocols-all-ibgp.txt',
  'show-protocols-all-ebgp.txt',
  'show-static.txt',
  'show-static6.txt',
  'show-static-ambiguous.txt',
  'show-bfd-sessions.txt',
  'show-bfd-sessions-named.txt',
  'show-ospf.txt',
  'show-rip.txt',
  'show-babel.txt',
  'show-symbols-one.txt',
  'show-symbols-table.txt',
  'show-symbols-filter.txt',
  'show-symbols-function.txt',
  'show-symbols-template.txt',
  'show-symbols-protocol.txt',
  'show-route.txt',
  'show-route-all.txt',
  'show-route-primary.txt',
  'show-route-filtered.txt',
  'show-route-filtered-all.txt',
  'show-route-export.txt',
  'show-route-export-channel.txt',
  'show-route-export-kernel.txt',
  'show-route-exported.txt',
  'show-route-noexport.txt',
  'show-route-import-table.txt',
  'show-route-protocol.txt',
  'show-route-protocol-all.txt',
  'show-route-count.txt',
  'show-route-count-table.txt',
  'show-route-stats.txt',
  'show-route-table-all.txt',
  'show-route-table-r4.txt',
  'show-route-in-table.txt',
  'show-route-badtable.txt',
  'show-route-exact.txt',
  'show-route-exact-none.txt',
  'show-route-for.txt',
  'show-route-for-all.txt',
  'show-route-for-none.txt',
  'show-route-in.txt',
  'show-route-in-any.txt',
  'show-route-where.txt',
  'show-route-where2.txt',
  'show-route-filter.txt',
  'debug.txt',
  'debug-all.txt',
  'debug-off.txt',
  'debug-all-off.txt',
  'mrtdump.txt',
  'mrtdump-off.txt',
  'echo-off.txt',
  'dump-routes.txt',
  'dump-neighbors.txt',
  'configure-check.txt',
  'configure-status.txt',
  'eval.txt',
  'eval2.txt',
  'eval-err.txt',
  'enable.txt',
  'disable-nomatch.txt',
  'reload.txt',
  'reload-in.txt',
  'reload-out.txt',
  'restart.txt',
  'syntax-error.txt',
  'syntax-error2.txt',
  'syntax-error3.txt',
  'question.txt',
  'restrict.txt',
];

for (const file of FILES) {
  test(`the replies of ${file} are BIRD's`, { skip: NO_TRANSCRIPTS }, async (t) => {
    const host = nodeA();
    if (file.startsWith('configure-check')) host.configureOutcomes.push({ result: 'valid', plan: [] });
    if (file.startsWith('enable')) host.outcomes.set('down_peer', 'already');
    const client = await connect(t, await startServer(t, host));
    const exchanges = readTranscript(file);
    assert.ok(exchanges.length > 0, 'the recording has requests');
    for (const { request, reply } of exchanges) {
      const got = (await client.send(request)).replaceAll(host.config.path, '/lab/A.conf');
      // BIRD lists symbols in the order of its hash table.
      const shape = (text: string): string =>
        request.startsWith('show symbols')
          ? text
              .replace(/^1010-/, ' ')
              .split('\n')
              .sort()
              .join('\n')
          : normalize(text);
      assert.equal(shape(got), shape(reply), request);
    }
  });
}

test("the replies of error-replies.txt are BIRD's", { skip: NO_TRANSCRIPTS }, async (t) => {
  const host = nodeA();
  host.outcomes.set('disabled_peer', 'already');
  const client = await connect(t, await startServer(t, host));
  for (const { request, reply } of readTranscript('error-replies.txt')) {
    const shape = (text: string): string => normalize(text).replace(/\d\d:\d\d:\d\d/g, 'TIME');
    assert.equal(shape(await client.send(request)), shape(reply), request);
  }
});

test("show protocols all of the whole router is BIRD's, but for what only RPKI has", {
  skip: NO_TRANSCRIPTS,
}, async (t) => {
  const client = await connect(t, await startServer(t, nodeA()));
  const [exchange] = readTranscript('show-protocols-all.txt');
  // The lines between the row of the RPKI protocol and its channels.
  const withoutRpki = (text: string): string =>
    text.replace(
      /(1002-rpki1 .*\n)1006- {2}Cache server[\s\S]*?( {3}Channel roa4\n)/,
      (_all, row, first) => `${row}1006-${(first as string).slice(1)}`,
    );
  assert.equal(normalize(await client.send('show protocols all')), normalize(withoutRpki(exchange!.reply)));
});

test("the replies of configure-sequence.txt are BIRD's", { skip: NO_TRANSCRIPTS }, async (t) => {
  const host = nodeA();
  const client = await connect(t, await startServer(t, host));
  // What the daemon answered in that conversation, by request; routes come and go with the configurations.
  const answers: Record<string, () => void> = {
    'configure check': () => host.configureOutcomes.push({ result: 'valid', plan: [] }),
    'configure confirm': () => host.configureOutcomes.push({ result: 'nothing' }),
  };
  const exchanges = readTranscript('configure-sequence.txt').filter(({ request }) => request.startsWith('configure'));
  for (const { request, reply } of exchanges) {
    answers[request]?.();
    if (reply.includes('Nothing to do') && request === 'configure undo') {
      host.configureOutcomes.push({ result: 'nothing' });
    }
    const undo = /undo in (\d+)\.(\d{3}) s/.exec(reply);
    host.configureState = {
      state: 'running',
      undoInMs: undo === null ? undefined : Number(undo[1]) * 1000 + Number(undo[2]),
    };
    const got = (await client.send(request)).replaceAll(host.config.path, '/lab/A.conf');
    assert.equal(got, reply.replace(/^\+.*\n/gm, ''), request);
  }
});
