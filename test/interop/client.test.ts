import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { connect, type ProcessEvent, type RemoteProcess, RpcError, spawn } from '@exec-server/client';
import { FaultProxy } from 'exec-server/testing';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';
import { servers } from './servers.js';

const test = suite('client on servers');

async function read(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function collect(process: RemoteProcess): Promise<ProcessEvent[]> {
  const events: ProcessEvent[] = [];
  for await (const event of process) events.push(event);
  return events;
}

const seqs = (events: readonly ProcessEvent[]): number[] => events.map((event) => ('seq' in event ? event.seq : -1));

for (const { name, skip, start } of servers) {
  test(
    `${name}: a program is run to its end, in one request or in steps`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const { stdout, stderr, exitCode, truncated } = await client.run(['sh', '-c', 'seq 20000; echo err >&2; exit 7']);
      assert.equal([stdout.length, stdout.slice(-6), stderr, exitCode, truncated], [108_894, '20000\n', 'err\n', 7, false]);
      const cut = await client.run(['seq', '20000'], { maxOutputBytes: 4, encoding: 'bytes' });
      assert.equal([Buffer.from(cut.stdout).toString(), cut.truncated], ['1\n2\n', true]);
      const controller = new AbortController();
      const running = client.run(['sleep', '600'], { signal: controller.signal });
      controller.abort(new Error('enough'));
      assert.is(await running.catch((error: Error) => error.message), 'enough');
    },
    { skip },
  );

  test(
    `${name}: a signal is delivered, and told to be where the server tells`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const process = await client.processes.start({ argv: ['sleep', '600'] });
      assert.is(await process.signal('interrupt'), client.supports('processSignals') ? true : null);
      assert.is((await process.closed).exitCode, 130);
    },
    { skip },
  );

  test(
    `${name}: output, error output and exit code of a command, as events in order`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const process = await client.processes.start({ argv: ['sh', '-c', 'echo out; echo err >&2; exit 7'] });
      const events = await collect(process);
      assert.equal(seqs(events), [1, 2, 3, 4]);
      const output = events.flatMap((event) => (event.type === 'output' ? [`${event.stream} ${Buffer.from(event.chunk).toString()}`] : []));
      assert.equal(output.toSorted(), ['stderr err\n', 'stdout out\n']);
      assert.is((await process.closed).exitCode, 7);
      assert.is(events.at(-1)?.type, 'closed');
    },
    { skip },
  );

  test(
    `${name}: 32 MiB arrive complete while two hundred short commands run`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const big = await client.processes.start({ argv: ['sh', '-c', 'head -c 33554432 /dev/urandom | tee /dev/stderr | sha256sum'] });
      const hashed = read(big.stderr).then((bytes) => createHash('sha256').update(bytes).digest('hex'));
      const there = read(big.stdout);
      for (let round = 0; round < 20; round++) {
        const codes = await Promise.all(
          Array.from({ length: 10 }, async (_, index) => {
            const process = await client.processes.start({ argv: ['sh', '-c', `echo ${round} ${index}; exit ${index}`] });
            assert.is((await read(process.stdout)).toString(), `${round} ${index}\n`);
            return (await process.closed).exitCode;
          }),
        );
        assert.equal(codes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      }
      assert.is((await there).toString().slice(0, 64), await hashed);
    },
    { skip, timeoutMs: 60_000 },
  );

  test(
    `${name}: what is written to stdin comes back in order`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const process = await client.processes.start({ argv: ['head', '-c', '300000'], stdin: true });
      const back = read(process.stdout);
      const lines = Array.from({ length: 3_000 }, (_, index) => `${String(index).padStart(99, '.')}\n`);
      for (const line of lines) await process.write(line);
      assert.ok((await back).equals(Buffer.from(lines.join(''))));
    },
    { skip, timeoutMs: 60_000 },
  );

  test(
    `${name}: variables, directory and argv[0] are those asked for`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const process = await client.processes.start({
        argv: ['/bin/sh', '-c', 'echo "$0 $(pwd) $A $HOME"'],
        arg0: 'renamed',
        cwd: '/usr',
        env: { A: 'b c' },
        inherit: 'none',
      });
      assert.is((await read(process.stdout)).toString(), 'renamed /usr b c \n');
    },
    { skip },
  );

  test(
    `${name}: a program that is not there is a failed start, and the next one works`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      try {
        await client.processes.start({ argv: ['no-such-program'], processId: 'same' });
        assert.unreachable('the start should fail');
      } catch (error) {
        assert.instance(error, RpcError);
        assert.is((error as RpcError).code, -32603);
        assert.match((error as RpcError).message, 'No such file or directory (os error 2)');
      }
      const process = await client.processes.start({ argv: ['true'], processId: 'same' });
      assert.is((await process.closed).exitCode, 0);
    },
    { skip },
  );

  test(
    `${name}: interrupt and terminate reach the process group`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const interrupted = await client.processes.start({
        argv: ['bash', '-c', 'trap "echo caught; exit 3" INT; echo ready; while :; do sleep 0.05; done'],
      });
      const reader = interrupted.stdout.getReader();
      await reader.read();
      await interrupted.signal('interrupt');
      assert.is((await interrupted.closed).exitCode, 3);
      const killed = await client.processes.start({ argv: ['bash', '-c', 'sleep 600 & wait'] });
      assert.is(await killed.terminate(), true);
      assert.is((await killed.closed).exitCode, 137);
    },
    { skip },
  );

  test(
    `${name}: a terminal takes keys and shows what the program prints`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const process = await client.processes.start({
        argv: ['sh', '-c', 'stty -echo; read line; tty; stty size; echo "got $line"; exit 4'],
        tty: true,
      });
      await process.write('hello\n');
      assert.match((await read(process.stdout)).toString(), /\/dev\/pts\/\d+\r\n24 80\r\ngot hello\r\n/);
      assert.is((await process.closed).exitCode, 4);
    },
    { skip },
  );

  test(
    `${name}: additions are refused by name where they are not offered`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const process = await client.processes.start({ argv: ['cat'], stdin: true });
      if (client.supports('processCloseStdin')) {
        await process.closeStdin();
      } else {
        await process.closeStdin().then(
          () => assert.unreachable('it should be refused'),
          (error: Error) => assert.is(error.name, 'UnsupportedByServerError'),
        );
        await process.terminate();
      }
      await process.closed;
    },
    { skip },
  );

  test(
    `${name}: a command goes on over cut connections, its output complete and in order`,
    async () => {
      await using server = await start();
      await using proxy = await FaultProxy.start(server.url);
      await using client = await connect(proxy.url);
      const process = await client.processes.start({
        argv: ['bash', '-c', 'for i in $(seq 1 400); do echo line $i; sleep 0.005; done; exit 6'],
      });
      let seen = 0;
      let output = '';
      const events: ProcessEvent[] = [];
      for await (const event of process) {
        events.push(event);
        if (event.type !== 'output') continue;
        output += Buffer.from(event.chunk).toString();
        if (++seen % 40 === 0) proxy.cut();
      }
      assert.is(output, Array.from({ length: 400 }, (_, index) => `line ${index + 1}\n`).join(''));
      assert.equal(
        seqs(events),
        events.map((_, index) => index + 1),
      );
      assert.is((await process.closed).exitCode, 6);
    },
    { skip, timeoutMs: 60_000 },
  );

  test(
    `${name}: writes are applied once and in order over cut connections`,
    async () => {
      await using server = await start();
      await using proxy = await FaultProxy.start(server.url);
      await using client = await connect(proxy.url);
      const process = await client.processes.start({ argv: ['head', '-n', '500'], stdin: true });
      const back = read(process.stdout);
      const lines = Array.from({ length: 500 }, (_, index) => `${index}\n`);
      for (const [index, line] of lines.entries()) {
        const written = process.write(line);
        if (index % 50 === 25) proxy.cut();
        await written;
      }
      assert.is((await back).toString(), lines.join(''));
    },
    { skip, timeoutMs: 60_000 },
  );

  test(
    `${name}: spawn looks like child_process`,
    async () => {
      await using server = await start();
      await using client = await connect(server.url);
      const child = spawn(client, 'sh', ['-c', 'read line; echo "$line"; echo no >&2; exit 2']);
      child.stdin?.write('via stdin\n');
      const [stdout, stderr] = await Promise.all([read(child.stdout as Readable), read(child.stderr as Readable)]);
      const code = child.exitCode ?? (await new Promise((resolve) => child.once('exit', resolve)));
      assert.equal([stdout.toString(), stderr.toString(), code], ['via stdin\n', 'no\n', 2]);
    },
    { skip },
  );
}
