import { RpcError } from '@exec-server/protocol';
import type { Handlers } from '../handler.js';
import type { ConnectionFiles } from './connection-files.js';

/** What the file family works on. */
export interface FsScope {
  readonly files: ConnectionFiles;
}

type Names =
  | 'fs/readFile'
  | 'fs/writeFile'
  | 'fs/createDirectory'
  | 'fs/getMetadata'
  | 'fs/canonicalize'
  | 'fs/readDirectory'
  | 'fs/walk'
  | 'fs/remove'
  | 'fs/copy'
  | 'fs/rename'
  | 'fs/open'
  | 'fs/readBlock'
  | 'fs/writeBlock'
  | 'fs/close'
  | 'fs/watchMissing'
  | 'fs/watch'
  | 'fs/unwatch';

function notYet(): never {
  throw new RpcError('unknownMethod', 'not yet');
}

export const fsHandlers: Handlers<Names, FsScope> = {
  'fs/readFile': notYet,
  'fs/writeFile': notYet,
  'fs/createDirectory': notYet,
  'fs/getMetadata': notYet,
  'fs/canonicalize': notYet,
  'fs/readDirectory': notYet,
  'fs/walk': notYet,
  'fs/remove': notYet,
  'fs/copy': notYet,
  'fs/rename': notYet,
  'fs/open': notYet,
  'fs/readBlock': notYet,
  'fs/writeBlock': notYet,
  'fs/close': notYet,
  'fs/watchMissing': notYet,
  'fs/watch': notYet,
  'fs/unwatch': notYet,
};
