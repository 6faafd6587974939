import { randomUUID } from 'node:crypto';
import {
  limits as defaultLimits,
  type Limits,
  type RequestMessage,
  type Requests,
  RpcError,
  type WireError,
  writeError,
  writeId,
  writeResult,
} from '@exec-server/protocol';
import { checkParams, type Gate, type MethodEntry, methods } from '@exec-server/protocol/schemas';
import { createJSONRPCErrorResponse, JSONRPCServer } from 'json-rpc-2.0';
import { Answer, type Call, type Handler, type Json } from '../handler.js';
import type { Logger } from '../telemetry/logger.js';
import type { MethodMap, Scope } from './method-map.js';

/** Refuses a request whose family is not open yet. */
export type Admit = (gate: Gate | null) => void;

interface Context {
  readonly admit: Admit;
  readonly call: Call<Scope>;
}

/**
 * Finds the handler of a request, checks its params and whether it may run, and turns what comes back into text.
 * A handler starts before `dispatch` returns, so that requests start in order of arrival. One serves all connections.
 */
export class Dispatcher {
  readonly #server: JSONRPCServer<Context>;
  readonly #logger: Logger;
  readonly #maxMessageBytes: number;

  constructor(handlers: MethodMap, logger: Logger, { maxMessageBytes }: Pick<Limits, 'maxMessageBytes'> = defaultLimits) {
    this.#logger = logger;
    this.#maxMessageBytes = maxMessageBytes;
    this.#server = new JSONRPCServer<Context>({ errorListener: () => undefined });
    this.#server.mapErrorToJSONRPCErrorResponse = (id, error) => {
      const { code, message, data } = this.#toWire(error);
      return createJSONRPCErrorResponse(id, code, message, data);
    };
    for (const name of Object.keys(methods) as (keyof Requests)[]) {
      const entry: MethodEntry = methods[name];
      const handler = handlers[name] as Handler<keyof Requests, Scope>;
      this.#server.addMethod(name, (params: unknown, { admit, call }: Context) => {
        const checked = checkParams(entry, params) as Parameters<typeof handler>[0];
        admit(entry.gate);
        return handler(checked, call);
      });
    }
  }

  /** The answer, as a function that puts it into words. Never rejects. */
  async dispatch({ id, method, params }: RequestMessage, context: Context): Promise<Reply> {
    if (!this.#server.hasMethod(method)) {
      const error = new RpcError('unknownMethod', `exec-server stub does not implement \`${shorten(method)}\` yet`);
      return { write: () => writeError(id, error.toWire()), isLong: false, isError: true };
    }
    // The library wants the member the dialect leaves out; ids pass through it untouched.
    const response = await this.#server.receive({ jsonrpc: '2.0', id: id as number, method, params }, context);
    if (response?.error) {
      const { error } = response;
      return { write: () => writeError(id, error), isLong: false, isError: true };
    }
    const result: unknown = response?.result;
    return { write: () => this.#writeResult(id, result), isLong: result instanceof Answer, isError: false };
  }

  #writeResult(id: RequestMessage['id'], result: unknown): Json {
    if (!(result instanceof Answer)) return this.#limit(id, writeResult(id, result));
    const json = result.toJson();
    const head = `{"id":${writeId(id)},"result":`;
    return this.#limit(id, typeof json === 'string' ? `${head}${json}}` : [Buffer.from(head), ...json, Buffer.from('}')]);
  }

  /** The message, or an error in its place when it is longer than a message may be. */
  #limit(id: RequestMessage['id'], json: Json): Json {
    const most = this.#maxMessageBytes;
    // Most are far from the limit, and the length of the text is a lower bound of its bytes.
    if (typeof json === 'string' && json.length * 3 <= most) return json;
    const bytes = typeof json === 'string' ? Buffer.byteLength(json) : json.reduce((sum, piece) => sum + piece.length, 0);
    if (bytes <= most) return json;
    const message = `the result takes ${bytes} bytes: more than the ${most} bytes a message may have`;
    return writeError(id, new RpcError('resultTooLarge', message).toWire());
  }

  #toWire(error: unknown): WireError {
    if (error instanceof RpcError) return error.toWire();
    const errorId = randomUUID();
    this.#logger.error({ errorId, error: error instanceof Error ? error.stack : String(error) }, 'fault while handling a request');
    return new RpcError('internal', `internal error ${errorId}`, { errorId }).toWire();
  }
}

/** What a request has come to. */
export interface Reply {
  /** Puts it into words. */
  readonly write: () => Json;
  /** It may be long: better not written before there is room. */
  readonly isLong: boolean;
  readonly isError: boolean;
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
