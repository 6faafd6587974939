import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { startExecServer } from 'exec-server/testing';
import { allGone } from '../harness/mcp-host.js';
import { suite } from '../harness/test.js';

const test = suite('exit-hook');

const endings = {
  'process.exit': 'process.exit(0)',
  'an uncaught exception': 'setImmediate(() => { throw new Error("on purpose") })',
  'the exception of a callback': 'queueMicrotask(() => { throw new Error("on purpose") })',
};

for (const [how, ending] of Object.entries(endings)) {
  test(`M1: a server is killed when the process that has started it ends by ${how}`, async () => {
    await using host = await startExecServer();
    const script = `
      import { connect } from '@exec-server/client';
      import { ExecutorStdioClientTransport } from '@exec-server/mcp';
      const client = await connect(process.argv[1], { token: process.argv[2] });
      const start = () => new ExecutorStdioClientTransport({ client, command: 'sleep', args: ['1000'], cwd: '/tmp' });
      for (let i = 0; i < 10; i++) await start().start();
      await start().close();
      console.log('started');
      process.stdin.once('data', () => { ${ending} });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, host.url, host.token], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    assert.is(host.inspect().server.liveProcesses, 10);
    child.stdin.write('end\n');
    await once(child, 'close');
    await allGone(host); // long before its session expires
  });
}
