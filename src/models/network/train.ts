import type { Dataset } from './dataset.ts';
import type { Drawer } from './drawer.ts';
import { BATCH_MAX, type Batch, type NetworkEngine } from './engine.ts';
import { initialParameters } from './initial.ts';

export interface LearningOptions {
  /** Times the windows are gone through, at most; 1 to 200. Default 10. */
  readonly epochsMax?: number;
  /** Windows a step, 1 to 128. Default 64. */
  readonly batch?: number;
  /** Adam's step size at the start; it falls to a tenth along half a cosine. More than 0, at most 0.1. Default 0.003. */
  readonly rate?: number;
  /** Largest norm of a gradient. Default 1. */
  readonly normMax?: number;
  /** Epochs without a better held-out loss after which it stops, 1 to 200. Default 3. */
  readonly patience?: number;
}

export interface Learned {
  /** The best parameters seen, by the held-out loss. */
  readonly parameters: Float32Array;
  /** Losses after each epoch; entry 0 is before the first. */
  readonly history: readonly EpochLoss[];
  /** Index into history of the parameters that were kept. */
  readonly bestEpoch: number;
  readonly stoppedEarly: boolean;
}

export interface EpochLoss {
  /** Mean loss of the windows learned from, while learning; NaN for entry 0. */
  readonly learned: number;
  /** Mean loss of the windows held out, afterwards. Where none are, that of the windows learned from. */
  readonly heldOut: number;
}

/** Losses must fall by this share to count as better. */
const BETTER_BY = 1e-4;
const LAST_RATE_SHARE = 0.1;

/**
 * Trains a network on a dataset, from given parameters or from the start. Deterministic for the same engine, data, options
 * and randomness. The engine keeps the best parameters.
 *
 * @param levels quantile level of each output; outputs are head-major, all levels of a head side by side.
 * @throws RangeError if there is nothing to learn from.
 */
export function trainNetwork(
  engine: NetworkEngine,
  levels: readonly number[],
  dataset: Dataset,
  random: Drawer,
  options: LearningOptions = {},
  start?: Float32Array,
): Learned {
  if (dataset.learned < 1) throw new RangeError('no window to learn from');
  const settings = resolve(options);
  const feed = new BatchFeed(engine, levels, dataset, settings.batch);
  engine.load(start ?? initialParameters(engine.spec, random, feed.targetQuantiles()));
  const history: EpochLoss[] = [{ learned: Number.NaN, heldOut: feed.heldOutLoss() }];
  let parameters = engine.save();
  let bestEpoch = 0;
  let worse = 0;
  for (let epoch = 1; epoch <= settings.epochsMax && worse < settings.patience; epoch++) {
    const rate = settings.rate * rateShare((epoch - 1) / settings.epochsMax);
    const learned = feed.learnAll(random, { rate, normMax: settings.normMax });
    const heldOut = feed.heldOutLoss();
    history.push({ learned, heldOut });
    const best = history[bestEpoch]?.heldOut ?? Infinity;
    if (heldOut < best * (1 - BETTER_BY)) {
      parameters = engine.save();
      bestEpoch = epoch;
      worse = 0;
    } else {
      worse += 1;
    }
  }
  engine.load(parameters);
  return { parameters, history, bestEpoch, stoppedEarly: worse >= settings.patience };
}

function resolve(options: LearningOptions): Required<LearningOptions> {
  return {
    epochsMax: clamp(options.epochsMax ?? 10, 1, 200),
    batch: clamp(options.batch ?? 64, 1, BATCH_MAX),
    rate: clamp(options.rate ?? 0.003, 1e-7, 0.1),
    normMax: clamp(options.normMax ?? 1, 1e-6, 1e6),
    patience: clamp(options.patience ?? 3, 1, 200),
  };
}

const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

/** Half a cosine from 1 to a tenth. */
const rateShare = (done: number): number => LAST_RATE_SHARE + (1 - LAST_RATE_SHARE) * 0.5 * (1 + Math.cos(Math.PI * done));

