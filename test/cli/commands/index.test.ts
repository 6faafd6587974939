import * as assert from 'uvu/assert';
import { commandsToLoad, loaders } from '#cli/commands/index.js';
import { runCommand } from '../../harness/command-line.js';
import { suite } from '../../harness/test.js';

const test = suite('commands');

const names = Object.keys(loaders);

for (const name of names) {
  test(`\`${name}\` is the command that is loaded by that name`, async () => {
    const { code, stdout } = await runCommand([name, '--help']);
    assert.is(code, 0);
    assert.match(stdout.toString(), new RegExp(`^Usage: exec-server ${name} `));
  });
}

test('a command line loads the command it names, a server when it names none, and all when it asks for help', () => {
  assert.equal(commandsToLoad([]), ['serve']);
  assert.equal(commandsToLoad(['--listen', 'stdio']), ['serve']);
  assert.equal(commandsToLoad(['cp', '--help']), ['cp']);
  for (const word of ['--help', '-h', '--version', '-V', 'help', 'pcs', 'constructor', ''])
    assert.equal(commandsToLoad([word]), names, word);
  assert.equal(commandsToLoad(['--log-level', 'debug', '--help']), names);
  assert.equal(commandsToLoad(['--', 'ps']), names);
});
