import { rollbackGeneration } from '../../src/actors/action-verdict.ts';
import { commandsOf, decisionsOf, feedbackOf, writesOf } from './decisions.ts';
import type { Happening } from './happening.ts';

/** What each target should be at: what was decided last, or where the latest action went back to since. */
export class Wanted {
  /** Replicas by pool. */
  readonly replicas = new Map<string, number>();
  /** Where the latest action goes back to, by pool, from the commit of that write until the action has said that it is done. */
  readonly goingBack = new Map<string, number>();
  /** Generation of the latest command by pool. */
  readonly #commanded = new Map<string, number>();
  /** Replicas by pool and generation of the write. */
  readonly #written = new Map<string, number>();

  hear(happening: Happening): void {
    for (const { plan } of decisionsOf(happening)) this.replicas.set(plan.pool, plan.replicas);
    for (const { pool, generation } of commandsOf(happening)) {
      this.#commanded.set(pool, generation);
      this.goingBack.delete(pool);
    }
    for (const { pool, generation, replicas } of writesOf(happening)) {
      this.#written.set(`${pool}/${generation}`, replicas);
      if (generation === this.#rollback(pool)) this.goingBack.set(pool, replicas);
    }
    for (const feedback of feedbackOf(happening)) {
      const { pool, generation, outcome } = feedback;
      if (generation === this.#commanded.get(pool)) this.goingBack.delete(pool);
      // Capacity that did not come by the deadline is given back; until the engine plans again, that is what holds.
      if (outcome !== 'rolled-back' || generation !== this.#commanded.get(pool)) continue;
      const back = this.#written.get(`${pool}/${rollbackGeneration(feedback)}`);
      if (back !== undefined) this.replicas.set(pool, back);
    }
  }

  /** The generation that the latest action of a pool would go back with. */
  #rollback(pool: string): number | undefined {
    const generation = this.#commanded.get(pool);
    return generation === undefined ? undefined : rollbackGeneration({ generation });
  }
}
