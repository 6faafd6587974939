import { limits as defaults, type Limits } from '@exec-server/protocol';
import type { LaunchedProcess, OutputSource, StreamName, TerminalSize, WaitStatus } from '#server/process/launch.js';
import { Process, type ProcessListener } from '#server/process/process.js';
import { ProcessHost } from '#server/process/process-host.js';
import { silentLogger } from '#server/telemetry/logger.js';
import { createCounters } from '#server/telemetry/metrics.js';
import { FakeSink } from './fake-sink.js';
import { launchRequest } from './launching.js';

/** No process of any system has this number. */
const nobody = 2 ** 30;

/** What processes share, with small limits where the test wants them. It does nothing until something is launched. */
export function createHost(limits: Partial<Limits> = {}, environment: ReadonlyMap<string, string> = new Map()): ProcessHost {
  return new ProcessHost({
    limits: { ...defaults, ...limits },
    counters: createCounters(),
    logger: silentLogger,
    environment,
    loginShell: '/bin/sh',
  });
}

/** A stream whose writer is the test. */
class FakeSource implements OutputSource {
  isPaused = false;
  isCut = false;
  opened = 0;
  #onChunk: (chunk: Buffer) => void = () => undefined;
  #onEnd: (() => void) | null = null;

  constructor(readonly stream: StreamName) {}

  open(onChunk: (chunk: Buffer) => void, onEnd: () => void): void {
    this.opened++;
    this.#onChunk = onChunk;
    this.#onEnd = onEnd;
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
  }

  cut(): void {
    this.isCut = true;
    this.end();
  }

  say(text: string): void {
    this.#onChunk(Buffer.from(text));
  }

  end(): void {
    const onEnd = this.#onEnd;
    this.#onEnd = null;
    onEnd?.();
  }
}

/** A child on pipes that does nothing by itself. */
export class FakeChild {
  readonly stdout = new FakeSource('stdout');
  readonly stderr = new FakeSource('stderr');
  readonly stdin: FakeSink | null;
  readonly sizes: TerminalSize[] = [];
  readonly launched: LaunchedProcess;
  #settle!: (status: WaitStatus) => void;

  constructor({ hasStdin = false } = {}) {
    this.stdin = hasStdin ? new FakeSink() : null;
    this.launched = {
      pid: nobody,
      outputs: [this.stdout, this.stderr],
      input: this.stdin,
      exited: new Promise((resolve) => (this.#settle = resolve)),
      resize: (size) => void this.sizes.push(size),
    };
  }

  /** The system reports its end; whoever waits has heard of it when this resolves. */
  async exit(status: Partial<WaitStatus> = { code: 0 }): Promise<void> {
    this.#settle({ code: null, signal: null, ...status });
    await this.launched.exited;
    await Promise.resolve();
  }

  endStreams(): void {
    this.stdout.end();
    this.stderr.end();
  }
}

/** Everything a process reports, as lines such as `1 stdout hello` and `2 exited`. */
export class Reports implements ProcessListener {
  readonly lines: string[] = [];

  output(_process: Process, seq: number, stream: StreamName, chunk: Buffer): void {
    this.lines.push(`${seq} ${stream} ${chunk.toString()}`);
  }

  exited(_process: Process, seq: number): void {
    this.lines.push(`${seq} exited`);
  }

  closed(_process: Process, seq: number): void {
    this.lines.push(`${seq} closed`);
  }
}

interface FakeProcessOptions {
  readonly hasStdin?: boolean;
  readonly limits?: Partial<Limits>;
  readonly id?: string;
  readonly timeoutMs?: number | null;
  readonly creditBytes?: number | null;
}

/** A process around a fake child, already reporting. */
export function createProcess({ hasStdin = false, limits = {}, id = 'p', timeoutMs = null, creditBytes = null }: FakeProcessOptions = {}) {
  const child = new FakeChild({ hasStdin });
  const reports = new Reports();
  const host = createHost(limits);
  const process = new Process(id, launchRequest(['program'], { timeoutMs, creditBytes }), child.launched, host, reports);
  process.begin();
  return { child, reports, host, process };
}
