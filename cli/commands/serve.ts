import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { type Limits, longestTimerMs } from '@exec-server/protocol';
import { type Command, Option } from 'commander';
import type { Authenticator, ExecServer, ExtraRoute, Logger, LogLevel } from '@exec-server/server';
import { tuneEngine } from '../engine-settings.js';
import { exitCodes, ExitError } from '../exit-codes.js';
import { closeInheritedDescriptors } from '../inherited-descriptors.js';
import { isLoopback, type ListenAddress, parseListenAddress } from '../listen-address.js';
import { collectMcpLimit, describeMcpLimits } from '../mcp-limits.js';
import { MountedGateway } from '../mounted-gateway.js';
import { collect, wholeNumber } from '../options.js';
import { waitForEnding, withDeadline } from '../shutdown.js';
import { createAuthenticator, type WsAuthFlags } from '../ws-auth.js';

interface ServeFlags extends WsAuthFlags {
  readonly listen: string;
  readonly allowUnauthenticated: boolean;
  readonly allowOrigin: readonly string[];
  readonly allowHost: readonly string[];
  readonly httpAllow: readonly string[];
  readonly httpDeny: readonly string[];
  readonly httpHeaderVariable: readonly string[];
  readonly concurrentRequests?: number;
  readonly sessionDetachSeconds?: number;
  readonly logLevel: LogLevel;
  /** Undefined: on a loopback address only. */
  readonly mcpGateway?: boolean;
  readonly mcpConfig?: string;
  readonly mcpLimit?: Partial<Limits>;
}

/** A server that has not closed by then leaves all the same, in milliseconds. */
const closeDeadlineMs = 5_000;

/** With its MCP servers it is gone by then, whatever hangs, in milliseconds. */
const leaveDeadlineMs = 10_000;

const examples = `
Examples:
  exec-server --listen ws://127.0.0.1:4711
  exec-server --listen ws://0.0.0.0:4711 --ws-auth capability-token --ws-token-file token.txt
  ssh build-host exec-server --listen stdio`;

export function registerServe(program: Command): void {
  program
    .command('serve', { isDefault: true })
    .description('serve commands to clients (the default); prints the URL it listens on')
    .option('--listen <URL>', '`ws://IP:PORT`, port 0 for a free one, or `stdio`', 'ws://127.0.0.1:0')
    .option('--concurrent-requests <COUNT>', 'requests of one connection that work at the same time (default: 64)', wholeNumber(1))
    .addOption(new Option('--ws-auth <MODE>', 'who may connect').choices(['capability-token', 'signed-bearer-token']))
    .option('--ws-token-file <FILE>', 'capability-token: file with the token')
    .option('--ws-token-sha256 <HEX>', 'capability-token: SHA-256 of the token')
    .option('--ws-shared-secret-file <FILE>', 'signed-bearer-token: file with the secret of the HS256 tokens, 32 bytes or more')
    .option('--ws-issuer <ISS>', 'signed-bearer-token: required issuer')
    .option('--ws-audience <AUD>', 'signed-bearer-token: required audience')
    .option('--ws-max-clock-skew-seconds <N>', 'signed-bearer-token: tolerance for `exp` and `nbf` (default: 30)', wholeNumber(0))
    .option('--allow-unauthenticated', 'listen on an address others can reach without --ws-auth: they can run anything here', false)
    .option('--allow-origin <ORIGIN>', 'let web pages of this origin in (may be repeated)', collect, [])
    .option('--allow-host <NAME>', 'host name to let in on a loopback address (may be repeated)', collect, [])
    .option(
      '--http-allow <RULE>',
      'make HTTP requests of clients only to HOST, *.DOMAIN, ADDRESS or NETWORK, [:PORT] (may be repeated)',
      collect,
      [],
    )
    .option('--http-deny <RULE>', 'make none to these (may be repeated)', collect, [])
    .option(
      '--http-header-variable <NAME>',
      'variable that clients may put into headers; default: all but secrets (may be repeated)',
      collect,
      [],
    )
    .option(
      '--session-detach-seconds <N>',
      'how long a session waits for its client to come back (default: 80)',
      wholeNumber(1, Math.floor(longestTimerMs / 1_000)),
    )
    .option('--mcp-gateway', 'offer /mcpproxy, one MCP endpoint for many servers, on other addresses than the loopback too')
    .option('--no-mcp-gateway', 'do not offer it on the loopback either')
    .option('--mcp-config <FILE>', 'start the MCP servers of this file behind it, here or on other exec-servers; TOML or JSON')
    .option('--mcp-limit <NAME=VALUE>', `a limit of it (may be repeated); defaults: ${describeMcpLimits()}`, collectMcpLimit)
    .addOption(
      new Option('--log-level <LEVEL>', 'JSON lines on stderr')
        .choices(['silent', 'error', 'warn', 'info', 'debug'])
        .default('warn')
        .env('EXEC_SERVER_LOG'),
    )
    .addHelpText('after', examples)
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const address = parseListenAddress(flags.listen);
  const authenticator = await createAuthenticator(flags, address.kind === 'stdio'); // may read from a descriptor of the shell
  closeInheritedDescriptors();
  const { createLogger } = await import('@exec-server/server');
  const logger = createLogger(flags.logLevel);
  await using server = await createServer(flags, authenticator, logger);
  process.once('exit', () => server.killAll()); // whatever makes us leave, nobody is left behind
  const ending = waitForEnding();
  await using gateway = hasGateway(address, flags) ? new MountedGateway(server, logger, flags.mcpLimit) : null;
  const loading = flags.mcpConfig === undefined ? null : await gateway?.start(flags.mcpConfig);
  const routes = gateway ? [gateway.route] : [];
  const served = address.kind === 'stdio' ? serveStdio(server) : serveWebSocket(server, address, flags.allowUnauthenticated, routes);
  await Promise.race([served, ending, rejection(loading?.started)]);
  setTimeout(() => process.exit(exitCodes.failure), leaveDeadlineMs).unref();
  await gateway?.close();
  await withDeadline(server.close(), closeDeadlineMs);
}

