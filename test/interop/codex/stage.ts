import { FaultProxy } from 'exec-server/testing';
import { Scratch } from '../../harness/scratch.js';
import type { Server } from '../servers.js';
import { CodexHome, type CodexHomeOptions } from './codex-home.js';
import { ModelEndpoint } from './model-endpoint.js';
import type { ModelScript } from './model-script.js';
import { WireTap } from './wire-tap.js';

/** Everything around a `codex` that is to work: `codex ⇄ tap ⇄ proxy ⇄ server`, and a model for it. */
export interface Stage {
  /** Where the server is for `codex`. */
  readonly url: string;
  readonly tap: WireTap;
  readonly proxy: FaultProxy;
  readonly model: ModelEndpoint;
  readonly home: CodexHome;
  /** An empty directory to work in. */
  readonly work: Scratch;
}

export interface StageOptions extends CodexHomeOptions {
  /** What is to be there before `codex` starts, such as files to work on. */
  readonly setUp?: (stage: Stage) => void;
}

/** Sets the stage for as long as the body runs. */
export async function withStage<Result>(
  server: Server,
  script: ModelScript,
  body: (stage: Stage) => Promise<Result>,
  { setUp, ...homeOptions }: StageOptions = {},
): Promise<Result> {
  await using running = await server.start();
  await using proxy = await FaultProxy.start(running.url);
  await using tap = await WireTap.start(proxy.url);
  await using model = await ModelEndpoint.start(script);
  using home = new CodexHome(model.url, homeOptions);
  using work = new Scratch();
  const stage: Stage = { url: tap.url, tap, proxy, model, home, work };
  setUp?.(stage);
  return await body(stage);
}
