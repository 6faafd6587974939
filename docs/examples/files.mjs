// Files of a server: node docs/examples/files.mjs URL
import { createReadStream as createLocalReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { connect, createWriteStream } from '@exec-server/client';

const client = await connect(process.argv[2], { token: process.env.EXEC_SERVER_TOKEN });
const { fs } = client;

const directory = new URL(`${client.environmentInfo.tempDir}/exec-server-example-${crypto.randomUUID()}/`);
await fs.mkdir(directory);
try {
  await fs.writeFile(new URL('notes.txt', directory), 'first\nsecond\n');
  console.log(await fs.readFile(new URL('notes.txt', directory), 'utf8'));

  // A file of this machine, as a stream of Node.
  await pipeline(createLocalReadStream(import.meta.filename), createWriteStream(client, new URL('copy.mjs', directory)));

  for await (const entry of fs.walk(directory)) console.log(entry.kind, entry.path.split('/').at(-1));

  try {
    await fs.readFile(new URL('nothing', directory));
  } catch (error) {
    console.log(error.code); // ENOENT, as from node:fs
  }
} finally {
  await fs.rm(directory, { recursive: true });
  await client.close();
}
