import type { Arena } from './arena.ts';
import { fastExp } from './exponential.ts';
import { LEVELS, MEDIAN, TAU } from './quantile-tracker.ts';

const LEARNING_RATE = 0.075;
/**
 * Targets that overlap tell less than as many that do not: the rate falls with their number to this power. Above the median bursts decide,
 * of which there are few, and it does not.
 */
const LEARNING_FALL = 0.3;
/**
 * Share of the loss that is counted along its gradient at the mixture: a source that is wrong on the other side than the mixture is, and so
 * mends it, counts as good. It falls with the overlap of the targets: an answer that is wrong for a while is so on one side.
 */
const GRADIENT_SHARE = 0.5;
const GRADIENT_FALL = 0.7;
const FORGETTING = 0.9985;
/** Losses are counted in typical losses; beyond this many they count by their logarithm. */
const LOSS_CAP = 50;
/**
 * Up to the median, what a source is behind the best by more than this is forgiven within some tens of losses, so that one that was wrong
 * for a while is heard again soon. Above it bursts decide, which come seldom: who knows them must not be forgotten between two.
 */
const FAR_BEHIND = 100;
const FAR_KEEP = 0.97;
/** A source that is behind the best by more than this, times the learning rate, weighs less than a ten-thousandth of it and is left out. */
const BEHIND_MAX = 9.5;
/** An expert that comes later starts behind the best by this many typical losses: with an eighth of its weight. */
const SET_BACK = 27;

/** How far a source is behind the best is kept by its square root, finest where it weighs most, up to this. */
const KEPT_BEHIND_MAX = 2_000;
const KEPT_MAX = 255;

/**
 * Mixes the quantiles of many sources, each head and level with weights of its own: exponential weights on the discounted
 * pinball loss (Berrisch and Ziel 2021, CRPS learning), in part as it is and in part along its gradient at the mixture (the gradient
 * trick: Cesa-Bianchi and Lugosi 2006, section 2.5; Wintenberger 2017): the one finds the best source, the other the best mixture. The
 * discount lets every source come back, as a fixed share would. Weights are worked out of the losses whenever they are needed, so only
 * the losses are kept.
 */
export class Combiner {
  /** Discounted losses, nine per source, head by head. */
  private readonly losses: Float32Array;
  /** Typical loss of the mixture per head and level: makes the learning rate free of the unit. */
  readonly typical: Float32Array;
  /** Experts that do not answer now: 1, per expert. */
  private readonly asleep: Uint8Array;
  private readonly sources: number;
  /** How far behind the best each source was in a calm hour, as a share of the most, by its square root. */
  private readonly kept: Uint8Array;

  /** @param outside the last so many experts come from outside and sleep at first. */
  constructor(heads: number, makers: number, experts: number, outside: number, arena: Arena) {
    const sources = makers * experts;
    this.sources = sources;
    this.asleep = arena.uint8(experts);
    if (arena.isNew) this.asleep.fill(1, experts - outside);
    this.losses = arena.float32(heads * sources * LEVELS);
    this.typical = arena.float32(heads * LEVELS);
    this.kept = arena.uint8(this.losses.length);
  }

  /** Keeps what is known of the sources, to go back to. */
  keep(): void {
    this.eachBehind((behind, at) => {
      this.kept[at] = Math.min(KEPT_MAX, Math.round(KEPT_MAX * Math.sqrt(behind / KEPT_BEHIND_MAX)));
    });
  }

  goBack(): void {
    this.eachBehind((behind, at) => {
      const share = (this.kept[at] as number) / KEPT_MAX;
      this.losses[at] = (this.losses[at] as number) - behind + KEPT_BEHIND_MAX * share * share;
    });
  }

  /**
   * Writes the weights, nine per source, not normalised: 1 for the best source of a level, 0 for the hopeless ones, whose quantiles
   * need not be known. @param overlap of the head's targets.
   */
  writeWeights(weights: Float64Array, head: number, overlap: number): void {
    const { losses, sources, asleep } = this;
    this.leastLosses(LEAST, head);
    const rate = LEARNING_RATE * overlap ** -LEARNING_FALL;
    for (let i = 0, from = head * sources * LEVELS, to = 0; i < sources; i++) {
      const awake = 1 - (asleep[i % asleep.length] as number);
      for (let j = 0; j < LEVELS; j++, from++, to++) {
        const behind = (losses[from] as number) - (LEAST[j] as number);
        const fall = (j <= MEDIAN ? rate : LEARNING_RATE) * behind;
        weights[to] = fall > BEHIND_MAX ? 0 : awake * fastExp(-fall);
      }
    }
  }

