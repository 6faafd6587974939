export { RpcError } from '@exec-server/protocol';
export type {
  Channel,
  ChannelListener,
  EnvironmentInfoResult,
  ProcessListResult,
  ServerStatusResult,
  WireSignal,
} from '@exec-server/protocol';
export {
  CallTimeoutError,
  ConnectionRefusedError,
  DisconnectedError,
  HttpBodyError,
  HttpRedirectError,
  OutcomeUnknownError,
  OutputGapError,
  SessionLostError,
  StdinClosedError,
  UnsupportedByServerError,
} from './errors.js';
export { ExecClient } from './exec-client.js';
export type { CloseOptions, ConnectOptions } from './exec-client.js';
export { createExecutorFetch } from './faces/fetch.js';
export type { ExecutorFetchOptions } from './faces/fetch.js';
export type { Decoders } from './faces/content-decoding.js';
export type { HttpHead, HttpHeader, HttpRequestOptions, HttpResponse } from './http/http-request.js';
export type { BlockWriterOptions as WriteStreamOptions } from './fs/block-writer.js';
export type { DirectoryEntry, FileStats } from './fs/file-stats.js';
export type { FileWatch } from './fs/file-watches.js';
export type { FsClient } from './fs/fs-client.js';
export { FileChangedError, FsError } from './fs/fs-error.js';
export type {
  CpOptions,
  FileContent,
  FsCallOptions,
  FsChange,
  MkdirOptions,
  ReaddirOptions,
  ReadFileOptions,
  ReadStreamOptions,
  RealpathOptions,
  RemoteName,
  RenameOptions,
  RmOptions,
  WalkEntry,
  WatchOptions,
} from './fs/fs-options.js';
export { type FsPath, InvalidPathError } from './fs/remote-path.js';
export type { WalkOptions } from './fs/walk.js';
export type { EnvironmentPolicy, StartOptions } from './process/start-params.js';
export type { ClosedEvent, ExitedEvent, GapEvent, OutputEvent, ProcessEvent, ProcessExit, StreamName } from './process/process-event.js';
export type { RemoteProcess, SignalOptions, TerminateOptions } from './process/remote-process.js';
export type { RunOptions, RunResult } from './process/run.js';
export type { WriteOptions } from './process/stdin-writer.js';
export type { SessionState } from './session/session-client.js';
