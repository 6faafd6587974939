import * as assert from 'uvu/assert';
import { runCommand, startCommandServer } from '../../harness/command-line.js';
import { fixture } from '../../harness/mcp-servers.js';
import { suite } from '../../harness/test.js';

const test = suite('mcp upstreams command');
const stderrOf = async (url: string) => (await runCommand(['mcp', 'upstreams', 'list', '--url', url])).stderr;
const slow = { timeoutMs: 60_000 };

test(
  'upstreams are added, listed, shown and removed',
  async () => {
    await using server = await startCommandServer();
    const upstreams = async (...args: readonly string[]) => {
      const [action = '', ...rest] = args;
      const result = await runCommand(['mcp', 'upstreams', action, '--url', server.url, ...rest], '', { SECRET: 's3cret' });
      return { code: result.code, stdout: result.stdout.toString().trim(), stderr: result.stderr.trim() };
    };
    assert.equal(await upstreams('list'), { code: 0, stdout: 'there are none', stderr: '' });
    const [command, args] = fixture('scripted', '--bare', '--tools', 'a,b,c');
    const added = await upstreams(
      'add',
      'one',
      '--prefix',
      'x_',
      '--disable',
      'c',
      '--env',
      'SECRET',
      '--env',
      'A=b=c',
      '--',
      command,
      ...args,
    );
    assert.equal(added, { code: 0, stdout: 'one is running: 2 tools (x_a, x_b)', stderr: '' });
    assert.match((await upstreams('list')).stdout, /^NAME +STATUS +TRANSPORT +TOOLS\none +running +stdio +2$/);
    const shown = await upstreams('show', 'one');
    assert.match(shown.stdout, /tools: +x_a, x_b/);
    assert.match(shown.stdout, /env: +SECRET, A/);
    assert.not.match(shown.stdout, /s3cret/);
    const json = JSON.parse((await upstreams('show', 'one', '--json')).stdout) as { tools: string[] };
    assert.equal(json.tools, ['x_a', 'x_b']);
    assert.equal(await upstreams('remove', 'one'), { code: 0, stdout: 'one is removed', stderr: '' });
    assert.equal(await upstreams('show', 'one'), { code: 1, stdout: '', stderr: 'Error: there is no upstream one' });
    const failed = await upstreams('add', 'two', '--', 'no-such-program');
    assert.is(failed.code, 1);
    assert.match(failed.stderr, /no-such-program/);
  },
  slow,
);

test(
  'what makes no sense is told before anybody is asked',
  async () => {
    const url = ['--url', 'ws://127.0.0.1:1'];
    for (const [args, message] of [
      [['list'], /--url is missing/],
      [['add', 'x', ...url], /either a program/],
      [['add', 'x', ...url, '--http', 'http://h/', '--', 'cat'], /either a program/],
      [['add', 'x', ...url, '--env', 'NOT_SET_ANYWHERE', '--', 'cat'], /NOT_SET_ANYWHERE is not set/],
      [['add', 'x', ...url, '--http', 'http://h/', '--header', 'nonsense'], /NAME: VALUE/],
      [['list', '--url', 'file:///x'], /--url must be/],
    ] as const) {
      const { code, stderr } = await runCommand(['mcp', 'upstreams', ...args], '', { EXEC_SERVER_URL: '' });
      assert.not.equal(code, 0);
      assert.match(stderr, message);
    }
  },
  slow,
);

test(
  'a server that wants a token, has no gateway, or is not there is told in words',
  async () => {
    const digest = 'a'.repeat(64);
    await using guarded = await startCommandServer(['--ws-auth', 'capability-token', '--ws-token-sha256', digest]);
    const without = await startCommandServer(['--no-mcp-gateway']);
    assert.match(await stderrOf(guarded.url), /wants credentials/);
    assert.match(await stderrOf(without.url), /has no MCP gateway/);
    await without.stop();
    assert.match(await stderrOf(without.url), /cannot reach/);
  },
  slow,
);
