import { DisconnectedError, type ExecClient, RpcError } from '@exec-server/client';
import { toNativePath } from '@exec-server/protocol';

/** More names than this are not asked for, in bytes. */
const mostNameBytes = 1024 * 1024;

/**
 * Links below directories of the server that lead nowhere. Servers do not list them, so that a copy would miss them without
 * a word: `find` is run there. Where it cannot be, there is no knowing, and the answer is none.
 * @param directories file URIs
 * @throws the signal's reason
 */
export async function findDanglingLinks(
  client: ExecClient,
  directories: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const paths = directories.map((uri) => toNativePath(new URL(uri), 'posix')).filter((path) => path !== null);
  if (paths.length === 0 || client.environmentInfo?.platformOs === 'windows') return [];
  const argv = ['find', '-L', ...paths, '-type', 'l', '-print0'];
  try {
    const { stdout } = await client.run(argv, { cwd: '/', env: { LC_ALL: 'C' }, maxOutputBytes: mostNameBytes, signal });
    return stdout.split('\0').slice(0, -1);
  } catch (error) {
    if (error instanceof RpcError || error instanceof DisconnectedError) return [];
    throw error;
  }
}
