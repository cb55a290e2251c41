/**
 * Calico's selector language: which labelled objects a resource speaks of.
 *
 *     selector := or                                        the empty text selects everything
 *     or       := and { '||' and }
 *     and      := not { '&&' not }
 *     not      := { '!' } primary
 *     primary  := '(' or ')' | 'all()' | 'global()' | 'has(' LABEL ')'
 *               | LABEL ( '==' | '!=' ) STRING
 *               | LABEL [ 'not' ] 'in' '{' [ STRING { ',' STRING } ] '}'
 *               | LABEL ( 'contains' | 'starts with' | 'ends with' ) STRING
 *
 * LABEL is made of letters, digits, `_ . / -`; STRING stands in single or double quotes and knows no escapes. What is
 * said of a label that is absent is false, except `!=` and `not in`.
 *
 * Nesting is limited, so that a hostile text costs neither stack nor time.
 */

export type Labels = ReadonlyMap<string, string>;

export type SelectorNode =
  | { readonly op: 'all' | 'global' }
  | { readonly op: 'has'; readonly label: string }
  | { readonly op: 'equal' | 'unequal' | 'contains' | 'starts' | 'ends'; readonly label: string; readonly text: string }
  | { readonly op: 'in' | 'notIn'; readonly label: string; readonly set: ReadonlySet<string> }
  | { readonly op: 'not'; readonly operand: SelectorNode }
  | { readonly op: 'and' | 'or'; readonly operands: readonly SelectorNode[] };

export class SelectorError extends Error {
  /** Offset in the text, from 0. */
  readonly at: number;
  constructor(message: string, at: number) {
    super(`${message} at character ${at + 1}`);
    this.name = 'SelectorError';
    this.at = at;
  }
}

const MAX_LENGTH = 65_536;
const MAX_DEPTH = 100;

export class Selector {
  readonly root: SelectorNode;

  constructor(root: SelectorNode) {
    this.root = root;
  }

  matches(labels: Labels): boolean {
    return holds(this.root, labels);
  }

  /** The canonical text: two selectors with one text select the same. */
  toString(): string {
    return format(this.root, false);
  }
}

/** Throws `SelectorError`. */
export function parseSelector(text: string): Selector {
  if (text.length > MAX_LENGTH) throw new SelectorError('selector is too long', MAX_LENGTH);
  return new Selector(new Parser(text).read());
}

function holds(node: SelectorNode, labels: Labels): boolean {
  switch (node.op) {
    case 'all':
    case 'global':
      return true;
    case 'has':
      return labels.has(node.label);
    case 'equal':
      return labels.get(node.label) === node.text;
    case 'unequal':
      return labels.get(node.label) !== node.text;
    case 'contains':
      return labels.get(node.label)?.includes(node.text) ?? false;
    case 'starts':
      return labels.get(node.label)?.startsWith(node.text) ?? false;
    case 'ends':
      return labels.get(node.label)?.endsWith(node.text) ?? false;
    case 'in':
    case 'notIn': {
      const value = labels.get(node.label);
      return (value !== undefined && node.set.has(value)) === (node.op === 'in');
    }
    case 'not':
      return !holds(node.operand, labels);
    case 'and':
      return node.operands.every((operand) => holds(operand, labels));
    case 'or':
      return node.operands.some((operand) => holds(operand, labels));
  }
}

const WORDS = { equal: '==', unequal: '!=', contains: 'contains', starts: 'starts with', ends: 'ends with' } as const;

function format(node: SelectorNode, nested: boolean): string {
  switch (node.op) {
    case 'all':
    case 'global':
      return `${node.op}()`;
    case 'has':
      return `has(${node.label})`;
    case 'equal':
    case 'unequal':
    case 'contains':
    case 'starts':
    case 'ends':
      return `${node.label} ${WORDS[node.op]} ${quote(node.text)}`;
    case 'in':
    case 'notIn':
      return `${node.label} ${node.op === 'in' ? 'in' : 'not in'} {${[...node.set].sort().map(quote).join(', ')}}`;
    case 'not':
      return `!${format(node.operand, true)}`;
    case 'and':
    case 'or': {
      const text = node.operands.map((operand) => format(operand, true)).join(node.op === 'and' ? ' && ' : ' || ');
      return nested ? `(${text})` : text;
    }
  }
}

