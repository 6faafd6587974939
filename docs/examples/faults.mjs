// A command over a line that breaks in the middle: node docs/examples/faults.mjs
import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { FaultProxy, startExecServer } from 'exec-server/testing';

const host = await startExecServer();
const proxy = await FaultProxy.start(host.url);
const client = await host.connect({ url: proxy.url });

proxy.shape({ delayMs: 5, pieceBytes: 4_096 }); // both ways
proxy.at('toClient', 20_000, 'cut'); // once 20 000 more bytes have come from the server

const count = await client.processes.start({ argv: ['seq', '20000'] });
const output = await text(count.stdout);
assert.equal(output.length, 108_894);
assert.ok(output.endsWith('\n19999\n20000\n'));

console.log(`ok, over ${proxy.accepted} connections`);
await proxy.close();
await host.close();
