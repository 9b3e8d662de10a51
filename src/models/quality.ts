import type { Arena } from './arena.ts';
import type { ForecastKind, MeasuredQuality } from './forecast.ts';
import { LEVELS } from './quantile-tracker.ts';

const Q05 = 0;
const Q95 = 6;
/** Matured answers that the trailing window holds in effect, at most. */
const WINDOW_MAX = 1440;

/** Losses of an answer and of a baseline over the same targets, level by level, with exponential forgetting. */
class Comparison {
  /** Nine of the answer, then nine of the baseline. */
  private readonly losses: Float32Array;

  constructor(arena: Arena) {
    this.losses = arena.float32(2 * LEVELS);
  }

  record(keep: number, own: Float64Array, plain: Float64Array): void {
    const { losses } = this;
    for (let j = 0; j < LEVELS; j++) {
      losses[j] = keep * (losses[j] as number) + (own[j] as number);
      losses[LEVELS + j] = keep * (losses[LEVELS + j] as number) + (plain[j] as number);
    }
  }

  /** Of all levels together; undefined before the first target, and while the baseline has made no error at all. */
  get skill(): number | undefined {
    let own = 0;
    let plain = 0;
    for (let j = 0; j < LEVELS; j++) {
      own += this.losses[j] as number;
      plain += this.losses[LEVELS + j] as number;
    }
    return plain === 0 ? undefined : 1 - own / plain;
  }

  skills(): readonly number[] {
    return Array.from({ length: LEVELS }, (_, j) => {
      const plain = this.losses[LEVELS + j] as number;
      return plain === 0 ? Number.NaN : 1 - (this.losses[j] as number) / plain;
    });
  }
}

/**
 * Measured quality of one horizon and kind over about a day: shares and losses with exponential forgetting, so the state is
 * a few numbers whatever the interval.
 */
export class QualityMeter {
  samples = 0;
  weight = 0;
  hits95 = 0;
  inside90 = 0;
  private readonly toLast: Comparison;
  private readonly toSeason: Comparison;
  readonly keep: number;
  readonly windowSamples: number;

  constructor(intervalMs: number, arena: Arena) {
    this.toLast = new Comparison(arena);
    this.toSeason = new Comparison(arena);
    this.windowSamples = Math.max(30, Math.min(WINDOW_MAX, Math.round(86_400_000 / intervalMs)));
    this.keep = 1 - 1 / this.windowSamples;
  }

  /** @param losses pinball loss of the answer at each level. @param last those of the last value with its own conformal quantiles. */
  record(value: number, answers: Float32Array, at: number, losses: Float64Array, last: Float64Array): void {
    const { keep } = this;
    // A value that equals the quantile in the precision of its storage lies on it.
    const came = Math.fround(value);
    const below95 = came <= (answers[at + Q95] as number) ? 1 : 0;
    const above05 = came >= (answers[at + Q05] as number) ? 1 : 0;
    this.samples = Math.min(this.samples + 1, this.windowSamples);
    this.weight = keep * this.weight + 1;
    this.hits95 = keep * this.hits95 + below95;
    this.inside90 = keep * this.inside90 + below95 * above05;
    this.toLast.record(keep, losses, last);
  }

  /** As `record`, where the value of a day ago is known. */
  recordSeason(losses: Float64Array, season: Float64Array): void {
    this.toSeason.record(this.keep, losses, season);
  }

  get coverage95(): number {
    return this.weight === 0 ? Number.NaN : this.hits95 / this.weight;
  }

  get skill(): number {
    return this.toLast.skill ?? 0;
  }

  measured(horizonMs: number, kind: ForecastKind): MeasuredQuality {
    const coverage90 = this.weight === 0 ? Number.NaN : this.inside90 / this.weight;
    return {
      horizonMs,
      kind,
      samples: this.samples,
      coverage95: this.coverage95,
      coverage90,
      skill: this.skill,
      seasonalSkill: this.toSeason.skill ?? Number.NaN,
      levelSkills: this.toLast.skills(),
      seasonalLevelSkills: this.toSeason.skills(),
    };
  }

  /**
   * 0 to 1: one minus the error of the coverage (in units that make 10 points too little worthless), lowered where the last
   * value would have been better, and by age: 1 - 1 / (1 + samples / 20).
   */
  get confidence(): number {
    if (this.weight === 0) return 0;
    const coverage = Math.max(0, 1 - 10 * Math.max(0, 0.95 - this.coverage95));
    const skill = Math.max(0, Math.min(1, 1 + this.skill));
    return coverage * skill * (this.samples / (this.samples + 20));
  }
}

/** Mean of the distribution that nine quantiles describe: piecewise linear between levels, flat outside. */
export function meanOf(quantiles: readonly number[]): number {
  let sum = 0;
  for (let j = 0; j < LEVELS; j++) sum += (quantiles[j] as number) * (MEAN_SHARES[j] as number);
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
