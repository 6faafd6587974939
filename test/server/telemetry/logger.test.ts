import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { createLogger, logLevels, silentLogger } from '#server/telemetry/logger.js';
import { suite } from '../../harness/test.js';

const test = suite('logger');

/** What a logger of a process of its own writes when it is given one message of every kind. */
async function logAll(level: string): Promise<{ stdout: string; stderr: string }> {
  const script = `
    import { createLogger } from '#server/telemetry/logger.js';
    const logger = createLogger(${JSON.stringify(level)});
    for (const kind of ['debug', 'info', 'warn', 'error']) logger[kind]({ kind }, 'message ' + kind);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  await once(child, 'close');
  return { stdout, stderr };
}

const expected = { error: ['error'], warn: ['warn', 'error'], info: ['info', 'warn', 'error'], debug: ['debug', 'info', 'warn', 'error'] };

for (const [level, kinds] of Object.entries(expected)) {
  test(`at level ${level}, ${kinds.join(', ')} go to stderr as JSON lines, and nothing to stdout`, async () => {
    const { stdout, stderr } = await logAll(level);
    const lines = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; msg: string; pid: number });
    assert.equal(
      lines.map(({ kind }) => kind),
      kinds,
    );
    assert.ok(lines.every(({ kind, msg, pid }) => msg === `message ${kind}` && pid > 0));
    assert.is(stdout, '');
  });
}

test('a silent logger says nothing and loads nothing', async () => {
  assert.is(createLogger('silent'), silentLogger);
  assert.equal(await logAll('silent'), { stdout: '', stderr: '' });
});

test('the levels are those of the command line', () => assert.equal([...logLevels], ['silent', 'error', 'warn', 'info', 'debug']));
