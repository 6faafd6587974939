import * as assert from 'uvu/assert';
import { matchesTemplate } from '#mcp/gateway/uri-template.js';
import { suite } from '../../harness/test.js';

const test = suite('uri templates');

test('A7.6: a URI fits a template when what stands around the expressions does', () => {
  for (const [template, uri, fits] of [
    ['x:one', 'x:one', true],
    ['x:one', 'x:two', false],
    ['demo://text/{id}', 'demo://text/7', true],
    ['demo://text/{id}', 'demo://text/7/8', false],
    ['demo://text/{id}', 'demo://blob/7', false],
    ['file:///{+path}', 'file:///a/b/c', true],
    ['file:///{path*}', 'file:///a/b', true],
    ['a://{host}/b/{id}/c', 'a://h/b/7/c', true],
    ['a://{host}/b/{id}/c', 'a://h/b/7/d', false],
    ['s://q{?name,other}', 's://q', true],
    ['s://q{?name,other}', 's://q?name=1', true],
    ['s://q{/parts*}', 's://q/a/b', true],
    ['{', '{', true],
    ['a.c', 'abc', false],
  ] as const)
    assert.is(matchesTemplate(template, uri), fits, `${template} ${uri}`);
});

test('S4: a hostile template takes no time', () => {
  assert.not.ok(matchesTemplate(`${'{+a}x'.repeat(2_000)}!`, 'x'.repeat(100_000)));
});
