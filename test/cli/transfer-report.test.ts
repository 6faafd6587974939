import * as assert from 'uvu/assert';
import { formatReport } from '#cli/transfer-report.js';
import { suite } from '../harness/test.js';

const test = suite('transfer-report');

const response = {
  status: 200,
  headers: [{ name: 'content-type', value: 'text/html' }],
  url: 'http://a.test/end',
  redirected: true,
};

test('the variables of a format are filled in, and its escapes understood', () => {
  const transfer = { response, redirects: 1, method: 'GET', size: 1_234, totalMs: 1_500 };
  assert.is(
    formatReport('%{http_code}\\t%{size_download} %{url_effective}|%{content_type}|%{num_redirects}|%{time_total}|%{method}\\n', transfer),
    '200\t1234 http://a.test/end|text/html|1|1.500000|GET\n',
  );
  assert.is(formatReport('100%% %{redirect_url}%{no_such} %x \\z', transfer), '100%  %x \\z');
});
