/** Shortened commands, help and completion, without a server. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { helpLines } from '../../../src/cli/commands.ts';
import { complete, type KnownName } from '../../../src/cli/completion.ts';
import { JsonPrinter, printText } from '../../../src/cli/output.ts';
import { Pager } from '../../../src/cli/pager.ts';
import { expandCommand, type WordNode } from '../../../src/control/command/word-tree.ts';

function expand(line: string): string | readonly string[] | undefined {
  const expansion = expandCommand(line);
  if (expansion.kind === 'command') return expansion.text;
  return expansion.kind === 'ambiguous' ? expansion.candidates.map((node: WordNode) => node.word) : undefined;
}

test('words are shortened as in BIRD: as long as only one word begins like that', () => {
  assert.equal(expand('sh pro'), 'show protocols');
  assert.equal(expand('  show   status  '), 'show status');
  assert.equal(expand('show proto al ebgp_c'), 'show protocols all ebgp_c');
  assert.equal(expand('sh int s'), 'show interfaces summary');
  assert.equal(expand('conf ch'), 'configure check');
  assert.equal(expand('conf soft time 5'), 'configure soft timeout 5');
  assert.equal(expand('reload i s4'), 'reload in s4');
  assert.equal(expand('sh bf s'), 'show bfd sessions');
  assert.equal(expand('gr r x'), 'graceful restart x');
  assert.equal(expand('ev 1+1'), 'eval 1+1');
  assert.equal(expand('sh stati'), 'show static');
  assert.deepEqual(expand('sh sta'), ['status', 'static']);
  assert.deepEqual(expand('rest s4'), ['restart', 'restrict']);
  assert.deepEqual(expand('co c'), ['confirm', 'check']);
  for (const line of ['', 'sh', 'show', 'foo', '? show', 'graceful', 's']) assert.equal(expand(line), undefined, line);
});

test('arguments are never touched', () => {
  assert.equal(expand('sh ro fo 10.0.0.1'), 'show route fo 10.0.0.1');
  assert.equal(expand('sh ro  where   net ~ [ 10.0.0.0/8+ ]'), 'show route where   net ~ [ 10.0.0.0/8+ ]');
  assert.equal(expand('disable x "a  b"'), 'disable x "a  b"');
  assert.equal(expand('show protocols al'), 'show protocols all');
  assert.equal(expand('show protocols "al*"'), 'show protocols "al*"');
});

test('help lists what can come next, groups with dots', () => {
  const words = (line: string): string[] => helpLines(line).map((entry) => entry.replace(/ {2,}.*/, ''));
  assert.deepEqual(words('').slice(0, 5), ['quit', 'exit', 'help', 'show ...', 'eval <expr>']);
  assert.deepEqual(words('grace'), ['graceful restart', 'graceful shutdown <protocol> | "<pattern>" | all [on|off]']);
  assert.deepEqual(words('sh pro'), [
    'show protocols [<protocol> | "<pattern>"]',
    'show protocols all [<protocol> | "<pattern>"]',
  ]);
  assert.deepEqual(words('show bfd'), ['show bfd sessions [<protocol>]']);
  assert.deepEqual(words('down'), ['down']);
  assert.deepEqual(words('sh sta'), ['show status', 'show static [<protocol>]']);
  assert.deepEqual(words('nonsense'), words(''));
  assert.equal(helpLines('down')[0], `${'down'.padEnd(45)}  End the daemon`);
});

const NAMES: KnownName[] = [
  { name: 'ebgp_c', kind: 'protocol' },
  { name: 'ebgp_d', kind: 'protocol' },
  { name: 'master4', kind: 'table' },
  { name: 'my_filter', kind: 'filter' },
  { name: 'MY_CONST', kind: 'constant' },
];

async function candidates(line: string): Promise<readonly string[]> {
  return (await complete(line, () => Promise.resolve(NAMES))).candidates;
}

