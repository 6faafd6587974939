import type { ExecClient } from '@exec-server/client';
import { describeFailure } from '../failure-words.js';
import { exitCodes, ExitError } from '../exit-codes.js';
import { quoteName } from '../quoted-name.js';
import { readRemoteMark, toRemoteUrl } from '../remote-place.js';
import { StandardOutput } from '../standard-output.js';
import { listDirectory, type Listed, listOne } from './listing.js';
import { toColumns, toLongLines } from './table.js';

export interface ListFlags {
  readonly all: boolean;
  readonly long: boolean;
  readonly json: boolean;
}

/** Entries under one heading: what was named, when it is a directory. */
interface Group {
  readonly directory: string | null;
  readonly entries: readonly Listed[];
}

/** Prints what is at these paths; resolves with the exit code: 1 when something could not be listed, which is named on stderr. */
export async function list(client: ExecClient, paths: readonly string[], flags: ListFlags): Promise<number> {
  const files: Listed[] = [];
  const directories: Group[] = [];
  let hasFailures = false;
  const fail = (name: string, error: unknown): void => {
    if (error instanceof ExitError) throw error;
    if (client.state === 'closed') throw new ExitError(describeFailure(error), exitCodes.disconnected);
    hasFailures = true;
    console.error(`exec-server: ${quoteName(name)}: ${describeFailure(error)}`);
  };
  for (const path of paths) {
    try {
      const url = toRemoteUrl(client, readRemoteMark(path) ?? path);
      const found = await listOne(client, url, path);
      if (found.kind !== 'directory') files.push(found);
      else
        directories.push({
          directory: path,
          entries: await listDirectory(client, url, { hasHidden: flags.all, hasDetail: flags.long || flags.json }),
        });
    } catch (error) {
      fail(path, error);
    }
  }
  const groups = [...(files.length > 0 ? [{ directory: null, entries: files }] : []), ...directories];
  for (const { entries } of groups) for (const { name, error } of entries) if (error !== null) fail(name, error);
  using output = new StandardOutput();
  if (flags.json) await output.write(`${JSON.stringify(groups.map(toJson), null, 2)}\n`);
  else await output.write(toText(groups, paths.length > 1, flags));
  return hasFailures ? exitCodes.failure : 0;
}

function toText(groups: readonly Group[], hasHeadings: boolean, { long }: ListFlags): string {
  const { isTTY, columns } = process.stdout;
  const toName = isTTY ? quoteName : (name: string): string => name;
  const blocks = groups.map(({ directory, entries }) => {
    const names = entries.map(({ name }) => toName(name));
    const lines = long ? toLongLines(entries, toName) : isTTY ? toColumns(names, columns || 80) : names;
    return [...(hasHeadings && directory !== null ? [`${toName(directory)}:`] : []), ...lines].map((line) => `${line}\n`).join('');
  });
  return blocks.join('\n');
}

function toJson({ directory, entries }: Group): unknown {
  return { directory, entries: entries.map(({ error: _error, ...entry }) => entry) };
}
