/**
 * What every adapter of the bus must do, whatever carries it: `busContract('redis bus', makeRedisBus)` in a test file runs
 * the whole suite on it.
 */
import { commitContract } from './bus/commits.ts';
import type { MakeBus } from './bus/harness.ts';
import { leaseContract } from './bus/leases.ts';
import { randomContract } from './bus/random.ts';
import { streamContract } from './bus/streams.ts';

export type { BusHarness, BusLimits, MakeBus } from './bus/harness.ts';

/** `randomRuns`: random sequences of operations that are tried, default 100. `make` gives an empty bus each time. */
export function busContract(name: string, make: MakeBus, { randomRuns = 100 }: { readonly randomRuns?: number } = {}): void {
  streamContract(name, make);
  leaseContract(name, make);
  commitContract(name, make);
  randomContract(name, make, randomRuns);
}
