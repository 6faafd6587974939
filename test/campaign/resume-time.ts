import { connect } from '@exec-server/client';
import { FaultProxy } from 'exec-server/testing';
import { type Campaign, type Figures, percentile, Tally } from './campaign.js';
import { startTarget } from './target.js';

/** Round trips, in milliseconds: half of each in either direction. */
const delaysMs = [0, 40, 120];
const script = `$| = 1; for (;;) { print "line\\n"; select(undef, undef, undef, 0.001); }`;

interface Cut {
  readonly atMs: number;
  /** Connections before it. */
  readonly accepted: number;
}

/** Time from a cut to the first new byte, for lines of several lengths. */
export const resumeTime: Campaign = {
  counts: 'cuts for every delay',
  defaultCount: 30,
  async run(options) {
    const tally = new Tally(options);
    const figures: Record<string, number> = {};
    await using server = await startTarget(options.server);
    for (const delayMs of delaysMs) {
      const times: number[] = [];
      await using proxy = await FaultProxy.start(server.url);
      proxy.shape({ delayMs: delayMs / 2 });
      await using client = await connect(proxy.url);
      await using process = await client.processes.start({ argv: ['perl', '-e', script] });
      let cut = null as Cut | null;
      let timer: NodeJS.Timeout | undefined;
      for await (const event of process) {
        if (event.type === 'gap') tally.fault('output is lost, and said to be');
        // What comes before there is another connection came before the cut.
        if (cut && proxy.accepted > cut.accepted) {
          times.push(performance.now() - cut.atMs);
          cut = null;
        }
        if (times.length >= options.count || tally.isLate) break;
        if (cut ?? timer) continue;
        timer = setTimeout(
          () => {
            timer = undefined;
            cut = { atMs: performance.now(), accepted: proxy.accepted };
            proxy.cut();
          },
          delayMs + options.random.between(5, 50),
        );
      }
      clearTimeout(timer);
      tally.add('cuts', times.length);
      for (const share of [0.5, 0.95, 0.99]) figures[`${delayMs} ms: p${share * 100} ms`] = Math.round(percentile(times, share) * 10) / 10;
    }
    return tally.result(figures satisfies Figures);
  },
};
