import type { ExecClient } from '@exec-server/client';
import { parsePathUri, toNativePath } from '@exec-server/protocol';
import { exitCodes, ExitError } from './exit-codes.js';

/** What stands before the path of a file on the server: `remote:/srv/x` or `:/srv/x`. */
const mark = /^(?:remote)?:/i;

/**
 * The path behind the mark of the server, or null for a path of this machine. As with scp, a file here whose name begins
 * like that is written with its directory: `./:x`.
 */
export function readRemoteMark(text: string): string | null {
  const marked = mark.exec(text);
  return marked ? text.slice(marked[0].length) : null;
}

/**
 * Where a path on the server is: nothing and relative paths mean its working directory, `~` the home directory of who runs it.
 * @throws ExitError for what cannot be a path, or a home that the server does not tell
 */
export function toRemoteUrl(client: ExecClient, path: string): URL {
  try {
    if (path === '~' || path.startsWith('~/')) return client.fs.toUrl(`${homeOf(client, path)}/${path.slice(2)}`);
    return client.fs.toUrl(path === '' ? '.' : path);
  } catch (error) {
    if (error instanceof TypeError) throw new ExitError(`${JSON.stringify(path)}: ${error.message}`, exitCodes.usage);
    throw error;
  }
}

function homeOf({ environmentInfo }: ExecClient, path: string): string {
  const home = environmentInfo?.userHomeDir ?? null;
  const native = home === null ? null : toNativePath(parsePathUri(home), environmentInfo?.platformOs === 'windows' ? 'win32' : 'posix');
  if (native === null) throw new ExitError(`${path}: the server does not tell its home directory`);
  return native.replace(/[/\\]$/, '');
}
