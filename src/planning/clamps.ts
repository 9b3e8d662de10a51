import type { Clamp } from '../protocol/plan.ts';
import type { OverrideInput, PlanInputs } from './inputs.ts';
import { acts } from './autonomy.ts';
import { isInDoubt, type Outlook } from './outlook.ts';
import { boundsAt } from './bounds.ts';
import { BURST_THRESHOLD } from './burst-threshold.ts';
import { burstNeed } from './burst.ts';
import { forecastPrice } from './followed.ts';
import { DEAD_BAND, savesTooLittle, savingMin } from './dead-band.ts';
import { countOut } from './formula.ts';
import { limitDown, limitUp } from './rates.ts';
import type { PlannerSettings } from './settings.ts';
import type { Resizing } from './resize.ts';
import { signalsOf } from './signals.ts';
import { recommendationRange } from './stabilization.ts';
import { upstreamNeed } from './upstream.ts';
import { clockText, durationText, loadText, percentText, replicasText, sizeText } from './words.ts';
import { shortageRisk } from './priced.ts';
import { sleepOf } from './zero.ts';

/** A count on its way through the clamps. */
export interface Draft {
  replicas: number;
  readonly clamps: Clamp[];
}

/** Everything that a clamp reads. `requested` is the target's count, known and believed. */
export interface Situation {
  readonly inputs: PlanInputs;
  readonly settings: PlannerSettings;
  readonly outlook: Outlook;
  readonly requested: number;
  /** A change of size that is under way or about to be; undefined when none is. */
  readonly resizing?: Resizing | undefined;
}

function move(draft: Draft, name: string, to: number, because: string): void {
  if (to === draft.replicas) return;
  draft.clamps.push({ name, from: draft.replicas, to, because });
  draft.replicas = to;
}

/** A rule that stands above the number is said even where the number is the same without it. */
function hold(draft: Draft, name: string, to: number, because: string): void {
  draft.clamps.push({ name, from: draft.replicas, to, because });
  draft.replicas = to;
}

type ClampRule = (draft: Draft, situation: Situation) => void;

/** Before the recommendation is written down for stabilisation: what the load calls for. */
export const NEED_CLAMPS: readonly ClampRule[] = [
  lowConfidence,
  reactiveFloor,
  noHarm,
  announcedEvent,
  calledSoon,
  missingInput,
  lazyDown,
  takenBack,
  burst,
  ownRules,
  moreBeforeSmaller,
  zero,
];
/** After it: how fast, and within what. The later stand above the earlier. */
export const ACTION_CLAMPS: readonly ClampRule[] = [
  tolerate,
  restNearLeast,
  restInDoubt,
  stabilize,
  limitRate,
  guardedStep,
  backOff,
  staleInput,
  ownBounds,
  targetBounds,
  budgetGrant,
  override,
  pause,
  autonomy,
];

/** For whoever asks what the pool would have: what holds back this pool's own actions does not hold back theirs. */
export const ADVICE_CLAMPS: readonly ClampRule[] = [
  tolerate,
  stabilize,
  limitRate,
  reactiveInDoubt,
  ownBounds,
  targetBounds,
  budgetGrant,
  override,
];
export const BOUND_CLAMPS: readonly ClampRule[] = [ownBounds, targetBounds, budgetGrant];

/** Users' own rules, in the order in which they stand. What the load of this moment needs is above them all. */
function ownRules(draft: Draft, situation: Situation): void {
  const { inputs, settings, outlook, requested } = situation;
  const { formulas = [], maxReplicas } = settings;
  if (formulas.length === 0) return;
  const signals = signalsOf(inputs, settings, outlook);
  for (const formula of formulas) {
    const result = countOut(formula, signals, maxReplicas);
    const named = `your rule ${formula.name} (${formula.text})`;
    if (result.kind === 'unknown') hold(draft, 'formula', draft.replicas, `${named} has no opinion: ${result.signal} is not known`);
    else if (result.kind === 'broken')
      hold(draft, 'formula', Math.max(draft.replicas, requested), `${named} cannot be used, so nothing is given up: ${result.because}`);
    else {
      const { replicas } = result;
      const to = { instead: replicas, atLeast: Math.max(draft.replicas, replicas), atMost: Math.min(draft.replicas, replicas) }[
        formula.mode
      ];
      move(draft, 'formula', to, `${named} asks for ${{ instead: '', atLeast: 'at least ', atMost: 'at most ' }[formula.mode]}${replicas}`);
    }
  }
  reactiveFloor(draft, situation);
}

