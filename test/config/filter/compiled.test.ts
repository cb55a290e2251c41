/** Random filters give the same verdict, prints and attributes, compiled and interpreted. Fixed seeds. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { PolicyVerdict } from '../../../bgp/index.ts';
import { pathNumbers } from '../../../config/filter/as-path.ts';
import type { FunctionDeclaration } from '../../../config/filter/ast.ts';
import { StatementParser } from '../../../config/filter/parse-statement.ts';
import { Source } from '../../../config/syntax/source.ts';
import { TokenStream } from '../../../config/syntax/token-stream.ts';
import { Interpreter, type World } from './interpreter.ts';
import { Dice, ProgramWriter } from './random-program.ts';
import { printedBy, readTexts, TestRoute } from './support.ts';

const PROGRAMS = 500;
const ROUTES = 4;

const VERDICTS = { [PolicyVerdict.Accept]: 'accept', [PolicyVerdict.Reject]: 'reject', [PolicyVerdict.Error]: 'error' };

function parse(text: string) {
  const stream = new TokenStream(new Source('random', text));
  const parser = new StatementParser(stream, 'bird2', (diagnostic) => assert.fail(diagnostic.message));
  const functions = new Map<string, FunctionDeclaration>();
  while (stream.acceptWords('function')) {
    const declaration = parser.functionDeclaration();
    functions.set(declaration.name.text, declaration);
  }
  stream.next();
  stream.next();
  return { functions, body: parser.body() };
}

/** What both ways start with. */
function startOf(dice: Dice): Omit<World, 'printed'> {
  const numbers = (most: number, make: () => number): number[] => Array.from({ length: dice.roll(most) }, make);
  return {
    netLength: dice.roll(33),
    med: dice.roll(2) === 0 ? undefined : dice.pick([0, 5, 100, 4294967295]),
    localPref: dice.roll(2) === 0 ? undefined : dice.pick([0, 100]),
    path: numbers(5, () => dice.pick([1, 2, 3, 8, 65535, 4294967295])),
    communities: [...new Set(numbers(5, () => dice.pick([0x10002, 0x3, 0x80008, 0x50001])))].sort((a, b) => a - b),
  };
}

function routeOf(start: Omit<World, 'printed'>): TestRoute {
  const route = new TestRoute('0.0.0.0/0');
  route.length = start.netLength;
  if (start.med !== undefined) route.attributes.setU32(4, start.med);
  if (start.localPref !== undefined) route.attributes.setU32(5, start.localPref);
  const path = [...start.path].reverse().map((as) => `bgp_path.prepend(${as});`);
  if (path.length > 0) printedBy(path.join(' '), route);
  if (start.communities.length > 0) route.attributes.setWords(8, Uint32Array.from(start.communities));
  route.attributes.encodeRecord();
  return route;
}

it('compiled filters do what the language says', () => {
  const verdicts = { accept: 0, reject: 0, error: 0 };
  for (let seed = 1; seed <= PROGRAMS; seed++) {
    const text = new ProgramWriter(seed).program();
    const policy = readTexts(text).named('f');
    const { functions, body } = parse(text);
    const dice = new Dice(-seed);
    for (let i = 0; i < ROUTES; i++) {
      const start = startOf(dice);
      const route = routeOf(start);
      const world: World = { ...start, printed: [] };
      const expected = new Interpreter(functions, world).run(body.block);
      const verdict = VERDICTS[policy.evaluate(route)];
      verdicts[expected]++;
      const context = `seed ${seed}\n${text}\n${JSON.stringify(start)}\n${route.error}`;
      assert.equal(verdict, expected, context);
      assert.deepEqual(route.printed, world.printed, context);
      if (expected !== 'accept') continue;
      assert.equal(route.attributes.u32(4), world.med ?? -1, context);
      assert.equal(route.attributes.u32(5), world.localPref ?? -1, context);
      assert.deepEqual([...pathNumbers(route.attributes.asPath() ?? new Uint8Array(0))], world.path, context);
      const communities = [...world.communities].sort((a, b) => a - b);
      assert.deepEqual([...(route.attributes.words(8) ?? [])], communities, context);
    }
  }
  // The programs are worth something only if they end in every way.
  for (const [verdict, count] of Object.entries(verdicts)) assert.ok(count > 40, `${verdict}: ${count}`);
});
