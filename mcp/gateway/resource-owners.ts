import type { Upstream } from './upstream/upstream.js';
import type { Upstreams } from './upstream/upstreams.js';
import { matchesTemplate } from './uri-template.js';

/** Finds whose a resource is: by its URI in the lists, else by the first template it fits. */
export class ResourceOwners {
  readonly #upstreams: Upstreams;

  constructor(upstreams: Upstreams) {
    this.#upstreams = upstreams;
  }

  async find(uri: string): Promise<Upstream | null> {
    const listed = (await this.#upstreams.merge('resources')).find(uri);
    if (listed) return listed.upstream;
    const templates = await this.#upstreams.merge('templates');
    const fitting = templates.entries.find(({ key }) => matchesTemplate(key, uri));
    return fitting?.upstream ?? null;
  }

  /** Those that have resources at all, in the order of registration. */
  all(): Upstream[] {
    return this.#upstreams.registered.filter(({ shared }) => shared?.has('resources'));
  }
}