  isAwake(expert: number): boolean {
    return this.asleep[expert] === 0;
  }

  wake(expert: number, isAwake: boolean): void {
    this.asleep[expert] = isAwake ? 0 : 1;
  }

  /** Puts the sources of an expert behind the best of the others: whatever it was like before, it is to earn its weight now. */
  setBack(head: number, expert: number): void {
    const { asleep, losses, sources } = this;
    const before = asleep[expert] as number;
    asleep[expert] = 1;
    this.leastLosses(LEAST, head);
    asleep[expert] = before;
    for (let i = expert; i < sources; i += asleep.length) {
      for (let j = 0; j < LEVELS; j++) losses[(head * sources + i) * LEVELS + j] = (LEAST[j] as number) + SET_BACK;
    }
  }

  /**
   * Learns from a value that came: what the sources had said of it, and the mixture at `mixedAt`.
   * @param count how many the head has learnt, this one included
   * @param unit typical size of a value
   * @param overlap of the head's targets
   */
  learn(
    head: number,
    count: number,
    quantiles: Float64Array,
    mixed: Float32Array,
    mixedAt: number,
    value: number,
    unit: number,
    overlap: number,
  ): void {
    const { sources, losses, typical } = this;
    const rate = Math.max(0.001, 1 / count);
    const share = GRADIENT_SHARE * overlap ** -GRADIENT_FALL;
    for (let j = 0, at = head * LEVELS; j < LEVELS; j++, at++) {
      const error = value - (mixed[mixedAt + j] as number);
      const usual = (typical[at] as number) + rate * (pinball(j, error) - (typical[at] as number));
      typical[at] = usual;
      SLOPE[j] = error >= 0 ? (TAU[j] as number) : (TAU[j] as number) - 1;
      PER_USUAL[j] = 1 / (usual + 1e-7 * unit);
    }
    for (let i = 0, at = head * sources * LEVELS, from = 0; i < sources; i++) {
      for (let j = 0; j < LEVELS; j++, at++, from++) {
        const error = value - (quantiles[from] as number);
        const tau = TAU[j] as number;
        const perUsual = PER_USUAL[j] as number;
        const loss = (error >= 0 ? tau * error : (tau - 1) * error) * perUsual;
        const along = (SLOPE[j] as number) * error * perUsual;
        losses[at] = FORGETTING * (losses[at] as number) + share * capped(along) + (1 - share) * capped(loss);
      }
    }
    this.forgive(head);
  }

  private forgive(head: number): void {
    const { losses, sources } = this;
    this.leastLosses(LEAST, head);
    for (let i = 0; i < sources; i++) {
      const first = (head * sources + i) * LEVELS;
      for (let j = 0; j <= MEDIAN; j++) {
        const far = (losses[first + j] as number) - (LEAST[j] as number) - FAR_BEHIND;
        if (far > 0) losses[first + j] = (losses[first + j] as number) - (1 - FAR_KEEP) * far;
      }
    }
  }

  private eachBehind(visit: (behind: number, at: number) => void): void {
    const { losses, typical, sources } = this;
    for (let head = 0; head * LEVELS < typical.length; head++) {
      this.leastLosses(LEAST, head);
      for (let i = 0, at = head * sources * LEVELS; i < sources; i++) {
        for (let j = 0; j < LEVELS; j++, at++) visit((losses[at] as number) - (LEAST[j] as number), at);
      }
    }
  }

  private leastLosses(least: Float64Array, head: number): void {
    const { asleep } = this;
    least.fill(Infinity);
    for (let i = 0, at = head * this.sources * LEVELS; i < this.sources; i++) {
      if (asleep[i % asleep.length] === 1) {
        at += LEVELS;
        continue;
      }
      for (let j = 0; j < LEVELS; j++, at++) if ((this.losses[at] as number) < (least[j] as number)) least[j] = this.losses[at] as number;
    }
  }
}

/** Work space; holds nothing between calls. */
const LEAST = new Float64Array(LEVELS);
const SLOPE = new Float64Array(LEVELS);
const PER_USUAL = new Float64Array(LEVELS);

/** A loss, which along a gradient may be below 0, by its logarithm beyond the cap. */
function capped(loss: number): number {
  if (loss > LOSS_CAP) return LOSS_CAP + 10 * Math.log(loss / LOSS_CAP);
  return loss < -LOSS_CAP ? -LOSS_CAP - 10 * Math.log(loss / -LOSS_CAP) : loss;
}

/** Pinball loss of level j at an error (value - quantile). */
export function pinball(j: number, error: number): number {
  const tau = TAU[j] as number;
  return error >= 0 ? tau * error : (tau - 1) * error;
}
