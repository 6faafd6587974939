import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { startCommandServer } from '../harness/command-line.js';
import { suite } from '../harness/test.js';

const test = suite('examples');
const run = promisify(execFile);
const folder = fileURLToPath(new URL('../../../docs/examples/', import.meta.url));

/** What each example is called with, behind the URL of a server, and what it prints. */
const examples: Readonly<Record<string, { readonly args: readonly string[]; readonly prints: RegExp }>> = {
  'build.mjs': { args: ['sh', '-c', 'echo built'], prints: /^built\n$/ },
  'spawn.mjs': { args: [], prints: /^8\n9\n10\n$/ },
  'fetch.mjs': { args: [], prints: /^event 1\nevent 2\nevent 3\nover there: 200\n$/ },
  'files.mjs': { args: [], prints: /^first\nsecond\n\nfile copy\.mjs\nfile notes\.txt\nENOENT\n$/ },
  'mcp.mjs': { args: [], prints: /^echo\nhello\n$/ },
  'mcp-config.mjs': {
    args: [],
    prints:
      /^there build ready \nhere local ready \nmisplaced elsewhere failed MCP server "misplaced" in environment "elsewhere": there is no .*\nhello\n$/,
  },
  'harness.mjs': { args: [], prints: /^ok\n$/ },
  'faults.mjs': { args: [], prints: /^ok, over [2-9] connections\n$/ },
};

test('every example is tried', () => {
  assert.equal(readdirSync(folder).toSorted(), Object.keys(examples).toSorted());
});

for (const [file, { args, prints }] of Object.entries(examples)) {
  test(`docs/examples/${file} does what it says`, async () => {
    await using server = await startCommandServer();
    const { stdout } = await run(process.execPath, [folder + file, server.url, ...args]);
    assert.match(stdout, prints);
  });
}
