import { limits } from '@exec-server/protocol';
import { brotli } from './faces/brotli.js';
import { createExecutorFetch as createFetch, type ExecutorFetchOptions } from './faces/fetch.js';
import { type ConnectOptions, ExecClient } from './exec-client.js';
import { openCommandChannel } from './transport/command-channel.js';
import { openWebSocketChannel } from './transport/websocket-channel.js';

export * from './index.js';
export { spawn } from './faces/child-process.js';
export type { RemoteChildProcess, SpawnOptions } from './faces/child-process.js';

export interface WebSocketConnectOptions extends ConnectOptions {
  /** Bearer token; a function is asked before every connection, for tokens that run out. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Longest time for one attempt to connect, in milliseconds; 10 000 by default. */
  readonly connectTimeoutMs?: number | undefined;
}

/**
 * Connects to a server.
 * @param url such as `ws://127.0.0.1:4711` or `wss://…`
 * @throws ConnectionRefusedError for missing or wrong credentials; RpcError; CallTimeoutError; the system's error
 */
export function connect(url: string, options: WebSocketConnectOptions = {}): Promise<ExecClient> {
  const { token, connectTimeoutMs = limits.connectTimeoutMs } = options;
  return ExecClient.connect(
    async (signal) => openWebSocketChannel(url, { token: typeof token === 'function' ? await token() : token, connectTimeoutMs, signal }),
    options,
  );
}

/**
 * Connects to a server that a command starts and speaks to on its stdin and stdout, such as
 * `['ssh', 'build-host', 'exec-server', '--listen', 'stdio']`. The session ends with the command.
 */
export function connectCommand(command: readonly string[], options: ConnectOptions = {}): Promise<ExecClient> {
  return ExecClient.connect(() => openCommandChannel(command), { ...options, resumeWindowMs: 0 });
}

/** As {@link createFetch} of the neutral entry, with brotli. */
export function createExecutorFetch(client: ExecClient, options: ExecutorFetchOptions = {}): typeof fetch {
  return createFetch(client, { ...options, decoders: { ...brotli, ...options.decoders } });
}
