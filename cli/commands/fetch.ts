import type { ExecClient, HttpHead, HttpResponse } from '@exec-server/client';
import type { Command } from 'commander';
import { exitCodes, ExitError } from '../exit-codes.js';
import { formatHead, openOutput, type Output, remoteName, writeBody } from '../fetch-output.js';
import { type DataFlag, type PlannedRequest, planRequest, type RequestFlags } from '../fetch-request.js';
import { addServerOptions, collect, seconds, type ServerFlags } from '../options.js';
import { formatReport } from '../transfer-report.js';

interface FetchFlags extends ServerFlags, RequestFlags {
  readonly include: boolean;
  readonly output?: string;
  readonly remoteName: boolean;
  readonly location: boolean;
  readonly silent: boolean;
  readonly showError: boolean;
  readonly fail: boolean;
  readonly failWithBody: boolean;
  /** Milliseconds. */
  readonly maxTime?: number;
  readonly writeOut?: string;
  readonly verbose: boolean;
}

const examples = `
Examples:
  exec-server fetch --url ws://127.0.0.1:4711 http://localhost:8080/health
  exec-server fetch --url ws://… -fsSL -o image.tar https://registry.internal/image.tar
  exec-server fetch --url ws://… --json '{"name":"x"}' -H 'authorization: Bearer …' http://api.internal/things
  tar c . | exec-server fetch --url ws://… -T - http://store.internal/backup.tar

The request is made by the machine of the server: its network, names, proxies and certificates count.
The options are those of curl. Exit codes too: 7: no response; 18: the body is not complete; 22: status 400 or above with --fail;
23, 26: output, or input, failed; 28: --max-time is over; 47: too many redirects; 255: the server cannot be reached.`;

export function registerFetch(program: Command): void {
  const collectData = (kind: DataFlag['kind']) => (text: string) => void data.push({ kind, text });
  const data: DataFlag[] = [];
  addServerOptions(program.command('fetch'))
    .description('make an HTTP request from the machine of a server; without --url from this one')
    .argument('<target>', 'URL to fetch')
    .option('-X, --request <METHOD>', 'method (default: what the other options mean)')
    .option('-H, --header <LINE>', 'header, as "Name: value" (may be repeated)', collect, [])
    .option('-d, --data <DATA>', 'body of a form, or @FILE, or @- for stdin, without line ends (may be repeated)', collectData('data'))
    .option('--data-raw <DATA>', 'the same, with no meaning of @', collectData('raw'))
    .option('--data-binary <DATA>', 'the same, as it is', collectData('binary'))
    .option('--json <DATA>', 'body in JSON, and the headers for it', collectData('json'))
    .option('-G, --get', 'put the data into the URL', false)
    .option('-T, --upload-file <FILE>', 'send the file, or stdin (-), as it is read')
    .option('-A, --user-agent <NAME>', 'header of this name')
    .option('-u, --user <NAME:PASSWORD>', 'basic authentication')
    .option('-i, --include', 'print the head of the response too', false)
    .option('-I, --head', 'ask for the head only', false)
    .option('-o, --output <FILE>', 'write to this file')
    .option('-O, --remote-name', 'write to a file of the name at the end of the URL', false)
    .option('-L, --location', 'follow redirects', false)
    .option('-f, --fail', 'print nothing for a status of 400 or above, and exit with 22', false)
    .option('--fail-with-body', 'print the body, and exit with 22', false)
    .option('--compressed', 'ask for compressed content, and print it decompressed', false)
    .option('-m, --max-time <SECONDS>', 'longest time for everything', seconds)
    .option('-s, --silent', 'no progress, no errors', false)
    .option('-S, --show-error', 'errors all the same', false)
    .option('-v, --verbose', 'show the heads of request and response on stderr', false)
    .option('-w, --write-out <FORMAT>', 'print this at the end, with %{http_code} and the like')
    .addHelpText('after', examples)
    .action((target: string, flags: Omit<FetchFlags, 'data'>) => fetchTarget(target, { ...flags, data }));
}

async function fetchTarget(url: string, flags: FetchFlags): Promise<void> {
  try {
    const request = await planRequest(url, flags, process.stdin);
    const { openTarget } = await import('../target.js');
    await using target = await openTarget(flags);
    await transferWithin(target.client, request, flags);
  } catch (error) {
    const exit = await toExit(error);
    throw flags.silent && !flags.showError ? new ExitError('', exit.exitCode) : exit;
  }
}

