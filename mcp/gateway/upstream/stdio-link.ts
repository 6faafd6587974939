import type { ExecClient } from '@exec-server/client';
import type { Limits } from '@exec-server/protocol';
import { withDeadline } from '../../deadline.js';
import { LineProcess, type LineProcessEnd } from '../../line-process.js';
import { type GatewayLog, reasonOf } from '../gateway-log.js';
import { type CallMessage, readMessage } from '../wire/message.js';
import type { StdioUpstreamConfig } from './config.js';
import type { Link, LinkListener } from './link.js';
import { createRedactor } from './secrets.js';
import { StderrLog } from './stderr-log.js';

/** All that an upstream inherits unless its registration names more. */
const inheritedNames = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LC_*', 'TERM', 'TMPDIR', 'TZ'],
  ...['SYSTEMROOT', 'SYSTEMDRIVE', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'TEMP', 'TMP', 'PATHEXT', 'COMSPEC'], // Windows
];

export interface StdioLinkOptions {
  readonly config: StdioUpstreamConfig;
  /** The exec-server it runs on. */
  readonly executor: ExecClient;
  readonly limits: Limits;
  readonly log: GatewayLog;
}

/** An upstream that is a subprocess of an exec-server: messages are lines on its stdin and stdout. */
export class StdioLink implements Link {
  readonly isAttributing = false;
  readonly #options: StdioLinkOptions;
  readonly #stderr: StderrLog;
  readonly #redact: (text: string) => string;
  #settleOver: () => void = () => undefined;
  /** Settles when it has ended, before whatever failed by that does. */
  readonly #over = new Promise<void>((resolve) => (this.#settleOver = resolve));
  #process: LineProcess | null = null;
  #listener: LinkListener | null = null;
  #opening: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor(options: StdioLinkOptions) {
    this.#options = options;
    this.#redact = createRedactor(options.config);
    this.#stderr = new StderrLog(options.config.name, options.limits, options.log);
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  get stderrTail(): string {
    const tail = this.#process?.stderrTail.trim() ?? '';
    const isCut = Buffer.byteLength(tail) > this.#options.limits.mcpStderrTailBytes - 16; // but for blanks and a broken character
    return this.#redact(isCut ? tail.replace(/^.*\n/, '') : tail);
  }

  open(listener: LinkListener): Promise<void> {
    this.#listener = listener;
    this.#opening = this.#open();
    return this.#opening;
  }

  established(): void {}

  sendCall(_message: CallMessage, text: string): Promise<void> {
    return this.#write(text);
  }

  sendResponse(text: string): Promise<void> {
    return this.#write(text);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #open(): Promise<void> {
    const { executor, config, limits } = this.#options;
    const includeOnly = [...inheritedNames, ...config.inheritEnv];
    const process = await LineProcess.start(executor, {
      argv: [config.command, ...config.args],
      ...(config.cwd === null ? {} : { cwd: config.cwd }),
      env: config.env,
      inherit: { inherit: 'all', ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly },
      maxLineBytes: limits.mcpMessageBytes,
    });
    this.#process = process;
    process.follow({
      line: (line) => this.#take(line),
      stderrLine: (line) => this.#stderr.line(line),
      ended: (end) => this.#ended(end),
    });
  }

  async #write(text: string): Promise<void> {
    const { config, limits } = this.#options;
    if (!this.#process || this.#closing) throw new Error(`upstream ${config.name} is not running`);
    try {
      await this.#process.write(`${text}\n`);
    } catch (error) {
      await withDeadline(this.#over, 3 * limits.mcpLastOutputMs); // a program that has ended tells more by how it did
      throw error;
    }
  }

  /** Banners and other lines that are no messages are no fault. */
  #take(bytes: Uint8Array): void {
    const { log, config } = this.#options;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    const line = text.startsWith('\uFEFF') ? text.slice(1) : text; // some begin with a byte order mark
    if (line.trim() === '') return;
    const message = readMessage(line);
    if (message.kind !== 'fault') {
      this.#listener?.message(message, null);
      return;
    }
    log.debug({ upstream: config.name, problem: message.message }, 'a line of an upstream is no message');
    // Whoever waits for this answer gets no better one.
    if (message.isAnswer) this.#listener?.failed(Number(message.id), new Error(`its answer is no JSON-RPC: ${message.message}`));
  }

  #ended(end: LineProcessEnd): void {
    this.#stderr.end();
    const how = 'failure' in end ? `failed: ${reasonOf(end.failure)}` : describeExit(end.exit);
    void this.close(); // for what it has left behind in its group
    this.#listener?.closed(new Error(`upstream ${this.#options.config.name} ${how}`));
    this.#listener = null;
    this.#settleOver();
  }

  async #close(): Promise<void> {
    await this.#opening?.catch(() => undefined); // whoever opens gets the error
    const { limits, log, config } = this.#options;
    const isGone = await this.#process?.closeGroup(limits.mcpCloseGraceMs);
    if (isGone === false) log.warn({ upstream: config.name, pid: this.pid }, 'the end of an upstream was not seen');
  }
}

function describeExit({ exitCode, signal }: { readonly exitCode: number; readonly signal: string | null }): string {
  return signal === null ? `exited with code ${exitCode}` : `was ended by ${signal}`;
}
