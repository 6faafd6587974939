import { requestParams } from '../harness/http-asking.js';
import { HttpPeer, ok, type PeerAnswer, type SeenRequest } from '../harness/http-peer.js';
import type { WireClient, WireMessage } from '../harness/wire-client.js';

/** A request and what its server says, to be tried on both. */
export interface HttpCase {
  /** `PEER` in the URL stands for the address of the peer. */
  readonly params: Readonly<Record<string, unknown>>;
  readonly answers?: readonly PeerAnswer[];
  /** What is told of it here, where that is another thing on purpose; see docs/differences.md. */
  readonly differs?: readonly string[];
}

/**
 * What one server makes of a case: what its peer saw, and what was answered. Left out is what differs in every case: where
 * `host` and what tells the length stand, `connection: keep-alive`, a length of nothing, and the order in redirected requests.
 */
export async function account(client: WireClient, { params, answers = [ok] }: HttpCase, isStreamed: boolean): Promise<readonly string[]> {
  await using peer = await HttpPeer.start(answers.map(withPort));
  const address = `127.0.0.1:${peer.port}`;
  const given = params['url'];
  const url = (typeof given === 'string' ? given : 'http://PEER/').replaceAll('PEER', address);
  const requestId = `case ${client.messages.length}`;
  const answer = await client.request('http/request', { ...requestParams(url), streamResponse: isStreamed, requestId, ...params, url });
  const lines = [...describeAnswer(answer), ...(isStreamed && answer.result ? await describeBody(client, requestId) : [])];
  return [...peer.requests.map(describeRequest), ...lines].map((line) => line.replaceAll(String(peer.port), 'PORT'));
}

/** `PORT` in what a peer says stands for its own. */
function withPort(answer: PeerAnswer): PeerAnswer {
  if (typeof answer !== 'string' || !answer.includes('PORT')) return answer;
  return (socket) => socket.write(answer.replaceAll('PORT', String(socket.localPort)));
}

function isPlaced(header: string): boolean {
  return /^(?:host|content-length|transfer-encoding): /.test(header);
}

function describeRequest({ line, headers, body }: SeenRequest, hop: number): string {
  const kept = headers.filter((header) => header !== 'connection: keep-alive' && header !== 'content-length: 0');
  const others = kept.filter((header) => !isPlaced(header));
  const placed = kept.filter(isPlaced).toSorted();
  return `-> ${[line, ...(hop > 0 ? others.toSorted() : others), ...placed, body].join(' | ')}`;
}

function describeAnswer({ result, error }: WireMessage): readonly string[] {
  // Behind the words of the base stands the member that is meant; numbers are worded otherwise.
  if (error) return [`<- ${error.code} ${error.message.replace(/ \(`\w+`\)$/, '').replace(/^invalid number.*/, 'invalid number')}`];
  const { status, headers, bodyBase64 } = result as {
    status: number;
    headers: readonly { name: string; value: string }[];
    bodyBase64: string;
  };
  const body = Buffer.from(bodyBase64, 'base64').toString('latin1');
  return [`<- ${[status, ...headers.map(({ name, value }) => `${name}: ${value}`), body].join(' | ')}`];
}

async function describeBody(client: WireClient, requestId: string): Promise<readonly string[]> {
  const isDelta = ({ method, params }: WireMessage): boolean => method === 'http/request/bodyDelta' && params?.['requestId'] === requestId;
  const { params } = await client.find((message) => isDelta(message) && message.params?.['done'] === true);
  const deltas = client.messages.filter(isDelta).map((message) => message.params ?? {});
  const numbers = deltas.map(({ seq }, at) => seq === at + 1);
  const body = Buffer.concat(deltas.map(({ deltaBase64 }) => Buffer.from(String(deltaBase64), 'base64'))).toString('latin1');
  return [`body ${body}`, `end ${JSON.stringify({ ...params, seq: 0, requestId: '' })}${numbers.includes(false) ? ' with gaps' : ''}`];
}