async function createServer(flags: ServeFlags, authenticator: Authenticator | null, logger: Logger): Promise<ExecServer> {
  tuneEngine();
  const { createExecServer } = await import('@exec-server/server');
  try {
    return createExecServer({
      logger,
      allowedOrigins: flags.allowOrigin,
      allowedHosts: flags.allowHost,
      outbound: { allow: flags.httpAllow, deny: flags.httpDeny },
      ...(flags.httpHeaderVariable.length > 0 ? { headerVariables: flags.httpHeaderVariable } : {}),
      ...(authenticator ? { authenticator } : {}),
      limits: {
        ...(flags.concurrentRequests === undefined ? {} : { workSlots: flags.concurrentRequests }),
        ...(flags.sessionDetachSeconds === undefined ? {} : { detachedSessionMs: flags.sessionDetachSeconds * 1_000 }),
      },
    });
  } catch (error) {
    if (error instanceof RangeError) throw new ExitError(error.message, exitCodes.usage);
    throw error;
  }
}

/** @throws ExitError for a file of upstreams that nobody could reach */
function hasGateway(address: ListenAddress, { mcpGateway, mcpConfig }: ServeFlags): boolean {
  const isOffered = address.kind === 'websocket' && (mcpGateway ?? (mcpConfig !== undefined || isLoopback(address.host)));
  if (mcpConfig !== undefined && !isOffered)
    throw new ExitError(
      '--mcp-config needs the MCP gateway, which is offered over WebSocket listeners without --no-mcp-gateway',
      exitCodes.usage,
    );
  return isOffered;
}

/** Rejects with the task, and never resolves. */
async function rejection(task: Promise<void> | undefined): Promise<never> {
  await task;
  return new Promise(() => undefined);
}

/** Never resolves: only a signal ends it. */
async function serveWebSocket(
  server: ExecServer,
  { host, port }: ListenAddress & { kind: 'websocket' },
  allowUnauthenticated: boolean,
  routes: readonly ExtraRoute[],
): Promise<never> {
  let url: string;
  try {
    url = await server.listen({ host, port, allowUnauthenticated, routes });
  } catch (error) {
    const { message } = error as Error;
    throw new ExitError(
      message.startsWith('refusing') ? message.replace('allow it explicitly', 'pass --allow-unauthenticated') : message,
      exitCodes.failure,
    );
  }
  process.stdout.write(`${url}\n`);
  return new Promise(() => undefined);
}

/** Serves the peer on stdin and stdout until it is gone. */
async function serveStdio(server: ExecServer): Promise<void> {
  const { StdioChannel } = await import('@exec-server/server');
  const channel = new StdioChannel(process.stdin, openStdout());
  await new Promise<void>((resolve) => server.accept(channel, null, resolve));
}

/** Node writes to a pipe on stdout in one go and blocks on a slow reader; a socket on the same descriptor does not. */
function openStdout(): Writable {
  try {
    return new Socket({ fd: 1, readable: false, writable: true });
  } catch {
    return process.stdout; // a file
  }
}
