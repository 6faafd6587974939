import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RemoteProcess } from '@exec-server/client';
import { startExecServer } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { launcher, startCommandServer } from '../harness/command-line.js';
import { suite } from '../harness/test.js';

const test = suite('terminal');

/** Collects what a terminal shows and waits for it to show something. */
class Screen {
  #text = '';
  #from = 0;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(process: RemoteProcess) {
    this.#reader = process.stdout.getReader();
  }

  /** Everything shown up to a match; the next call looks behind it. */
  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#text.slice(this.#from));
      if (match) {
        const shown = this.#text.slice(this.#from, this.#from + match.index + match[0].length);
        this.#from += shown.length;
        return shown;
      }
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`the terminal ended without showing ${String(pattern)}: ${JSON.stringify(this.#text.slice(-500))}`);
      this.#text += Buffer.from(value).toString('utf8');
    }
  }
}

test('a pager in a remote terminal follows keys and a resize of the local one', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'exec-server-test-'));
  try {
    writeFileSync(join(folder, 'lines'), Array.from({ length: 500 }, (_, index) => `line ${index + 1}\n`).join(''));
    // The command runs in a terminal of one server and opens one on another.
    await using outer = await startExecServer();
    await using inner = await startCommandServer();
    const local = await outer.client.processes.start({
      argv: [process.execPath, launcher, 'exec', '--url', inner.url, '--tty', '--cwd', folder, '--env', 'LESS=', '--', 'less', 'lines'],
      env: { TERM: 'xterm' },
      tty: { rows: 10, cols: 40 },
    });
    const screen = new Screen(local);
    assert.not.match(await screen.until(/line 9\b/), /line 10\b/);
    await local.resize({ rows: 20, cols: 60 });
    assert.match(await screen.until(/line 19\b/), /line 10\b/);
    await local.write('G');
    await screen.until(/line 500\b/);
    await local.write('q');
    assert.is((await local.exited).exitCode, 0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('an interactive shell has job control: Ctrl-C ends the job, not the shell', async () => {
  await using host = await startExecServer();
  const shell = await host.client.processes.start({ argv: ['bash', '--norc', '-i'], env: { PS1: 'ready> ' }, tty: true });
  const screen = new Screen(shell);
  await screen.until(/ready> /);
  await shell.write('sh -c "echo under way; exec sleep 1000"\r');
  await screen.until(/under way\r\n/);
  await shell.write('\u0003');
  await screen.until(/ready> /);
  await shell.write('echo "still here $((6*7))"; exit 5\r');
  await screen.until(/still here 42/);
  assert.equal(await shell.closed, { exitCode: 5, signal: null, timedOut: false });
});

test('a terminal has the size it was started with, tells of a change, and knows its owner', async () => {
  await using host = await startExecServer();
  const process = await host.client.processes.start({
    argv: ['bash', '-c', 'trap "stty size; exit" WINCH; stty size; tty; [ -r /dev/tty ] && echo owned; while :; do sleep 0.05; done'],
    tty: { rows: 33, cols: 121 },
  });
  const screen = new Screen(process);
  assert.match(await screen.until(/owned/), /33 121\r\n\/dev\/pts\/\d+/);
  await process.resize({ rows: 7, cols: 9 });
  await screen.until(/7 9\r\n/);
  assert.is((await process.closed).exitCode, 0);
});

test('closeStdin types the end of file, and the program reads on after it', async () => {
  await using host = await startExecServer();
  const process = await host.client.processes.start({ argv: ['sh', '-c', 'stty -echo; echo go; cat; cat; echo end'], tty: true });
  const screen = new Screen(process);
  await screen.until(/go/);
  await process.write('one\n');
  await process.closeStdin();
  await screen.until(/one/);
  await process.write('two\n');
  await screen.until(/two/);
  await process.closeStdin();
  await screen.until(/end/);
});
