// The client the official conformance runner tests: `node conformance-client.js URL`, the scenario in the environment. All its
// requests go through an executor; a request from this process would fail.
import { Client } from '@modelcontextprotocol/client';
import { createExecutorFetch } from '@exec-server/client';
import { connectMcp, PlacedHttpClientTransport } from '@exec-server/mcp';
import { startExecServer } from 'exec-server/testing';
import { providerFor, WillingUser } from '../harness/oauth-provider.js';

const url = process.argv.at(-1) ?? '';
const scenario = process.env['MCP_CONFORMANCE_SCENARIO'] ?? '';
const context = JSON.parse(process.env['MCP_CONFORMANCE_CONTEXT'] ?? '{}') as Record<string, string>;

await using host = await startExecServer();
const executorFetch = createExecutorFetch(host.client);
globalThis.fetch = () => Promise.reject(new Error('this request was to be made by the executor'));

const authProvider = scenario.startsWith('auth/') ? providerFor(scenario, context, executorFetch) : undefined;
// What the server of this scenario calls itself is not what its address is; the SDK refuses that by default.
const skipIssuerMetadataValidation = scenario === 'auth/2025-03-26-oauth-metadata-backcompat';

const client = await open();
const { tools } = await authorized(() => client.listTools());
for (const { name } of tools) await authorized(() => client.callTool({ name, arguments: name === 'add_numbers' ? { a: 5, b: 3 } : {} }));
await client.close();

function newClient(): Client {
  const elicitation = { form: { applyDefaults: true } };
  const created = new Client({ name: 'exec-server-conformance', version: '1.0.0' }, { capabilities: { elicitation } });
  created.setRequestHandler('elicitation/create', () => ({ action: 'accept', content: {} }));
  return created;
}

/** Connects; with a user who has to be asked once more, after that. */
async function open(): Promise<Client> {
  for (let attempt = 1; ; attempt++) {
    const transport = new PlacedHttpClientTransport({
      url,
      fetch: executorFetch,
      client: host.client,
      authProvider,
      skipIssuerMetadataValidation,
    });
    const connecting = newClient();
    try {
      await connectMcp(connecting, transport);
      return connecting;
    } catch (error) {
      if (!(await finishAuthorization(transport)) || attempt === 3) throw error;
    }
  }
}

/** Makes a request; for more rights the user is asked once more. */
async function authorized<Result>(request: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      const { transport } = client;
      const isFinished = transport instanceof PlacedHttpClientTransport && (await finishAuthorization(transport));
      if (!isFinished || attempt === 3) throw error;
    }
  }
}

async function finishAuthorization(transport: PlacedHttpClientTransport): Promise<boolean> {
  if (!(authProvider instanceof WillingUser) || !authProvider.redirected) return false;
  const { redirected } = authProvider;
  authProvider.redirected = null;
  await transport.finishAuth(redirected);
  return true;
}
