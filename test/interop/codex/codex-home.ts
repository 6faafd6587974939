import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface CodexHomeOptions {
  /** More of the `config.toml` of `codex`: tables only. */
  readonly config?: string;
  /** What commands and edits may do; everything by default. */
  readonly sandbox?: 'danger-full-access' | 'workspace-write' | 'read-only';
}

/** A fresh home for `codex`, with a model of ours and without any restriction; gone when the block is left. */
export class CodexHome implements Disposable {
  /** It refuses a home in the folder for temporary files. */
  readonly path = mkdtempSync(join(homedir(), '.exec-server-codex-'));
  #hasEnvironments = false;

  /** @param modelUrl where the model answers */
  constructor(modelUrl: string, { config = '', sandbox = 'danger-full-access' }: CodexHomeOptions = {}) {
    const lines = [
      'model = "scripted"',
      'model_provider = "scripted"',
      'approval_policy = "never"',
      `sandbox_mode = "${sandbox}"`,
      '[analytics]',
      'enabled = false',
      '[model_providers.scripted]',
      'name = "scripted"',
      `base_url = "${modelUrl}"`,
      'wire_api = "responses"',
      'request_max_retries = 0',
      'stream_max_retries = 0',
      config,
    ];
    writeFileSync(join(this.path, 'config.toml'), lines.join('\n'));
  }

  /** Names the places `codex` may work at, instead of the one exec-server. @param toml content of its `environments.toml` */
  setEnvironments(toml: string): void {
    writeFileSync(join(this.path, 'environments.toml'), toml);
    this.#hasEnvironments = true;
  }

  /** Variables for `codex`, which is to run its commands at that exec-server. Nothing of the user's own reaches it. */
  variables(execServerUrl: string): NodeJS.ProcessEnv {
    const variables = { PATH: process.env['PATH'], HOME: this.path, CODEX_HOME: this.path };
    return this.#hasEnvironments ? variables : { ...variables, CODEX_EXEC_SERVER_URL: execServerUrl };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}
