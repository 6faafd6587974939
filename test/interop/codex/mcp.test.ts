import { tmpdir } from 'node:os';
import * as assert from 'uvu/assert';
import { withVariables } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';
import { ownServer, referenceServer } from '../servers.js';
import { mcpProbe } from './mcp-probe.js';
import { McpWeb } from './mcp-web.js';
import { callMcp, type ScriptPart } from './model-script.js';
import { play } from './play.js';
import type { Stage } from './stage.js';

const test = suite('codex, MCP servers at the executor');

const timeoutMs = 60_000;
const token = 'known to the executor';

/** The executor has variables the client has not: with them it is told apart. */
const markExecutor = (): Disposable => withVariables({ PLACE: 'executor', HIDDEN: 'yes', WEB_TOKEN: token });

const where = { PLACE: 'executor', GIVEN: 'by the configuration', cwd: tmpdir(), args: ['first'] };
/** What a tool answered, without what the client adds. */
const answered = (text: string): string => text.replace(/^Wall time: .*\nOutput:\n?/, '');

for (const server of [ownServer, referenceServer]) {
  const { name, skip } = server;

  test(
    `${name}: an MCP server on stdio runs there, in its directory, with the variables it is given and no others`,
    async () => {
      using _ = markExecutor();
      const { told, turn, messages } = await play(
        server,
        async function* (): ScriptPart<string> {
          return (yield [callMcp('probe', 'where')]).text();
        },
        undefined,
        { config: mcpProbe(tmpdir()) },
      );
      assert.equal(JSON.parse(answered(told)), where);
      const [item] = turn.items.filter(({ type }) => type === 'mcpToolCall');
      assert.equal([item?.['server'], item?.['status'], item?.['error']], ['probe', 'completed', null]);
      const ids = messages.flatMap(({ method, params }) => (method === 'process/start' ? [params?.['processId']] : []));
      assert.equal(ids, ['mcp-stdio-1']);
    },
    { skip, timeoutMs },
  );

  test(
    `${name}: a long answer of it comes whole, and over a line that is cut as well`,
    async () => {
      using _ = markExecutor();
      let stage: Stage | null = null;
      const length = 600_000;
      const { told, turn } = await play(
        server,
        async function* (): ScriptPart<string> {
          yield [callMcp('probe', 'fill', { length })];
          stage?.proxy.at('toClient', 100_000, 'cut');
          yield [callMcp('probe', 'fill', { length })];
          return (yield [callMcp('probe', 'where')]).text();
        },
        undefined,
        { config: mcpProbe(tmpdir()), setUp: (set) => void (stage = set) },
      );
      assert.equal(JSON.parse(answered(told)), where);
      const lengths = turn.items.flatMap(({ result }) => {
        const { content } = (result ?? {}) as { readonly content?: readonly { readonly text: string }[] };
        return content ? [content[0]?.text.length] : [];
      });
      assert.equal(lengths.slice(0, 2), [length, length]);
    },
    { skip, timeoutMs },
  );

  test(
    `${name}: an MCP server over HTTP is asked from there, with a token only the executor knows`,
    async () => {
      using _ = markExecutor();
      await using web = await McpWeb.start(token);
      const config = [
        '[mcp_servers.web]',
        `url = "${web.url}"`,
        'environment_id = "remote"',
        'bearer_token_env_var = "WEB_TOKEN"',
        'http_headers = { "x-origin" = "the client" }',
      ];
      const { told, messages } = await play(
        server,
        async function* (): ScriptPart<string[]> {
          const said = [];
          for (const who of ['you', 'wörld']) said.push((yield [callMcp('web', 'greet', { name: who })]).text());
          return said;
        },
        undefined,
        { config: config.join('\n') },
      );
      assert.equal(told.map(answered), ['hello you', 'hello wörld']);
      assert.equal(web.requests.map(({ what }) => what).toSorted(), [
        ...['DELETE', 'GET', 'POST initialize', 'POST notifications/initialized'],
        ...['POST tools/call', 'POST tools/call', 'POST tools/list'],
      ]);
      for (const { authorization, origin } of web.requests) assert.equal([authorization, origin], [`Bearer ${token}`, 'the client']);
      assert.not.match(JSON.stringify(messages.filter(({ method }) => method === 'http/request')), token);
    },
    { skip, timeoutMs },
  );

  test(
    `${name}: an MCP server that cannot be started there is not started elsewhere, and the client goes on without it`,
    async () => {
      using _ = markExecutor();
      const config = `[mcp_servers.probe]\ncommand = "no-such-program"\nenvironment_id = "remote"\ncwd = "${tmpdir()}"\n`;
      let failure: unknown = null;
      const { told } = await play(
        server,
        async function* (): ScriptPart<string> {
          return (yield [callMcp('probe', 'where')]).text();
        },
        async (_stage, app) => {
          const { params } = await app.find(({ method, params: { status } }) => method.startsWith('mcpServer/') && status === 'failed');
          failure = params['error'];
        },
        { config },
      );
      assert.match(told, 'unsupported call');
      assert.match(String(failure), /No such file or directory|not found/);
    },
    { skip, timeoutMs },
  );
}