function lowConfidence(draft: Draft, { outlook, inputs, settings }: Situation): void {
  const { report } = inputs;
  if (report === null || outlook.upTo === undefined || outlook.recent === undefined) return;
  const { confidence, problem } = report;
  if (!isInDoubt(report, settings)) return;
  // What the rules did lately is better evidence than what the forecaster says of itself.
  if (outlook.followed !== undefined) return;
  const doubt = problem ?? `confidence ${percentText(confidence)} is under ${percentText(settings.confidenceMin)}`;
  const because = `${doubt}, so the forecast may only raise what the load of the last ${durationText(settings.reactiveWindowMs)} needs`;
  move(draft, 'low-confidence', Math.max(draft.replicas, outlook.recent.replicas), because);
}

/** Who asks has a reactive rule of his own, and is not to do worse than with it: evidence of followed rules does not count here. */
function reactiveInDoubt(draft: Draft, { outlook, inputs, settings }: Situation): void {
  const { report } = inputs;
  if (report === null || outlook.recent === undefined) return;
  if (!isInDoubt(report, settings)) return;
  move(draft, 'low-confidence', Math.max(draft.replicas, outlook.recent.replicas), 'a forecast in doubt may only raise');
}

/** A forecast that is trusted may look through a past peak, but not through the load of this moment. */
function reactiveFloor(draft: Draft, { outlook }: Situation): void {
  const { now } = outlook;
  if (now === undefined || now.replicas <= draft.replicas) return;
  move(draft, 'reactive-floor', now.replicas, `the load now is ${loadText(now.bottleneck, now.load)}`);
}

/** Never short where the autoscaler that people have would not have been. */
function noHarm(draft: Draft, { inputs }: Situation): void {
  const { peer } = inputs;
  if (!peer || peer.replicas <= draft.replicas) return;
  const because = inputs.followed
    ? 'more of the time was short here than the objective allows beyond it'
    : 'no rule has proven itself yet, so one more surprise might be more than the objective allows beyond it';
  move(draft, 'no-harm', peer.replicas, `an HPA with its defaults would have asked for ${peer.replicas}, and ${because}`);
}

/** What people know needs no skill of the forecast, and no rule that looks back can know it. */
function announcedEvent(draft: Draft, { outlook, settings }: Situation): void {
  const { announced } = outlook;
  if (announced === undefined || announced.replicas <= draft.replicas) return;
  const load = loadText(announced.bottleneck, announced.load);
  const because = `a known event is about to turn the largest load of the last ${durationText(settings.reactiveWindowMs)} into ${load}`;
  move(draft, 'announced-event', announced.replicas, because);
}

/** What callers forecast is on its way here, before it is any load of ours. */
function calledSoon(draft: Draft, { inputs, settings, outlook }: Situation): void {
  const { upstream, report, atMs } = inputs;
  if (!upstream || atMs - upstream.originMs > settings.staleAfterMs + 2 * settings.reviewMs) return;
  const need = upstreamNeed(upstream, report, outlook.level, outlook.upToMs, settings);
  if (need === undefined || need.replicas <= draft.replicas) return;
  const because = `${upstream.pools.join(' and ')} may ask for ${loadText(need.bottleneck, need.load)} within ${durationText(need.horizonMs)}`;
  move(draft, 'upstream', need.replicas, because);
}

function missingInput(draft: Draft, { outlook, requested, inputs }: Situation): void {
  if (outlook.now !== undefined || draft.replicas >= requested) return;
  const because = inputs.report === null ? 'nothing has been reported yet' : 'the last interval was not measured';
  move(draft, 'missing-input', requested, `${because}, and nothing is given up blindly`);
}

