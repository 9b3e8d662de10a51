import { LEVELS, TAU } from './quantile-tracker.ts';

const LEARNING_RATE = 0.1;
const FORGETTING = 0.9985;
const FIXED_SHARE = 0.001;

/**
 * Mixes the quantiles of several sources, each level with weights of its own: exponential weights on the pinball loss
 * with forgetting and a fixed share (Berrisch and Ziel 2021, CRPS learning; Herbster and Warmuth 1998 for the share).
 */
export class Combiner {
  /** Discounted losses, source-major. */
  readonly losses: Float32Array;
  readonly weights: Float32Array;
  /** Typical loss of the mixture per level: makes the learning rate free of the unit. */
  readonly typical = new Float64Array(LEVELS);

  readonly sources: number;

  constructor(sources: number) {
    this.sources = sources;
    this.losses = new Float32Array(sources * LEVELS);
    this.weights = new Float32Array(sources * LEVELS).fill(1 / sources);
  }

  /** @param quantiles what the sources say, source-major; `mixed` receives nine values. */
  mix(quantiles: Float64Array, mixed: Float64Array): void {
    mixed.fill(0);
    for (let i = 0; i < this.sources * LEVELS; i++) {
      const j = i % LEVELS;
      mixed[j] = (mixed[j] as number) + (this.weights[i] as number) * (quantiles[i] as number);
    }
  }

  /** Learns from what came: `quantiles` of the sources and `mixed`, both for the same origin. */
  learn(quantiles: Float64Array, mixed: Float64Array, value: number, scale: number): void {
    for (let j = 0; j < LEVELS; j++) this.learnLevel(j, quantiles, mixed, value, scale);
  }

  private learnLevel(j: number, quantiles: Float64Array, mixed: Float64Array, value: number, scale: number): void {
    const { sources, losses, weights, typical } = this;
    const mixedLoss = pinball(j, value - (mixed[j] as number));
    const before = typical[j] as number;
    const usual = before === 0 ? mixedLoss + 1e-9 * scale : 0.999 * before + 0.001 * mixedLoss;
    typical[j] = usual;
    const perUsual = 1 / (usual + 1e-7 * scale);
    let least = Infinity;
    for (let i = j; i < sources * LEVELS; i += LEVELS) {
      const loss = FORGETTING * (losses[i] as number) + Math.min(50, pinball(j, value - (quantiles[i] as number)) * perUsual);
      losses[i] = loss;
      if (loss < least) least = loss;
    }
    let sum = 0;
    for (let i = j; i < sources * LEVELS; i += LEVELS) {
      const weight = Math.exp(-LEARNING_RATE * ((losses[i] as number) - least));
      weights[i] = weight;
      sum += weight;
    }
    for (let i = j; i < sources * LEVELS; i += LEVELS) {
      weights[i] = ((1 - FIXED_SHARE) * (weights[i] as number)) / sum + FIXED_SHARE / sources;
    }
  }
}

/** Pinball loss of level j at an error (value - quantile). */
export function pinball(j: number, error: number): number {
  const tau = TAU[j] as number;
  return error >= 0 ? tau * error : (tau - 1) * error;
}
