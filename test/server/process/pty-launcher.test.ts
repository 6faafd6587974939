import * as assert from 'uvu/assert';
import { RpcError } from '#protocol/errors.js';
import { Descriptors } from '#server/process/descriptors.js';
import type { LaunchedProcess, LaunchRequest } from '#server/process/launch.js';
import { PipeLauncher } from '#server/process/pipe-launcher.js';
import { signalGroup } from '#server/process/process-group.js';
import { PtyLauncher } from '#server/process/pty-launcher.js';
import { type Ended, launchRequest, OpenSource, runToEnd, turns } from '../../harness/launching.js';
import { refusedStarts } from '../../harness/refused-starts.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('pty-launcher');

const terminal = { rows: 24, cols: 80 };
const loginShell = '/bin/login-shell';
const createLauncher = (): PtyLauncher => new PtyLauncher(new Descriptors(), 65_536, loginShell);

const launch = (argv: readonly string[], more: Partial<LaunchRequest> = {}): Promise<LaunchedProcess> =>
  createLauncher().launch(launchRequest(argv, { terminal, ...more }));
const run = async (argv: readonly string[], more: Partial<LaunchRequest> = {}): Promise<Ended> => runToEnd(await launch(argv, more));
const shell = (script: string, more: Partial<LaunchRequest> = {}): Promise<Ended> => run(['/bin/sh', '-c', script], more);

function open(launched: LaunchedProcess): OpenSource {
  const [source] = launched.outputs;
  if (!source) throw new Error('a terminal has one source');
  return new OpenSource(source);
}

function type(launched: LaunchedProcess, text: string): Promise<Error | undefined> {
  return new Promise((resolve) => launched.input?.write(Buffer.from(text), resolve));
}

const argumentsOf = async (argv: readonly string[], arg0: string | null): Promise<string[]> =>
  (await run(argv, { arg0 })).output.pty.split('\0').slice(0, -1);

const variablesFor = async (env: ReadonlyMap<string, string>): Promise<string[]> =>
  (await run(['/bin/cat', '/proc/self/environ'], { env })).output.pty.split('\0').slice(0, -1).toSorted();

test('a child has a terminal as stdin, stdout, stderr and as controlling terminal', async () => {
  const { status, output } = await shell('test -t 0 && test -t 1 && test -t 2 && echo yes > /dev/tty');
  assert.equal([status.code, output.pty], [0, 'yes\r\n']);
});

test('the terminal has the size that was asked for', async () => {
  assert.is((await run(['stty', 'size'])).output.pty, '24 80\r\n');
  assert.is((await run(['stty', 'size'], { terminal: { rows: 1, cols: 65_535 } })).output.pty, '1 65535\r\n');
});

test('a new size reaches the program with SIGWINCH', async () => {
  const launched = await launch(['/bin/sh', '-c', "trap 'stty size; kill $!; exit 0' WINCH; sleep 60 & echo ready; wait"]);
  const output = open(launched);
  await output.until((text) => text.includes('ready'));
  launched.resize?.({ rows: 50, cols: 132 });
  assert.match(await output.ended(), '50 132');
  assert.is((await launched.exited).code, 0);
  launched.resize?.({ rows: 1, cols: 1 });
});

test('T1: exit codes and deaths by signal are those of the system', async () => {
  assert.equal((await shell('exit 7')).status, { code: 7, signal: null });
  for (const signal of ['KILL', 'TERM', 'INT'])
    assert.equal((await shell(`kill -${signal} $$`)).status, { code: null, signal: `SIG${signal}` });
});

test('T1: a program that closes its terminal before it exits, as `cat` does, is not hung up and keeps its exit code', async () => {
  const script = 'close STDIN; close STDOUT; close STDERR; select(undef, undef, undef, 0.3); exit 7';
  assert.equal((await run(['perl', '-e', script])).status, { code: 7, signal: null });
});

test('`SHELL` is the login shell unless the environment has one; nothing else is added', async () => {
  const env = new Map([
    ['PATH', '/usr/bin:/bin'],
    ['A', 'x=y'],
    ['__proto__', 'p'],
  ]);
  const given = [...env].map(([name, value]) => `${name}=${value}`);
  assert.equal(await variablesFor(env), [...given, `SHELL=${loginShell}`].toSorted());
  assert.equal(await variablesFor(new Map([...env, ['SHELL', '']])), [...given, 'SHELL='].toSorted());
});

test('`argv[0]` is the name of the program unless another was asked for', async () => {
  assert.equal(await argumentsOf(['cat', '/proc/self/cmdline'], null), ['cat', '/proc/self/cmdline']);
  assert.equal(await argumentsOf(['/bin/cat', '/proc/self/cmdline'], 'another name'), ['another name', '/proc/self/cmdline']);
  assert.equal(await argumentsOf(['cat', '/proc/self/cmdline'], ''), ['', '/proc/self/cmdline']);
});

test('without a PATH the program is found all the same, and keeps its name', async () => {
  const { status, output } = await run(['cat', '/proc/self/cmdline'], { env: new Map() });
  assert.is(status.code, 0);
  assert.equal(output.pty.split('\0').slice(0, -1), ['cat', '/proc/self/cmdline']);
});

