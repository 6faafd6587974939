import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createExecServer } from '@exec-server/server';
import * as assert from 'uvu/assert';
import { suite } from '../harness/test.js';
import { WireClient, type WireMessage } from '../harness/wire-client.js';

const test = suite('transcripts');

interface Line {
  readonly conn: number;
  readonly dir?: 'c2s' | 's2c';
  readonly kind: 'open' | 'close' | 'request' | 'response' | 'error' | 'notification';
  readonly msg?: WireMessage;
}

function readTranscript(name: string, root: string): Line[] {
  const file = fileURLToPath(new URL(`../../../fixtures/transcripts/${name}.jsonl`, import.meta.url));
  const text = readFileSync(file, 'utf8').replaceAll('<ROOT>', root);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** What processes have said, as far as it can be the same twice: numbers of processes differ. */
class Account {
  readonly #texts = new Map<string, string>();
  readonly #seen = new Set<string>();
  exitCode: unknown = null;
  /** Processes that were reported to be closed. */
  closed = 0;

  add({ method, params, result }: WireMessage): void {
    const chunks =
      (result as { chunks?: Record<string, unknown>[] } | undefined)?.chunks ?? (method === 'process/output' ? [params ?? {}] : []);
    for (const { seq, stream, chunk } of chunks) {
      const key = `${String(seq)} ${String(chunk)}`;
      if (this.#seen.has(key)) continue; // read after a cut, and sent as well
      this.#seen.add(key);
      this.#texts.set(String(stream), (this.#texts.get(String(stream)) ?? '') + Buffer.from(String(chunk), 'base64').toString());
    }
    if (method === 'process/exited') this.exitCode = params?.['exitCode'];
    if (method === 'process/closed') this.closed++;
  }

  /** All it has said, stream by stream. */
  get text(): string {
    const streams = [...this.#texts].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const text = streams.map(([stream, said]) => `${stream}: ${said}`).join('');
    return text.replace(/\b\d{3,}\b/g, '<pid>').replace(/\S*\/executor\//g, '<ROOT>/executor/');
  }
}

/** Speaks the client's part; after each request the answer has to be what was recorded, member for member. */
async function replay(name: string): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'exec-server-test-'));
  mkdirSync(join(root, 'executor', 'work'), { recursive: true });
  await using server = createExecServer({ environment: { PATH: process.env['PATH'], HOME: root, PLACE: 'executor' } });
  const url = await server.listen();
  const recorded = new Account();
  const lived = new Account();
  let wire: WireClient | null = null;
  let sessionId = '';
  let heard = 0;
  /** Hears on until everything is said that had been said at this point of the recording. */
  const listen = async (): Promise<void> => {
    for (;;) {
      for (const message of wire?.messages.slice(heard) ?? []) lived.add(message);
      heard = wire?.messages.length ?? heard;
      if (lived.text.length >= recorded.text.length && lived.closed >= recorded.closed) return;
      const next = heard;
      await wire?.find((message) => wire !== null && wire.messages.indexOf(message) >= next);
    }
  };
  try {
    for (const { kind, dir, msg } of readTranscript(name, root)) {
      if (kind === 'open') {
        wire = await WireClient.open(url);
        heard = 0;
      } else if (kind === 'close') {
        await listen();
        await wire?.close();
      } else if (dir === 's2c') {
        recorded.add(msg ?? {});
        if (kind === 'response') sessionId = await compareAnswer(wire as WireClient, msg as WireMessage, sessionId);
      } else {
        if (/write|signal|terminate/.test(msg?.method ?? '')) await listen();
        wire?.send(JSON.stringify(msg).replace(/"resumeSessionId":"[^"]+"/, `"resumeSessionId":"${sessionId}"`));
      }
    }
    assert.is(lived.text, recorded.text);
    assert.is(lived.exitCode, recorded.exitCode);
    assert.is(lived.closed, recorded.closed);
  } finally {
    await wire?.close();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Returns the session of the conversation. */
async function compareAnswer(wire: WireClient, expected: WireMessage, sessionId: string): Promise<string> {
  const { result } = await wire.find(({ id }) => id === expected.id);
  const was = expected.result as Record<string, unknown>;
  const is = result as Record<string, unknown>;
  for (const [member, value] of Object.entries(was)) {
    if (['sessionId', 'environmentInfo', 'chunks', 'nextSeq'].includes(member)) assert.is(typeof is[member], typeof value, member);
    else assert.equal(is[member], value, member);
  }
  return typeof is['sessionId'] === 'string' ? is['sessionId'] : sessionId;
}

for (const name of ['command', 'tty', 'pipe-interrupt', 'tty-interrupt', 'drop', 'drop-tty']) {
  test(`the conversation "${name}" goes as it went with the reference`, () => replay(name), { timeoutMs: 60_000 });
}
