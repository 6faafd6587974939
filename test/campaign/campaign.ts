import { performance } from 'node:perf_hooks';
import type { SeededRandom } from '#cli/testing/seeded-random.js';

/** What one run is given. */
export interface CampaignOptions {
  /** How much is tried; what is counted is each campaign's own. */
  readonly count: number;
  /** Begins nothing new after so many seconds. */
  readonly seconds: number;
  readonly random: SeededRandom;
  /** Shell command that starts another server than our own, on this machine, and prints its URL; null for our own. */
  readonly server: string | null;
}

export type Figures = Readonly<Record<string, number | string>>;

export interface CampaignResult {
  readonly figures: Figures;
  /** What must not be; empty when all is well. */
  readonly faults: readonly string[];
}

export interface Campaign {
  /** What `count` counts, and what it is when it is not given. */
  readonly counts: string;
  readonly defaultCount: number;
  run(options: CampaignOptions): Promise<CampaignResult>;
}

/** Faults beyond these are counted and not kept. */
const mostFaults = 50;

/** Counts while a campaign runs. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #faults: string[] = [];
  readonly #endMs: number;
  readonly #count: number;

  constructor({ count, seconds }: CampaignOptions) {
    this.#count = count;
    this.#endMs = performance.now() + seconds * 1_000;
  }

  add(name: string, amount = 1): void {
    this.#counts.set(name, this.get(name) + amount);
  }

  /** Keeps the largest. */
  most(name: string, amount: number): void {
    this.#counts.set(name, Math.max(this.get(name), amount));
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  fault(text: string): void {
    this.add('faults');
    if (this.#faults.length < mostFaults) this.#faults.push(text);
  }

  /** Whether there are as many of these as wanted, or the time is over. */
  isDone(name: string): boolean {
    return this.get(name) >= this.#count || this.isLate;
  }

  get isLate(): boolean {
    return performance.now() >= this.#endMs;
  }

  result(more: Figures = {}): CampaignResult {
    return { figures: { ...Object.fromEntries(this.#counts), ...more }, faults: this.#faults };
  }
}

/** The value below which a share of the numbers lies. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

/** Runs jobs side by side. */
export async function inLanes(lanes: number, lane: (index: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
}
