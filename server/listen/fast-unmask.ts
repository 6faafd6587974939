// oxlint-disable no-underscore-dangle -- the library's names
import * as http from 'node:http';
import type { WebSocket } from 'ws';

/** What the library's receiver (exactly ws 8.23.0, see docs/decisions) holds of a frame whose payload comes next. */
interface Receiver {
  readonly _fin: boolean;
  readonly _masked: boolean;
  readonly _payloadLength: number;
  readonly _buffers: Uint8Array[];
  readonly _fragments: readonly Uint8Array[];
  _bufferedBytes: number;
  _mask: Uint8Array;
  consume(length: number): Uint8Array;
  getData(callback: unknown): void;
}

/** Shorter payloads are unmasked as fast byte by byte. */
const fewestBytes = 256;
const noMask = new Uint8Array(4);

/** Messages up to this size are put together in one place, by all connections in turn; it grows in these steps. */
const mostSharedBytes = 2 * 1024 * 1024;
const sharedStepBytes = 256 * 1024;
let shared = Buffer.alloc(0);
const isNative = 'websocketUnmask' in http;

/**
 * Makes the library unmask what a client sends word by word: byte by byte, as it does where Node has no call for it,
 * is most of the work that a large write causes. `bench/input`
 * A message that came in several pieces is put together where the next one will be: whoever hears `message` reads it at once.
 */
export function unmaskFast(webSocket: WebSocket): void {
  const { _receiver: receiver } = webSocket as unknown as { readonly _receiver?: Receiver };
  if (!isNative && receiver && typeof receiver.getData === 'function' && typeof receiver.consume === 'function') receiver.getData = getData;
}

/** In place of the library's method: when the payload is whole, unmasks it and leaves a mask that changes nothing. */
function getData(this: Receiver, callback: unknown): void {
  const length = this._payloadLength;
  if (this._masked && length >= fewestBytes && this._bufferedBytes >= length) {
    const isWhole = this._fin && this._fragments.length === 0;
    const payload = isWhole && spansPieces(this) && length <= mostSharedBytes ? join(this) : this.consume(length);
    unmask(payload, this._mask);
    this._buffers.unshift(payload);
    this._bufferedBytes += length;
    this._mask = noMask;
  }
  (Object.getPrototypeOf(this) as Receiver).getData.call(this, callback);
}

function spansPieces({ _buffers: [first], _payloadLength: length }: Receiver): boolean {
  return first !== undefined && first.length < length;
}

/** As the library's `consume`, without a buffer of its own. */
function join(receiver: Receiver): Buffer {
  const { _buffers: pieces, _payloadLength: length } = receiver;
  if (length > shared.length) shared = Buffer.allocUnsafeSlow(Math.ceil(length / sharedStepBytes) * sharedStepBytes);
  const payload = shared.subarray(0, length);
  for (let at = 0; at < length;) {
    const piece = pieces.shift() as Uint8Array;
    const taken = Math.min(piece.length, length - at);
    payload.set(taken === piece.length ? piece : piece.subarray(0, taken), at);
    if (taken < piece.length) pieces.unshift(piece.subarray(taken));
    at += taken;
  }
  receiver._bufferedBytes -= length;
  return payload;
}

/** XORs `bytes` with the mask of four bytes, over and over (RFC 6455, 5.3), in place. */
export function unmask(bytes: Uint8Array, mask: Uint8Array): void {
  if (mask.every((byte) => byte === 0)) return; // as clients on the same machine send it
  const start = Math.min(-bytes.byteOffset & 3, bytes.length);
  const words = new Int32Array(bytes.buffer, start === bytes.length ? 0 : bytes.byteOffset + start, (bytes.length - start) >>> 2);
  const end = start + words.length * 4;
  const turned = Uint8Array.from({ length: 4 }, (_, at) => mask[(start + at) & 3] as number);
  const word = new Int32Array(turned.buffer)[0] as number;
  for (let at = 0; at < start; at++) (bytes[at] as number) ^= mask[at & 3] as number;
  for (let at = 0; at < words.length; at++) (words[at] as number) ^= word;
  for (let at = end; at < bytes.length; at++) (bytes[at] as number) ^= mask[at & 3] as number;
}
