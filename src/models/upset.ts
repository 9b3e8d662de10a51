const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Distances from the usual shapes are averaged over about this long, with their sign (what is above on one value and below on the next is
 * noise), each counted as at most so many usual ones.
 */
const HEAT_HALF_LIFE_MS = 20 * MINUTE_MS;
const DISTANCE_MAX = 12;
/** Mean distance, in usual ones, either way, at which a time is abnormal, and below which it is calm. */
const HEAT_ABNORMAL = 3;
const HEAT_CALM = 1.5;
/**
 * While a time is this far out, one value at home tells that it is over. Less far, values come home by chance, and it is over when the
 * mean distance has faded to that of home.
 */
const HEAT_PLAIN = 4;
/** An abnormal time is over when a value is no farther than this from a shape; what follows within the pause belongs to it. */
const HOME_DISTANCE = 2;
const PAUSE_MS = 6 * HOUR_MS;
/** Shapes learn (within bounds of their own) until a time has been abnormal for so long: bursts of every day are part of the day. */
const BURST_MS = 30 * MINUTE_MS;
/** What is over sooner is nothing to go back from. */
const LENGTH_MIN_MS = HOUR_MS;
/** What lasts longer is the new normal. */
const LENGTH_MAX_MS = 36 * HOUR_MS;
/** What comes again within this time is no one-off. */
const AGAIN_MS = 8 * 24 * HOUR_MS;
/** Calm state is kept so often. State that was kept longer before an abnormal time is not gone back to. */
const KEEP_EVERY_MS = 6 * HOUR_MS;
const KEPT_AGE_MAX_MS = 24 * HOUR_MS;

/** What is to be done about the state of the experts after a value. */
export type UpsetAction = 'none' | 'keep' | 'go-back';

/**
 * Tells times unlike any known shape (an outage, a campaign, a holiday) from the usual ones. While such a time lasts, everything but
 * the shapes adapts to it; when the series comes home to its shapes, what was learnt of it is dropped again. Whether it was a one-off
 * or a lasting change is decided afterwards, by its length and by whether there was another one lately.
 */
export class Upset {
  /** Mean distance lately, in usual ones, above the shape if above 0. */
  private drift = 0;
  /** When the present abnormal time began, and the latest value's time, epoch ms; NaN: there is none. */
  private sinceMs = Number.NaN;
  private nowMs = Number.NaN;
  /** When the last one began that was long enough to count, and when it was over. */
  private lastSinceMs = Number.NaN;
  private homeMs = Number.NaN;
  /** When state was last kept; NaN: there is none to go back to. */
  private keptMs = Number.NaN;
  /** 1: the present abnormal time is no one-off. */
  private isLasting = 0;
  private readonly rate: number;

  constructor(intervalMs: number) {
    this.rate = 1 - 0.5 ** (intervalMs / Math.max(intervalMs, HEAT_HALF_LIFE_MS));
  }

  /** Shapes are not to learn now. */
  get isAbnormal(): boolean {
    return this.isLasting === 0 && this.nowMs - this.sinceMs >= BURST_MS;
  }

  /** Whether a time lay in the last abnormal one, if that was a one-off: the day after must not take it for a day like others. */
  wasAbnormal(timeMs: number): boolean {
    return this.isLasting === 0 && timeMs >= this.lastSinceMs && timeMs < this.homeMs;
  }

  /** What was kept is of no use any more. */
  forget(): void {
    this.keptMs = Number.NaN;
  }

  /** @param distance of the value from the nearest shape, in usual ones, below 0 for one below it; NaN before shapes are known. */
  observe(timeMs: number, distance: number): UpsetAction {
    if (Number.isNaN(distance)) return 'none';
    this.nowMs = timeMs;
    this.drift += this.rate * (Math.max(-DISTANCE_MAX, Math.min(DISTANCE_MAX, distance)) - this.drift);
    if (Number.isNaN(this.sinceMs)) return this.watch(timeMs);
    if (timeMs - this.sinceMs > LENGTH_MAX_MS) this.isLasting = 1;
    return this.isHome(distance) ? this.comeHome(timeMs) : 'none';
  }

  private isHome(distance: number): boolean {
    const heat = Math.abs(this.drift);
    return Math.abs(distance) <= HOME_DISTANCE && (heat >= HEAT_PLAIN || heat <= HOME_DISTANCE);
  }

  private watch(timeMs: number): UpsetAction {
    const { homeMs } = this;
    const heat = Math.abs(this.drift);
    if (heat > HEAT_ABNORMAL) {
      const isSame = timeMs - homeMs < PAUSE_MS;
      this.sinceMs = isSame ? this.lastSinceMs : timeMs;
      if (!isSame) this.isLasting = timeMs - homeMs < AGAIN_MS ? 1 : 0;
      return 'none';
    }
    // Where nothing was kept and nothing was abnormal yet, the comparisons are false.
    if (heat > HEAT_CALM || timeMs - this.keptMs < KEEP_EVERY_MS || timeMs - homeMs < PAUSE_MS) return 'none';
    this.keptMs = timeMs;
    return 'keep';
  }

  private comeHome(timeMs: number): UpsetAction {
    const { sinceMs, keptMs, isLasting } = this;
    this.sinceMs = Number.NaN;
    this.drift = 0;
    if (timeMs - sinceMs < LENGTH_MIN_MS) return 'none';
    this.lastSinceMs = sinceMs;
    this.homeMs = timeMs;
    return isLasting === 0 && sinceMs - keptMs <= KEPT_AGE_MAX_MS ? 'go-back' : 'none';
  }
}
