import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { launcher } from '../harness/command-line.js';
import { allGone } from '../harness/mcp-host.js';
import { everything } from '../harness/mcp-servers.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('mcp bridge in a real host');

/** The inspector of the MCP project, which is such a host, with a command line. */
const inspector = process.env['EXEC_SERVER_MCP_INSPECTOR'];
const skip = inspector === undefined ? 'set EXEC_SERVER_MCP_INSPECTOR to the program mcp-inspector' : null;

test(
  'a host whose configuration has the bridge in front of a command uses the server on the other machine',
  async () => {
    await using host = await startExecServer();
    using scratch = new Scratch();
    const [command, args] = everything();
    const bridge = [launcher, 'mcp', 'bridge', '--url', host.url, '--env', 'MARK=over there', '--', command, ...args];
    const server = { command: process.execPath, args: bridge, env: { EXEC_SERVER_TOKEN: host.token } };
    const config = scratch.file('host.json', JSON.stringify({ mcpServers: { remote: server } }));
    const ask = async (...question: string[]): Promise<Record<string, unknown>> => {
      const { stdout } = await promisify(execFile)(inspector ?? '', ['--cli', '--config', config, '--server', 'remote', ...question], {
        timeout: 60_000,
      });
      return JSON.parse(stdout.slice(stdout.indexOf('{'))) as Record<string, unknown>;
    };
    const { tools } = (await ask('--method', 'tools/list')) as { tools: { name: string }[] };
    assert.ok(tools.some(({ name }) => name === 'echo'));
    const echoed = await ask('--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=hello');
    assert.equal(echoed['content'], [{ type: 'text', text: 'Echo: hello' }]);
    const env = (await ask('--method', 'tools/call', '--tool-name', 'get-env')) as { content: { text: string }[] };
    assert.match(env.content[0]?.text ?? '', /"MARK": "over there"/);
    assert.ok(Array.isArray((await ask('--method', 'resources/list'))['resources']));
    assert.ok(Array.isArray((await ask('--method', 'prompts/list'))['prompts']));
    assert.is(host.inspect().server.counters.processesStarted, 5);
    await allGone(host);
  },
  { timeoutMs: 180_000, skip },
);
