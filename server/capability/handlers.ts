import type { FsScope } from '../fs/handlers.js';
import type { Handlers } from '../handler.js';
import { discover } from './discover.js';

export const capabilityHandlers: Handlers<'capabilityRoots/discoverV1', FsScope> = {
  'capabilityRoots/discoverV1': (params, call) =>
    call.work(async () => {
      const { limits } = call.scope.files.host;
      const budget = { bytes: limits.capabilityBytes };
      const roots = [];
      for (const root of params.roots) roots.push(await discover(root, limits, budget, call.signal));
      return { roots };
    }),
};
