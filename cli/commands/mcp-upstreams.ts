import { type Command, Option } from 'commander';
import { exitCodes, ExitError } from '../exit-codes.js';
import { collect } from '../options.js';
import { readToken } from '../target.js';
import { describeUpstream, GatewayClient, listUpstreams, type UpstreamView } from '../gateway-client.js';

interface GatewayFlags {
  readonly url?: string;
  readonly tokenFile?: string;
  readonly json: boolean;
}

interface AddFlags extends GatewayFlags {
  readonly http?: string;
  readonly env: readonly string[];
  readonly inheritEnv: readonly string[];
  readonly header: readonly string[];
  readonly bearerTokenEnvVar?: string;
  readonly cwd?: string;
  readonly prefix?: string;
  readonly isolation?: string;
  readonly protocol?: string;
  readonly enable: readonly string[];
  readonly disable: readonly string[];
}

const examples = `
Examples:
  exec-server mcp upstreams add files --url ws://127.0.0.1:4711 -- npx -y @modelcontextprotocol/server-filesystem /srv
  exec-server mcp upstreams add docs --url ws://127.0.0.1:4711 --http https://docs.example/mcp --bearer-token-env-var DOCS_TOKEN
  exec-server mcp upstreams list --url ws://127.0.0.1:4711
  exec-server mcp upstreams remove files --url ws://127.0.0.1:4711`;

/** @param mcp the command that this is one of */
export function registerMcpUpstreams(mcp: Command): void {
  const upstreams = mcp.command('upstreams').description('the MCP servers behind the gateway of a server').addHelpText('after', examples);
  withServer(upstreams.command('add'))
    .description('start an MCP server behind the gateway: a program, or one that is reached over HTTP')
    .argument('<NAME>', 'what it is called')
    .argument('[COMMAND...]', 'program and arguments, behind --')
    .option('--http <URL>', 'where it is reached, in place of a program')
    .option('--env <NAME[=VALUE]>', 'variable of the program; without a value that of this shell (may be repeated)', collect, [])
    .option('--inherit-env <NAME>', "variable it inherits from the server's environment (may be repeated)", collect, [])
    .option('--header <NAME: VALUE>', 'header of every request (may be repeated)', collect, [])
    .option('--bearer-token-env-var <NAME>', 'variable of this shell with the token for its requests')
    .option('--cwd <DIRECTORY>', 'working directory of the program')
    .option('--prefix <TEXT>', 'put before the names of its tools and prompts')
    .option('--enable <TOOL>', 'let only such tools through (may be repeated)', collect, [])
    .option('--disable <TOOL>', 'keep a tool back (may be repeated)', collect, [])
    .addOption(new Option('--isolation <KIND>', 'session: an instance for each session').choices(['shared', 'session']))
    .addOption(new Option('--protocol <ERA>', 'what it speaks').choices(['auto', 'legacy', '2026-07-28']))
    .action(add);
  withServer(upstreams.command('list')).description('list them').action(list);
  withServer(upstreams.command('show')).description('tell all about one').argument('<NAME>', 'its name').action(show);
  withServer(upstreams.command('remove')).description('end one').argument('<NAME>', 'its name').action(remove);
}

/** How to reach the server. */
function withServer(command: Command): Command {
  return command
    .addOption(new Option('--url <URL>', 'server, such as ws://127.0.0.1:4711').env('EXEC_SERVER_URL'))
    .addOption(
      new Option('--token-file <FILE>', 'file with the token for the server; or put the token itself into EXEC_SERVER_TOKEN').env(
        'EXEC_SERVER_TOKEN_FILE',
      ),
    )
    .option('--json', 'print what the server says', false);
}

async function add(name: string, command: readonly string[], flags: AddFlags): Promise<void> {
  if ((command.length === 0) === (flags.http === undefined))
    throw new ExitError('give either a program behind --, or --http URL', exitCodes.usage);
  const place =
    flags.http === undefined
      ? {
          transport: 'stdio',
          command: command[0],
          args: command.slice(1),
          env: Object.fromEntries(flags.env.map(readVariable)),
          inheritEnv: flags.inheritEnv,
          ...(flags.cwd === undefined ? {} : { cwd: flags.cwd }),
        }
      : { transport: 'http', url: flags.http, headers: readHeaders(flags) };
  const body = {
    name,
    ...place,
    ...(flags.prefix === undefined ? {} : { toolPrefix: flags.prefix }),
    ...(flags.isolation === undefined ? {} : { isolation: flags.isolation }),
    ...(flags.protocol === undefined ? {} : { protocol: flags.protocol }),
    ...(flags.enable.length === 0 ? {} : { enabledTools: flags.enable }),
    ...(flags.disable.length === 0 ? {} : { disabledTools: flags.disable }),
  };
  const added = (await open(flags).ask('POST', '', body)) as UpstreamView;
  print(
    flags,
    added,
    `${added.name} is running: ${added.tools.length} tools${added.tools.length === 0 ? '' : ` (${added.tools.join(', ')})`}`,
  );
}

async function list(flags: GatewayFlags): Promise<void> {
  const upstreams = (await open(flags).ask('GET', '')) as UpstreamView[];
  print(flags, upstreams, listUpstreams(upstreams));
}

async function show(name: string, flags: GatewayFlags): Promise<void> {
  const upstream = (await open(flags).ask('GET', `/${encodeURIComponent(name)}`)) as UpstreamView;
  print(flags, upstream, describeUpstream(upstream));
}

async function remove(name: string, flags: GatewayFlags): Promise<void> {
  const answer = await open(flags).ask('DELETE', `/${encodeURIComponent(name)}`);
  print(flags, answer, `${name} is removed`);
}

function open({ url, tokenFile }: GatewayFlags): GatewayClient {
  if (url === undefined || url === '') throw new ExitError('--url is missing: which server?', exitCodes.usage);
  return new GatewayClient(url, readToken(tokenFile));
}

function print({ json }: GatewayFlags, value: unknown, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(value, null, 2) : text}\n`);
}

function readVariable(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at >= 0) return [text.slice(0, at), text.slice(at + 1)];
  const value = process.env[text];
  if (value === undefined) throw new ExitError(`the variable ${text} is not set`, exitCodes.usage);
  return [text, value];
}

function readHeaders({ header, bearerTokenEnvVar }: AddFlags): Record<string, string> {
  const given = header.map((text): [string, string] => {
    const at = text.indexOf(':');
    if (at < 1) throw new ExitError(`--header must be "NAME: VALUE", not ${JSON.stringify(text.slice(0, 32))}`, exitCodes.usage);
    return [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  });
  const token = bearerTokenEnvVar === undefined ? [] : [['Authorization', `Bearer ${readVariable(bearerTokenEnvVar)[1]}`] as const];
  return Object.fromEntries([...given, ...token]);
}