test('completion offers words, then options and names', async () => {
  assert.deepEqual(await candidates('sho'), ['show']);
  assert.deepEqual(await candidates('show pro'), ['protocols']);
  assert.deepEqual(await candidates('sh st'), ['static', 'status']);
  assert.deepEqual(await candidates('show protocols '), ['all', 'ebgp_c', 'ebgp_d']);
  assert.deepEqual(await candidates('show protocols all ebgp_'), ['ebgp_c', 'ebgp_d']);
  assert.deepEqual(await candidates('show route table m'), ['master4', 'my_filter']);
  assert.deepEqual(await candidates('show route ex'), ['export', 'exported']);
  assert.deepEqual(await candidates('show symbols M'), ['MY_CONST']);
  assert.deepEqual(await candidates('reload i'), ['in']);
  assert.deepEqual(await candidates('nonsense '), []);
  assert.deepEqual(await candidates('re x'), [], 'ambiguous words lead nowhere');
  assert.equal((await complete('show route tab', () => Promise.resolve([]))).partial, 'tab');
});

test('texts are shown without codes, with -v with them, and never raw', () => {
  const shown = (raw: string, verbose: boolean): string[] => {
    const lines: string[] = [];
    const match = /^(\d{4})([ -])/.exec(raw);
    const print = (line: string): void => void lines.push(line);
    if (raw.startsWith('+')) void printText({ kind: 'asynchronous', text: raw.slice(1) }, verbose, print);
    else if (match === null && !raw.startsWith(' ')) void printText({ kind: 'strange', text: raw }, verbose, print);
    else {
      const code = Number(match?.[1] ?? 1007);
      const text = match === null ? raw.slice(1) : raw.slice(5);
      void printText({ kind: 'line', code, text, final: match?.[2] === ' ', raw }, verbose, print);
    }
    return lines;
  };
  assert.deepEqual(shown('1007-Table master4:', false), ['Table master4:']);
  assert.deepEqual(shown('1007-Table master4:', true), ['1007-Table master4:']);
  assert.deepEqual(shown(' \tvia x', false), ['\tvia x']);
  assert.deepEqual(shown(' \tvia x', true), ['     \tvia x']);
  assert.deepEqual(shown('0000 ', false), []);
  assert.deepEqual(shown('0000 ', true), []);
  assert.deepEqual(shown('8001 Network not found', true), ['8001 Network not found']);
  assert.deepEqual(shown('+up', false), ['>>> up']);
  assert.deepEqual(shown('what?', true), ['??? <what?>']);
  assert.deepEqual(shown('1007-\u001b[2J', false), ['\\x1b[2J']);
});

test('JSON lines become one value', () => {
  const print = (...lines: [number, string][]): unknown => {
    let text = '';
    const printer = new JsonPrinter((line) => {
      text += `${line}\n`;
    });
    for (const [i, [code, value]] of lines.entries()) {
      void printer.take({ kind: 'line', code, text: value, final: i === lines.length - 1, raw: '' });
    }
    return JSON.parse(text);
  };
  assert.deepEqual(print([1900, '{"a":1}'], [1900, '{"a":2}'], [0, '']), [{ a: 1 }, { a: 2 }]);
  assert.deepEqual(print([1901, '{"a":1}'], [0, '']), { a: 1 });
  assert.deepEqual(print([0, '']), []);
  assert.deepEqual(print([9001, 'syntax error']), { error: { code: 9001, text: 'syntax error' } });
  assert.deepEqual(print([1900, '{"a":1}'], [8004, 'Stopped']), [{ a: 1 }, { error: { code: 8004, text: 'Stopped' } }]);
});

test('the pager stops after each screenful and does as it is told', async () => {
  const keys = ['x', ' ', '\r', 'q'];
  let written = '';
  const pager = new Pager({
    rows: () => 4,
    write: (text) => {
      written += text;
    },
    readKey: () => Promise.resolve(keys.shift()!),
  });
  for (let i = 0; i < 20; i++) await pager.print(String(i));
  const clear = `--More--\r${' '.repeat(8)}\r`;
  assert.equal(written, `0\n1\n2\n${clear}3\n4\n5\n${clear}6\n${clear}`);
  written = '';
  pager.reset();
  await pager.print('again');
  assert.equal(written, 'again\n');
});
