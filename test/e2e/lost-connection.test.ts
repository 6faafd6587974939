import { setTimeout } from 'node:timers/promises';
import { FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { runCommand } from '../harness/command-line.js';
import { suite } from '../harness/test.js';

const test = suite('lost connection');

const commandMs = 10_000;
const lines = 1_000;

/** Prints `lines` lines over `commandMs`, a loud stretch among them. */
const script = `
  $| = 1;
  for my $line (1..${lines}) {
    print "$line\\n";
    print "loud $line $_\\n" for $line == 500 ? 1..50_000 : ();
    select(undef, undef, undef, ${commandMs / 1000 / lines});
  }
  exit 3;`;

const expected = Array.from({ length: lines }, (_, index) => {
  const loud = index + 1 === 500 ? Array.from({ length: 50_000 }, (_unused, at) => `loud 500 ${at + 1}\n`).join('') : '';
  return `${index + 1}\n${loud}`;
}).join('');

for (const [kind, flags] of [
  ['on pipes', []],
  ['in a terminal', ['--tty']],
] as const) {
  // While the command runs, at random; in the title, so that a failure can be tried again.
  const cutMs = Number(process.env['TEST_CUT_MS'] ?? Math.floor(500 + Math.random() * (commandMs - 1_000)));
  test(
    `P5: a ten-second command ${kind} is complete and in order over a connection cut after ${cutMs} ms`,
    async () => {
      await using host = await startExecServer();
      await using proxy = await FaultProxy.start(host.url);
      const command = ['exec', '--url', proxy.url, ...flags, '--', 'perl', '-e', script];
      const ended = runCommand(command, '', { EXEC_SERVER_TOKEN: host.token });
      await proxy.connected(1);
      await setTimeout(cutMs);
      proxy.cut();
      const { stdout, stderr, code } = await ended;
      assert.is(stdout.toString().replaceAll('\r\n', '\n'), expected);
      assert.is(code, 3, stderr);
      assert.ok(proxy.accepted > 1, 'the connection was made again');
    },
    { timeoutMs: 60_000 },
  );
}
