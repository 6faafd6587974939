// A server and a client for a test in one line: node docs/examples/harness.mjs
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { startExecServer } from 'exec-server/testing';

const host = await startExecServer();
const child = await host.client.processes.start({ argv: ['sh', '-c', 'echo "$GREETING"'], env: { GREETING: 'hello' } });
assert.equal(await text(child.stdout), 'hello\n');
assert.deepEqual(await child.closed, { exitCode: 0, signal: null, timedOut: false });
await host.close(); // fails when anything is left
console.log('ok');
