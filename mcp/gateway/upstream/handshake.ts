import { isModernRevision, metaKeys, modernRevision, newestLegacyRevision, upstreamRevisions } from '../revisions.js';
import { editObject, joinObject, kindOf, splitArray, splitObject, stringOf } from '../wire/json-text.js';
import { errorCodes } from '../wire/message.js';
import type { ServerRequestKind, UpstreamConfig } from './config.js';
import { describeError } from './listing.js';
import type { Outcome, Peer } from './peer.js';

/** What an upstream said of itself. */
export interface Introduction {
  readonly era: 'legacy' | 'modern';
  readonly revision: string;
  /** JSON text of its capabilities, member by member. */
  readonly capabilities: ReadonlyMap<string, string>;
  /** JSON text; null when it did not say. */
  readonly serverInfo: string | null;
  readonly instructions: string | null;
}

export interface HandshakeOptions {
  readonly config: UpstreamConfig;
  /** What the gateway calls itself, as JSON text. */
  readonly clientInfo: string;
  readonly timeoutMs: number;
}

/** The upstream does not speak with us. */
class HandshakeError extends Error {
  override readonly name = 'HandshakeError';
}

/** What we declare, so that tools which need it appear. */
function declaredCapabilities(kinds: readonly ServerRequestKind[]): string {
  const all: Readonly<Record<ServerRequestKind, string>> = {
    roots: '{"listChanged":true}',
    sampling: '{}',
    elicitation: '{"form":{},"url":{}}',
  };
  return joinObject(kinds.map((kind) => [kind, all[kind]]));
}

/**
 * Introduces us to an upstream in the era its configuration asks for; `auto` asks the modern way first. An upstream that
 * answers that it is modern only is spoken to in its way.
 * @throws HandshakeError
 */
export async function shakeHands(peer: Peer, options: HandshakeOptions): Promise<Introduction> {
  const { protocol } = options.config;
  if (protocol === 'legacy') return initialize(peer, options);
  let outcome = await discover(peer, options);
  // Refused with the revision it was asked in as one that it supports: asked once more.
  if ('error' in outcome && isModernError(outcome.error) && supportsModern(outcome.error)) outcome = await discover(peer, options);
  if ('result' in outcome) {
    const introduction = readDiscovery(outcome.result);
    if (introduction) return introduction;
    if (protocol === 'auto') return initialize(peer, options);
    throw new HandshakeError(`the upstream does not offer revision ${modernRevision}`);
  }
  if (protocol === '2026-07-28' || isModernError(outcome.error))
    throw new HandshakeError(`server/discover failed: ${describeError(outcome.error)}`);
  return initialize(peer, options);
}

/** The `_meta` that a modern request carries, added to what it has. @param meta JSON text of the members it has; null for none */
export function writeEnvelope(
  meta: string | null,
  { capabilities, clientInfo, logLevel }: { capabilities: string; clientInfo: string; logLevel: string | null },
): string {
  return editObject(meta ?? '{}', {
    [metaKeys.protocolVersion]: JSON.stringify(modernRevision),
    [metaKeys.clientCapabilities]: capabilities,
    [metaKeys.clientInfo]: clientInfo,
    [metaKeys.logLevel]: logLevel === null ? null : JSON.stringify(logLevel),
  });
}

async function initialize(peer: Peer, options: HandshakeOptions): Promise<Introduction> {
  const { config, clientInfo, timeoutMs } = options;
  const params = joinObject([
    ['protocolVersion', JSON.stringify(newestLegacyRevision)],
    ['capabilities', declaredCapabilities(config.serverRequests)],
    ['clientInfo', clientInfo],
  ]);
  const outcome = await peer.request({ method: 'initialize', params, timeoutMs, isHandshake: true });
  if ('error' in outcome) {
    if (isModernError(outcome.error) && supportsModern(outcome.error)) {
      const discovered = await discover(peer, options);
      const introduction = 'result' in discovered ? readDiscovery(discovered.result) : null;
      if (introduction) return introduction;
    }
    throw new HandshakeError(`initialize failed: ${describeError(outcome.error)}`);
  }
  if (kindOf(outcome.result) !== 'object') throw new HandshakeError('the answer to initialize is no object');
  const members = splitObject(outcome.result);
  const revision = stringOf(members.get('protocolVersion'));
  if (revision === undefined || !upstreamRevisions.includes(revision))
    throw new HandshakeError(`the upstream speaks protocol revision ${JSON.stringify(revision ?? null)}, which is unknown here`);
  return { ...readAbout(members), era: 'legacy', revision, serverInfo: members.get('serverInfo') ?? null };
}

function discover(peer: Peer, { config, clientInfo, timeoutMs }: HandshakeOptions): Promise<Outcome> {
  const meta = writeEnvelope(null, { capabilities: declaredCapabilities(config.serverRequests), clientInfo, logLevel: null });
  return peer.request({
    method: 'server/discover',
    params: joinObject([['_meta', meta]]),
    timeoutMs,
    isHandshake: true,
    headers: { 'mcp-protocol-version': modernRevision, 'mcp-method': 'server/discover' },
  });
}

/** Null when it does not offer the revision we know. */
function readDiscovery(result: string): Introduction | null {
  if (kindOf(result) !== 'object') return null;
  const members = splitObject(result);
  if (!listsModern(members.get('supportedVersions'))) return null;
  const meta = members.get('_meta');
  const serverInfo = meta === undefined || kindOf(meta) !== 'object' ? null : (splitObject(meta).get(metaKeys.serverInfo) ?? null);
  return { ...readAbout(members), era: 'modern', revision: modernRevision, serverInfo };
}

function readAbout(members: ReadonlyMap<string, string>) {
  const capabilities = members.get('capabilities');
  return {
    capabilities: capabilities === undefined || kindOf(capabilities) !== 'object' ? new Map<string, string>() : splitObject(capabilities),
    instructions: stringOf(members.get('instructions')) ?? null,
  };
}

function isModernError(error: string): boolean {
  const code = Number(splitObject(error).get('code'));
  return code === errorCodes.headerMismatch || code === errorCodes.missingCapability || code === errorCodes.unsupportedRevision;
}

function supportsModern(error: string): boolean {
  const data = splitObject(error).get('data');
  return data !== undefined && kindOf(data) === 'object' && listsModern(splitObject(data).get('supported'));
}

function listsModern(list: string | undefined): boolean {
  if (list === undefined || kindOf(list) !== 'array') return false;
  return splitArray(list).some((entry) => {
    const revision = stringOf(entry);
    return revision === modernRevision && isModernRevision(revision);
  });
}
