import type { Limits } from '@exec-server/protocol';
import { RpcError } from '@exec-server/protocol';
import { ContentFrames } from '../content-frames.js';
import type { Logger } from '../telemetry/logger.js';
import type { Counters } from '../telemetry/metrics.js';
import { Descriptors } from './descriptors.js';
import { LaunchTurns } from './launch-turns.js';
import type { LaunchedProcess, Launcher, LaunchRequest } from './launch.js';
import { OrphanGuard } from './orphan-guard.js';
import { PipeLauncher } from './pipe-launcher.js';
import { PtyLauncher } from './pty-launcher.js';
import { slotBytes } from './output-limits.js';
import { RetentionBudget } from './retention-budget.js';
import { RunBudget } from './run-output.js';
import { SpillFile } from './spill-file.js';

export interface ProcessHostOptions {
  readonly limits: Limits;
  readonly counters: Counters;
  readonly logger: Logger;
  /** Variables a child may inherit. */
  readonly environment: ReadonlyMap<string, string>;
  readonly loginShell: string;
}

/** What the processes of all sessions share: launchers, memory for output, the count of the living. */
export class ProcessHost {
  readonly limits: Limits;
  readonly counters: Counters;
  readonly logger: Logger;
  readonly environment: ReadonlyMap<string, string>;
  readonly retention: RetentionBudget;
  readonly spill: SpillFile;
  readonly guard: OrphanGuard;
  readonly runBudget: RunBudget;
  /** For notifications with output. */
  readonly frames = new ContentFrames();
  readonly #pipes: Launcher;
  readonly #terminals: Launcher;
  readonly #turns: LaunchTurns;
  #places: number;
  #onIdle: (() => void) | null = null;

  constructor({ limits, counters, logger, environment, loginShell }: ProcessHostOptions) {
    this.limits = limits;
    this.counters = counters;
    this.logger = logger;
    this.environment = environment;
    this.retention = new RetentionBudget({
      memoryBytes: limits.outputMemoryBytesPerServer,
      diskBytes: limits.spilledOutputBytesPerServer,
    });
    this.guard = new OrphanGuard(limits);
    this.spill = new SpillFile(slotBytes(limits), logger);
    this.runBudget = new RunBudget(limits.runOutputBytesPerServer);
    const descriptors = new Descriptors();
    this.#pipes = new PipeLauncher(descriptors, limits.pipeBatch, logger);
    this.#terminals = new PtyLauncher(descriptors, limits.outputChunkBytes, loginShell);
    this.#turns = new LaunchTurns(limits.launchesPerTurn);
    this.#places = limits.maxProcesses;
  }

  /** Processes that are not closed yet, those being started included. */
  get live(): number {
    return this.limits.maxProcesses - this.#places;
  }

  /**
   * Takes a place among the living; {@link leave} gives it back.
   * @throws RpcError `limitExceeded`
   */
  enter(): void {
    if (this.#places === 0)
      throw new RpcError('limitExceeded', `too many processes: at most ${this.limits.maxProcesses} may be alive on this server`);
    this.#places--;
  }

  leave(): void {
    this.#places++;
    if (this.live === 0) this.#onIdle?.();
  }

  /** @throws RpcError `startFailed` with nothing left behind */
  async launch(request: LaunchRequest): Promise<LaunchedProcess> {
    await this.#turns.take();
    try {
      const launched = await (request.terminal ? this.#terminals : this.#pipes).launch(request);
      this.guard.watch(launched.pid);
      this.counters.processesStarted++;
      return launched;
    } catch (error) {
      this.counters.processStartsFailed++;
      throw error;
    }
  }

  /** Waits, but not for ever, until the processes that the tables have killed are reaped, then gives back what is kept ready. */
  async close(): Promise<void> {
    if (this.live > 0) await this.#waitUntilIdle();
    await Promise.all([this.#pipes.close(), this.#terminals.close(), this.guard.close()]);
    this.spill.close();
  }

  async #waitUntilIdle(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
      timer = setTimeout(resolve, this.limits.reapGraceMs);
    });
    clearTimeout(timer);
    if (this.live > 0) this.logger.warn({ live: this.live, waitedMs: this.limits.reapGraceMs }, 'killed processes are not reaped yet');
  }
}
