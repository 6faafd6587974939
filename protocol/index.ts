export { Base64Error, decodeBase64, encodeBase64, joinBytes, readAscii } from './bytes.js';
export type { Channel, ChannelListener } from './channel.js';
export {
  readMessage,
  readMessageBytes,
  readTrustedMessage,
  unreadableId,
  writeBase64Request,
  writeError,
  writeId,
  writeNotification,
  writeRequest,
  writeResult,
} from './envelope.js';
export type { ErrorMessage, MalformedMessage, Message, NotificationMessage, RequestId, RequestMessage, ResultMessage } from './envelope.js';
export { RpcError, rpcErrors } from './errors.js';
export type { RpcErrorName, WireError } from './errors.js';
export { LineSplitter } from './line-splitter.js';
export { limits, longestTimerMs } from './limits.js';
export type { Limits } from './limits.js';
export { fromNativePath, parsePathUri, PathUriError, toNativePath } from './path-uri.js';
export type { Platform } from './path-uri.js';
export { parseSignal, wireSignals } from './signals.js';
export type { WireSignal } from './signals.js';
export type {
  CapabilityRootsDiscoverV1Result,
  EnvironmentInfoResult,
  FsChangedNotification,
  FsCopyParams,
  FsGetMetadataResult,
  FsMissingChangedNotification,
  FsReadBlockResult,
  FsReadDirectoryResult,
  FsWalkParams,
  FsWalkResult,
  HttpRequestBodyDeltaNotification,
  HttpRequestParams,
  HttpRequestResult,
  Notifications,
  ProcessClosedNotification,
  ProcessExitedNotification,
  ProcessListResult,
  ProcessOutputNotification,
  ProcessReadResult,
  ProcessRunResult,
  ProcessStartParams,
  ProcessStartResult,
  ProcessWriteResult,
  Requests,
  ServerStatusResult,
} from './wire.js';