test('a child works where it was asked to, and finds its program from there', async () => {
  using scratch = new Scratch();
  scratch.file('bin/where', '#!/bin/sh\nreadlink /proc/self/cwd\n', 0o755);
  for (const [name, path] of [
    ['bin/where', '/bin'],
    ['where', 'bin:/bin:/usr/bin'],
  ] as const) {
    const { output } = await run([name], { cwd: scratch.path, env: new Map([['PATH', path]]) });
    assert.is(output.pty, `${scratch.path}\r\n`);
  }
});

test('a child leads a session and a group of its own', async () => {
  const launched = await launch(['/bin/cat', '/proc/self/stat']);
  const [pid, , , , group, session] = (await runToEnd(launched)).output.pty.split(' ').map(Number);
  assert.equal([pid, group, session], [launched.pid, launched.pid, launched.pid]);
});

test('what is typed is echoed and read; the end of file ends the program', async () => {
  const launched = await launch(['cat']);
  const output = open(launched);
  await type(launched, 'hello\n');
  await output.until((text) => text === 'hello\r\nhello\r\n');
  launched.input?.end();
  assert.equal(await launched.exited, { code: 0, signal: null });
  assert.is(await output.ended(), 'hello\r\nhello\r\n');
});

test('the interrupt character interrupts the program', async () => {
  const launched = await launch(['/bin/sh', '-c', 'echo ready; exec sleep 60']);
  const output = open(launched);
  await output.until((text) => text.includes('ready'));
  await type(launched, '\u0003');
  assert.equal(await launched.exited, { code: null, signal: 'SIGINT' });
  await output.ended();
});

test('T2: the tail of a fast program is complete', async () => {
  for (let round = 0; round < 20; round++) {
    const sizes = [1, 4_000, 60_000, 200_000];
    const ended = await Promise.all(sizes.map((size) => run(['perl', '-e', `print "x" x ${size}`])));
    assert.equal(
      ended.map(({ output }) => output.pty.length),
      sizes,
    );
  }
});

test('T2: a source that is paused over the exit of its program loses nothing', async () => {
  const launched = await launch(['/bin/sh', '-c', "printf '%03000d' 0"]);
  const output = open(launched);
  launched.outputs[0]?.pause();
  assert.is((await launched.exited).code, 0);
  await turns();
  launched.outputs[0]?.resume();
  assert.is((await output.ended()).length, 3_000);
});

test('P7: a paused source holds a loud program back, and all of it arrives later', async () => {
  const launched = await launch(['perl', '-e', '$| = 1; print "x" x 1000 for 1..1000']);
  const output = open(launched);
  for (let pause = 1; pause <= 5; pause++) {
    await output.until((text) => text.length > pause * 10_000);
    launched.outputs[0]?.pause();
    await turns(20);
    launched.outputs[0]?.resume();
  }
  assert.is((await output.ended()).length, 1_000_000);
  assert.is((await launched.exited).code, 0);
});

test('a terminal ends with its program even when a child of it stays', async () => {
  const launched = await launch(['/bin/sh', '-c', 'sleep 60 & echo done']);
  const output = open(launched);
  await launched.exited;
  assert.is(await output.ended(), 'done\r\n');
});

test('P8: a program on a terminal that is killed the moment it is started does not survive', async () => {
  const ends: Promise<Ended>[] = [];
  for (let round = 0; round < 40; round++) {
    const launched = await launch(['sleep', '5']);
    signalGroup(launched.pid, 'SIGKILL');
    ends.push(runToEnd(launched));
  }
  const statuses = (await Promise.all(ends)).map(({ status }) => status);
  assert.equal(
    statuses.filter(({ signal }) => signal !== 'SIGKILL'),
    [],
  );
});

test('S5: nobody else gets at a terminal: neither children on pipes nor those on other terminals', async () => {
  const descriptors = new Descriptors();
  const [terminals, pipes] = [new PtyLauncher(descriptors, 65_536, loginShell), new PipeLauncher(descriptors, 4)];
  const victims = await Promise.all([1, 2].map(() => terminals.launch(launchRequest(['cat'], { terminal }))));
  const outputs = victims.map(open);
  const list = ['/bin/sh', '-c', 'ls -l /proc/$$/fd'];
  const onPipes = await runToEnd(await pipes.launch(launchRequest(list)));
  const onTerminal = await runToEnd(await terminals.launch(launchRequest(list, { terminal })));
  for (const victim of victims) victim.input?.end();
  await Promise.all(outputs.map((output) => output.ended()));
  await pipes.close();
  assert.match(onPipes.output.stdout, '0 -> ');
  assert.not.match(onPipes.output.stdout, 'ptmx');
  assert.match(onTerminal.output.pty, '0 -> ');
  assert.not.match(onTerminal.output.pty, 'ptmx');
});

for (const { what, message, osError, build } of refusedStarts) {
  test(`${what} is refused with "${message}" and leaves nothing behind`, async () => {
    using scratch = new Scratch();
    const refused = createLauncher().launch({ ...build(scratch), terminal });
    const error: unknown = await refused.then(runToEnd, (reason: unknown) => reason);
    assert.instance(error, RpcError, JSON.stringify(error));
    assert.is((error as RpcError).reason, 'startFailed');
    assert.is((error as RpcError).message, message);
    assert.is((error as RpcError).detail['osError'], osError);
  });
}

test('an argument list that is too long as a whole is refused', async () => {
  const argv = ['true', ...Array.from({ length: 100 }, () => 'x'.repeat(100_000))];
  const refused = launch(argv).then(
    () => null,
    (error: Error) => error.message,
  );
  assert.is(await refused, 'Argument list too long (os error 7)');
});
