import { readFileSync } from 'node:fs';
import { FaultProxy, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { readAll, readUntil } from '../../harness/byte-streams.js';
import { launcher } from '../../harness/command-line.js';
import { LiveCommand } from '../../harness/live-command.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('copy');

const MiB = 1024 * 1024;
const content = Buffer.alloc(8 * MiB, 'x');

test('on a terminal a bar shows how far it is, and what went wrong stands above it', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  proxy.shape({ bytesPerSecond: 12 * MiB }, 'toClient');
  using scratch = new Scratch();
  const [first, nope] = [scratch.file('first', content), `${scratch.path}/nope`];
  const to = scratch.directory('to');
  const terminal = await host.client.processes.start({
    argv: [process.execPath, launcher, 'cp', '--url', proxy.url, `:${nope}`, `:${first}`, to],
    env: { EXEC_SERVER_TOKEN: host.token },
    tty: { rows: 24, cols: 100 },
  });
  const shown = (await readAll(terminal.stdout)).toString();
  assert.is((await terminal.closed).exitCode, 1);
  assert.match(shown, /exec-server: remote:\S+\/nope: No such file or directory\r\n/);
  assert.match(shown, /\r\[=+> +\] {3}\d\d% {2}\d\.\d MiB\/8\.0 MiB {2}\d+\.\d [KM]iB\/s {2}0:0\d/);
  assert.match(shown, /\[=+\] {2}100% {2}8\.0 MiB\/8\.0 MiB/);
  assert.ok(shown.endsWith('\r\n'));
  assert.is(readFileSync(`${to}/first`).length, 8 * MiB);
});

test('elsewhere, and with --quiet, there is no bar', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  const first = scratch.file('first', content);
  const terminal = await host.client.processes.start({
    argv: [process.execPath, launcher, 'cp', '--quiet', '--url', host.url, `:${first}`, `${scratch.path}/second`],
    env: { EXEC_SERVER_TOKEN: host.token },
    tty: { rows: 24, cols: 100 },
  });
  assert.is((await readAll(terminal.stdout)).toString(), '');
  await using command = new LiveCommand(['cp', '--url', host.url, `:${first}`, `${scratch.path}/third`], { EXEC_SERVER_TOKEN: host.token });
  assert.equal(await command.ended, { code: 0, signal: null });
  assert.equal([command.stdout, command.stderr], ['', '']);
});

test('Ctrl-C while the line is broken ends it soon, and names what it could not remove', async () => {
  await using host = await startExecServer();
  await using proxy = await FaultProxy.start(host.url);
  proxy.shape({ bytesPerSecond: 4 * MiB }, 'toServer');
  using scratch = new Scratch();
  const first = scratch.file('first', content);
  const to = scratch.directory('to');
  const isHalf = new Promise<void>((resolve) => proxy.at('toServer', 2 * MiB, () => resolve()));
  const terminal = await host.client.processes.start({
    argv: [process.execPath, launcher, 'cp', '--quiet', '--url', proxy.url, first, `:${to}`],
    env: { EXEC_SERVER_TOKEN: host.token },
    tty: { rows: 24, cols: 300 },
  });
  await isHalf;
  proxy.block();
  proxy.cut();
  await terminal.write('\x03');
  const shown = await readUntil(terminal.stdout.getReader(), 'part');
  assert.match(shown, /exec-server: left behind on the server: file:\/\/\S+\.part/);
  assert.is((await terminal.closed).exitCode, 130);
});
