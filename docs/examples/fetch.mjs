// A fetch whose requests are made by the machine of a server: node docs/examples/fetch.mjs URL
import { createServer } from 'node:http';
import { connect, createExecutorFetch } from '@exec-server/client';

// Something that is only to be reached from there. Here it is the same machine.
const intranet = createServer((_, response) => {
  for (const event of [1, 2, 3]) response.write(`event ${event}\n`);
  response.end();
}).listen(0, '127.0.0.1');
await new Promise((resolve) => intranet.once('listening', resolve));

const client = await connect(process.argv[2], { token: process.env.EXEC_SERVER_TOKEN });
try {
  const fetch = createExecutorFetch(client); // give it to whatever takes a fetch
  const response = await fetch(`http://127.0.0.1:${intranet.address().port}/events`, { signal: AbortSignal.timeout(10_000) });
  for await (const bytes of response.body) process.stdout.write(bytes);
  console.log(`over there: ${response.status}`);
} finally {
  await client.close();
  intranet.closeAllConnections();
  intranet.close();
}
