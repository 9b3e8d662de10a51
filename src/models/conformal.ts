import { fastExp } from './exponential.ts';
import { BINS } from './level-bins.ts';
import { LEVELS, fillSteps, trackQuantiles } from './quantile-tracker.ts';
import { SPACES, bendOf } from './space.ts';

/** Errors that the running quantiles remember. */
const MEMORY_FINE = 600;
const MEMORY_COARSE = 230;
/** A bin with fewer errors than this speaks as all bins together do. */
const BIN_ERRORS_MIN = 30;
/** Before any error is known: quantiles in typical errors, wider above, as loads are. */
const PRIOR = [-1.8, -1.4, -0.7, 0, 0.8, 1.8, 2.6, 3.4, 4.5];
/** Before any error is known, an error is thought to be this share of the value. */
const PRIOR_ERROR = 0.25;
/** Growth of a typical error is limited to this many of them at once, plus a small share of the unit. */
const JUMP_MAX = 30;
const JUMP_FLOOR = 0.01;
const SLOW_RATE = 0.003;

/**
 * Turns the points of the experts into quantiles, from their own matured errors. Each expert has up to three makers: `scaled`
 * (errors divided by their present typical size), `binned` (errors met at the same level of the series), and both at once. No
 * model's own interval is trusted.
 */
export class Conformal {
  /** Typical size of each expert's errors, quickly and slowly followed. */
  private readonly typical: Float32Array;
  private readonly slowTypical: Float32Array;
  private readonly scaled: Float32Array;
  private readonly binned: Float32Array;
  private readonly scaledBinned: Float32Array;
  private readonly binErrors = new Float64Array(BINS);
  private errors = 0;
  private readonly typicalRate: number;
  private readonly memory: number;
  /** Experts of one space. */
  private readonly experts: number;
  private readonly heads: number;

  constructor(experts: number, heads: 2 | 3, intervalMs: number) {
    const points = experts * SPACES;
    this.experts = experts;
    this.heads = heads;
    this.typical = new Float32Array(points);
    this.slowTypical = new Float32Array(points);
    this.scaled = new Float32Array(points * LEVELS);
    for (let i = 0; i < points; i++) this.scaled.set(PRIOR, i * LEVELS);
    this.binned = new Float32Array(BINS * points * LEVELS);
    this.scaledBinned = new Float32Array(heads === 3 ? BINS * points * LEVELS : 0);
    const isFine = intervalMs <= 60_000;
    this.memory = isFine ? MEMORY_FINE : MEMORY_COARSE;
    this.typicalRate = 1 - 0.5 ** (1 / (isFine ? 30 : 10));
  }

  get sources(): number {
    return this.experts * SPACES * this.heads;
  }

  /** Writes nine quantiles per source, in the unit of the series, within [low, high]. Points, and the sizes that `writeSizes` gave for them, start at `at`. */
  writeQuantiles(
    out: Float64Array,
    points: Float32Array,
    sizes: Float32Array,
    at: number,
    bin: number,
    { unit, low, high }: { readonly unit: number; readonly low: number; readonly high: number },
  ): void {
    const { experts, heads } = this;
    const count = experts * SPACES;
    const halfBend = bendOf(unit) / 2;
    const isBinKnown = (this.binErrors[bin] as number) >= BIN_ERRORS_MIN;
    for (let head = 0; head < heads; head++) {
      const isScaled = head !== 1 || !isBinKnown;
      const table = head === 0 || !isBinKnown ? this.scaled : head === 1 ? this.binned : this.scaledBinned;
      const tableAt = table === this.scaled ? 0 : bin * count * LEVELS;
      for (let e = 0, from = tableAt, to = head * count * LEVELS; e < count; e++) {
        const point = points[at + e] as number;
        const size = isScaled ? (sizes[at + e] as number) : 1;
        for (let j = 0; j < LEVELS; j++, from++, to++) {
          const z = point + size * (table[from] as number);
          let value: number;
          if (e < experts) value = z * unit;
          else {
            const power = fastExp(z);
            value = halfBend * (power - 1 / power);
          }
          out[to] = value > low ? (value < high ? value : high) : low;
        }
      }
    }
  }

  /**
   * Writes the weighted mean of the sources' quantiles, level by level. As `writeQuantiles`, but only what has weight is worked
   * out, which is little once the combiner knows the series.
   */
  mix(
    out: Float64Array,
    weights: Float64Array,
    points: Float64Array,
    at: number,
    bin: number,
    { unit, low, high }: { readonly unit: number; readonly low: number; readonly high: number },
  ): void {
    const { experts, heads } = this;
    const count = experts * SPACES;
    const halfBend = bendOf(unit) / 2;
    const isBinKnown = (this.binErrors[bin] as number) >= BIN_ERRORS_MIN;
    WEIGHT.fill(0);
    out.fill(0);
    for (let head = 0; head < heads; head++) {
      const isScaled = head !== 1 || !isBinKnown;
      const table = head === 0 || !isBinKnown ? this.scaled : head === 1 ? this.binned : this.scaledBinned;
      const tableAt = table === this.scaled ? 0 : bin * count * LEVELS;
      for (let e = 0, from = tableAt, source = head * count * LEVELS; e < count; e++) {
        const point = points[at + e] as number;
        const size = isScaled ? this.sizeOf(e, point) : 1;
        for (let j = 0; j < LEVELS; j++, from++, source++) {
          const weight = weights[source] as number;
          if (weight === 0) continue;
          const z = point + size * (table[from] as number);
          let value: number;
          if (e < experts) value = z * unit;
          else {
            const power = fastExp(z);
            value = halfBend * (power - 1 / power);
          }
          WEIGHT[j] = (WEIGHT[j] as number) + weight;
          out[j] = (out[j] as number) + weight * (value > low ? (value < high ? value : high) : low);
        }
      }
    }
    for (let j = 0; j < LEVELS; j++) out[j] = (out[j] as number) / (WEIGHT[j] as number);
  }

