import type { Arena } from './arena.ts';
import type { ForecastKind, LevelSkills, MeasuredQuality } from './forecast.ts';
import { LEVELS, Q95 } from './quantile-tracker.ts';

const Q05 = 0;

/** Matured answers that the trailing window holds in effect, at most. */
const WINDOW_MAX = 1440;
/** Counts of a head, and where they lie. */
const COUNTS = 4;
const TARGETS = 1;
const HITS95 = 2;
const INSIDE90 = 3;

/** Losses of the answers and of a baseline over the same targets, head by head and level by level, with exponential forgetting. */
class Comparison {
  /** Per head: nine of the answer, then nine of the baseline. */
  private readonly losses: Float32Array;

  constructor(heads: number, arena: Arena) {
    this.losses = arena.float32(heads * 2 * LEVELS);
  }

  record(head: number, keep: number, own: Float64Array, plain: Float64Array): void {
    const { losses } = this;
    for (let j = 0, at = head * 2 * LEVELS; j < LEVELS; j++, at++) {
      losses[at] = keep * (losses[at] as number) + (own[j] as number);
      losses[at + LEVELS] = keep * (losses[at + LEVELS] as number) + (plain[j] as number);
    }
  }

  /** Of all levels together; undefined before the first target, and while the baseline has made no error at all. */
  skill(head: number): number | undefined {
    let own = 0;
    let plain = 0;
    for (let j = 0, at = head * 2 * LEVELS; j < LEVELS; j++, at++) {
      own += this.losses[at] as number;
      plain += this.losses[at + LEVELS] as number;
    }
    return plain === 0 ? undefined : 1 - own / plain;
  }

  skills(head: number): readonly number[] {
    const skills: number[] = [];
    for (let j = 0, at = head * 2 * LEVELS; j < LEVELS; j++, at++) {
      const plain = this.losses[at + LEVELS] as number;
      skills.push(plain === 0 ? Number.NaN : 1 - (this.losses[at] as number) / plain);
    }
    return skills;
  }
}

/**
 * Measured quality of each head over about a day: shares and losses with exponential forgetting, so the state is a few numbers
 * whatever the interval.
 */
export class Quality {
  /** Four per head: targets up to the length of the window, then with forgetting targets, those not above q95, those between q05 and q95. */
  private readonly counts: Float64Array;
  private readonly toLast: Comparison;
  private readonly toSeason: Comparison;
  private readonly keep: number;
  private readonly windowSamples: number;

  constructor(heads: number, intervalMs: number, arena: Arena) {
    this.counts = arena.float64(COUNTS * heads);
    this.toLast = new Comparison(heads, arena);
    this.toSeason = new Comparison(heads, arena);
    this.windowSamples = Math.max(30, Math.min(WINDOW_MAX, Math.round(86_400_000 / intervalMs)));
    this.keep = 1 - 1 / this.windowSamples;
  }

  /** @param losses pinball loss of the answer at each level. @param last those of the last value with its own conformal quantiles. */
  record(head: number, value: number, answers: Float32Array, at: number, losses: Float64Array, last: Float64Array): void {
    const { keep, counts } = this;
    // A value that equals the quantile in the precision of its storage lies on it.
    const came = Math.fround(value);
    const below95 = came <= (answers[at + Q95] as number) ? 1 : 0;
    const above05 = came >= (answers[at + Q05] as number) ? 1 : 0;
    const first = COUNTS * head;
    counts[first] = Math.min((counts[first] as number) + 1, this.windowSamples);
    counts[first + TARGETS] = keep * (counts[first + TARGETS] as number) + 1;
    counts[first + HITS95] = keep * (counts[first + HITS95] as number) + below95;
    counts[first + INSIDE90] = keep * (counts[first + INSIDE90] as number) + below95 * above05;
    this.toLast.record(head, keep, losses, last);
  }

  /** As `record`, where the value of a day ago is known. */
  recordSeason(head: number, losses: Float64Array, season: Float64Array): void {
    this.toSeason.record(head, this.keep, losses, season);
  }

  measured(head: number, horizonMs: number, kind: ForecastKind): MeasuredQuality {
    return {
      horizonMs,
      kind,
      samples: this.counts[COUNTS * head] as number,
      coverage95: this.share(head, HITS95),
      coverage90: this.share(head, INSIDE90),
      skill: this.toLast.skill(head) ?? 0,
      seasonalSkill: this.toSeason.skill(head) ?? Number.NaN,
    };
  }

  levelSkills(head: number): LevelSkills {
    return { lastValue: this.toLast.skills(head), dayAgo: this.toSeason.skills(head) };
  }

  /**
   * 0 to 1: one minus the error of the coverage (in units that make 10 points too little worthless), lowered where the last
   * value would have been better, and by age: 1 - 1 / (1 + samples / 20).
   */
  confidence(head: number): number {
    const samples = this.counts[COUNTS * head] as number;
    if (samples === 0) return 0;
    const coverage = Math.max(0, 1 - 10 * Math.max(0, 0.95 - this.share(head, HITS95)));
    const skill = Math.max(0, Math.min(1, 1 + (this.toLast.skill(head) ?? 0)));
    return coverage * skill * (samples / (samples + 20));
  }

  /** NaN before the first target. */
  private share(head: number, count: number): number {
    return (this.counts[COUNTS * head + count] as number) / (this.counts[COUNTS * head + TARGETS] as number);
  }
}

/** Mean of the distribution that nine quantiles describe: piecewise linear between levels, flat outside. */
export function meanOf(quantiles: readonly number[]): number {
  let sum = 0;
  for (let j = 0; j < LEVELS; j++) sum += (quantiles[j] as number) * (MEAN_SHARES[j] as number);
  return sum;
}

/** Variance of that distribution, about its mean: each quantile stands for the levels around it. */
export function varianceOf(quantiles: readonly number[], mean: number): number {
  let sum = 0;
  for (let j = 0; j < LEVELS; j++) sum += ((quantiles[j] as number) - mean) ** 2 * (MEAN_SHARES[j] as number);
  return sum;
}

const MEAN_SHARES = meanShares();

function meanShares(): Float64Array {
  const levels = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99];
  return Float64Array.from(levels, (level, j) => {
    const below = j === 0 ? 0 : (level + (levels[j - 1] as number)) / 2;
    const above = j === LEVELS - 1 ? 1 : (level + (levels[j + 1] as number)) / 2;
    return above - below;
  });
}