/** Brings windows of a dataset to an engine, one batch at a time, in arrays that are reused. */
class BatchFeed {
  private readonly engine: NetworkEngine;
  private readonly levels: readonly number[];
  private readonly dataset: Dataset;
  private readonly size: number;
  private readonly heads: number;
  private readonly batchMax: number;
  private readonly order: Int32Array;
  private readonly inputs: Float32Array;
  private readonly targets: Float32Array;
  private readonly importances: Float32Array;
  private readonly outputs: Float32Array;

  constructor(engine: NetworkEngine, levels: readonly number[], dataset: Dataset, batchMax: number) {
    const { steps, features, outputs } = engine.spec;
    this.engine = engine;
    this.levels = levels;
    this.dataset = dataset;
    this.size = steps * features;
    this.heads = dataset.targets.length / dataset.count;
    this.batchMax = batchMax;
    this.order = Int32Array.from({ length: dataset.learned }, (_, i) => i);
    this.inputs = new Float32Array(batchMax * this.size);
    this.targets = new Float32Array(batchMax * outputs);
    this.importances = new Float32Array(batchMax);
    this.outputs = new Float32Array(batchMax * outputs);
  }

  /** One epoch in a new order. @returns the mean loss. */
  learnAll(random: Drawer, step: { readonly rate: number; readonly normMax: number }): number {
    const { order, batchMax } = this;
    shuffle(order, random);
    let loss = 0;
    for (let from = 0; from < order.length; from += batchMax) {
      const count = Math.min(batchMax, order.length - from);
      for (let i = 0; i < count; i++) this.copy(order[from + i] as number, i);
      loss += this.engine.learn(this.batch(count), step);
    }
    return loss / order.length;
  }

  heldOutLoss(): number {
    const { learned, count } = this.dataset;
    const [from, to] = learned < count ? [learned, count] : [0, learned];
    let loss = 0;
    for (let at = from; at < to; at += this.batchMax) {
      const size = Math.min(this.batchMax, to - at);
      for (let i = 0; i < size; i++) this.copy(at + i, i);
      this.engine.predict(this.inputs, size, this.outputs);
      for (let i = 0; i < size; i++) loss += this.lossOf(i);
    }
    return loss / (to - from);
  }

  /** Quantiles of each head's targets over the windows learned from: where outputs begin, so that only the rest is learned. */
  targetQuantiles(): Float32Array {
    const { heads, levels, dataset } = this;
    const each = levels.length / heads;
    const bias = new Float32Array(levels.length);
    for (let head = 0; head < heads; head++) {
      const known: number[] = [];
      for (let i = 0; i < dataset.learned; i++) {
        const target = dataset.targets[i * heads + head] as number;
        if (!Number.isNaN(target)) known.push(target);
      }
      const sorted = Float32Array.from(known).sort();
      for (let j = 0; j < each; j++) {
        const rank = Math.floor((levels[head * each + j] ?? 0.5) * sorted.length);
        bias[head * each + j] = sorted[Math.min(sorted.length - 1, rank)] ?? 0;
      }
    }
    return bias;
  }

  private batch(count: number): Batch {
    return { count, inputs: this.inputs, targets: this.targets, importances: this.importances };
  }

  private copy(window: number, slot: number): void {
    const { dataset, size, heads, levels } = this;
    this.inputs.set(dataset.inputs.subarray(window * size, (window + 1) * size), slot * size);
    this.importances[slot] = dataset.importances[window] as number;
    const each = levels.length / heads;
    for (let head = 0; head < heads; head++) {
      const at = slot * levels.length + head * each;
      this.targets.fill(dataset.targets[window * heads + head] as number, at, at + each);
    }
  }

  private lossOf(slot: number): number {
    const { levels } = this;
    let sum = 0;
    let known = 0;
    for (let j = 0; j < levels.length; j++) {
      const error = (this.targets[slot * levels.length + j] as number) - (this.outputs[slot * levels.length + j] as number);
      if (Number.isNaN(error)) continue;
      known += 1;
      sum += pinballLoss(error, levels[j] as number);
    }
    return known === 0 ? 0 : ((this.importances[slot] as number) * sum) / known;
  }
}

const pinballLoss = (error: number, level: number): number => (error > 0 ? level : level - 1) * error;

/** Fisher and Yates. */
function shuffle(order: Int32Array, random: Drawer): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    const other = order[j] as number;
    order[j] = order[i] as number;
    order[i] = other;
  }
}
