import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createExecServer } from '@exec-server/server';

/** A running server to try the client on. */
export interface RunningServer extends AsyncDisposable {
  readonly url: string;
}

export interface Server {
  readonly name: string;
  /** Why it cannot be tried here; null when it can. */
  readonly skip: string | null;
  /** @param variables besides those of this process */
  readonly start: (variables?: Readonly<Record<string, string>>) => Promise<RunningServer>;
}

/** The program of the reference implementation, version 0.169.0: `codex`. */
const reference = process.env['EXEC_SERVER_REFERENCE'];

/** Every server the client has to get on with. */
export const servers: readonly Server[] = [
  {
    name: 'this server',
    skip: null,
    start: async (variables = {}) => {
      const server = createExecServer({ environment: { ...process.env, ...variables } });
      return { url: await server.listen(), [Symbol.asyncDispose]: () => server.close() };
    },
  },
  {
    name: 'the reference server',
    skip: reference === undefined ? 'EXEC_SERVER_REFERENCE does not name its program' : null,
    start: (variables = {}) => startReference(reference ?? '', variables),
  },
];

async function startReference(program: string, variables: Readonly<Record<string, string>>): Promise<RunningServer> {
  // It refuses a home in the folder for temporary files.
  const home = mkdtempSync(join(homedir(), '.exec-server-reference-'));
  const child = spawn(program, ['exec-server', '--listen', 'ws://127.0.0.1:0'], {
    env: { ...process.env, ...variables, CODEX_HOME: home },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
