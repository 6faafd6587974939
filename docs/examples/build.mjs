// Runs a command on a server and shows its output as it comes: node docs/examples/build.mjs URL COMMAND…
import { connect } from '@exec-server/client';

const [url, ...argv] = process.argv.slice(2);
const client = await connect(url, { token: process.env.EXEC_SERVER_TOKEN });
try {
  const build = await client.processes.start({ argv });
  for await (const event of build) {
    if (event.type === 'output') (event.stream === 'stderr' ? process.stderr : process.stdout).write(event.chunk);
  }
  const { exitCode, signal } = await build.closed;
  console.error(signal ? `ended by ${signal}` : `exit code ${exitCode}`);
  process.exitCode = exitCode;
} finally {
  await client.close();
}
