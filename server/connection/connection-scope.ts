import type { ServerStatusResult } from '@exec-server/protocol';
import { ConnectionFiles } from '../fs/connection-files.js';
import type { FsHost } from '../fs/fs-host.js';
import { Exchanges } from '../http/exchanges.js';
import type { HttpHost } from '../http/http-host.js';
import type { Attachment } from '../session/attachment.js';
import type { SessionRegistry } from '../session/session-registry.js';
import type { Session } from '../session/session.js';
import type { Scope } from './method-map.js';

/** What all connections of a server share. */
export interface SharedScope extends Pick<Scope, 'environmentInfo'> {
  readonly registry: SessionRegistry;
  readonly httpHost: HttpHost;
  readonly fsHost: FsHost;
  status(): ServerStatusResult;
}

/** The connection a scope belongs to. */
export interface ScopeOwner extends Attachment {
  /** @throws RpcError `handshakeRequired` when it holds no session */
  readonly session: Session;
}

/**
 * What the requests of one connection may work on. It owns what is useless without the connection, made on first use:
 * the exchanges of HTTP, open files, watches.
 */
export class ConnectionScope implements Scope {
  readonly attachment: ScopeOwner;
  readonly #shared: SharedScope;
  #exchanges: Exchanges | null = null;
  #files: ConnectionFiles | null = null;

  constructor(owner: ScopeOwner, shared: SharedScope) {
    this.attachment = owner;
    this.#shared = shared;
  }

  get session() {
    return this.attachment.session;
  }

  get processes() {
    return this.session.processes;
  }

  get registry() {
    return this.#shared.registry;
  }

  get environmentInfo() {
    return this.#shared.environmentInfo;
  }

  get exchanges() {
    return (this.#exchanges ??= new Exchanges(this.#shared.httpHost, this.attachment));
  }

  get files() {
    return (this.#files ??= new ConnectionFiles(this.#shared.fsHost, this.attachment));
  }

  status() {
    return this.#shared.status();
  }

  /** The connection has room again. */
  drained(): void {
    this.#exchanges?.drained();
  }

  /** Ends what the connection owns: it, or its session, is gone. */
  close(): void {
    this.#exchanges?.close();
    this.#files?.close();
    this.#exchanges = null;
    this.#files = null;
  }

  inspect() {
    return { exchanges: this.#exchanges?.inspect() ?? null, files: this.#files?.inspect() ?? [] };
  }
}
