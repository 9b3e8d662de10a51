import type { Arena } from './arena.ts';
import type { ArmaModel } from './arma-fit.ts';
import { isStable } from './arma-fit.ts';
import { DAY_WAVES, wavesAt, type WindowTimes } from './day-waves.ts';

const NO_WAVES: readonly number[] = Array.from({ length: DAY_WAVES }, () => 0);

/**
 * Runs a fitted ARMA(2,1), with waves of the day if it has some, along the series. What a horizon needs of the recursion is worked out
 * once, when the model comes: the forecast is a fixed combination of the last two deviations and the last error.
 */
export class ArmaState {
  /** 1 while a model is in use. */
  active = 0;
  private readonly ar: Float64Array;
  private ma = 0;
  private mean = 0;
  private readonly waves: Float64Array;
  /** Last deviation from the level, the one before it, and the last error. */
  private readonly memory: Float64Array;
  /** Three coefficients per horizon. */
  private readonly coefficients: Float64Array;

  constructor(horizons: number, arena: Arena) {
    this.ar = arena.float64(2);
    this.waves = arena.float64(DAY_WAVES);
    this.memory = arena.float64(3);
    this.coefficients = arena.float64(3 * horizons);
  }

  /** @param recent values up to now, oldest first, NaN where missing: the model is run over them to know its errors. */
  adopt(model: ArmaModel, steps: readonly number[], recent: readonly number[], times: WindowTimes): string | undefined {
    const { waves = NO_WAVES } = model;
    const numbers = [...model.ar, model.ma, model.mean, ...waves];
    if (numbers.length !== 4 + DAY_WAVES || !numbers.every(Number.isFinite)) return 'the ARMA has parameters that are not numbers';
    if (!isStable([model.ar[0], model.ar[1], model.ma])) return 'the ARMA is not stationary and invertible';
    this.ar.set(model.ar);
    this.ma = model.ma;
    this.mean = model.mean;
    this.waves.set(waves);
    this.memory.fill(0);
    this.active = 1;
    for (const [i, count] of steps.entries()) this.coefficients.set(this.responseAfter(count), 3 * i);
    for (const [i, value] of recent.entries()) this.observe(value, times.startMs + i * times.intervalMs);
    return undefined;
  }

  /** NaN: bridged by the model's own forecast. */
  observe(value: number, timeMs: number): void {
    const { memory, ar } = this;
    const expected =
      (ar[0] as number) * (memory[0] as number) + (ar[1] as number) * (memory[1] as number) + this.ma * (memory[2] as number);
    const now = Number.isNaN(value) ? expected : value - this.levelAt(timeMs);
    memory[1] = memory[0] as number;
    memory[0] = now;
    memory[2] = now - expected;
  }

  /** @param targetMs when the horizon ends. */
  forecast(horizon: number, targetMs: number): number {
    let sum = this.levelAt(targetMs);
    for (let i = 0; i < 3; i++) sum += (this.coefficients[3 * horizon + i] as number) * (this.memory[i] as number);
    return sum;
  }

  private levelAt(timeMs: number): number {
    return this.mean + wavesAt(this.waves, timeMs);
  }

  private responseAfter(steps: number): number[] {
    const [a, b] = [this.ar[0] as number, this.ar[1] as number];
    return [0, 1, 2].map((i) => {
      let before = i === 1 ? 1 : 0;
      let now = i === 0 ? 1 : 0;
      let error = i === 2 ? 1 : 0;
      for (let step = 0; step < steps; step++) {
        const next = a * now + b * before + this.ma * error;
        before = now;
        now = next;
        error = 0;
      }
      return now;
    });
  }
}
