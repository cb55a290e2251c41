/** Reading filter texts and running them over made-up routes. */
import assert from 'node:assert/strict';
import {
  AttributeEditor,
  type Ip,
  type NextHop,
  type Policy,
  type PolicyRoute,
  PolicyVerdict,
  parsePrefix,
  RouteScope,
  RouteSourceKind,
} from '../../../bgp/index.ts';
import {
  evaluateExpression,
  readAttributeDeclaration,
  readDefine,
  readTestStatement,
} from '../../../config/filter/declarations.ts';
import { FilterEnvironment } from '../../../config/filter/environment.ts';
import {
  type FilterReader,
  readFilterDeclaration,
  readFunctionDeclaration,
  readPolicy,
  readRouteBlock,
} from '../../../config/filter/reader.ts';
import { filterOf } from '../../../config/filter/symbols.ts';
import { FilterTests } from '../../../config/filter/tests.ts';
import { Scope } from '../../../config/scope.ts';
import { ConfigError, type Diagnostic, formatDiagnostic } from '../../../config/syntax/diagnostic.ts';
import { Source } from '../../../config/syntax/source.ts';
import { TokenStream } from '../../../config/syntax/token-stream.ts';

/** The part of a configuration that belongs to filters, read to its end. */
export class FilterTexts {
  readonly scope = new Scope();
  readonly filters: FilterEnvironment;
  readonly tests = new FilterTests();
  readonly errors: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];
  readonly output: string[] = [];

  constructor(filters = new FilterEnvironment()) {
    this.filters = filters;
    for (const [name, type] of [['roa', 'roa4'] as const, ['aspa', 'aspa'] as const]) {
      const definition = { name, type, sorted: false, trie: false };
      this.scope.define({ name, kind: 'table', token: undefined, definition });
    }
  }

  reader(text: string): FilterReader {
    const stream = new TokenStream(new Source('filters.conf', text), {
      isSymbol: (name) => this.scope.lookup(name) !== undefined,
    });
    const notes = {
      error: (diagnostic: Diagnostic) => void this.errors.push(diagnostic),
      warnings: this.warnings,
      output: this.output,
    };
    return { stream, scope: this.scope, notes, filters: this.filters };
  }

  /** `define`, `function`, `filter`, `attribute` and test statements, one after the other. */
  read(text: string): this {
    const reader = this.reader(text);
    const { stream } = reader;
    for (;;) {
      const depth = stream.depth();
      try {
        if (stream.atEnd()) return this;
        if (stream.acceptPunct(';')) continue;
        // No block is open here.
        if (stream.atPunct('}')) {
          const brace = stream.next();
          stream.fail("syntax error, unexpected '}'", brace);
        }
        if (stream.atWords('define')) readDefine(reader);
        else if (stream.atWords('function')) readFunctionDeclaration(reader);
        else if (stream.atWords('filter')) readFilterDeclaration(reader);
        else if (stream.atWords('attribute')) readAttributeDeclaration(reader);
        else if (!readTestStatement(reader, this.tests)) stream.failUnexpected();
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        this.errors.push(error.diagnostic);
        if (!stream.skipStatement(depth, (diagnostic) => this.errors.push(diagnostic))) return this;
      }
    }
  }

  /** `all`, `none`, `where ...`, `filter ...` with the names read so far. */
  policy(text: string): Policy {
    const reader = this.reader(text);
    const policy = readPolicy(reader);
    assert.ok(reader.stream.atEnd(), 'all of the text is taken');
    this.assertGood();
    return policy;
  }

  routeBlock(text: string): Policy {
    const policy = readRouteBlock(this.reader(text));
    this.assertGood();
    return policy;
  }

  named(name: string): Policy {
    const symbol = this.scope.lookup(name);
    const policy = symbol === undefined ? undefined : filterOf(symbol);
    assert.ok(policy !== undefined, `filter ${name}`);
    return policy;
  }

  evaluate(text: string): string {
    const result = evaluateExpression(text, this, (line) => this.output.push(line));
    if ('value' in result) return result.value;
    return 'diagnostic' in result ? `9001 ${result.diagnostic.message}` : `8008 ${result.runtimeError}`;
  }

  assertGood(): this {
    assert.deepEqual(this.errors.map(formatDiagnostic), []);
    return this;
  }
}

export function readTexts(text: string): FilterTexts {
  return new FilterTexts().read(text).assertGood();
}

export function policyOf(text: string): Policy {
  return new FilterTexts().policy(text);
}

export function mistakesIn(text: string): string[] {
  return new FilterTexts().read(text).errors.map((diagnostic) => formatDiagnostic(diagnostic));
}

/** A route with an attribute set of its own; every field can be set. */
export class TestRoute implements PolicyRoute {
  version: 4 | 6 = 4;
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  length = 0;
  source: RouteSourceKind = RouteSourceKind.Bgp;
  protocol = 'bgp1';
  readonly attributes = new AttributeEditor();
  from: Ip | '' = '192.0.2.1' as Ip;
  preference = 100;
  scope: number = RouteScope.Universe;
  nextHop: NextHop = { kind: 'hops', hops: [hop('192.0.2.1', 'eth0')] };
  error = '';
  readonly printed: string[] = [];

  constructor(prefix: string) {
    this.attributes.loadEmpty();
    this.setPrefix(prefix);
  }

  setPrefix(text: string): this {
    const prefix = parsePrefix(text);
    assert.ok(prefix !== undefined, text);
    const view = new DataView(prefix.bytes.buffer, prefix.bytes.byteOffset);
    const word = (index: number): number => (4 * index < prefix.bytes.length ? view.getUint32(4 * index) : 0);
    this.version = prefix.version;
    [this.word0, this.word1, this.word2, this.word3] = [word(0), word(1), word(2), word(3)];
    this.length = prefix.length;
    return this;
  }

  print(line: string): void {
    this.printed.push(line);
  }
}

export function hop(gateway: string | undefined, interfaceName: string | undefined, weight = 1, onlink = false) {
  return { gateway: gateway as Ip | undefined, interfaceName, weight, onlink };
}

/** `accept`, `reject`, or the error. */
export function verdictOf(policy: Policy, route: TestRoute): string {
  switch (policy.evaluate(route)) {
    case PolicyVerdict.Accept:
      return 'accept';
    case PolicyVerdict.Reject:
      return 'reject';
    default:
      return route.error;
  }
}

/** Runs the statements of a filter over a route and gives what they printed. */
export function printedBy(statements: string, route = new TestRoute('10.0.0.0/8')): string[] {
  const verdict = verdictOf(policyOf(`filter { ${statements} accept; }`), route);
  assert.equal(verdict, 'accept');
  return route.printed;
}
