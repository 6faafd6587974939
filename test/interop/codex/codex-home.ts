import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A fresh home for `codex`, with a model of ours and without any restriction; gone when the block is left. */
export class CodexHome implements Disposable {
  /** It refuses a home in the folder for temporary files. */
  readonly path = mkdtempSync(join(homedir(), '.exec-server-codex-'));

  /**
   * @param modelUrl where the model answers
   * @param config more of `config.toml`: tables only
   */
  constructor(modelUrl: string, config = '') {
    const lines = [
      'model = "scripted"',
      'model_provider = "scripted"',
      'approval_policy = "never"',
      'sandbox_mode = "danger-full-access"',
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

  /** Variables for `codex`, which is to run its commands at that exec-server. Nothing of the user's own reaches it. */
  variables(execServerUrl: string): NodeJS.ProcessEnv {
    return { PATH: process.env['PATH'], HOME: this.path, CODEX_HOME: this.path, CODEX_EXEC_SERVER_URL: execServerUrl };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}
