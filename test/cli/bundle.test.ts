import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect, createExecutorFetch } from '@exec-server/client';
import * as assert from 'uvu/assert';
import { startCommandServer } from '../harness/command-line.js';
import { McpCaller } from '../harness/mcp-caller.js';
import { fixture } from '../harness/mcp-servers.js';
import { suite } from '../harness/test.js';

const test = suite('bundle');

const place = new URL('../../../cli/bundle/', import.meta.url);
const main = fileURLToPath(new URL('main.js', place));
const options = { timeoutMs: 60_000, ...(existsSync(main) ? {} : { skip: 'npm run build makes it' }) };

test(
  'it serves with all that is outside of it: terminals, HTTP requests, logging, the gateway',
  async () => {
    await using server = await startCommandServer(['--log-level', 'debug'], main);
    await using client = await connect(server.url);
    const shell = await client.processes.start({ argv: ['sh', '-c', 'tty'], tty: true });
    let text = '';
    for await (const event of shell) if (event.type === 'output') text += Buffer.from(event.chunk).toString();
    assert.match(text, /\/dev\/pts\//);

    const web = createServer((_request, response) => response.end('hello')).listen(0, '127.0.0.1');
    await once(web, 'listening');
    const { port } = web.address() as AddressInfo;
    const response = await createExecutorFetch(client)(`http://127.0.0.1:${port}/`);
    assert.is(await response.text(), 'hello');
    web.close();

    const endpoint = `${server.url.replace('ws:', 'http:')}/mcpproxy`;
    const [command, args] = fixture('honest');
    const body = JSON.stringify({ name: 'honest', transport: 'stdio', command, args });
    const answer = await fetch(`${endpoint}/upstreams`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    assert.is(answer.status, 201, await answer.text());
    const caller = new McpCaller(endpoint, {});
    await caller.initialize();
    assert.is(await caller.toolText('echo', { text: 'through it' }), 'through it');
    caller.close();
    assert.is((await fetch(`${server.url.replace('ws:', 'http:')}/metrics`)).status, 200);
  },
  options,
);

test(
  'the licenses of all it holds stand beside it',
  () => {
    const licenses = readFileSync(new URL('LICENSES.txt', place), 'utf8');
    for (const name of ['zod', 'ws', 'commander', 'json-rpc-2.0', 'undici', '@modelcontextprotocol/client'])
      assert.match(licenses, new RegExp(`^${name} \\d`, 'm'));
  },
  options,
);

test(
  'a server that runs finds what it has not loaded yet while it is made again',
  async () => {
    const names = readdirSync(place);
    const child = execFile(process.execPath, [fileURLToPath(new URL('../../../scripts/bundle.mjs', import.meta.url))]);
    const ended = once(child, 'exit');
    while (child.exitCode === null && child.signalCode === null) {
      for (const name of names) assert.ok(existsSync(new URL(name, place)), name);
      await setImmediate();
    }
    assert.equal(await ended, [0, null]);
    assert.equal(readdirSync(place), names);
  },
  options,
);
