import type { Arena } from './arena.ts';
import { PROFILE_INDEX, type Layout } from './layout.ts';
import { Profile } from './profile.ts';
import { RAW, rawOfAsinh } from './space.ts';

/** A series that repeats itself exactly is still allowed a thousandth. */
const USUAL_MIN = 1e-3;

/**
 * The profiles of a series: learnt once, in asinh space, where a burst weighs less, and read in both. A shape of its own for raw space
 * would take 8 KiB a series and tells the same.
 */
export class Shapes {
  private readonly profiles: readonly Profile[];

  constructor({ profiles, intervalMs }: Layout, arena: Arena) {
    this.profiles = profiles.map(({ shape }) => new Profile(shape, intervalMs, arena));
  }

  /** The shape of a profile at a time, in a space; `otherwise` where nothing was seen yet. */
  at(space: number, profile: number, timeMs: number, otherwise: number): number {
    return shapeIn(space, this.known(profile, timeMs), otherwise);
  }

  /**
   * Writes what each profile says of a target, in asinh space, NaN where nothing was seen yet: the value at its time, or the largest
   * of the span that ends with it, so that a burst that is over by then is not missed.
   * @param spanMs 0 for the value alone.
   */
  fillTargets(out: Float64Array, targetMs: number, spanMs: number, stepMs: number): void {
    for (let i = 0; i < this.profiles.length; i++) {
      let most = this.known(i, targetMs);
      for (let ms = targetMs - stepMs; ms > targetMs - spanMs; ms -= stepMs) {
        const z = this.known(i, ms);
        if (!(z <= most)) most = z;
      }
      out[i] = most;
    }
  }

  /** Takes a value in asinh space. */
  observe(timeMs: number, z: number): void {
    for (const profile of this.profiles) profile.observe(timeMs, z);
  }

  /**
   * Distance of a value in asinh space from the nearest shape of a day or week, in usual ones of the best shape, below 0 if it lies below;
   * NaN before one is known.
   */
  unlikeness(timeMs: number, z: number): number {
    let distance = Infinity;
    let usual = Infinity;
    for (let i = 0; i <= PROFILE_INDEX.week; i++) {
      const profile = this.profiles[i] as Profile;
      usual = Math.min(usual, profile.usualMiss);
      const here = z - profile.at(timeMs);
      if (Math.abs(here) < Math.abs(distance)) distance = here;
    }
    return usual === Infinity ? Number.NaN : distance / Math.max(USUAL_MIN, usual);
  }

  /** @param factor what differences become. */
  map(change: (z: number) => number, factor: number): void {
    for (const profile of this.profiles) profile.map(change, factor);
  }

  get cycleMs(): number {
    return this.cycle.lengthMs;
  }

  /**
   * Gives the cycle another period, and what a window of the series has to tell of its shape.
   * @param window in asinh space, NaN where missing.
   * @returns the typical miss per space in the newer half of the window, each value told before it was learnt.
   */
  retune(periodMs: number, startMs: number, intervalMs: number, window: readonly number[]): readonly number[] {
    const { cycle } = this;
    cycle.retune(periodMs);
    let [raw, bent, count] = [0, 0, 0];
    for (const [i, z] of window.entries()) {
      if (Number.isNaN(z)) continue;
      const timeMs = startMs + i * intervalMs;
      const told = cycle.at(timeMs);
      if (2 * i >= window.length && !Number.isNaN(told)) {
        raw += Math.abs(rawOfAsinh(z) - rawOfAsinh(told));
        bent += Math.abs(z - told);
        count += 1;
      }
      cycle.observe(timeMs, z);
    }
    return [raw / Math.max(1, count), bent / Math.max(1, count)];
  }

  private get cycle(): Profile {
    return this.profiles[PROFILE_INDEX.cycle] as Profile;
  }

  /** Before the first week is over, its days are taken to be alike. */
  private known(profile: number, timeMs: number): number {
    const z = (this.profiles[profile] as Profile).at(timeMs);
    return Number.isNaN(z) && profile === PROFILE_INDEX.week ? (this.profiles[PROFILE_INDEX.smoothDay] as Profile).at(timeMs) : z;
  }
}

/** What a shape says, told in asinh space, in another one; `otherwise` where it says nothing. */
export function shapeIn(space: number, z: number, otherwise: number): number {
  if (Number.isNaN(z)) return otherwise;
  return space === RAW ? rawOfAsinh(z) : z;
}
