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
  /** Where to work, when it is not the one exec-server. */
  #place: NodeJS.ProcessEnv | null = null;

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
    this.#place = {};
  }

  /** Has `codex` look up an exec-server in a registry, instead of being told its URL. */
  lookUp(registryUrl: string, environmentId: string): void {
    const name = 'CODEX_EXEC_SERVER_NOISE';
    this.#place = { [`${name}_REGISTRY_URL`]: registryUrl, [`${name}_ENVIRONMENT_ID`]: environmentId, [`${name}_AUTH_TOKEN`]: 'token' };
  }

  /** Variables for `codex`, which is to run its commands at that exec-server. Nothing of the user's own reaches it. */
  variables(execServerUrl: string): NodeJS.ProcessEnv {
    const place = this.#place ?? { CODEX_EXEC_SERVER_URL: execServerUrl };
    return { PATH: process.env['PATH'], HOME: this.path, CODEX_HOME: this.path, ...place };
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
  }
}
