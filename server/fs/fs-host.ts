import type { Limits } from '@exec-server/protocol';

/** What the file requests of all connections share. */
export class FsHost {
  readonly limits: Limits;

  constructor(limits: Limits) {
    this.limits = limits;
  }
}
