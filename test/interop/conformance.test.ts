import { execFile, execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pLimit from 'p-limit';
import * as assert from 'uvu/assert';
import { Scratch } from '../harness/scratch.js';
import { suite } from '../harness/test.js';

const test = suite('conformance of the HTTP path');

/** How to run the official runner: program and first arguments, such as `node22 …/conformance/dist/index.js`. */
const runner = process.env['EXEC_SERVER_MCP_CONFORMANCE']?.split(' ') ?? [];
const skip = runner.length > 0 ? null : 'set EXEC_SERVER_MCP_CONFORMANCE to the command of @modelcontextprotocol/conformance';
const client = fileURLToPath(new URL('conformance-client.js', import.meta.url));

/** What the runner has for clients. */
function listScenarios(): string[] {
  const [program = '', ...args] = runner;
  const list = execFileSync(program, [...args, 'list'], { encoding: 'utf8' });
  return [...list.slice(list.indexOf('Client scenarios')).matchAll(/^ {2}- (?<name>\S+)/gm)].map(({ groups }) => groups?.['name'] ?? '');
}

/** What the runner says against us; null when that is nothing. */
async function tryScenario(scenario: string): Promise<string | null> {
  const [program = '', ...first] = runner;
  using scratch = new Scratch();
  const args = [...first, 'client', '--command', `${process.execPath} ${client}`, '--scenario', scenario, '--output-dir', scratch.path];
  try {
    await promisify(execFile)(program, args, { timeout: 60_000, maxBuffer: 64 * 1024 * 1024 });
    return null;
  } catch (error) {
    return `${scenario}: ${(error as { stdout?: string }).stdout?.slice(-2_000) ?? String(error)}`;
  }
}

test(
  'H8: every client scenario of the official runner passes with an executor that makes all requests, those for OAuth included',
  async () => {
    const scenarios = listScenarios();
    assert.ok(scenarios.length > 20, `${scenarios.length} scenarios`);
    const limit = pLimit(availableParallelism());
    const faults = await Promise.all(scenarios.map((scenario) => limit(() => tryScenario(scenario))));
    assert.equal(
      faults.filter((fault) => fault !== null),
      [],
    );
  },
  { timeoutMs: 220_000, skip },
);
