import { readFileSync } from 'node:fs';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { runCommand, startCommandServer } from '../../harness/command-line.js';
import { leaveSession } from '../../harness/leave-session.js';
import { LiveCommand } from '../../harness/live-command.js';
import { Scratch } from '../../harness/scratch.js';
import { suite } from '../../harness/test.js';

const test = suite('exec');

/** Runs `exec` with these arguments on a server of its own; returns code, stdout and stderr. */
async function exec(args: readonly string[], input = '', env: NodeJS.ProcessEnv = {}): Promise<[number | null, string, string]> {
  const { code, stdout, stderr } = await runCommand(['exec', ...args], input, env);
  return [code, stdout.toString(), stderr];
}

test('stdout, stderr and exit code are those of the command', async () => {
  assert.equal(await exec(['--', 'sh', '-c', 'echo out; echo err >&2; exit 7']), [7, 'out\n', 'err\n']);
  assert.equal(await exec(['--', 'true']), [0, '', '']);
});

test('T1: a command that a signal ends gives 128 plus its number', async () => {
  assert.equal(await exec(['--', 'sh', '-c', 'kill -KILL $$']), [137, '', '']);
  assert.equal(await exec(['--', 'sh', '-c', 'kill -SEGV $$']), [139, '', '']);
});

test('T1: a command that takes too long gives 124, and stderr tells why', async () => {
  const text = 'exec-server: timed out: the command was killed at the end of its time\n';
  const script = 'trap "" TERM INT HUP; echo out; sleep 600; sleep 600';
  assert.equal(await exec(['--timeout', '1.5', '--', 'sh', '-c', script]), [124, 'out\n', text]);
  const [code, stdout, stderr] = await exec(['--timeout', '1.5', '--json', '--', 'sh', '-c', script]);
  assert.equal([code, stderr], [124, text]);
  assert.match(stdout, '"exitCode":137,"signal":"SIGKILL","timedOut":true}');
  assert.equal(await exec(['--timeout', '600', '--', 'sh', '-c', 'exit 124']), [124, '', ''], 'its own 124 is told apart');
  assert.is((await exec(['--timeout', '0', '--', 'true']))[0], 2);
});

test('the input of the command is ours, to its end', async () => {
  const input = 'x'.repeat(300_000);
  assert.equal(await exec(['--', 'wc', '-c'], input), [0, '300000\n', '']);
  assert.equal(await exec(['--', 'cat'], 'no newline'), [0, 'no newline', '']);
  assert.equal(await exec(['--', 'cat']), [0, '', '']);
});

test('T2: 4 MB of bytes come out as they are', async () => {
  const { code, stdout } = await runCommand(['exec', '--', 'seq', '600000']);
  assert.equal([code, stdout.toString() === Array.from({ length: 600_000 }, (_, index) => `${index + 1}\n`).join('')], [0, true]);
});

test('a command that is not there gives 127, one that cannot be executed 126', async () => {
  for (const [argv, code, text] of [
    [['no-such-program'], 127, 'no-such-program: No such file or directory (os error 2)'],
    [['/no/such/program'], 127, '/no/such/program: No such file or directory (os error 2)'],
    [['/etc/passwd'], 126, '/etc/passwd: Permission denied (os error 13)'],
  ] as const) {
    assert.equal(await exec(['--', ...argv]), [code, '', `Error: ${text}\n`]);
  }
  const [code, stdout] = await exec(['--tty', '--', 'no-such-program']);
  assert.equal([code, stdout], [127, ''], 'in a terminal as well');
});

test('S4: a server that cannot be reached gives 255', async () => {
  const gone = await startCommandServer();
  await gone.stop();
  const [code, stdout, stderr] = await exec(['--url', gone.url, '--', 'true']);
  assert.equal([code, stdout], [255, '']);
  assert.match(stderr, /^Error: cannot connect to ws:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/);
});

