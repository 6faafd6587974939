import type { Limits } from '@exec-server/protocol';
import { BlockBuffers } from './block-buffers.js';

/** What the file requests of all connections share. */
export class FsHost {
  readonly limits: Limits;
  readonly buffers: BlockBuffers;

  constructor(limits: Limits) {
    this.limits = limits;
    // A file of one block and its end fit into one.
    this.buffers = new BlockBuffers(limits.fileBlockBytes + 3);
  }
}
