/**
 * Guards that a simulation can switch off, to see whether it would notice. Each is taken away outside the production code,
 * in the simulated server and target, except the local guard, which stands inside a node; no configuration reaches any.
 */
export const PLANTED_BUGS = [
  /** The bus takes commits of epochs that are over. */
  'no-fence',
  /** The bus takes commits that begin elsewhere than at the cursor. */
  'no-cursor-check',
  /** Actors do not drop repeats. */
  'no-dedupe',
  /** The target takes writes whose generation is not above the last. */
  'no-generation',
  /** A new owner knows nothing of the timers that were set before. */
  'timers-lost',
  /** A new owner knows nothing of the effects that were asked for before. */
  'effects-lost',
  /** A node goes on with a shard whose lease may have run out. */
  'no-local-guard',
] as const;

export type PlantedBug = (typeof PLANTED_BUGS)[number];

export function isPlantedBug(name: string): name is PlantedBug {
  return (PLANTED_BUGS as readonly string[]).includes(name);
}
