import * as assert from 'uvu/assert';
import { type AnsweringClient, connectNew, connectOld, startLegacyAsking, startModernAsking } from '../harness/mcp-asking.js';
import { GatewayHost } from '../harness/mcp-gateway.js';
import { everything, fixture } from '../harness/mcp-servers.js';
import { suite } from '../harness/test.js';

const test = suite('mcp gateway between the eras, with real servers and callers');

const callers: Readonly<Record<string, (endpoint: string) => Promise<AnsweringClient>>> = {
  'the client of the first line': connectOld,
  'the client of the second line with a session': (endpoint) => connectNew(endpoint, 'legacy'),
  'the client of the second line without a session': (endpoint) => connectNew(endpoint, 'auto'),
};

for (const [caller, connect] of Object.entries(callers)) {
  test(
    `A7.5, A9: elicitation, sampling and roots reach ${caller} from servers of both eras, over HTTP and from programs`,
    async () => {
      await using legacy = await startLegacyAsking();
      await using modern = await startModernAsking();
      await using host = await GatewayHost.start();
      const add = async (name: string, body: Readonly<Record<string, unknown>>): Promise<unknown> => {
        const { status, text, json } = await host.rest('POST', '', { name, toolPrefix: `${name}_`, ...body });
        assert.is(status, 201, text);
        return json['protocolVersion'];
      };
      assert.is(await add('old', { transport: 'http', url: legacy.url }), '2025-11-25');
      assert.is(await add('new', { transport: 'http', url: modern.url }), '2026-07-28');
      const [command, args] = everything();
      await add('every', { transport: 'stdio', command, args });
      const [modernCommand, modernArgs] = fixture('modern');
      assert.is(await add('line', { transport: 'stdio', command: modernCommand, args: modernArgs }), '2026-07-28');

      await using client = await connect(host.endpoint);
      for (const tool of ['old_ask', 'new_ask']) {
        const told = await client.callTool(tool);
        for (const answer of ['"name":"Ann"', '"text":"sampled"', 'file:///r']) assert.ok(told.includes(answer), `${tool}: ${told}`);
      }
      assert.match(await client.callTool('every_trigger-elicitation-request'), /provided/);
      assert.match(await client.callTool('every_trigger-sampling-request', { prompt: 'p', maxTokens: 5 }), /sampled/);
      assert.match(await client.callTool('line_ask'), /"name":"Ann".*file:\/\/\/r/);
    },
    { timeoutMs: 60_000 },
  );
}
