/** Above this mean diagonal the inverse covariance winds up for want of excitation; forgetting pauses. */
const WINDUP_TRACE = 50;

/**
 * Ridge regression by recursive least squares with forgetting, for several targets that share one vector of features
 * (here: horizons and kinds). The gain is taken when the features are seen; the targets come later, each with its own
 * delay. Formulas: Haykin, Adaptive Filter Theory, chapter 10; the ridge is the start of the inverse covariance.
 */
export class RecursiveRidge {
  readonly inverse: Float64Array;
  readonly weights: Float64Array;
  readonly spread: Float64Array;

  readonly features: number;
  readonly targets: number;
  readonly forgetting: number;

  constructor(features: number, targets: number, forgetting: number) {
    this.features = features;
    this.targets = targets;
    this.forgetting = forgetting;
    this.inverse = new Float64Array(features * features);
    for (let i = 0; i < features; i++) this.inverse[i * features + i] = 1;
    this.weights = new Float64Array(features * targets);
    this.spread = new Float64Array(targets);
  }

  predict(target: number, x: Float64Array, xAt: number): number {
    const { features, weights } = this;
    let sum = 0;
    for (let i = 0, w = target * features; i < features; i++, w++) sum += (weights[w] as number) * (x[xAt + i] as number);
    return sum;
  }

  /** Takes features in and writes their gain, for the errors that follow. */
  absorb(x: Float64Array, xAt: number, gain: Float64Array, gainAt: number): void {
    const { features: n, inverse: c } = this;
    let quadratic = 0;
    let trace = 0;
    for (let i = 0; i < n; i++) {
      let sum = 0;
      const row = i * n;
      for (let j = 0; j < n; j++) sum += (c[row + j] as number) * (x[xAt + j] as number);
      gain[gainAt + i] = sum;
      quadratic += sum * (x[xAt + i] as number);
      trace += c[row + i] as number;
    }
    const forgetting = trace > n * WINDUP_TRACE ? 1 : this.forgetting;
    const divisor = 1 / (forgetting + quadratic);
    for (let i = 0; i < n; i++) {
      const scaled = (gain[gainAt + i] as number) * divisor;
      for (let j = 0; j <= i; j++) {
        const value = ((c[i * n + j] as number) - scaled * (gain[gainAt + j] as number)) / forgetting;
        c[i * n + j] = value;
        c[j * n + i] = value;
      }
    }
    for (let i = 0; i < n; i++) gain[gainAt + i] = (gain[gainAt + i] as number) * divisor;
  }

  /**
   * Learns the target of features absorbed before. Errors beyond `clip` typical errors count as that much, so that one
   * outlier does not bend the regression.
   */
  learn(target: number, x: Float64Array, xAt: number, gain: Float64Array, gainAt: number, value: number, clip: number): void {
    const { features, weights, spread } = this;
    let error = value - this.predict(target, x, xAt);
    const size = Math.abs(error);
    const typical = (spread[target] as number) || size;
    spread[target] = typical + 0.01 * (Math.min(size, 10 * typical + 1e-6) - typical);
    const limit = clip * typical + 1e-9;
    error = Math.max(-limit, Math.min(limit, error));
    for (let i = 0, w = target * features; i < features; i++, w++) {
      weights[w] = (weights[w] as number) + (gain[gainAt + i] as number) * error;
    }
  }
}
