import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { RpcError } from '#protocol/errors.js';
import { Descriptors } from '#server/process/descriptors.js';
import type { LaunchRequest } from '#server/process/launch.js';
import { PipeLauncher } from '#server/process/pipe-launcher.js';
import { silentLogger } from '#server/telemetry/logger.js';
import { type Ended, launchRequest, OpenSource, runToEnd } from '../../harness/launching.js';
import { refusedStarts } from '../../harness/refused-starts.js';
import { Scratch, withVariable } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

// Node hands it to every child when coverage is measured.
delete process.env['NODE_V8_COVERAGE'];

const test = suite('pipe-launcher');

/** Lists the descriptors of the shell it runs in without opening any. */
const listDescriptors = 'for n in $(seq 0 999); do [ -e /proc/$$/fd/$n ] && echo $n; done; true';

/** What whoever started the tests has left open for all their children. */
const inherited = execFileSync('/bin/sh', ['-c', listDescriptors], { encoding: 'utf8' }).trim().split('\n');

async function withLauncher(body: (launcher: PipeLauncher) => Promise<void>): Promise<void> {
  const launcher = new PipeLauncher(new Descriptors(), 8);
  try {
    await body(launcher);
  } finally {
    await launcher.close();
  }
}

async function run(argv: readonly string[], more: Partial<LaunchRequest> = {}, input: string | null = null): Promise<Ended> {
  let ended!: Ended;
  await withLauncher(async (launcher) => {
    const launched = await launcher.launch(launchRequest(argv, { ...more, pipeStdin: input !== null }));
    launched.input?.write(Buffer.from(input ?? ''), () => launched.input?.end());
    ended = await runToEnd(launched);
  });
  return ended;
}

const shell = (script: string, more: Partial<LaunchRequest> = {}, input: string | null = null): Promise<Ended> =>
  run(['/bin/sh', '-c', script], more, input);

const argumentsOf = async (argv: readonly string[], arg0: string | null): Promise<string[]> =>
  (await run(argv, { arg0 })).output.stdout.split('\0').slice(0, -1);

test('output and error output arrive each on its own, byte for byte', async () => {
  const { status, output } = await shell('printf "out\\001\\377" ; printf err >&2; exit 3');
  assert.equal(status, { code: 3, signal: null });
  assert.equal([output.stdout, output.stderr, output.pty], ['out\u0001\uFFFD', 'err', '']);
});

test('T1: a death by signal is told as such and never as an exit code', async () => {
  for (const signal of ['KILL', 'TERM', 'SEGV'])
    assert.equal((await shell(`kill -${signal} $$`)).status, { code: null, signal: `SIG${signal}` });
});

test('T2: nothing of the output of fast programs is missing', () =>
  withLauncher(async (launcher) => {
    for (let round = 0; round < 10; round++) {
      const programs = Array.from({ length: 10 }, async (_, at) => {
        const launched = await launcher.launch(
          launchRequest(['/bin/sh', '-c', `printf '%0${5000 + at}d' 0; printf '%0${90 + at}d' 0 >&2`]),
        );
        return runToEnd(launched);
      });
      for (const [at, { output }] of (await Promise.all(programs)).entries())
        assert.equal([output.stdout.length, output.stderr.length], [5000 + at, 90 + at]);
    }
  }));

test('a child can open `/dev/stdout`, `/dev/stderr` and `/dev/stdin`', async () => {
  const { status, output } = await shell(
    'cat /dev/stdin > /dev/stdout; echo two > /dev/stderr; echo three >> /proc/self/fd/1',
    {},
    'one\n',
  );
  assert.equal([status.code, output.stdout, output.stderr], [0, 'one\nthree\n', 'two\n']);
});

test('stdin is what is written to it, or empty', async () => {
  assert.is((await run(['cat'], {}, 'x'.repeat(300_000))).output.stdout.length, 300_000);
  const { status, output } = await shell('cat; readlink /proc/self/fd/0');
  assert.equal([status.code, output.stdout], [0, '/dev/null\n']);
});

test('a write to a child that has closed its stdin fails and harms nobody', () =>
  withLauncher(async (launcher) => {
    const launched = await launcher.launch(launchRequest(['/bin/sh', '-c', 'exec <&-; echo closed; exec sleep 60'], { pipeStdin: true }));
    const [stdout, stderr] = launched.outputs.map((source) => new OpenSource(source));
    await stdout?.until((text) => text === 'closed\n');
    const error = await new Promise<Error | undefined>((resolve) => launched.input?.write(Buffer.from('x'), resolve));
    assert.is((error as NodeJS.ErrnoException).code, 'EPIPE');
    process.kill(launched.pid, 'SIGKILL');
    await Promise.all([launched.exited, stdout?.ended(), stderr?.ended()]);
  }));

