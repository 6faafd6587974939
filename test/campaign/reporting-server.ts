// A server in a process of its own that tells, when it is asked, what it holds. Ends with the process that forked it.
import { readdirSync } from 'node:fs';
import { createExecServer } from '@exec-server/server';
import { countZombies, type ServerReport } from './target.js';

const server = createExecServer({ limits: JSON.parse(process.argv[2] ?? '{}') as Record<string, number> });
const url = await server.listen();

function report(): ServerReport {
  (globalThis as { gc?: () => void }).gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const { connections, sessions, liveProcesses, retainedBytes } = server.inspect();
  return {
    rssBytes: rss,
    heapBytes: heapUsed + external,
    descriptors: readdirSync('/proc/self/fd').length,
    timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    zombies: countZombies(process.pid),
    connections: connections.length,
    sessions: sessions.length,
    liveProcesses,
    retainedBytes,
  };
}

process.on('message', () => process.send?.(report()));
process.once('disconnect', () => void server.close().then(() => process.exit(0)));
process.send?.(url);