/** Ctrl-C, and the end of the time, end the request upstream as well. */
async function transferWithin(client: ExecClient, request: PlannedRequest, flags: FetchFlags): Promise<void> {
  const { maxTime } = flags;
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new ExitError('', exitCodes.interrupted));
  process.once('SIGINT', interrupt);
  const timer = maxTime === undefined ? undefined : setTimeout(() => stop.abort(tooLate(maxTime)), maxTime);
  try {
    await transfer(client, request, flags, stop.signal);
  } finally {
    clearTimeout(timer);
    process.removeListener('SIGINT', interrupt);
  }
}

function tooLate(maxTimeMs: number): ExitError {
  return new ExitError(`it took longer than ${maxTimeMs / 1_000} s`, exitCodes.maxTime);
}

async function transfer(client: ExecClient, request: PlannedRequest, flags: FetchFlags, signal: AbortSignal): Promise<void> {
  const startedAtMs = performance.now();
  const heads: HttpHead[] = [];
  if (flags.verbose) console.error(formatRequest(request));
  const response = await client.http.request({
    ...request,
    redirect: flags.location ? 'follow' : 'stop',
    // Who wants to see heads wants to see those of redirects too.
    onRedirect: flags.include || flags.head || flags.verbose || flags.writeOut !== undefined ? (head) => heads.push(head) : undefined,
    signal,
  });
  heads.push(response);
  const size = await print(response, heads, request, flags);
  if (flags.writeOut !== undefined) {
    const report = { response, redirects: heads.length - 1, method: request.method, size, totalMs: performance.now() - startedAtMs };
    process.stdout.write(formatReport(flags.writeOut, report));
  }
  if ((flags.fail || flags.failWithBody) && response.status >= 400)
    throw new ExitError(`the server answered with status ${response.status}`, exitCodes.httpStatus);
}

/** Returns the size of the body. */
async function print(response: HttpResponse, heads: readonly HttpHead[], request: PlannedRequest, flags: FetchFlags): Promise<number> {
  if (flags.verbose) for (const head of heads) console.error(formatHead(head).trimEnd().replaceAll('\r', '').replace(/^/gm, '< '));
  const isUnwanted = flags.fail && response.status >= 400;
  if (isUnwanted && !flags.include && !flags.head) {
    await response.body?.cancel().catch(() => undefined);
    return 0;
  }
  const output = await openOutput(flags.remoteName ? remoteName(request.url) : flags.output);
  try {
    if (flags.include || flags.head) for (const head of heads) await output.write(formatHead(head));
    if (isUnwanted) {
      await response.body?.cancel().catch(() => undefined);
      return 0;
    }
    return await writeBody(response, output, { isDecoded: flags.compressed, progressOn: progressTerminal(output, flags) });
  } finally {
    await output.close();
  }
}

/** Progress and body do not go to the same terminal. */
function progressTerminal(output: Output, { silent }: FetchFlags): typeof process.stderr | null {
  return silent || output.isTerminal || !process.stderr.isTTY ? null : process.stderr;
}

function formatRequest({ method, url, headers }: PlannedRequest): string {
  return [`${method} ${url.pathname}${url.search} HTTP/1.1`, `host: ${url.host}`, ...headers.map(({ name, value }) => `${name}: ${value}`)]
    .map((line) => `> ${line}`)
    .join('\n');
}

async function toExit(error: unknown): Promise<ExitError> {
  const { DisconnectedError, HttpBodyError, HttpRedirectError, RpcError, UnsupportedByServerError } = await import('@exec-server/client');
  if (error instanceof ExitError) return error;
  const { message } = error as Error;
  if (error instanceof DisconnectedError) return new ExitError(message, exitCodes.disconnected);
  if (error instanceof HttpBodyError) return new ExitError(message, exitCodes.partialBody);
  if (error instanceof HttpRedirectError || (error instanceof RpcError && message.includes('redirect')))
    return new ExitError(message, exitCodes.redirects);
  if (error instanceof RpcError) return new ExitError(message, error.code === -32602 ? exitCodes.usage : exitCodes.noResponse);
  if (error instanceof UnsupportedByServerError) return new ExitError(message);
  throw error;
}
