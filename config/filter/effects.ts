/**
 * What a filter depends on and whether it changes anything, with everything that it calls. Callers of the policy decide
 * by it what they may remember (see `PolicyReads`), so every node that reads must be counted here.
 */
import { PolicyReads } from '../../bgp/index.ts';
import type { Code, Effects, StatementCode } from './code.ts';
import { addQuestion, addQuestions, type FoundQuestions, noQuestions } from './prefix-questions.ts';

export function effectsOf(body: readonly StatementCode[]): Effects {
  const found: Found = { reads: 0, writes: false, questions: noQuestions(), seesPrefix: false };
  for (const statement of body) addStatement(found, statement);
  const { reads, writes, questions, seesPrefix } = found;
  return { reads, writes, prefix: seesPrefix ? undefined : questions };
}

interface Found {
  reads: number;
  writes: boolean;
  readonly questions: FoundQuestions;
  /** It asks for more than questions can say. */
  seesPrefix: boolean;
}

function addStatement(found: Found, statement: StatementCode): void {
  switch (statement.op) {
    case 'block':
      for (const inner of statement.body) addStatement(found, inner);
      break;
    case 'assign':
      if (statement.value !== undefined) addCode(found, statement.value);
      break;
    case 'set':
      found.writes = true;
      addCode(found, statement.value);
      break;
    case 'unset':
      found.writes = true;
      break;
    case 'evaluate':
      addCode(found, statement.value);
      break;
    case 'if':
      for (const arm of statement.arms) {
        addCode(found, arm.condition);
        addStatement(found, arm.body);
      }
      if (statement.otherwise !== undefined) addStatement(found, statement.otherwise);
      break;
    case 'case':
      addCode(found, statement.value);
      for (const arm of statement.arms) addStatement(found, arm);
      if (statement.otherwise !== undefined) addStatement(found, statement.otherwise);
      break;
    case 'for':
      addCode(found, statement.list);
      addStatement(found, statement.body);
      break;
    case 'end':
      if (statement.printed.length > 0) found.reads |= PolicyReads.Output;
      for (const code of statement.printed) addCode(found, code);
      break;
    case 'print':
      found.reads |= PolicyReads.Output;
      for (const code of statement.printed) addCode(found, code);
      break;
    case 'return':
      if (statement.value !== undefined) addCode(found, statement.value);
      break;
    case 'decide':
      addCode(found, statement.value);
      break;
    case 'assert':
      found.reads |= PolicyReads.Output;
      addCode(found, statement.condition);
      break;
    case 'fail':
      break;
  }
}

function addCode(found: Found, code: Code): void {
  if (addQuestion(found.questions, code)) {
    found.reads |= PolicyReads.Prefix;
    return;
  }
  switch (code.op) {
    case 'constant':
    case 'variable':
    case 'fail':
      break;
    case 'attribute':
      found.reads |= code.attribute.reads;
      if ((code.attribute.reads & PolicyReads.Prefix) !== 0) found.seesPrefix = true;
      break;
    case 'arithmetic':
    case 'compare':
    case 'match':
      addCode(found, code.left);
      addCode(found, code.right);
      break;
    case 'not':
    case 'defined':
    case 'display':
      addCode(found, code.operand);
      break;
    case 'logical':
      for (const operand of code.operands) addCode(found, operand);
      break;
    case 'builtin':
      for (const arg of code.args) addCode(found, arg);
      break;
    case 'call':
      // A function that is not complete is the one that is looked at.
      found.reads |= code.callee.effects.reads;
      found.writes ||= code.callee.effects.writes;
      if (code.callee.effects.prefix === undefined) found.seesPrefix = true;
      else addQuestions(found.questions, code.callee.effects.prefix);
      for (const arg of code.args) addCode(found, arg);
      break;
    case 'mask':
      for (const part of code.parts) if (part.kind === 'value') addCode(found, part.value);
      break;
    case 'roa check':
      found.reads |= PolicyReads.Volatile;
      addCode(found, code.net);
      addCode(found, code.asn);
      break;
    case 'aspa check':
      found.reads |= PolicyReads.Volatile;
      addCode(found, code.path);
      addCode(found, code.upstream);
      break;
  }
}
