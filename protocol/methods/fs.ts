import { z } from 'zod';
import { base64, longBase64, pathUri, sandbox, u64, unit } from './members.js';
import { method, type NotificationEntry } from './method.js';

const path = pathUri.describe('As file URI.');
const handleId = z.string().describe('Chosen by the client, 32 bytes at most; unique among the open handles of its connection.');
const offset = u64.describe('Position in the file, in bytes.');
const gate = 'filesystem';

/** Members of nearly every request of the family. */
const place = { path, sandbox: sandbox.nullish() };
const followSymlinks = z.boolean().nullish().describe('False refuses a symbolic link anywhere in the path; true by default.');

export const fsMethods = {
  'fs/readFile': method({
    summary: 'A regular file as a whole. Larger ones than a message can hold: `fs/open`.',
    paramsName: 'FsReadFileParams',
    gate,
    params: z.object({ ...place, followSymlinks }),
    result: z.object({ dataBase64: z.string() }),
  }),
  'fs/writeFile': method({
    summary: 'Creates a file or replaces its content; directories have to be there.',
    paramsName: 'FsWriteFileParams',
    gate,
    params: z.object({ ...place, dataBase64: longBase64.describe('The whole content, as base64.'), followSymlinks }),
    result: unit,
  }),
  'fs/createDirectory': method({
    summary: 'Makes a directory.',
    paramsName: 'FsCreateDirectoryParams',
    gate,
    params: z.object({
      ...place,
      recursive: z
        .boolean()
        .nullish()
        .describe('Also makes what is missing above it, and takes it as done when it is there; true by default.'),
      followSymlinks,
    }),
    result: unit,
  }),
  'fs/getMetadata': method({
    summary: 'What a path leads to.',
    paramsName: 'FsGetMetadataParams',
    gate,
    params: z.object({ ...place, followSymlinks }),
    result: z.object({
      isDirectory: z.boolean().describe('Of the target.'),
      isFile: z.boolean().describe('Of the target.'),
      isSymlink: z.boolean().describe('Of the path itself.'),
      size: z.number().describe('Bytes.'),
      createdAtMs: z.number().describe('Milliseconds since the epoch; 0 when not known.'),
      modifiedAtMs: z.number().describe('Milliseconds since the epoch; 0 when not known.'),
    }),
  }),
  'fs/canonicalize': method({
    summary: 'The real path of something that exists.',
    paramsName: 'FsCanonicalizeParams',
    gate,
    params: z.object(place),
    result: z.object({ path: z.string().describe('As file URI.') }),
  }),
  'fs/readDirectory': method({
    summary: 'What is in a directory, in no order. Links count as what they lead to; those that lead nowhere are left out.',
    paramsName: 'FsReadDirectoryParams',
    gate,
    params: z.object(place),
    result: z.object({ entries: z.array(z.object({ fileName: z.string(), isDirectory: z.boolean(), isFile: z.boolean() })) }),
  }),
  'fs/walk': method({
    summary: 'Files and directories below a directory, level by level, sorted by name within each.',
    paramsName: 'FsWalkParams',
    gate,
    params: z.object({
      ...place,
      options: z.object({
        maxDepth: u64.describe('Levels of directories entered below the root; 64 at most.'),
        maxDirectories: u64.describe('Directories entered; 1…10000.'),
        maxEntries: u64.describe('Entries returned; 1…50000.'),
        followDirectorySymlinks: z.boolean().describe('Whether links to directories are listed and entered. Links to files never are.'),
        pruneHiddenDirectories: z
          .boolean()
          .default(false)
          .describe('True lists directories whose name begins with a dot without entering them.'),
      }),
    }),
    result: z.object({
      entries: z.array(
        z.object({ path: z.string().describe('As file URI, by the way it was found.'), kind: z.enum(['file', 'directory']) }),
      ),
      errors: z.array(z.object({ path: z.string(), message: z.string() })).describe('What could not be read.'),
      truncated: z.boolean().describe('Whether `maxEntries` or `maxDirectories` ended it.'),
    }),
  }),
  'fs/remove': method({
    summary: 'Removes a file, a link (never what it leads to) or a directory.',
    paramsName: 'FsRemoveParams',
    gate,
    params: z.object({
      ...place,
      recursive: z.boolean().nullish().describe('Whether a directory goes with all it contains; **true** by default.'),
      force: z.boolean().nullish().describe('Whether it is fine when there is nothing; **true** by default.'),
      followSymlinks,
    }),
    result: unit,
  }),
  'fs/copy': method({
    summary: 'Copies a file over another, a link as a link, a directory into another.',
    paramsName: 'FsCopyParams',
    gate,
    params: z.object({
      sourcePath: path,
      destinationPath: path,
      recursive: z.boolean().describe('Has to be true for a directory.'),
      sandbox: sandbox.nullish(),
    }),
    result: unit,
  }),
  'fs/rename': method({
    summary: 'Gives something another path, in one step where both are on one file system.',
    paramsName: 'FsRenameParams',
    gate,
    capability: 'fsRename',
    params: z.object({
      from: path,
      to: path,
      overwrite: z.boolean().nullish().describe('False refuses when there is something at the new path; true by default.'),
      sandbox: sandbox.nullish(),
    }),
    result: unit,
  }),
  'fs/open': method({
    summary: 'Opens a regular file for reading or writing in blocks. The handle ends with the connection.',
    paramsName: 'FsOpenParams',
    gate,
    params: z.object({
      handleId,
      ...place,
      mode: z
        .enum(['read', 'replace', 'update'])
        .default('read')
        .describe(
          '`replace` creates the file, or empties it; `update`, with the capability `fsOpenUpdate`, opens one that is there for writing.',
        ),
    }),
    result: z.object({ handleId: z.string() }),
  }),
  'fs/readBlock': method({
    summary: 'Bytes of an open file from a position on.',
    paramsName: 'FsReadBlockParams',
    gate,
    params: z.object({ handleId, offset, len: u64.describe('Bytes to read, 1…1048576.') }),
    result: z.object({
      chunk: z.string().describe('As base64; as many bytes as asked for unless the file ends.'),
      eof: z.boolean().describe('Fewer bytes than asked for: the file ends here.'),
    }),
  }),
  'fs/writeBlock': method({
    summary: 'Writes bytes into an open file at a position; what is skipped reads as zeros.',
    paramsName: 'FsWriteBlockParams',
    gate,
    params: z.object({ handleId, offset, chunk: base64.describe('1…1048576 bytes.') }),
    result: unit,
  }),
  'fs/close': method({
    summary: 'Closes a handle. One that is not open is no error.',
    paramsName: 'FsCloseParams',
    gate,
    params: z.object({ handleId }),
    result: unit,
  }),
  'fs/watchMissing': method({
    summary: 'Tells once, with `fs/missingChanged`, when something appears that is missing now, or something that is there changes.',
    paramsName: 'FsWatchMissingParams',
    gate,
    capability: 'fsWatchMissing',
    params: z.object({
      watchId: u64.describe('A greater one replaces the watch of the connection; others are refused.'),
      missing: z.array(pathUri).describe('What must not exist, as file URIs; 64 at most.'),
      present: pathUri.nullish().describe('What must exist and stay as it is, as file URI.'),
    }),
    result: z.object({
      watching: z.boolean().describe('False when it is not so already, or the id is too low, or there are too many paths.'),
    }),
  }),
  'fs/watch': method({
    summary: 'Tells of changes of a file, or in a directory, with `fs/changed`, until `fs/unwatch` or the end of the connection.',
    paramsName: 'FsWatchParams',
    gate,
    capability: 'fsWatch',
    params: z.object({
      watchId: z.string().describe('Chosen by the client, 32 bytes at most; unique among the watches of its connection.'),
      ...place,
      recursive: z.boolean().nullish().describe('Whether what lies below directories is watched as well; false by default.'),
    }),
    result: unit,
  }),
  'fs/unwatch': method({
    summary: 'Ends a watch. One that is not there is no error.',
    paramsName: 'FsUnwatchParams',
    gate,
    capability: 'fsWatch',
    params: z.object({ watchId: z.string() }),
    result: unit,
  }),
};

export const fsNotifications = {
  'fs/missingChanged': {
    summary: 'What `fs/watchMissing` was asked about is not so any more, or may not be. The watch is over.',
    sender: 'server',
    params: z.object({ watchId: z.number() }),
  },
  'fs/changed': {
    summary: 'Something changed under a watch. Changes that come close together are told together.',
    sender: 'server',
    params: z.object({
      watchId: z.string(),
      version: z.number().describe('Number of this notification among those of the watch, from 1, without gaps.'),
      paths: z.array(z.string()).describe('What was made, changed or removed since the last one, as file URIs, each once.'),
      resync: z.boolean().describe('True: there were more changes than can be told, or the watch lost track. Look at everything again.'),
      ended: z
        .boolean()
        .optional()
        .describe('True: the watch is over, because what it watched is gone, moved, or has more directories than may be watched.'),
    }),
  },
} satisfies Record<string, NotificationEntry>;
