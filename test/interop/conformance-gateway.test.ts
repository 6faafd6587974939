import { execFile, execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import * as assert from 'uvu/assert';
import { GatewayHost } from '../harness/mcp-gateway.js';
import { fixture } from '../harness/mcp-servers.js';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('conformance of the mcp gateway');

/** How to run the official runner: program and first arguments, such as `node …/conformance/dist/index.js`. */
const runner = process.env['EXEC_SERVER_MCP_CONFORMANCE']?.split(' ') ?? [];
const skip = runner.length > 0 ? null : 'set EXEC_SERVER_MCP_CONFORMANCE to the command of @modelcontextprotocol/conformance';
const client = fileURLToPath(new URL('conformance-gateway-client.js', import.meta.url));

/** Runs the runner; resolves with what it says, whatever the outcome. */
async function run(...args: readonly string[]): Promise<{ readonly isFine: boolean; readonly text: string }> {
  const [program = '', ...first] = runner;
  try {
    const { stdout } = await promisify(execFile)(program, [...first, ...args], { timeout: 200_000, maxBuffer: 64 * 1024 * 1024 });
    return { isFine: true, text: stdout };
  } catch (error) {
    return { isFine: false, text: (error as { stdout?: string }).stdout ?? String(error) };
  }
}

function ask(...args: readonly string[]): string {
  const [program = '', ...first] = runner;
  return execFileSync(program, [...first, ...args], { encoding: 'utf8' });
}

/** Scenarios for clients that are about the protocol: the gateway has no OAuth and no skills for its upstreams. */
function listClientScenarios(): { readonly scenario: string; readonly revision: string }[] {
  const list = ask('list');
  const lines = [...list.slice(list.indexOf('Client scenarios')).matchAll(/^ {2}- (?<name>\S+)(?: \[(?<revisions>[^\]]*)\])?/gm)];
  return lines.flatMap(({ groups }) => {
    const { name = '', revisions = '2025-11-25' } = groups ?? {};
    if (/^(?:auth\/|authorization-)/.test(name)) return [];
    const known = revisions.split(',').filter((revision) => revision === '2025-11-25' || revision === '2026-07-28');
    return known.map((revision) => ({ scenario: name, revision }));
  });
}

test(
  'H8: every client scenario of the official runner passes with the gateway as the client, but for those of OAuth',
  async () => {
    const scenarios = listClientScenarios();
    assert.ok(scenarios.length > 3, `${scenarios.length} scenarios`);
    const limit = pLimit(availableParallelism());
    const faults = await Promise.all(
      scenarios.map(({ scenario, revision }) =>
        limit(async () => {
          using scratch = new Scratch();
          const command = ['--command', `${process.execPath} ${client}`, '--scenario', scenario, '--spec-version', revision];
          const { isFine, text } = await run('client', ...command, '--output-dir', scratch.path);
          return isFine ? [] : [`${scenario} ${revision}: ${text.slice(-2_000)}`];
        }),
      ),
    );
    assert.equal(faults.flat(), []);
  },
  { timeoutMs: 220_000, skip },
);

for (const [era, revision] of [
  ['legacy', '2025-11-25'],
  ['modern', '2026-07-28'],
] as const) {
  test(
    `H8: every server scenario of ${revision} passes with the gateway in front of a server that has what is asked for, but for those of tasks`,
    async () => {
      const isFrozen = ask('server', '--help').includes('--requirements');
      if (era === 'modern' && !isFrozen) return; // the runner is older than the revision
      await using host = await GatewayHost.start();
      const [command, args] = fixture('conformance', era);
      assert.is((await host.rest('POST', '', { name: 'conformance', transport: 'stdio', command, args })).status, 201);
      const { text } = await run('server', '--url', host.endpoint, ...(isFrozen ? ['--requirements', revision] : []));
      const outcomes = [...text.matchAll(/^(?<mark>[✓✗]) (?<name>[\w./-]+): \d+ passed, \d+ failed/gmu)].map(({ groups }) => groups ?? {});
      assert.ok(outcomes.length > 20, text.slice(-2_000));
      const failed = outcomes.flatMap(({ mark, name = '' }) => (mark === '✗' && !name.startsWith('tasks-') ? [name] : []));
      assert.equal(failed, []);
    },
    { timeoutMs: 220_000, skip },
  );
}