test('directory and variables can be set, and are inherited as asked', async () => {
  assert.equal(await exec(['--cwd', '/usr', '--', 'pwd']), [0, '/usr\n', '']);
  const print = ['--', 'sh', '-c', 'echo "$A|$B|$SOME_TOKEN"'];
  const env = { SOME_TOKEN: 'mine' };
  assert.equal(
    await exec(['--env', 'A=1', '--env', 'B=x=y', ...print], '', env),
    [0, '1|x=y|mine\n', ''],
    'our own machine has no secrets from us',
  );
  assert.equal(await exec(['--inherit', 'all', ...print], '', env), [0, '||\n', '']);
  // Node gives this one to every child while coverage is measured.
  const [, none] = await exec(['--inherit', 'none', '--env', 'ONLY=this', '--', '/usr/bin/env'], '', { NODE_V8_COVERAGE: undefined });
  assert.is(none, 'ONLY=this\n');
  const [, core] = await exec(['--inherit', 'core', '--', '/usr/bin/env'], '', { EXTRA: 'x', HOME: '/home/of/mine' });
  assert.ok(core.includes('HOME=/home/of/mine\n') && !core.includes('EXTRA'));
});

test('without a directory the command runs in ours', async () => {
  assert.equal(await exec(['--', 'pwd']), [0, `${process.cwd()}\n`, '']);
});

test('on a server, what looks like a secret is not inherited, and the directory is the one of the server', async () => {
  await using host = await startExecServer({
    server: { environment: { PATH: process.env['PATH'], SOME_TOKEN: 'secret', PLAIN: 'plain' } },
  });
  const env = { EXEC_SERVER_URL: host.url, EXEC_SERVER_TOKEN: host.token };
  assert.equal(await exec(['--', 'sh', '-c', 'echo "$PLAIN|$SOME_TOKEN"; pwd'], '', env), [0, `plain|\n${process.cwd()}\n`, '']);
});

test('the session of a command ends with it', async () => {
  await using host = await startExecServer();
  const env = { EXEC_SERVER_TOKEN: host.token };
  await exec(['--url', host.url, '--', 'true'], '', env);
  assert.is(host.inspect().server.sessions.length, 1, 'only the one of the host');
});

test('a session can be joined, and is left as it is', async () => {
  await using host = await startExecServer();
  const first = await host.connect();
  await leaveSession(host, first);
  const env = { EXEC_SERVER_TOKEN: host.token, EXEC_SERVER_SESSION: first.sessionId };
  assert.equal(await exec(['--url', host.url, '--', 'echo', 'joined'], '', env), [0, 'joined\n', '']);
  const second = await host.connect({ sessionId: first.sessionId });
  assert.equal(
    (await second.processes.list()).processes.map(({ argv }) => argv),
    [['echo', 'joined']],
  );
});

test('a detached command runs on, and its names are printed', async () => {
  await using host = await startExecServer();
  const flags = ['--url', host.url, '--detach'];
  const env = { EXEC_SERVER_TOKEN: host.token };
  const [code, text, stderr] = await exec([...flags, '--', 'cat'], '', env);
  assert.equal([code, stderr], [0, '']);
  const [, session, id] = /^session (\S+)\nprocess (\S+)\n$/.exec(text) ?? [];
  const { sessions } = host.inspect().server;
  assert.equal(sessions.at(-1)?.id, session);
  assert.is(sessions.at(-1)?.processes[0]?.processId, id);
  const [, json] = await exec([...flags, '--json', '--', 'sleep', '600'], '', env);
  assert.equal(Object.keys(JSON.parse(json) as object), ['session', 'process', 'pid']);
});

test('a detached command has no input', async () => {
  await using host = await startExecServer();
  using scratch = new Scratch();
  const file = scratch.file('count');
  const env = { EXEC_SERVER_TOKEN: host.token };
  const [, text] = await exec(['--url', host.url, '--detach', '--', 'sh', '-c', `wc -c > ${file}`], 'ours', env);
  const [, session, id] = /^session (\S+)\nprocess (\S+)\n$/.exec(text) ?? [];
  const client = await host.connect({ sessionId: session });
  await (
    await client.processes.attach(id as string)
  ).closed;
  assert.is(readFileSync(file, 'utf8'), '0\n');
});

test('P5: a server that comes back without the session ends the command with 255', async () => {
  const first = await startCommandServer();
  await using command = new LiveCommand(['exec', '--url', first.url, '--', 'sh', '-c', 'echo running; sleep 600']);
  await command.printed('running');
  await first.stop();
  await using second = await startCommandServer(['--listen', first.url]);
  assert.is(second.url, first.url);
  assert.equal(await command.ended, { code: 255, signal: null });
  assert.match(command.stderr, /^Error: the session is lost: unknown session id/);
});
