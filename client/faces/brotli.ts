import { Duplex } from 'node:stream';
import { createBrotliDecompress } from 'node:zlib';
import type { Decoders } from './content-decoding.js';

/** What Node can besides. */
export const brotli: Decoders = {
  br: () => Duplex.toWeb(createBrotliDecompress()),
};
