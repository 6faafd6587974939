import * as assert from 'uvu/assert';
import { CopyReport } from '#cli/copy/copy-report.js';
import { suite } from '../../harness/test.js';

const test = suite('copy-report');

test('lines go to stderr, and a failure is remembered', () => {
  const lines: unknown[] = [];
  const { error } = console;
  console.error = (line: unknown) => lines.push(line);
  try {
    using report = new CopyReport(true);
    report.print('something to know');
    assert.is(report.hasFailures, false);
    report.fail('a -> b', Object.assign(new Error("EACCES: permission denied, open 'b'"), { code: 'EACCES' }));
    assert.is(report.hasFailures, true);
  } finally {
    console.error = error;
  }
  assert.equal(lines, ['exec-server: something to know', 'exec-server: a -> b: Permission denied']);
});
