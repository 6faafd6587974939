import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { program } from '../servers.js';
import type { TurnItem } from './app-server.js';
import type { CodexHome } from './codex-home.js';

export interface CodexExecResult {
  readonly code: number | null;
  /** What was completed, in order. */
  readonly items: readonly TurnItem[];
  readonly stderr: string;
}

/** Runs `codex exec` to its end, in this directory of the executor. */
export async function runCodexExec(home: CodexHome, execServerUrl: string, cwd: string): Promise<CodexExecResult> {
  const args = ['exec', '--json', '--skip-git-repo-check', '-C', cwd, 'go'];
  const child = spawn(program, args, { env: home.variables(execServerUrl), stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly type: string; readonly item?: TurnItem });
  const items = events.flatMap(({ type, item }) => (type === 'item.completed' && item ? [item] : []));
  return { code, items, stderr };
}
