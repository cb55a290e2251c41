import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { diagnosticAt, diagnosticHeadline, formatDiagnostic, nearest } from '../../../config/syntax/diagnostic.ts';
import { Source } from '../../../config/syntax/source.ts';

describe('diagnostics', () => {
  it('draw the caret under tabs as under blanks', () => {
    const text = '\tlocal as x;';
    const at = text.indexOf('x');
    assert.equal(
      formatDiagnostic(diagnosticAt(new Source('a.conf', text), at, at + 1, 'no')),
      ['a.conf:1:11 no', '  \tlocal as x;', '  \t         ^'].join('\n'),
    );
  });

  it('cut long lines around the place', () => {
    const text = `${'a '.repeat(200)}HERE${' b'.repeat(200)}`;
    const at = text.indexOf('HERE');
    const [headline, line, caret] = formatDiagnostic(diagnosticAt(new Source('a', text), at, at + 4, 'no')).split('\n');
    assert.equal(headline, 'a:1:401 no');
    assert.ok(line!.length < 130);
    assert.equal(line!.slice(caret!.indexOf('^'), caret!.lastIndexOf('^') + 1), 'HERE');
  });

  it('show no control characters of the text', () => {
    const text = 'a \u001b[31m b';
    assert.equal(formatDiagnostic(diagnosticAt(new Source('a', text), 0, 1, 'no')), 'a:1:1 no\n  a ?[31m b\n  ^');
  });

  it('show no keys that stand in the line, finished or not', () => {
    const text = 'bogus; password "open sesame"; secret\t"x"; password "unfinished';
    const [, line, caret] = formatDiagnostic(diagnosticAt(new Source('a', text), 0, 5, 'no')).split('\n');
    assert.equal(line, '  bogus; password "***********"; secret\t"*"; password "**********');
    assert.equal(caret, '  ^^^^^');
  });

  it('have no line to show at the end of an empty text', () => {
    assert.equal(formatDiagnostic(diagnosticAt(new Source('a', ''), 0, 0, 'no')), 'a:1:1 no');
  });

  it('mark warnings', () => {
    const warning = diagnosticAt(new Source('a', 'x'), 0, 1, 'perhaps', { severity: 'warning' });
    assert.equal(diagnosticHeadline(warning), 'a:1:1 warning: perhaps');
  });

  it('know the nearest word, and when none is near', () => {
    const words = ['neighbor', 'local', 'hold', 'passive', 'password', 'as'];
    assert.equal(nearest('neighbour', words), 'neighbor');
    assert.equal(nearest('lcoal', words), 'local');
    assert.equal(nearest('passwd', words), 'password');
    assert.equal(nearest('HOLD', words), 'hold');
    assert.equal(nearest('zebra', words), undefined);
    assert.equal(nearest('local', ['local']), undefined);
  });
});
