import type { Server } from '../servers.js';
import { AppServer, type Turn } from './app-server.js';
import type { ModelScript, ScriptPart } from './model-script.js';
import { type Stage, type StageOptions, withStage } from './stage.js';
import type { TappedMessage } from './wire-tap.js';

/** What came of a scenario. */
export interface Performance<Result> {
  /** What the scenario returned: as a rule what the model was told. */
  readonly told: Result;
  readonly turn: Turn;
  /** All that passed between client and server. */
  readonly messages: readonly TappedMessage[];
}

/**
 * Plays a scenario in one turn of the app server, and something else beside it if wanted.
 * @throws Error when the turn ends before the scenario
 */
export async function play<Result>(
  server: Server,
  scenario: () => ScriptPart<Result>,
  beside: (stage: Stage, app: AppServer) => Promise<void> = () => Promise.resolve(),
  options: StageOptions = {},
): Promise<Performance<Result>> {
  const outcomes: Result[] = [];
  async function* script(): ModelScript {
    outcomes.push(yield* scenario());
  }
  return withStage(
    server,
    script(),
    async (stage) => {
      await using app = await AppServer.start(stage.home, stage.url, stage.work.path);
      const [turn] = await Promise.all([app.turn(), beside(stage, app)]);
      if (stage.model.fault !== null) throw stage.model.fault;
      if (outcomes.length === 0) throw new Error(`the turn ended too early: ${JSON.stringify(turn.error)} ${app.log}`);
      return { told: outcomes[0] as Result, turn, messages: stage.tap.messages };
    },
    options,
  );
}
