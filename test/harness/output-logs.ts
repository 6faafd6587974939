import type { OutputLogLimits } from '#server/process/output-limits.js';
import { OutputLog } from '#server/process/output-log.js';
import { RetentionBudget } from '#server/process/retention-budget.js';
import { SpillFile } from '#server/process/spill-file.js';
import type { Logger } from '#server/telemetry/logger.js';
import { Scratch } from './scratch.js';
import { turns } from './launching.js';

const roomy: OutputLogLimits = {
  maxBytes: 1e9,
  maxMemoryBytes: 1e9,
  maxUnwrittenBytes: 1e9,
  maxUndeliveredBytes: 1e9,
  blockBytes: 1_000,
  whenFull: 'pause',
};

/** Logs that share memory and a spill file in a directory of their own. */
export class OutputLogs implements AsyncDisposable {
  readonly #scratch = new Scratch();
  readonly budget: RetentionBudget;
  readonly spill: SpillFile;
  readonly warnings: string[] = [];
  /** How often any log has said that it is not full any more. */
  rooms = 0;

  constructor({ memoryBytes = 1e9, diskBytes = 1e9, directory = this.#scratch.path, slotBytes = 20_000 } = {}) {
    const note = (_fields: unknown, message: string): void => void this.warnings.push(message);
    const logger: Logger = { debug: note, info: note, warn: note, error: note };
    this.budget = new RetentionBudget({ memoryBytes, diskBytes });
    this.spill = new SpillFile(slotBytes, logger, directory);
  }

  create(limits: Partial<OutputLogLimits> = {}): OutputLog {
    return new OutputLog({ ...roomy, ...limits }, this.budget, this.spill, () => this.rooms++);
  }

  /** Waits until nothing is on its way to the disk. */
  async settled(): Promise<void> {
    do await turns(5);
    while (this.spill.isWriting);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.spill.close();
    await this.settled();
    this.#scratch[Symbol.dispose]();
  }
}
