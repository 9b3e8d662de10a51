import type { Arena } from './arena.ts';

/** Forgetting of the fit of what is left of a deviation at the horizon. */
const CARRY_RATE = 0.001;
const CARRY_MAX = 1.2;

/** The present distance of a series from each of its profiles, in one space, and what was left of it at each target, fitted online. */
export class Deviations {
  /** One per profile. */
  readonly now: Float64Array;
  /** Per profile and target: mean product of a deviation and what was left of it, then the mean square of the deviation. */
  readonly fits: Float32Array;
  private readonly targets: number;

  constructor(profiles: number, targets: number, arena: Arena) {
    this.now = arena.float64(profiles);
    this.fits = arena.float32(2 * profiles * targets, [0.9e-3, 1e-3]);
    this.targets = targets;
  }

  /** @param distance of the newest value from the profile. @param rate share of the way that is gone to it. */
  observe(profile: number, distance: number, rate: number): void {
    const before = this.now[profile] as number;
    this.now[profile] = before + rate * (distance - before);
  }

  /** Learns what was left of a deviation at a target. */
  learn(profile: number, target: number, deviation: number, left: number): void {
    const { fits } = this;
    const at = 2 * (profile * this.targets + target);
    fits[at] = (fits[at] as number) + CARRY_RATE * (deviation * left - (fits[at] as number));
    fits[at + 1] = (fits[at + 1] as number) + CARRY_RATE * (deviation * deviation - (fits[at + 1] as number));
  }

  /** Share of a deviation that is left at a target, 0 to 1.2. */
  carry(profile: number, target: number): number {
    const at = 2 * (profile * this.targets + target);
    return Math.max(0, Math.min(CARRY_MAX, (this.fits[at] as number) / ((this.fits[at + 1] as number) + 1e-12)));
  }

  rescale(factor: number): void {
    for (let i = 0; i < this.now.length; i++) this.now[i] = (this.now[i] as number) * factor;
    for (let i = 0; i < this.fits.length; i++) this.fits[i] = (this.fits[i] as number) * factor * factor;
  }
}