/** A string holds one kind of quotes at most, for it came between the other. */
function quote(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}

const LABEL = /[A-Za-z0-9_./-]+/y;

class Parser {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  read(): SelectorNode {
    this.skipBlanks();
    if (this.at === this.text.length) return { op: 'all' };
    const root = this.or();
    if (this.at < this.text.length) this.fail('expected an operator or the end');
    return root;
  }

  private or(): SelectorNode {
    return this.chain('or', '||', () => this.chain('and', '&&', () => this.not()));
  }

  private chain(op: 'and' | 'or', sign: string, operand: () => SelectorNode): SelectorNode {
    const first = operand();
    const operands = [first];
    while (this.accept(sign)) operands.push(operand());
    return operands.length === 1 ? first : { op, operands };
  }

  private not(): SelectorNode {
    let negations = 0;
    while (!this.text.startsWith('!=', this.at) && this.accept('!')) negations++;
    let node = this.primary();
    // Two negations are none: the depth of the tree does not grow with the text.
    if (negations % 2 === 1) node = { op: 'not', operand: node };
    return node;
  }

  private primary(): SelectorNode {
    if (this.accept('(')) {
      if (++this.depth > MAX_DEPTH) this.fail('too many parentheses inside one another');
      const inner = this.or();
      this.depth--;
      this.expect(')');
      return inner;
    }
    const start = this.at;
    const label = this.label();
    if (this.text[this.at] === '(' && (label === 'all' || label === 'global' || label === 'has')) {
      return this.call(label);
    }
    this.skipBlanks();
    if (this.accept('==')) return { op: 'equal', label, text: this.string() };
    if (this.accept('!=')) return { op: 'unequal', label, text: this.string() };
    const word = /(?:not\s+in|in|contains|starts\s*with|ends\s*with)(?![A-Za-z0-9_./-])/y;
    word.lastIndex = this.at;
    const found = word.exec(this.text)?.[0];
    if (found === undefined)
      this.fail(`expected an operator behind the label ${this.text.slice(start, this.at).trim()}`);
    this.at += found.length;
    this.skipBlanks();
    switch (found[0]) {
      case 'n':
        return { op: 'notIn', label, set: this.set() };
      case 'i':
        return { op: 'in', label, set: this.set() };
      case 'c':
        return { op: 'contains', label, text: this.string() };
      case 's':
        return { op: 'starts', label, text: this.string() };
      default:
        return { op: 'ends', label, text: this.string() };
    }
  }

  private call(word: 'all' | 'global' | 'has'): SelectorNode {
    this.expect('(');
    if (word !== 'has') {
      this.expect(')');
      return { op: word };
    }
    const label = this.label();
    this.skipBlanks();
    this.expect(')');
    return { op: 'has', label };
  }

  private label(): string {
    LABEL.lastIndex = this.at;
    const label = LABEL.exec(this.text)?.[0];
    if (label === undefined) this.fail('expected a label, all(), has(), global(), ! or (');
    this.at += label.length;
    return label;
  }

  private string(): string {
    const mark = this.text[this.at];
    if (mark !== '"' && mark !== "'") this.fail('expected a string in quotes');
    const end = this.text.indexOf(mark, this.at + 1);
    if (end < 0) this.fail('string without an end');
    const value = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    this.skipBlanks();
    return value;
  }

  private set(): ReadonlySet<string> {
    this.expect('{');
    const set = new Set<string>();
    if (this.accept('}')) return set;
    do set.add(this.string());
    while (this.accept(','));
    this.expect('}');
    return set;
  }

  private accept(sign: string): boolean {
    if (!this.text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    this.skipBlanks();
    return true;
  }

  private expect(sign: string): void {
    if (!this.accept(sign)) this.fail(`expected ${sign}`);
  }

  private skipBlanks(): void {
    while (/\s/.test(this.text[this.at] ?? '')) this.at++;
  }

  private fail(message: string): never {
    throw new SelectorError(message, this.at);
  }
}
