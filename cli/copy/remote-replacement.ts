import { type ExecClient, RpcError } from '@exec-server/client';
import { toNativePath } from '@exec-server/protocol';

/**
 * Gives files on the server another name, replacing what has it. Servers without `fs/rename` are made to run `mv`; where
 * there is none either the content is copied, which is not one step, and the user is told once.
 */
export class RemoteReplacement {
  readonly #client: ExecClient;
  readonly #warn: (text: string) => void;
  #hasMv = true;
  #hasWarned = false;

  constructor(client: ExecClient, warn: (text: string) => void) {
    this.#client = client;
    this.#warn = warn;
  }

  /** @param from, to file URIs of one directory; what is at `to` is no directory */
  async replace(from: string, to: string, signal: AbortSignal): Promise<void> {
    if (this.#client.supports('fsRename')) await this.#client.fs.rename(new URL(from), new URL(to), { signal });
    else if (!(await this.#move(from, to, signal))) await this.#copy(from, to, signal);
  }

  /** False when it cannot be tried. */
  async #move(from: string, to: string, signal: AbortSignal): Promise<boolean> {
    const [source, target] = [from, to].map((uri) => toNativePath(new URL(uri), 'posix'));
    if (!this.#hasMv || this.#client.environmentInfo?.platformOs === 'windows' || !source || !target) return false;
    try {
      // The name of a directory would mean: into it. GNU and busybox can be told that it does not.
      const asFile = this.#client.environmentInfo?.platformOs === 'linux' ? ['-T'] : [];
      const env = { LC_ALL: 'C' };
      const { exitCode, stderr } = await this.#client.run(['mv', '-f', ...asFile, '--', source, target], { cwd: '/', env, signal });
      if (exitCode === 0) return true;
      if (!/option/.test(stderr)) throw new Error(stderr.trim() || `mv ended with exit code ${exitCode}`);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
    }
    this.#hasMv = false;
    return false;
  }

  async #copy(from: string, to: string, signal: AbortSignal): Promise<void> {
    if (!this.#hasWarned) this.#warn('the server can neither rename some files nor run mv for it: they do not appear in one step');
    this.#hasWarned = true;
    await this.#client.fs.cp(new URL(from), new URL(to), { signal });
    await this.#client.fs.rm(new URL(from), { signal });
  }
}
