import * as local from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { type RemoteChildProcess, spawn, type SpawnOptions } from '@exec-server/client';
import { type ExecServerHost, startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { follow } from '../../harness/child-outcome.js';
import { startScriptedProcess } from '../../harness/scripted-process.js';
import { suite } from '../../harness/test.js';

const test = suite('child-process');

const sh = (host: ExecServerHost, script: string, options: SpawnOptions = {}) => spawn(host.client, 'sh', ['-c', script], options);

/** Resolves when the child has printed the text. */
async function printed({ stdout }: RemoteChildProcess, text: string): Promise<void> {
  let all = '';
  while (!all.includes(text)) all += String((await once(stdout as NonNullable<typeof stdout>, 'data'))[0]);
}

/** What the first error of a child says. */
async function errorOf(child: local.ChildProcess | RemoteChildProcess): Promise<unknown> {
  const [error] = (await once(child as local.ChildProcess, 'error')) as [NodeJS.ErrnoException & { spawnargs?: unknown }];
  const { name, message, code, syscall, path, spawnargs } = error;
  return { name, message, code, syscall, path, spawnargs, pid: child.pid };
}

/** Programs that have to look the same here and there. */
const commands: readonly (readonly [title: string, command: string, args: readonly string[], options?: SpawnOptions])[] = [
  ['a program that succeeds', 'echo', ['hello']],
  ['a program that fails', 'sh', ['-c', 'echo out; echo err >&2; exit 42']],
  ['a program without output', 'true', []],
  ['a program that kills itself', 'sh', ['-c', 'kill -TERM $$']],
  ['a program that aborts', 'sh', ['-c', 'echo before; kill -ABRT $$']],
  ['an exit code that looks like a signal', 'sh', ['-c', 'exit 137']],
  ['a child that outlives its parent and goes on printing', 'sh', ['-c', '(sleep 0.05; echo late) & echo early']],
  ['a large output', 'seq', ['1', '200000']],
  ['arguments with blanks, quotes and newlines', 'printf', ['%s|', 'a b', '"c"', "d'e", '', 'f\ng', 'ü€😀']],
  ['a shell', 'echo $((6 * 7)); exit', ['3'], { shell: true }],
  ['another shell', 'echo ${BASH_VERSION:+bash}', [], { shell: '/bin/bash' }],
  ['a directory', 'pwd', [], { cwd: '/' }],
  ['an environment of its own', '/usr/bin/env', [], { env: { ONLY: 'this', NOT: undefined, '': '' } }],
  ['a name of its own', 'sh', ['-c', 'echo $0; ps -o args= -p $$'], { argv0: 'renamed' }],
  ['ignored stdout', 'sh', ['-c', 'echo out; echo err >&2'], { stdio: ['pipe', 'ignore', 'pipe'] }],
  ['no input', 'cat', [], { stdio: ['ignore', 'pipe', 'pipe'] }],
];

for (const [title, command, args, options = {}] of commands) {
  test(`${title} looks as with node:child_process`, async () => {
    await using host = await startExecServer();
    const [here, there] = [local.spawn(command, args, options as local.SpawnOptions), spawn(host.client, command, args, options)];
    for (const child of [here, there]) child.stdin?.end();
    const [expected, actual] = await Promise.all([follow(here), follow(there)]);
    assert.equal(actual, expected);
    assert.equal([there.spawnfile, there.spawnargs], [here.spawnfile, here.spawnargs]);
  });
}

for (const [title, command, options] of [
  ['a missing program', 'no-such-program', {}],
  ['a missing program with a slash', '/no/such/program', {}],
  ['a missing directory', 'ls', { cwd: '/no/such/directory' }],
  ['a file that is no program', '/etc/passwd', {}],
  ['a directory as program', '/tmp', {}],
] as const) {
  test(`${title} gives the error of node:child_process`, async () => {
    await using host = await startExecServer();
    const here = await errorOf(local.spawn(command, ['argument'], options));
    const there = await errorOf(spawn(host.client, command, ['argument'], options));
    assert.equal(there, here);
  });
}

test('the error of a start that failed has its number, as with node:child_process', async () => {
  await using host = await startExecServer();
  const [error] = (await once(spawn(host.client, 'no-such-program'), 'error')) as [NodeJS.ErrnoException];
  assert.is(error.errno, -constants.errno.ENOENT);
});

test('after a start that failed the same events follow as with node:child_process', async () => {
  await using host = await startExecServer();
  const eventsOf = async (child: local.ChildProcess | RemoteChildProcess): Promise<string[]> => {
    const emitter = child as local.ChildProcess;
    const events: string[] = [];
    for (const name of ['spawn', 'error', 'exit'] as const) emitter.on(name, () => events.push(name));
    emitter.on('close', (code, signal) => events.push(`close ${code} ${signal}`, `kill ${emitter.kill()}`));
    await once(emitter, 'error');
    await host.client.environment.status(); // whatever follows has followed by then
    return events;
  };
  const here = await eventsOf(local.spawn('no-such-program'));
  const there = await eventsOf(spawn(host.client, 'no-such-program'));
  assert.equal(there, here);
});

test('it returns at once; spawn, exit and close come in this order, with the pid known at spawn', async () => {
  await using host = await startExecServer();
  const child = sh(host, 'exit 5');
  assert.equal([child.pid, child.exitCode, child.killed, child.connected], [undefined, null, false, false]);
  const events: unknown[] = [];
  child.on('spawn', () => events.push(typeof child.pid));
  child.on('exit', (code) => events.push(code));
  const [code, signal] = (await once(child, 'close')) as unknown[];
  assert.equal([events, code, signal], [['number', 5], 5, null]);
});

test('what is written to stdin arrives, in order and with its end', async () => {
  await using host = await startExecServer();
  const child = spawn(host.client, 'cat');
  for (let i = 0; i < 1_000; i++) child.stdin?.write(`${i}\n`);
  child.stdin?.end('over');
  const { stdout } = await follow(child);
  assert.is(stdout, `${Array.from({ length: 1_000 }, (_, index) => `${index}\n`).join('')}over`);
});

test('input for a program that does not read it breaks nothing', async () => {
  await using host = await startExecServer();
  const child = sh(host, 'exit 0');
  child.stdin?.end(Buffer.alloc(1_000_000));
  assert.equal((await follow(child)).events, ['spawn', 'exit 0 null', 'close 0 null']);
});

test('output that nobody reads does not keep close from coming', async () => {
  await using host = await startExecServer();
  const child = spawn(host.client, 'seq', ['1', '300000']);
  assert.equal(await once(child, 'close'), [0, null]);
});

test('input and output can be switched off, and nothing else can be asked for', async () => {
  await using host = await startExecServer();
  const child = spawn(host.client, 'cat', [], { stdio: 'ignore' });
  assert.equal([child.stdin, child.stdout, child.stderr], [null, null, null]);
  assert.equal(child.stdio, [null, null, null]);
  await once(child, 'close');
  assert.throws(() => spawn(host.client, 'cat', [], { stdio: 'inherit' as 'pipe' }), /does not exist on another machine/);
});

test('everything a terminal shows is on stdout', async () => {
  await using host = await startExecServer();
  const { stdout, stderr } = await follow(sh(host, 'test -t 0 && echo terminal >&2', { tty: true }));
  assert.equal([stdout, stderr], ['terminal\r\n', '']);
});

test('T1: kill ends it, with the signal and without an exit code', async () => {
  await using host = await startExecServer();
  const child = spawn(host.client, 'sleep', ['600']);
  assert.ok(child.kill());
  assert.ok(child.killed);
  assert.equal(await once(child, 'close'), [null, 'SIGTERM']);
  assert.equal([child.exitCode, child.signalCode], [null, 'SIGTERM']);
  assert.not.ok(child.kill(), 'nobody is there any more');
});

test('SIGKILL ends a program that ignores being asked', async () => {
  await using host = await startExecServer();
  const child = sh(host, 'trap "" TERM; echo ready; sleep 600; sleep 600');
  await printed(child, 'ready');
  assert.ok(child.kill());
  assert.ok(child.kill('SIGKILL'));
  assert.equal(await once(child, 'close'), [null, 'SIGKILL']);
});

test('signals have the names and numbers of node:child_process, and others are refused as there', async () => {
  await using host = await startExecServer();
  for (const signal of ['SIGHUP', 'SIGUSR1', constants.signals.SIGUSR2] as const) {
    const child = sh(
      host,
      'trap "echo HUP; exit 1" HUP; trap "echo USR1; exit 2" USR1; trap "echo USR2; exit 3" USR2; echo ready; while :; do sleep 0.01; done',
    );
    await printed(child, 'ready');
    assert.ok(child.kill(signal));
    assert.equal(await once(child, 'close'), [{ SIGHUP: 1, SIGUSR1: 2, [constants.signals.SIGUSR2]: 3 }[signal], null]);
  }
  const child = spawn(host.client, 'sleep', ['600']);
  assert.throws(() => child.kill('SIGSEGV'), TypeError);
  assert.throws(() => spawn(host.client, 'true', [], { killSignal: 'SIGSEGV' }), TypeError);
  child.kill('SIGKILL');
  await once(child, 'close');
});

test('a server that knows no signals is told to kill, or nothing', async () => {
  const scripted = await startScriptedProcess();
  await using client = scripted.client;
  const child = spawn(client, 'program');
  await once(child, 'spawn');
  assert.equal([child.kill('SIGSTOP'), child.killed], [false, false], 'it must not end what was to be stopped');
  assert.ok(child.kill('SIGTERM'));
  assert.is(
    (await scripted.server.request('process/terminate')).params['processId'],
    scripted.server.of('process/start')[1]?.params['processId'],
  );
  child.on('error', () => undefined); // the session ends
});

test('kill before the start is done ends it as well, and signal 0 only looks', async () => {
  await using host = await startExecServer();
  const child = spawn(host.client, 'sleep', ['600']);
  assert.ok(child.kill(0));
  assert.not.ok(child.killed);
  child.kill('SIGKILL');
  assert.equal(await once(child, 'exit'), [null, 'SIGKILL']);
  assert.not.ok(child.kill(0));
});

test('SIGINT can be caught by the program', async () => {
  await using host = await startExecServer();
  const child = sh(host, 'trap "echo caught; exit 4" INT; echo ready; while :; do sleep 0.01; done');
  await printed(child, 'ready');
  child.kill('SIGINT');
  assert.equal(await once(child, 'close'), [4, null]);
});

for (const when of ['before', 'after'] as const) {
  test(`an abort ${when} the start kills it and is told as AbortError`, async () => {
    await using host = await startExecServer();
    const controller = new AbortController();
    const reason = new Error('not wanted');
    if (when === 'before') controller.abort(reason);
    const child = sh(host, 'echo ready; sleep 600', { signal: controller.signal });
    const error = once(child, 'error') as Promise<unknown[]>;
    const outcome = follow(child);
    if (when === 'after') {
      await printed(child, 'ready');
      controller.abort(reason);
    }
    const [thrown] = (await error) as [NodeJS.ErrnoException];
    assert.equal(
      [thrown.name, thrown.code, thrown.message, thrown.cause],
      ['AbortError', 'ABORT_ERR', 'The operation was aborted', reason],
    );
    assert.is((await outcome).events.at(-1), 'close null SIGTERM');
  });
}

test('a program that takes too long is killed', async () => {
  await using host = await startExecServer();
  const child = spawn(host.client, 'sleep', ['600'], { timeout: 10 });
  assert.equal(await once(child, 'close'), [null, 'SIGTERM']);
  assert.ok(child.killed);
});

test('a time limit that ends in SIGKILL is kept by the server', async () => {
  await using host = await startExecServer();
  const child = sh(host, 'trap "" TERM; sleep 600; sleep 600', { timeout: 300, killSignal: 'SIGKILL' });
  assert.equal(await once(child, 'close'), [null, 'SIGKILL']);
  assert.ok(child.killed);
  const [entry] = (await host.client.processes.list()).processes;
  assert.is(entry?.timedOut, true);
});

test('leaving the block kills it', async () => {
  await using host = await startExecServer();
  let closed: Promise<unknown[]>;
  {
    using child = spawn(host.client, 'sleep', ['600']);
    closed = once(child, 'close');
  }
  assert.equal(await closed, [null, 'SIGKILL']);
});

test('P5, T1: a lost session is an error and no exit', async () => {
  await using host = await startExecServer();
  const client = await host.connect({ resumeWindowMs: 0 });
  const child = spawn(client, 'sleep', ['600']);
  await once(child, 'spawn');
  const events: string[] = [];
  child.on('exit', () => events.push('exit'));
  child.on('error', (error) => events.push(error.name));
  const closed = new Promise((resolve) => child.on('close', (...how) => resolve(how)));
  await client.close();
  assert.equal(await closed, [null, null]);
  assert.equal([events, child.exitCode, child.signalCode, child.stdout?.destroyed], [['DisconnectedError'], null, null, true]);
});
