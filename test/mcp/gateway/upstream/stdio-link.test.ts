import * as assert from 'uvu/assert';
import { GatewayHost } from '../../../harness/mcp-gateway.js';
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
