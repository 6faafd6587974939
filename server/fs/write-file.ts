import { Base64Error, RpcError } from '@exec-server/protocol';
import type { CheckedParams } from '../handler.js';
import { decodeInTurns } from './decode-base64.js';
import { fromUri } from './file-path.js';
import { writeAll } from './open-file.js';
import { openToReplace } from './regular-file.js';

type Params = Pick<CheckedParams<'fs/writeFile'>, 'path' | 'dataBase64' | 'followSymlinks'>;

/** Creates a file or replaces its content, once all of the content is known to be good. */
export async function writeFile({ path: uri, dataBase64, followSymlinks }: Params): Promise<void> {
  const path = fromUri(uri);
  const parts = await decode(dataBase64);
  const { handle } = await openToReplace(path, followSymlinks === false ? 'nowhere' : 'anywhere');
  try {
    let position = 0;
    for (const part of parts) {
      await writeAll(handle, part, position);
      position += part.length;
    }
  } finally {
    await handle.close();
  }
}

async function decode(text: string | Uint8Array): Promise<readonly Uint8Array[]> {
  if (typeof text !== 'string') return [text];
  try {
    return await decodeInTurns(text);
  } catch (error) {
    if (!(error instanceof Base64Error)) throw error;
    throw new RpcError('fileRefused', `fs/writeFile requires valid base64 dataBase64: ${error.message}`);
  }
}
