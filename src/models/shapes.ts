import type { Arena } from './arena.ts';
import { PROFILE_INDEX, type Layout } from './layout.ts';
import { Profile } from './profile.ts';
import { RAW, rawOfAsinh } from './space.ts';

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
    const z = this.known(profile, timeMs);
    if (Number.isNaN(z)) return otherwise;
    return space === RAW ? rawOfAsinh(z) : z;
  }

  /** Takes a value in asinh space. */
  observe(timeMs: number, z: number): void {
    for (const profile of this.profiles) profile.observe(timeMs, z);
  }

  map(change: (z: number) => number): void {
    for (const profile of this.profiles) profile.map(change);
  }

  /** Before the first week is over, its days are taken to be alike. */
  private known(profile: number, timeMs: number): number {
    const z = (this.profiles[profile] as Profile).at(timeMs);
    return Number.isNaN(z) && profile === PROFILE_INDEX.week ? (this.profiles[PROFILE_INDEX.smoothDay] as Profile).at(timeMs) : z;
  }
}
