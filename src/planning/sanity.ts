import { AUTONOMY_LEVELS } from './autonomy.ts';
import type { PlanInputs, TargetInput } from './inputs.ts';
import { LEARNED_BOUNDS } from './pace.ts';
import { isCount, settingsProblems, type PlannerSettings } from './settings.ts';

/** After scaling down, replicas that drain may still serve for this long, or twice the lead time's p95 if that is more. */
const DRAIN_GRACE_MS = 600_000;

/**
 * Why nothing may be done at all, as a sentence: settings that contradict themselves, a target that cannot be read or
 * whose answer cannot be true, inputs that are not numbers. undefined when a plan can be made.
 */
export function unusable(inputs: PlanInputs, settings: PlannerSettings): string | undefined {
  const [problem] = problemsOf(settings);
  if (problem !== undefined) return `the settings contradict themselves: ${problem}`;
  return targetProblem(inputs) ?? inputsProblem(inputs);
}

const checked = new WeakMap<PlannerSettings, readonly string[]>();

/** Settings do not change; checking them once is enough. */
function problemsOf(settings: PlannerSettings): readonly string[] {
  const known = checked.get(settings);
  if (known !== undefined) return known;
  const problems = settingsProblems(settings);
  checked.set(settings, problems);
  return problems;
}

function targetProblem({ target, ...inputs }: PlanInputs): string | undefined {
  if (target.problem !== null) return `the target cannot be read: ${target.problem}`;
  const { requestedReplicas: requested, readyReplicas: ready, minReplicas, maxReplicas } = target;
  if (requested === null || ready === null) return 'the target has not been read yet';
  if (!isCount(requested)) return `the target says that ${requested} replicas are requested, which cannot be`;
  if (!isCount(ready)) return `the target says that ${ready} replicas are ready, which cannot be`;
  const bounds = boundsProblem(target);
  if (bounds !== undefined) return bounds;
  if (minReplicas !== null && maxReplicas !== null && minReplicas > maxReplicas) {
    return `the target says that its least (${minReplicas}) is above its most (${maxReplicas})`;
  }
  if (ready > requested && ready > drainable(inputs, requested)) {
    return `the target says that ${ready} replicas are ready of ${requested} requested, and no recent scale-down explains it`;
  }
  return undefined;
}

function boundsProblem({ minReplicas, maxReplicas }: TargetInput): string | undefined {
  for (const bound of [minReplicas, maxReplicas]) {
    if (bound !== null && !isCount(bound)) return `the target says that ${bound} is a bound of its replicas, which cannot be`;
  }
  return undefined;
}

/** The most that was requested within the time a drain may take. */
function drainable(inputs: Pick<PlanInputs, 'history' | 'leadTime' | 'atMs'>, requested: number): number {
  const since = inputs.atMs - Math.max(DRAIN_GRACE_MS, 2 * inputs.leadTime.p95Ms);
  let most = requested;
  for (const change of inputs.history.changes) if (change.atMs >= since) most = Math.max(most, change.from, change.to);
  return most;
}

function inputsProblem({
  atMs,
  leadTime,
  learned,
  followed,
  peer,
  burst,
  undo,
  autonomy,
  override,
  budget,
}: PlanInputs): string | undefined {
  if (!Number.isFinite(atMs)) return 'the time of the plan is not a number';
  if (!(leadTime.p50Ms >= 0 && leadTime.p95Ms >= 0 && Number.isFinite(leadTime.p50Ms + leadTime.p95Ms))) {
    return 'the lead time is not a number';
  }
  const [shiftMin, shiftMax] = LEARNED_BOUNDS.levelShift;
  const [speedMin, speedMax] = LEARNED_BOUNDS.downSpeed;
  if (!(learned.levelShift >= shiftMin && learned.levelShift <= shiftMax)) return `a level shift of ${learned.levelShift} is out of bounds`;
  if (!(learned.downSpeed >= speedMin && learned.downSpeed <= speedMax)) return `a down speed of ${learned.downSpeed} is out of bounds`;
  if (followed && !(isAmount(followed.price) && isAmount(followed.held) && isAmount(followed.windowMs) && isAmount(followed.clock ?? 1)))
    return 'the followed rule has no figures';
  if (followed?.deadBand && !(isAmount(followed.deadBand.up) && isAmount(followed.deadBand.down))) return 'the dead band has no figures';
  if (burst && !(isAmount(burst.requestsPerSecond) && isAmount(burst.usualPerSecond))) return 'the jump of the load has no figures';
  if (undo && !isCount(undo.replicas)) return `taking back to ${undo.replicas} replicas cannot be`;
  if (autonomy && !(AUTONOMY_LEVELS.includes(autonomy.level) && autonomy.stepShare > 0 && autonomy.stepShare <= 1))
    return `an autonomy of ${autonomy.level} in steps of ${autonomy.stepShare} cannot be`;
  if (peer && !isCount(peer.replicas)) return `a floor of ${peer.replicas} replicas cannot be`;
  if (override !== null && !isCount(override.replicas)) return `an override to ${override.replicas} replicas cannot be`;
  if (budget !== null && !isCount(budget.maxReplicas)) return `a budget of ${budget.maxReplicas} replicas cannot be`;
  return undefined;
}

function isAmount(value: number): boolean {
  return Number.isFinite(value) && value >= 0;
}
