import { createReadStream, readFileSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { HttpHeader, HttpRequestOptions } from '@exec-server/client';
import { exitCodes, ExitError } from './exit-codes.js';

/** A piece of `--data`, and how it was given. */
export interface DataFlag {
  readonly kind: 'data' | 'raw' | 'binary' | 'json';
  readonly text: string;
}

/** What of the command line makes the request. */
export interface RequestFlags {
  readonly request?: string | undefined;
  readonly header: readonly string[];
  readonly data: readonly DataFlag[];
  readonly get: boolean;
  readonly head: boolean;
  readonly uploadFile?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly user?: string | undefined;
  readonly compressed: boolean;
}

/** The request; without its body it can be shown. */
export type PlannedRequest = Pick<HttpRequestOptions, 'body'> & {
  readonly url: URL;
  readonly method: string;
  readonly headers: readonly HttpHeader[];
};

/** Content codings that `--compressed` asks for. */
const codings = ['gzip', 'deflate', 'br'] as const;

/**
 * The request these flags describe, as curl(1) understands them.
 * @param stdin what `@-` and `-` stand for
 * @throws ExitError for what makes no sense or cannot be read
 */
export async function planRequest(target: string, flags: RequestFlags, stdin: Readable): Promise<PlannedRequest> {
  if (flags.data.length > 0 && (flags.head ? !flags.get : flags.uploadFile !== undefined))
    throw new ExitError('--data goes with neither --head nor --upload-file', exitCodes.usage);
  const url = toUrl(target);
  const data = flags.data.length === 0 ? undefined : await joinData(flags.data, stdin);
  if (data && flags.get) url.search = [url.search.slice(1), data.toString()].filter((part) => part !== '').join('&');
  const upload = flags.uploadFile === undefined ? undefined : openUpload(flags.uploadFile, stdin);
  const body = flags.get ? upload?.body : (data ?? upload?.body);
  const method = flags.request ?? (flags.head ? 'HEAD' : upload ? 'PUT' : body ? 'POST' : 'GET');
  return { url, method, headers: toHeaders(flags, data && !flags.get ? data : undefined, upload?.size), body };
}

function toUrl(target: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(target) ? target : `http://${target}`;
  if (!URL.canParse(text)) throw new ExitError(`not a URL: ${target}`, exitCodes.usage);
  return new URL(text);
}

/** Headers given replace ours; `Name;` has an empty value, `Name:` leaves one of ours out. */
function toHeaders(flags: RequestFlags, data: Buffer | undefined, uploadSize: number | undefined): HttpHeader[] {
  const isJson = flags.data.some(({ kind }) => kind === 'json');
  const ours: Record<string, string | undefined> = {
    'user-agent': flags.userAgent ?? 'exec-server',
    authorization: flags.user === undefined ? undefined : `Basic ${Buffer.from(flags.user).toString('base64')}`,
    'content-type': data && (isJson ? 'application/json' : 'application/x-www-form-urlencoded'),
    accept: isJson ? 'application/json' : '*/*',
    'accept-encoding': flags.compressed ? codings.join(', ') : undefined,
    'content-length': uploadSize?.toString(),
  };
  const given = flags.header.map(parseHeader);
  const names = new Set(given.map(({ name }) => name.toLowerCase()));
  const kept = Object.entries(ours).flatMap(([name, value]) => (value === undefined || names.has(name) ? [] : [{ name, value }]));
  return [...kept, ...given.flatMap(({ name, value }) => (value === null ? [] : [{ name, value }]))];
}

function parseHeader(line: string): { readonly name: string; readonly value: string | null } {
  const [, name, colon, rest = ''] = /^([^:;\s]+)\s*([:;])(.*)$/s.exec(line) ?? [];
  if (name === undefined || (colon === ';' && rest.trim() !== ''))
    throw new ExitError(`not a header: ${line} (it is "Name: value", "Name;" for an empty one, "Name:" for none)`, exitCodes.usage);
  const value = rest.trim();
  return { name, value: colon === ':' && value === '' ? null : value };
}

async function joinData(data: readonly DataFlag[], stdin: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const { kind, text } of data) {
    const bytes = kind !== 'raw' && text.startsWith('@') ? await readInput(text.slice(1), stdin) : Buffer.from(text);
    const isText = kind === 'data' && text.startsWith('@');
    if (parts.length > 0 && kind !== 'json') parts.push(Buffer.from('&'));
    parts.push(isText ? Buffer.from(bytes.filter((byte) => byte !== 10 && byte !== 13 && byte !== 0)) : bytes);
  }
  return Buffer.concat(parts);
}

async function readInput(file: string, stdin: Readable): Promise<Buffer> {
  try {
    return file === '-' ? await buffer(stdin) : readFileSync(file);
  } catch (error) {
    throw new ExitError(`failed to read ${file}: ${(error as Error).message}`, exitCodes.readFailed);
  }
}

function openUpload(file: string, stdin: Readable): { readonly body: ReadableStream<Uint8Array>; readonly size: number | undefined } {
  if (file === '-') return { body: Readable.toWeb(stdin), size: undefined };
  try {
    const { size } = statSync(file);
    return { body: Readable.toWeb(createReadStream(file)), size };
  } catch (error) {
    throw new ExitError(`failed to read ${file}: ${(error as Error).message}`, exitCodes.readFailed);
  }
}
