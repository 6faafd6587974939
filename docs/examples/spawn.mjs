// The face of node:child_process: node docs/examples/spawn.mjs URL
import { once } from 'node:events';
import { connect, spawn } from '@exec-server/client';

const client = await connect(process.argv[2], { token: process.env.EXEC_SERVER_TOKEN });

const sort = spawn(client, 'sort', ['-n']);
sort.stdout.pipe(process.stdout);
sort.stdin.end('10\n9\n8\n');
const [code] = await once(sort, 'close');
process.exitCode = code;
await client.close();