function lazyDown(draft: Draft, { outlook, requested }: Situation): void {
  const { downTo } = outlook;
  if (downTo === undefined || draft.replicas >= requested || downTo.replicas <= draft.replicas) return;
  const because = `${downTo.bottleneck} may need ${downTo.replicas} within ${durationText(downTo.horizonMs)}, sooner than giving replicas up and starting them again pays`;
  move(draft, 'lazy-scale-down', Math.min(requested, downTo.replicas), because);
}

/** A scale-down that made things worse is taken back at once, and stays back for a while. */
function takenBack(draft: Draft, { inputs }: Situation): void {
  const { undo, atMs } = inputs;
  if (!undo || atMs >= undo.untilMs) return;
  move(draft, 'taken-back', Math.max(draft.replicas, undo.replicas), `${undo.reason}; until ${clockText(undo.untilMs)} it stays back`);
}

/** Replicas that are to become smaller are more first. */
function moreBeforeSmaller(draft: Draft, { resizing }: Situation): void {
  if (resizing === undefined || resizing.replicas <= draft.replicas) return;
  move(draft, 'resize', resizing.replicas, `so many are needed before each has ${sizeText(resizing.size)}, which is cheaper`);
}

/** A jump that nobody could foresee is answered before its interval ends; what it has started is kept while it lasts. */
function burst(draft: Draft, { inputs, settings, requested }: Situation): void {
  const need = inputs.burst ? burstNeed(inputs.burst, inputs.report, settings) : undefined;
  if (!inputs.burst || need === undefined || need.replicas <= draft.replicas) return;
  const { requestsPerSecond, usualPerSecond, windowMs } = inputs.burst;
  const { burstThreshold = BURST_THRESHOLD } = settings;
  const jumps = need.replicas >= burstThreshold * Math.max(1, inputs.target.readyReplicas ?? 0);
  const to = jumps ? need.replicas : Math.max(draft.replicas, Math.min(need.replicas, requested));
  const before = usualPerSecond > 0 ? ` after ${loadText('requests', usualPerSecond)}` : '';
  move(draft, 'burst', to, `${loadText('requests', requestsPerSecond)} came within ${durationText(windowMs)}${before}`);
}

/** From nothing and to nothing, where the minimum allows it. */
function zero(draft: Draft, { inputs, settings, outlook, requested }: Situation): void {
  const { report } = inputs;
  if (report === null || draft.replicas > 1) return;
  if (boundsAt(settings, inputs.atMs, outlook.upToMs).least.replicas > 0) return;
  const sleep = sleepOf(report, outlook);
  if (sleep === 'sleep') {
    const window = durationText(settings.reactiveWindowMs);
    move(draft, 'idle', 0, `nothing came for ${window}, and nothing is expected until a replica could be ready`);
  } else if (sleep === 'wake' && requested === 0 && outlook.now?.replicas === 0) {
    hold(draft, 'pre-wake', 1, `a request is expected within ${durationText(outlook.upToMs)}, so the first replica is started before it`);
  } else if (sleep === 'stay' && requested > 0) {
    move(draft, 'not-idle-yet', 1, `the last replica stays until nothing came for ${durationText(settings.reactiveWindowMs)}`);
  }
}

/** The HPA's tolerance, except that what the load of this moment needs is never withheld. */
function tolerate(draft: Draft, { settings, requested, outlook }: Situation): void {
  if (draft.replicas === requested || requested === 0) return;
  const up = draft.replicas > requested;
  const { tolerance = 0 } = up ? settings.scaleUp : settings.scaleDown;
  if (Math.abs(draft.replicas - requested) > tolerance * requested) return;
  const to = up ? Math.max(requested, Math.min(draft.replicas, outlook.now?.replicas ?? requested)) : requested;
  move(draft, 'tolerance', to, `a change of at most ${percentText(tolerance)} is left alone`);
}