for (const pipeStdin of [true, false]) {
  test(`a child has descriptors 0, 1 and 2 and no others (stdin ${pipeStdin ? 'a pipe' : 'empty'})`, async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const ours = readdirSync('/proc/self/fd').map(Number);
    assert.ok(Math.max(...ours) > 10, 'there is something to inherit');
    const { output } = await shell(listDescriptors, {}, pipeStdin ? '' : null);
    server.close();
    await once(server, 'close');
    assert.equal(output.stdout.trim().split('\n'), ['0', '1', '2', ...inherited.filter((name) => Number(name) > 2)]);
  });
}

test('the environment of a child is exactly what was asked for', async () => {
  const env = new Map([
    ['B', '2'],
    ['A', 'x=y\nz'],
    ['__proto__', 'p'],
    ['constructor', ''],
    ['ключ', 'значение'],
  ]);
  using _ = withVariable('EXEC_SERVER_TEST_LEAK', 'must not be seen');
  const { output } = await run(['/bin/cat', '/proc/self/environ'], { env });
  const variables = output.stdout.split('\0').slice(0, -1);
  assert.equal(variables.toSorted(), [...env].map(([name, value]) => `${name}=${value}`).toSorted());
  assert.is((await run(['/bin/cat', '/proc/self/environ'], { env: new Map() })).output.stdout, '', 'nothing at all');
});

test('`argv[0]` is the name of the program unless another was asked for', async () => {
  assert.equal(await argumentsOf(['cat', '/proc/self/cmdline'], null), ['cat', '/proc/self/cmdline']);
  assert.equal(await argumentsOf(['/bin/cat', '/proc/self/cmdline'], 'another name'), ['another name', '/proc/self/cmdline']);
  assert.equal(await argumentsOf(['cat', '/proc/self/cmdline'], ''), ['', '/proc/self/cmdline']);
});

test('arguments reach the child as they are', async () => {
  const words = ['', ' ', '*', '$HOME', '"\'', '-n', 'é😀', 'a\nb', '\\'];
  const { output } = await run(['/bin/sh', '-c', 'printf "%s\\0" "$@"', 'sh', ...words]);
  assert.equal(output.stdout.split('\0').slice(0, -1), words);
});

test('a child works where it was asked to', async () => {
  using scratch = new Scratch();
  const directory = scratch.directory('with space/é');
  assert.is((await run(['readlink', '/proc/self/cwd'], { cwd: directory })).output.stdout, `${directory}\n`);
});

test('a program without a slash is found in the PATH of the child', async () => {
  using scratch = new Scratch();
  scratch.file('bin/greet', '#!/bin/sh\necho "greetings from $0"\n', 0o755);
  const env = new Map([['PATH', 'bin:/bin']]);
  const { output } = await run(['greet'], { cwd: scratch.path, env });
  assert.match(output.stdout, /^greetings from .*bin\/greet\n$/);
});

test('a child leads a session and a group of its own and has no terminal', async () => {
  await withLauncher(async (launcher) => {
    const launched = await launcher.launch(launchRequest(['/bin/cat', '/proc/self/stat']));
    const { output } = await runToEnd(launched);
    const [pid, , , , group, session, terminal] = output.stdout.split(' ').map(Number);
    assert.equal([pid, group, session, terminal], [launched.pid, launched.pid, launched.pid, 0]);
  });
});

test('where no named pipes can be made, a program runs on other pipes, and the log says so once', async () => {
  using _ = withVariable('TMPDIR', '/no/such/directory');
  const warnings: string[] = [];
  const launcher = new PipeLauncher(new Descriptors(), 8, { ...silentLogger, warn: (_fields, message) => void warnings.push(message) });
  for (let round = 0; round < 2; round++) {
    const launched = await launcher.launch(launchRequest(['/bin/sh', '-c', 'cat; echo err >&2; exit 3'], { pipeStdin: true }));
    launched.input?.write(Buffer.from('through a socket'), () => launched.input?.end());
    const { status, output } = await runToEnd(launched);
    assert.equal([status.code, output.stdout, output.stderr], [3, 'through a socket', 'err\n']);
  }
  assert.is(warnings.length, 1);
});

for (const { what, message, osError, build } of refusedStarts) {
  test(`${what} is refused with "${message}" and leaves nothing behind`, async () => {
    using scratch = new Scratch();
    await withLauncher(async (launcher) => {
      for (const pipeStdin of [false, true]) {
        const error: unknown = await launcher.launch({ ...build(scratch), pipeStdin }).then(
          () => null,
          (reason: unknown) => reason,
        );
        assert.instance(error, RpcError);
        assert.is((error as RpcError).reason, 'startFailed');
        assert.is((error as RpcError).code, -32603);
        assert.is((error as RpcError).message, message);
        assert.is((error as RpcError).detail['osError'], osError);
      }
    });
  });
}
