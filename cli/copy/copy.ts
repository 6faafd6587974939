import type { ExecClient } from '@exec-server/client';
import { exitCodes, ExitError } from '../exit-codes.js';
import { Interruption, type InterruptionError } from '../interruption.js';
import { quoteName } from '../quoted-name.js';
import { toRemoteUrl } from '../remote-place.js';
import { StandardOutput } from '../standard-output.js';
import { type Destination, DestinationError, planCopy, type Source } from './copy-plan.js';
import { CopyReport } from './copy-report.js';
import { type CopyRequest, isContent } from './copy-request.js';
import { type CopyJob, CopyRun } from './copy-run.js';
import { findDanglingLinks } from './dangling-links.js';
import { download } from './download.js';
import { describeFailure } from '../failure-words.js';
import type { FileTree } from './file-tree.js';
import { LocalTree } from './local-tree.js';
import { RemoteReplacement } from './remote-replacement.js';
import { RemoteTree } from './remote-tree.js';
import { isSessionOver } from './try-again.js';
import { upload, uploadContent, type UploadContext } from './upload.js';

export interface CopyFlags {
  readonly recursive: boolean;
  readonly quiet: boolean;
  /** Files to copy at the same time. */
  readonly jobs: number;
}

/** One direction of a copy. */
interface Copying<From, To> {
  readonly from: FileTree<From>;
  readonly to: FileTree<To>;
  readonly sources: readonly Source<From>[];
  readonly destination: Destination<To>;
  readonly transfer: (job: CopyJob<From, To>) => Promise<void>;
}

/**
 * Copies what is asked for and tells on stderr how it goes; resolves with the exit code: 1 when something could not be
 * copied, which is named.
 * @throws ExitError when nothing can be
 */
export async function copy(client: ExecClient, request: CopyRequest, flags: CopyFlags): Promise<number> {
  using interruption = new Interruption();
  using report = new CopyReport(flags.quiet || request.destination === '-');
  const { signal } = interruption;
  const isStream = request.destination === '-' || request.sources[0] === '-';
  const replacement = new RemoteReplacement(client, report.print);
  const context = { client, progress: report.progress, warn: report.print, signal, replacement };
  const run = <From, To>(copying: Copying<From, To>): Promise<void> => copyTrees(copying, { ...context, ...flags, report });
  try {
    if (request.destination === '-') await copyToStdout(request, context);
    else if (request.sources[0] === '-') await copyFromStdin(request, context);
    else if (request.direction === 'upload') await run(toUpload(request, context));
    else {
      const copying = toDownload(request, context);
      const directories = flags.recursive ? copying.sources.map(({ ref }) => ref) : [];
      const [, links] = await Promise.all([run(copying), findDanglingLinks(client, directories, signal)]);
      for (const path of links) report.fail(`remote:${quoteName(path)}`, new Error('the link leads nowhere'));
    }
  } catch (error) {
    if (signal.aborted) return (signal.reason as InterruptionError).exitCode;
    if (error instanceof ExitError) throw error;
    if (isSessionOver(client, error)) throw new ExitError(describeFailure(error), exitCodes.disconnected);
    if (!isStream) throw new ExitError(describeFailure(error));
    report.fail(`${request.sources.join(' ')} -> ${request.destination}`, error);
  }
  return report.hasFailures ? exitCodes.failure : 0;
}

function toUpload({ sources, destination }: CopyRequest, context: UploadContext): Copying<Buffer, string> {
  return {
    from: new LocalTree(),
    to: new RemoteTree(context.client, context.signal),
    sources: sources.map((path) => ({ ref: Buffer.from(path), isContent: isContent(path) })),
    destination: { ref: toRemoteUrl(context.client, destination).href, isDirectory: destination.endsWith('/') },
    transfer: (job) => upload(job, context),
  };
}

function toDownload({ sources, destination }: CopyRequest, context: UploadContext): Copying<string, Buffer> {
  return {
    from: new RemoteTree(context.client, context.signal),
    to: new LocalTree(),
    sources: sources.map((path) => ({ ref: toRemoteUrl(context.client, path).href, isContent: isContent(path) })),
    destination: { ref: Buffer.from(destination), isDirectory: /[/\\]$/.test(destination) },
    transfer: (job) => download(job, context),
  };
}

async function copyTrees<From, To>(
  copying: Copying<From, To>,
  { client, recursive, jobs, report, signal }: UploadContext & CopyFlags & { readonly report: CopyReport },
): Promise<void> {
  const { from, to, transfer } = copying;
  const isFatal = (error: unknown): boolean => isSessionOver(client, error);
  const roots = await planCopy({ ...copying, isRecursive: recursive, isFatal, report: report.fail });
  await new CopyRun({ from, to, transfer, report: report.fail, isFatal, progress: report.progress, jobs, signal }).copy(roots);
}

async function copyToStdout({ sources }: CopyRequest, { client, signal }: UploadContext): Promise<void> {
  using output = new StandardOutput();
  await output.pour(client.fs.createReadStream(toRemoteUrl(client, sources[0] ?? ''), { signal }));
}

/** What comes on stdin cannot be read twice: when the line breaks, it fails. */
async function copyFromStdin({ destination }: CopyRequest, context: UploadContext): Promise<void> {
  const { progress, client } = context;
  if (destination.endsWith('/')) throw new DestinationError('a file name is needed for what comes on stdin');
  progress.found(0);
  progress.openEnded();
  progress.listed();
  progress.begin(destination);
  const to = toRemoteUrl(client, destination).href;
  await uploadContent({ content: () => process.stdin, size: 0, isRepeatable: false, to }, context);
}