/** A change that would save next to nothing is not worth a turn. */
function restNearLeast(draft: Draft, { inputs, settings, outlook, requested }: Situation): void {
  const { report, followed } = inputs;
  const { now, followed: need } = outlook;
  if (report === null || !followed?.forecast || need === undefined || now === undefined) return;
  // What anybody else asks for, and the load of this moment, is not weighed.
  if (now.replicas > requested || draft.clamps.some(({ name }) => name !== 'lazy-scale-down')) return;
  const riskOf = shortageRisk(report, need.horizonMs, settings.replicaCapacity);
  const { deadBand: band = DEAD_BAND } = followed;
  if (riskOf === undefined || !savesTooLittle({ riskOf, price: forecastPrice(followed), band }, requested, draft.replicas)) return;
  const share = savingMin(band, requested, draft.replicas);
  const least = savingMin(DEAD_BAND, requested, draft.replicas);
  const wide =
    settings.deadBand === undefined && share > least
      ? ` (${percentText(least)} while the pool turns at most half as often as an HPA would)`
      : '';
  const because = `${replicasText(draft.replicas)} would save less than ${percentText(share)}, shortages included${wide}`;
  move(draft, 'dead-band', requested, because);
}

/** Eleven are within 11.000000000000002. */
const ROUNDING = 1e-9;

/** In doubt, half of the headroom may be used, and as much more be there, before the count follows: it would turn with every breath of the load. */
function restInDoubt(draft: Draft, { inputs, settings, requested, outlook }: Situation): void {
  const { recent, followed } = outlook;
  const { report } = inputs;
  if (report === null || recent === undefined || followed !== undefined || !isInDoubt(report, settings)) return;
  if (draft.replicas === requested || draft.replicas !== recent.replicas) return;
  const { reactiveHeadroom } = settings;
  const half = (reactiveHeadroom + 1) / 2;
  const need = recent.load / recent.perReplica;
  if (requested * reactiveHeadroom < need * half * (1 - ROUNDING) || requested > need * half * (1 + ROUNDING)) return;
  move(draft, 'dead-band', requested, `${replicasText(requested)} are within half of the headroom of ${percentText(reactiveHeadroom - 1)}`);
}

function stabilize(draft: Draft, { inputs, settings, requested, outlook }: Situation): void {
  const { recommendations, sinceMs } = inputs.history;
  if (draft.replicas < requested) {
    // A followed rule holds for as long as has proven cheapest; what single regrets have taught would count them twice.
    const speed = outlook.followed === undefined ? inputs.learned.downSpeed : 1;
    const windowMs = settings.scaleDown.stabilizationWindowMs / speed;
    const seen = recommendationRange(recommendations, inputs.atMs, windowMs, draft.replicas);
    const largest = sinceMs > inputs.atMs - windowMs ? requested : seen.largest;
    move(draft, 'stabilization', Math.min(requested, largest), `more was recommended within the last ${durationText(windowMs)}`);
  } else if (draft.replicas > requested) {
    const windowMs = settings.scaleUp.stabilizationWindowMs;
    if (windowMs === 0) return;
    const seen = recommendationRange(recommendations, inputs.atMs, windowMs, draft.replicas);
    move(draft, 'stabilization', Math.max(requested, seen.least), `less was recommended within the last ${durationText(windowMs)}`);
  }
}

function limitRate(draft: Draft, { inputs, settings, requested }: Situation): void {
  const { changes } = inputs.history;
  if (draft.replicas > requested) {
    const limit = limitUp(requested, changes, settings.scaleUp, inputs.atMs);
    move(draft, 'scale-up-policies', Math.min(draft.replicas, limit), `the scale-up policies allow ${limit} now`);
  } else if (draft.replicas < requested) {
    const limit = limitDown(requested, changes, settings.scaleDown, inputs.atMs);
    move(draft, 'scale-down-policies', Math.max(draft.replicas, limit), `the scale-down policies allow ${limit} now`);
  }
}

/** Small steps; down, each is watched to its end before the next. Up, waiting would leave the pool short. */
function guardedStep(draft: Draft, { inputs, requested }: Situation): void {
  const { autonomy } = inputs;
  if (autonomy?.level !== 'guarded') return;
  const most = Math.max(1, Math.floor(autonomy.stepShare * requested));
  // Taking back is no step of its own: there it was before.
  if (inputs.undo && inputs.atMs < inputs.undo.untilMs && draft.replicas <= inputs.undo.replicas) return;
  if (autonomy.isWatching === true && draft.replicas < requested)
    return move(draft, 'guarded-step', requested, 'a guarded pool gives up no more while its last change is watched');
  const to = Math.min(requested + most, Math.max(requested - most, draft.replicas));
  move(draft, 'guarded-step', to, `a guarded pool changes by at most ${most} of ${requested} at a time`);
}

