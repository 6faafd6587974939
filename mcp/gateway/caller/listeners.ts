import { metaKeys } from '../revisions.js';
import type { ChangeKind } from '../upstream/upstreams.js';
import { editObject, joinObject } from '../wire/json-text.js';
import { writeNotification, writeResult } from '../wire/message.js';
import type { EventConnection } from './event-connection.js';

/** What a listener wants to hear of. */
export interface ListenFilter {
  readonly kinds: readonly ChangeKind[];
  readonly uris: readonly string[];
}

/** A caller without a session that hears of changes as long as its stream is open. */
export class Listener {
  readonly key: string;
  readonly #id: string;
  readonly #connection: EventConnection;
  readonly #filter: ListenFilter;

  /** @param id JSON text of the id of its request, which names the subscription */
  constructor(key: string, id: string, connection: EventConnection, filter: ListenFilter) {
    this.key = key;
    this.#id = id;
    this.#connection = connection;
    this.#filter = filter;
    const honoured: [string, string][] = filter.kinds.map((kind) => [`${kind}ListChanged`, 'true']);
    if (filter.uris.length > 0) honoured.push(['resourceSubscriptions', JSON.stringify(filter.uris)]);
    this.#tell('notifications/subscriptions/acknowledged', joinObject([['notifications', joinObject(honoured)]]));
  }

  listChanged(kind: ChangeKind): void {
    if (this.#filter.kinds.includes(kind)) this.#tell(`notifications/${kind}/list_changed`, '{}');
  }

  /** A resource it has subscribed to has changed. @param params JSON text of the params of the notification */
  resourceUpdated(params: string): void {
    this.#tell('notifications/resources/updated', params);
  }

  /** The server ends the subscription. */
  finish(): void {
    const meta = joinObject([[metaKeys.subscriptionId, this.#id]]);
    this.#connection.send(
      writeResult(
        this.#id,
        joinObject([
          ['_meta', meta],
          ['resultType', '"complete"'],
        ]),
      ),
      null,
    );
    this.#connection.end();
  }

  #tell(method: string, params: string): void {
    this.#connection.send(
      writeNotification(method, editObject(params, { _meta: joinObject([[metaKeys.subscriptionId, this.#id]]) })),
      null,
    );
  }
}