  /** Takes the errors of the points of an origin, once their target is known in both spaces. */
  learn(points: Float32Array, sizes: Float32Array, at: number, bin: number, targetRaw: number, targetAsinh: number): void {
    const { experts, scaled, binned, scaledBinned } = this;
    const count = experts * SPACES;
    const inBin = this.binErrors[bin] as number;
    if (inBin === 0) this.startBin(bin, sizes, at);
    fillSteps(Math.min(this.errors + 1, this.memory), UP, DOWN);
    fillSteps(Math.min(inBin + 1, this.memory), BIN_UP, BIN_DOWN);
    for (let e = 0; e < count; e++) {
      const point = points[at + e] as number;
      const error = (e < experts ? targetRaw : targetAsinh) - point;
      const size = sizes[at + e] as number;
      const binAt = (bin * count + e) * LEVELS;
      if (size > 0) {
        trackQuantiles(scaled, e * LEVELS, error / size, 1, UP, DOWN);
        if (scaledBinned.length > 0) trackQuantiles(scaledBinned, binAt, error / size, 1, BIN_UP, BIN_DOWN);
      }
      this.followSize(e, Math.abs(error));
      trackQuantiles(binned, binAt, error, (this.slowTypical[e] as number) + 1e-12, BIN_UP, BIN_DOWN);
    }
    this.errors += 1;
    this.binErrors[bin] = inBin + 1;
  }

  /** Differences in a space have become `factor` times what they were. */
  rescale(factors: readonly number[]): void {
    const { experts } = this;
    for (let e = 0; e < experts * SPACES; e++) {
      const factor = factors[e < experts ? 0 : 1] ?? 1;
      this.typical[e] = (this.typical[e] as number) * factor;
      this.slowTypical[e] = (this.slowTypical[e] as number) * factor;
      for (let bin = 0; bin < BINS; bin++) {
        const at = (bin * experts * SPACES + e) * LEVELS;
        for (let j = 0; j < LEVELS; j++) this.binned[at + j] = (this.binned[at + j] as number) * factor;
      }
    }
  }

  /**
   * Writes the present typical error of each expert. It is kept with an origin: at the time its target comes, errors that overlap with
   * its own have been counted, and would make it look smaller than it was.
   */
  writeSizes(sizes: Float32Array, points: Float64Array, at: number): void {
    for (let e = 0; e < this.experts * SPACES; e++) sizes[at + e] = this.sizeOf(e, points[e] as number);
  }

  /** Present typical error of an expert. */
  private sizeOf(e: number, point: number): number {
    if (this.errors === 0) return e < this.experts ? PRIOR_ERROR * Math.abs(point) + 1e-3 : PRIOR_ERROR;
    return Math.max(this.typical[e] as number, 0.1 * (this.slowTypical[e] as number));
  }

  private followSize(e: number, size: number): void {
    if (this.errors === 0) {
      this.typical[e] = size;
      this.slowTypical[e] = size;
      return;
    }
    const slow = this.slowTypical[e] as number;
    const counted = Math.min(size, JUMP_MAX * slow + JUMP_FLOOR);
    const typical = this.typical[e] as number;
    this.typical[e] = typical + Math.max(this.typicalRate, 1 / (this.errors + 1)) * (counted - typical);
    this.slowTypical[e] = slow + Math.max(SLOW_RATE, 1 / (this.errors + 1)) * (counted - slow);
  }

  /** A bin that is met for the first time starts from what is known of all. */
  private startBin(bin: number, sizes: Float32Array, at: number): void {
    const { scaled, binned, scaledBinned } = this;
    const count = this.experts * SPACES;
    for (let e = 0; e < count; e++) {
      const size = sizes[at + e] as number;
      for (let j = 0; j < LEVELS; j++) {
        const to = (bin * count + e) * LEVELS + j;
        binned[to] = size * (scaled[e * LEVELS + j] as number);
        if (scaledBinned.length > 0) scaledBinned[to] = scaled[e * LEVELS + j] as number;
      }
    }
  }
}

/** Work space; holds nothing between calls. */
const WEIGHT = new Float64Array(LEVELS);
const UP = new Float64Array(LEVELS);
const DOWN = new Float64Array(LEVELS);
const BIN_UP = new Float64Array(LEVELS);
const BIN_DOWN = new Float64Array(LEVELS);
