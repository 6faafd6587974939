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
export type { EnvironmentPolicy, StartOptions } from './process/start-params.js';
export type { ClosedEvent, ExitedEvent, GapEvent, OutputEvent, ProcessEvent, ProcessExit, StreamName } from './process/process-event.js';
export type { RemoteProcess, SignalOptions, TerminateOptions } from './process/remote-process.js';
export type { RunOptions, RunResult } from './process/run.js';
export type { WriteOptions } from './process/stdin-writer.js';
export type { SessionState } from './session/session-client.js';
