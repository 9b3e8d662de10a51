import { decisionsOf, type SeenDecision } from '../decisions.ts';
import { REPLICA_CAPACITY, REPLICAS, STALE_AFTER_MS, STEP } from '../pools.ts';
import type { InvariantKind, Watch } from './invariant.ts';

/** From the decision to its last try: deadline, watch and rollback of an action. */
const ACTION_MS = 60_000;

export const BOUNDS: InvariantKind = {
  id: 'S5',
  says: 'counts stay within bounds, steps and budget; stale or uncertain input never lowers capacity under what the load needs',
  mirrorsBus: false,
  watch(watch) {
    const decidedAtMs = new Map<string, number>();
    return {
      hear(happening) {
        for (const decision of decisionsOf(happening)) {
          checkDecision(decision, watch);
          if (decision.action !== null) decidedAtMs.set(decision.action, watch.nowMs());
        }
        if (happening.kind !== 'wrote') return;
        const { pool, replicas, generation } = happening.request;
        if (replicas < REPLICAS.min || replicas > REPLICAS.max)
          watch.fail(`${replicas} replicas of ${pool} were written, allowed are ${REPLICAS.min} to ${REPLICAS.max}`);
        const atMs = decidedAtMs.get(`act:${pool}/${generation - (generation % 2)}`);
        if (atMs !== undefined && watch.nowMs() - atMs > ACTION_MS)
          watch.fail(`generation ${generation} of ${pool} took effect ${watch.nowMs() - atMs} ms after it was decided`);
      },
    };
  },
};

function checkDecision({ plan, inputs, action }: SeenDecision, { fail }: Watch): void {
  const { replicas, previousReplicas: from, pool, atMs } = plan;
  if (action === null) return;
  const isDown = replicas < from;
  if (replicas < REPLICAS.min || replicas > REPLICAS.max)
    fail(`${plan.id} wants ${replicas} replicas, allowed are ${REPLICAS.min} to ${REPLICAS.max}`);
  // What is out of bounds is brought back at once, however far.
  const isWithin = from >= REPLICAS.min && from <= REPLICAS.max;
  const begun = inputs.history.changes.reduce(
    (count, change) => (change.atMs > atMs - STEP.periodMs ? count - change.to + change.from : count),
    from,
  );
  if (
    isWithin &&
    inputs.budget === null &&
    (replicas > Math.max(begun, from) + STEP.replicas || replicas < Math.min(begun, from) - STEP.replicas)
  )
    fail(
      `${plan.id} goes to ${replicas} from ${from}, which was ${begun} at the beginning of the period; allowed are steps of ${STEP.replicas}`,
    );
  const { report, budget } = inputs;
  if (budget !== null && replicas > Math.max(budget.maxReplicas, REPLICAS.min))
    fail(`${plan.id} wants ${replicas}, the budget grants ${budget.maxReplicas}`);
  if (budget !== null && replicas > budget.maxReplicas) return;
  const ageMs = report === null ? Number.POSITIVE_INFINITY : atMs - report.originMs - report.intervalMs;
  // A budget that shrinks takes capacity away, whatever is known.
  const isTaken = budget !== null && replicas === budget.maxReplicas;
  if (isDown && isWithin && !isTaken && ageMs > STALE_AFTER_MS)
    fail(`${plan.id} lowers ${pool} from ${from} to ${replicas} on input that is ${ageMs} ms old`);
  const load = report?.resources.find(({ resource }) => resource === 'requests')?.current ?? null;
  if (!isDown || isTaken || load === null) return;
  const needed = Math.min(REPLICAS.max, Math.ceil(load / REPLICA_CAPACITY));
  if (replicas < needed) fail(`${plan.id} lowers ${pool} to ${replicas}, its load needs ${needed}`);
}
