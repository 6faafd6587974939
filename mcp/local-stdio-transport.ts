import type { Subject } from './errors.js';
import { StdioClientTransport } from './sdk.js';
import { toStartEnvironment } from './start-environment.js';
import type { StdioServerConfig } from './config/server-config.js';
import { StderrLines } from './stderr-lines.js';

/** The SDK's transport for a program on this machine. */
export class LocalStdioClientTransport extends StdioClientTransport {
  readonly subject: Subject;
  readonly failure = null;
  readonly #stderr: StderrLines;

  /** @param onStderr gets what the program prints on its standard error, line by line */
  constructor(config: StdioServerConfig, onStderr: (line: string) => void) {
    const { env } = toStartEnvironment(config.env, config.envVars, process.env);
    const cwd = config.cwd === null ? {} : { cwd: config.cwd };
    super({ command: config.command, args: [...config.args], env: { ...env }, stderr: 'pipe', ...cwd });
    this.subject = { server: config.name, environment: 'local' };
    this.#stderr = new StderrLines(onStderr);
    this.stderr?.on('data', (bytes: Uint8Array) => this.#tell(() => this.#stderr.push(bytes)));
    this.stderr?.on('end', () => this.#tell(() => this.#stderr.finish()));
  }

  /** How far the server has got. */
  get phase(): 'spawn' | 'handshake' {
    return this.pid === null ? 'spawn' : 'handshake';
  }

  get stderrTail(): string {
    return this.#stderr.tail;
  }

  /** Nothing: the SDK's transport does not tell why it has ended. */
  awaitAnswers(): void {}

  /** A callback that throws ends the server. */
  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.onerror?.(error as Error);
      void this.close();
    }
  }
}