function backOff(draft: Draft, { inputs, requested }: Situation): void {
  const { backOff: failed, atMs } = inputs;
  if (failed === null || atMs >= failed.untilMs || draft.replicas === requested) return;
  if (draft.replicas > requested !== (failed.direction === 'up')) return;
  move(draft, 'back-off', requested, `the last attempt failed (${failed.reason}); tried again from ${clockText(failed.untilMs)}`);
}

function staleInput(draft: Draft, { outlook, requested, settings }: Situation): void {
  if (!outlook.stale) return;
  const because = `the last report is ${durationText(outlook.ageMs ?? 0)} old, allowed are ${durationText(settings.staleAfterMs)}`;
  hold(draft, 'stale-input', requested, because);
}

function ownBounds(draft: Draft, { inputs, settings, outlook }: Situation): void {
  const { least, most } = boundsAt(settings, inputs.atMs, outlook.upToMs);
  const named = ({ window }: { readonly window: string | null }): string => (window === null ? '' : ` (${window})`);
  move(draft, 'min-replicas', Math.max(draft.replicas, least.replicas), `never fewer than ${least.replicas}${named(least)}`);
  move(draft, 'max-replicas', Math.min(draft.replicas, most.replicas), `never more than ${most.replicas}${named(most)}`);
}

function targetBounds(draft: Draft, { inputs }: Situation): void {
  const { minReplicas, maxReplicas } = inputs.target;
  if (minReplicas !== null)
    move(draft, 'target-min', Math.max(draft.replicas, minReplicas), `the target takes no fewer than ${minReplicas}`);
  if (maxReplicas !== null)
    move(draft, 'target-max', Math.min(draft.replicas, maxReplicas), `the target takes no more than ${maxReplicas}`);
}

function budgetGrant(draft: Draft, { inputs }: Situation): void {
  if (inputs.budget === null) return;
  const { maxReplicas, reason } = inputs.budget;
  move(draft, 'budget', Math.min(draft.replicas, maxReplicas), `the budget grants ${maxReplicas}: ${reason}`);
}

/** undefined: nobody set a count, or his time is over. */
export function overrideOf({ override, atMs }: PlanInputs): OverrideInput | undefined {
  return override === null || (override.expiresAtMs !== null && atMs >= override.expiresAtMs) ? undefined : override;
}

/** A person's count stands above every rule, but not above the bounds and the budget. */
function override(draft: Draft, situation: Situation): void {
  const override = overrideOf(situation.inputs);
  if (override === undefined) return;
  const until = override.expiresAtMs === null ? '' : ` until ${clockText(override.expiresAtMs)}`;
  const bounded: Draft = { replicas: override.replicas, clamps: [] };
  ownBounds(bounded, situation);
  targetBounds(bounded, situation);
  budgetGrant(bounded, situation);
  const limit = bounded.clamps.at(-1)?.because;
  const but = limit === undefined ? '' : `, but ${limit}`;
  hold(draft, 'override', bounded.replicas, `${override.by} set ${override.replicas}${until}: ${override.reason}${but}`);
}

function pause(draft: Draft, { inputs, requested }: Situation): void {
  if (inputs.pause === null) return;
  hold(draft, 'pause', requested, `paused by ${inputs.pause.by}: ${inputs.pause.reason}`);
}

/** Below guarded nothing is done, whoever asks: what would have been is in the reason. */
function autonomy(draft: Draft, { inputs, requested }: Situation): void {
  const level = inputs.autonomy?.level ?? 'full';
  if (acts(level)) return;
  const wish = draft.replicas === requested ? 'would change nothing' : `would go from ${requested} to ${draft.replicas}`;
  const because = draft.clamps.at(-1)?.because;
  hold(
    draft,
    level,
    requested,
    `${level === 'shadow' ? 'in shadow' : 'advisory'}, so nothing is done; it ${wish}${because === undefined ? '' : `: ${because}`}`,
  );
}
