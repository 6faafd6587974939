import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { GatewayHost, isAlive } from '../../../harness/mcp-gateway.js';
import { suite } from '../../../harness/test.js';

const test = suite('mcp stdio link');
const until = async (isTrue: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 10));
};

test('A4.1: the environment is a clean one: a short list, what is named, what is given', async () => {
  const environment = {
    PATH: process.env['PATH'] ?? '',
    HOME: '/h',
    LC_TIME: 'C',
    GITHUB_TOKEN: 'secret',
    EXEC_SERVER_TOKEN: 'ours',
    OTHER: 'o',
    NAMED: 'n',
  };
  await using host = await GatewayHost.start({ server: { environment } });
  await host.scripted('one', [], { env: { MINE: 'm', HOME: '/mine' }, inheritEnv: ['NAMED', 'MISSING'] });
  const session = await host.session();
  // The last is set by Node itself where coverage is measured.
  const { PATH, NODE_V8_COVERAGE: _, ...rest } = JSON.parse(await session.toolText('env')) as Record<string, string>;
  assert.is(PATH, environment.PATH);
  assert.equal(rest, { HOME: '/mine', LC_TIME: 'C', MINE: 'm', NAMED: 'n' });
});

test('A4.1: the working directory is the one given', async () => {
  await using host = await GatewayHost.start();
  const answer = await host.rest('POST', '', {
    name: 'x',
    transport: 'stdio',
    command: process.execPath,
    args: ['-e', 'console.error(process.cwd()); process.exit(1)'],
    cwd: '/tmp',
  });
  assert.match(String(answer.json['message']), /\/tmp/);
});

test('A8: a line that is too long fails the upstream, and a last line without end counts', async () => {
  await using host = await GatewayHost.start({ limits: { mcpMessageBytes: 1_000_000, mcpRestartDelayMs: 20 } });
  await host.register('long', 'endless-line', { restart: 'never' });
  await host.register('crash', 'crash-after-call', { toolPrefix: 'c_' });
  const session = await host.session();
  assert.is(await session.toolText('c_echo', { text: 'last words' }), 'last words');
  const { error } = await session.callTool('echo');
  assert.match(error?.message ?? '', /long.*longer than 1000000 bytes/);
  await host.hasStatus('long', 'failed');
});

test('A4.1: a program gets its arguments as they are: there is no shell', async () => {
  await using host = await GatewayHost.start();
  const args = ['-e', 'console.error(JSON.stringify(process.argv.slice(1))); process.exit(1)', '--', '$HOME', 'a b', '`id`', '*', ''];
  const answer = await host.rest('POST', '', { name: 'x', transport: 'stdio', command: process.execPath, args });
  assert.ok(String(answer.json['message']).includes(JSON.stringify(args.slice(3))));
});

test(
  'A4.1: a program leads a process group of its own',
  async () => {
    await using host = await GatewayHost.start();
    const { pid } = await host.scripted('one', ['--bare']);
    const group = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ')[2];
    assert.is(Number(group), pid);
  },
  { skip: process.platform === 'linux' ? null : 'it looks into /proc' },
);

test('A3: a program that ends before it is spoken to tells how, and what it said, every time', async () => {
  await using host = await GatewayHost.start();
  const args = ['-c', 'echo "no licence" >&2; exit 3'];
  for (let i = 0; i < 20; i++) {
    const { status, json } = await host.rest('POST', '', { name: 'x', transport: 'stdio', command: 'sh', args });
    assert.is(status, 502);
    assert.match(String(json['message']), /\(sh\).*exited with code 3[^]*no licence/);
  }
});

test('A3: of stderr the last lines are told, whole ones, 2 KiB at most', async () => {
  await using host = await GatewayHost.start();
  const args = ['-c', 'i=0; while [ $i -lt 1000 ]; do i=$((i+1)); echo "line $i" >&2; done; exit 3'];
  const { json } = await host.rest('POST', '', { name: 'x', transport: 'stdio', command: 'sh', args });
  const tail = String(json['message']).split('stderr: ')[1] ?? '';
  assert.ok(tail.length > 1_900 && tail.length <= 2_048, String(tail.length));
  assert.match(tail, /^line \d+\n[^]*line 1000$/);
});

test('A4.7: an upstream whose child holds its output open is gone when it is gone', async () => {
  await using host = await GatewayHost.start({ limits: { mcpRestartDelayMs: 10 } });
  const { json } = await host.register('one', 'forks');
  const session = await host.session();
  await host.scripted('two', ['--bare', '--tools', 'never'], { toolPrefix: 't_' });
  const children = (await session.toolText('echo')).split(' ').map(Number);
  process.kill(Number(json['pid']), 'SIGKILL');
  await until(async () => (await host.rest('GET', '/one')).json['restarts'] === 1);
  assert.match(String((await host.rest('GET', '/one')).json['lastError']), /SIGKILL/);
  await until(() => !children.some(isAlive));
});

test(
  'part D: messages of 15 MiB pass in both directions; one above 16 MiB fails the upstream',
  async () => {
    await using host = await GatewayHost.start();
    await host.register('one', 'honest', { restart: 'never' });
    const session = await host.session();
    const text = 'x'.repeat(15 * 1024 * 1024);
    assert.is((await session.toolText('echo', { text })).length, text.length);
    await host.register('long', 'endless-line', { restart: 'never', toolPrefix: 'l_' });
    assert.match((await session.callTool('l_echo')).error?.message ?? '', /longer than 16777216 bytes/);
  },
  { timeoutMs: 60_000 },
);

test('A7.3: an answer that is no JSON-RPC fails its call at once; a line with an id that answers nothing does not', async () => {
  await using host = await GatewayHost.start();
  await host.scripted('one');
  const session = await host.session();
  for (const answer of ['"result":{},"error":{"code":1,"message":"both"}', '"error":"no object"'])
    assert.match(
      (await session.callTool('say', { lines: [`{"jsonrpc":"2.0","id":$ID,${answer}}`] })).error?.message ?? '',
      /upstream one: its answer is no JSON-RPC/,
    );
  const lines = ['{"id":$ID,"level":"info"}', '{"jsonrpc":"2.0","id":$ID,"result":{"content":[{"type":"text","text":"good"}]}}'];
  assert.is(await session.toolText('say', { lines }), 'good');
});
