import type { Campaign } from './campaign.js';
import { cuts } from './cuts.js';
import { fastExits } from './fast-exits.js';
import { fuzz } from './fuzz.js';
import { mixedWork } from './mixed-work.js';
import { orphans } from './orphans.js';
import { resumeTime } from './resume-time.js';
import { stalledReader } from './stalled-reader.js';
import { starts } from './starts.js';
import { writes } from './writes.js';

/** Every campaign, by the name it is run with. */
export const campaigns: Readonly<Record<string, Campaign>> = {
  cuts,
  writes,
  starts,
  'fast-exits': fastExits,
  orphans,
  'stalled-reader': stalledReader,
  'resume-time': resumeTime,
  fuzz,
  'mixed-work': mixedWork,
};
