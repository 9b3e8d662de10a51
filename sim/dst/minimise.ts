import type { FamilyName } from './families/index.ts';
import { runSeed, type SeedResult } from './run-seed.ts';

/**
 * Drops fault families one by one, as long as the run still breaks the same invariant. Each family draws from a stream of
 * its own, so that without one the others strike as before. Resolves with the smallest run that was found.
 */
export async function minimise(failed: SeedResult, onTry: (left: number) => void = () => {}): Promise<SeedResult> {
  let smallest = failed;
  const { seed, planted, families } = failed.draw;
  for (const family of families.toReversed()) {
    const kept: readonly FamilyName[] = smallest.draw.families.filter((name) => name !== family);
    onTry(kept.length);
    const result = await runSeed({ seed, planted, families: kept });
    if (result.violation?.id === failed.violation?.id) smallest = result;
  }
  return smallest;
}
