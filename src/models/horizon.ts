import { Combiner, pinball } from './combiner.ts';
import type { ForecastKind } from './forecast.ts';
import { QualityMeter } from './quality.ts';
import { LEVELS, MEDIAN, trackQuantiles, trackerSteps } from './quantile-tracker.ts';

const STEPS = trackerSteps(720);

/**
 * The answer for one horizon and kind: conformal quantiles around each expert's point from its matured errors, mixed with
 * learned weights. Errors count only when their target is known.
 */
export class HorizonHead {
  /** Nine running error quantiles per expert, and the typical error of each. */
  readonly errors: Float32Array;
  readonly typical: Float64Array;
  readonly combiner: Combiner;
  readonly quality: QualityMeter;
  /** Per pending origin: the experts' points, the answer, and the naive answer (the last value's own quantiles). */
  readonly points: Float64Array;
  readonly answers: Float64Array;
  readonly pending: Uint8Array;
  readonly latest = new Float64Array(LEVELS);
  matured = 0;

  readonly steps: number;
  readonly kind: ForecastKind;
  readonly experts: number;

  constructor(steps: number, kind: ForecastKind, experts: number, intervalMs: number) {
    this.steps = steps;
    this.kind = kind;
    this.experts = experts;
    this.errors = new Float32Array(experts * LEVELS);
    this.typical = new Float64Array(experts);
    this.combiner = new Combiner(experts);
    this.quality = new QualityMeter(intervalMs);
    this.points = new Float64Array((steps + 1) * experts);
    this.answers = new Float64Array((steps + 1) * LEVELS);
    this.pending = new Uint8Array(steps + 1);
  }

  /** Scores and learns the answers whose origin was `steps` intervals before `tick`; NaN: the target was not measured. */
  mature(tick: number, value: number, scale: number, work: Float64Array): void {
    const slot = (tick + 1) % (this.steps + 1);
    if (this.pending[slot] === 0) return;
    this.pending[slot] = 0;
    if (Number.isNaN(value)) return;
    const at = slot * this.experts;
    this.sourceQuantiles(at, work);
    const answer = this.answers.subarray(slot * LEVELS, (slot + 1) * LEVELS);
    this.score(value, answer, work);
    this.combiner.learn(work, answer, value, scale);
    for (let e = 0; e < this.experts; e++) this.learnError(e, value - (this.points[at + e] as number), scale);
    this.matured += 1;
  }

  /** Answers from the experts' points, which the caller has put at `pointsAt(tick)`. */
  answer(tick: number, work: Float64Array): void {
    const slot = tick % (this.steps + 1);
    this.pending[slot] = 1;
    this.sourceQuantiles(slot * this.experts, work);
    this.combiner.mix(work, this.latest);
    for (let j = 0; j < LEVELS; j++) this.latest[j] = Math.max(0, this.latest[j] as number);
    this.latest.sort();
    this.answers.set(this.latest, slot * LEVELS);
  }

  pointsAt(tick: number): number {
    return (tick % (this.steps + 1)) * this.experts;
  }

  forget(): void {
    this.pending.fill(0);
  }

  private sourceQuantiles(at: number, work: Float64Array): void {
    for (let e = 0; e < this.experts; e++) {
      const point = this.points[at + e] as number;
      for (let j = 0; j < LEVELS; j++) work[e * LEVELS + j] = Math.max(0, point + (this.errors[e * LEVELS + j] as number));
    }
  }

  private learnError(expert: number, error: number, scale: number): void {
    const size = Math.abs(error);
    const typical = this.typical[expert] as number;
    const rate = Math.max(0.005, 1 / (this.matured + 1));
    this.typical[expert] = typical + rate * (Math.min(size, 20 * typical + (this.matured === 0 ? size : 1e-9 * scale)) - typical);
    const unit = Math.max(this.typical[expert] ?? 0, 1e-12 * scale);
    trackQuantiles(this.errors, expert * LEVELS, error, unit, STEPS);
  }

  private score(value: number, answer: Float64Array, work: Float64Array): void {
    let loss = 0;
    let naiveLoss = 0;
    for (let j = 0; j < LEVELS; j++) {
      loss += pinball(j, value - (answer[j] as number));
      naiveLoss += pinball(j, value - (work[j] as number));
    }
    this.quality.record(value, answer, loss, naiveLoss);
  }

  get median(): number {
    return this.latest[MEDIAN] as number;
  }
}
