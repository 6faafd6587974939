import { z } from 'zod';
import { base64, timerMs, u64, unit } from './members.js';
import { method, type NotificationEntry } from './method.js';

const requestId = z
  .string()
  .describe('Chosen by the client. That of a streamed response, or of a body in pieces, is taken until the exchange is over.');
const headerPair = z.object({ name: z.string(), value: z.string() });

export const httpMethods = {
  'http/request': method({
    summary:
      'Makes an HTTP request from the machine of the server. Every status is a result; an error says that there was no response, or that its body did not come whole.',
    paramsName: 'HttpRequestParams',
    gate: 'http',
    params: z.object({
      method: z.string().describe('Sent as it is given.'),
      url: z.string().describe('Absolute, `http` or `https`. Userinfo becomes basic authentication.'),
      headers: z
        .array(
          headerPair.extend({
            valueEnvVar: z.string().nullish().describe('Variable of the server whose value is put behind `value`. Secrets are refused.'),
          }),
        )
        .default([])
        .describe(
          'Sent in this order, repeated ones at the place of the first. Left out: `Expect`, `Keep-Alive`, `Upgrade`, and `Connection` but for `close`.',
        ),
      bodyBase64: base64.nullish().describe('Body of the request; none by default. A `Content-Length` that is shorter cuts it.'),
      timeoutMs: u64.nullish().describe('Deadline of the whole exchange, the body of the response included; none by default.'),
      headersTimeoutMs: timerMs
        .min(1)
        .nullish()
        .describe('Deadline for the head of the response, of every hop together; none by default. Capability `httpTimeouts`.'),
      idleTimeoutMs: timerMs
        .min(1)
        .nullish()
        .describe('Longest silence within the body of the response; none by default. Capability `httpTimeouts`.'),
      redirectPolicy: z
        .enum(['follow', 'stop'])
        .default('follow')
        .describe('`follow` goes through 10 redirects at most; `stop` returns the first.'),
      requestId,
      streamResponse: z.boolean().default(false).describe('True sends the body in notifications behind the answer, instead of in it.'),
      bodyStream: z
        .boolean()
        .default(false)
        .describe('True: the body comes in `http/requestBody`. Not together with `bodyBase64`. Capability `httpRequestBodyStream`.'),
      creditBytes: u64
        .nullish()
        .describe(
          'Bytes of a streamed body that may be sent before the server waits; the piece that uses them up is sent whole. `http/grant` adds to them. No limit by default. Capability `credits`.',
        ),
    }),
    result: z.object({
      status: z.number(),
      headers: z.array(headerPair).describe('Names in lower case, repeated ones one behind the other at the place of the first.'),
      bodyBase64: z.string().describe('As it came, never decompressed; empty when it is streamed.'),
      url: z.string().optional().describe('Where the response came from. Capability `httpFinalUrl`.'),
      redirected: z.boolean().optional().describe('Whether that was another place than asked. Capability `httpFinalUrl`.'),
    }),
  }),
  'http/requestBody': method({
    summary: 'A piece of the body of a request that is under way; answered when it was accepted. To be sent one after the other.',
    paramsName: 'HttpRequestBodyParams',
    gate: 'http',
    capability: 'httpRequestBodyStream',
    params: z.object({
      requestId,
      seq: z.number().int().min(1).describe('From 1, without gaps.'),
      chunk: base64.describe('May be empty.'),
      done: z.boolean().describe('True ends the body.'),
    }),
    result: unit,
  }),
  'http/cancel': method({
    summary: 'Ends an exchange: the request fails, or its stream ends with the error `cancelled`.',
    paramsName: 'HttpCancelParams',
    gate: 'http',
    capability: 'httpCancel',
    params: z.object({ requestId }),
    result: z.object({ cancelled: z.boolean().describe('Whether there was something to end.') }),
  }),
  'http/grant': method({
    summary: 'Lets a streamed body that was asked for with `creditBytes` send so much more. No stream of this id is no error.',
    paramsName: 'HttpGrantParams',
    gate: 'http',
    capability: 'credits',
    params: z.object({ requestId, bytes: u64.describe('Bytes of the body.') }),
    result: unit,
  }),
};

export const httpNotifications = {
  'http/request/bodyDelta': {
    summary: 'A piece of a streamed body. The last one is empty.',
    sender: 'server',
    params: z.object({
      requestId: z.string(),
      seq: z.number().describe('From 1, without gaps.'),
      deltaBase64: base64.describe('1 MiB at most; not empty unless `done`.'),
      done: z.boolean().describe('True in the last one.'),
      error: z.string().nullish().describe('Why the body ended too early; null when it is complete.'),
    }),
  },
} satisfies Record<string, NotificationEntry>;
