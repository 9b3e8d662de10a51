import type { Arena } from './arena.ts';

/** Above this mean diagonal the inverse covariance winds up for want of excitation; forgetting pauses. */
const WINDUP_DIAGONAL = 50;

/**
 * Ridge regression by recursive least squares with forgetting, for several targets that share one vector of features (here:
 * horizons and kinds). The gain is taken when the features are seen; the targets come later, each with its own delay, and
 * learn from the gain of their origin. So one covariance serves all horizons. Formulas: Haykin, Adaptive Filter Theory,
 * chapter 10; the ridge is the start of the inverse covariance.
 */
export class RecursiveRidge {
  /** Lower triangle, row by row. */
  readonly inverse: Float64Array;
  /** One row of weights per target, in the precision of the features. */
  readonly weights: Float32Array;
  /** Typical size of an error, per target. */
  readonly spread: Float64Array;
  /** Diagonal of the inverse covariance before anything was seen. */
  private readonly start: number;
  readonly features: number;
  readonly forgetting: number;
  /** Errors beyond so many typical ones count as that many; 0: no limit. */
  readonly clip: number;

  constructor(shape: { features: number; targets: number; forgetting: number; ridge: number; clip: number }, arena: Arena) {
    this.features = shape.features;
    this.forgetting = shape.forgetting;
    this.clip = shape.clip;
    this.inverse = arena.float64((shape.features * (shape.features + 1)) / 2);
    this.start = 1 / shape.ridge;
    if (arena.isNew) this.forgetCertainty();
    this.weights = arena.float32(shape.features * shape.targets);
    this.spread = arena.float64(shape.targets);
  }

  predict(target: number, x: Float32Array, at: number): number {
    const { features, weights } = this;
    let sum = 0;
    for (let i = 0, w = target * features; i < features; i++, w++) sum += (weights[w] as number) * (x[at + i] as number);
    return sum;
  }

  /** Takes features in, and writes their gain for the errors that follow. Both lie at `at` in their arrays. */
  absorb(x: Float32Array, gain: Float32Array, at: number): void {
    const { features: n, inverse: c } = this;
    const product = PRODUCT;
    let quadratic = 0;
    let trace = 0;
    for (let i = 0, k = 0; i < n; i++) {
      const xi = x[at + i] as number;
      let sum = 0;
      for (let j = 0; j < i; j++, k++) {
        const value = c[k] as number;
        sum += value * (x[at + j] as number);
        product[j] = (product[j] as number) + value * xi;
      }
      const diagonal = c[k++] as number;
      trace += diagonal;
      product[i] = sum + diagonal * xi;
    }
    for (let i = 0; i < n; i++) quadratic += (product[i] as number) * (x[at + i] as number);
    const forgetting = trace > n * WINDUP_DIAGONAL ? 1 : this.forgetting;
    const divisor = 1 / (forgetting + quadratic);
    const grow = 1 / forgetting;
    for (let i = 0, k = 0; i < n; i++) {
      const scaled = (product[i] as number) * divisor;
      gain[at + i] = scaled;
      for (let j = 0; j <= i; j++, k++) c[k] = ((c[k] as number) - scaled * (product[j] as number)) * grow;
    }
  }

  /** Learns the value of a target whose features and gain lie at `at`. */
  learn(target: number, x: Float32Array, gain: Float32Array, at: number, value: number): void {
    const { features, weights, spread, clip } = this;
    let error = value - this.predict(target, x, at);
    const size = Math.abs(error);
    const typical = (spread[target] as number) || size;
    spread[target] = typical + 0.01 * (Math.min(size, 10 * typical + 1e-6) - typical);
    if (clip > 0) error = Math.max(-clip * typical - 1e-9, Math.min(clip * typical + 1e-9, error));
    for (let i = 0, w = target * features; i < features; i++, w++) {
      weights[w] = (weights[w] as number) + (gain[at + i] as number) * error;
    }
  }

  /** The weights are kept, and how sure they are is forgotten (covariance resetting: Goodwin and Sin, Adaptive Filtering, section 3.4). */
  forgetCertainty(): void {
    this.inverse.fill(0);
    for (let i = 0, k = 0; i < this.features; i++, k += i + 1) this.inverse[k] = this.start;
  }

  /** Features and targets have become `factor` times what they were: the covariance follows, the weights stay. */
  rescale(factor: number): void {
    for (let k = 0; k < this.inverse.length; k++) this.inverse[k] = (this.inverse[k] as number) / (factor * factor);
    for (let i = 0; i < this.spread.length; i++) this.spread[i] = (this.spread[i] as number) * factor;
  }
}

/** Work space of `absorb`; holds nothing between calls. */
const PRODUCT = new Float64Array(64);
