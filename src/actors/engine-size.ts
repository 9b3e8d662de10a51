/** The size of a pool's replicas: what the target says of it, and what an engine has to forget or convert when it changes. */
import type { VerticalInput } from '../planning/inputs.ts';
import { leastOf, takeSize } from '../planning/present-size.ts';
import { withoutOpen } from '../planning/hour-clock.ts';
import { rescalePeer } from '../planning/peer.ts';
import { rescaleLadder } from '../planning/price-ladder.ts';
import { largestShare } from '../planning/resize.ts';
import { rescaleShadows } from '../planning/shadows.ts';
import { rescaleRecommendations } from '../planning/stabilization.ts';
import { rescaleTurns } from '../planning/turns.ts';
import type { TargetState } from '../ports/target.ts';
import type { Feedback } from '../protocol/scaling.ts';
import { plannerOf, type Engine } from './engine.ts';

/** After what the target says, in the unit of replicas that it has from now on. */
export function takeTargetSize(engine: Engine, { size, resizedReplicas = 0, readyReplicas }: TargetState): void {
  const { vertical } = engine.rules.settings.planner;
  if (size === undefined || vertical?.apply !== true) return;
  const before = plannerOf(engine).replicaCapacity;
  engine.size = takeSize(engine.size, size, resizedReplicas >= readyReplicas, vertical.size);
  const share = largestShare(before, plannerOf(engine).replicaCapacity);
  if (share !== 1) convert(engine, share);
}

/** What counts replicas now counts those of another size: `share` of them for one of before. */
function convert(engine: Engine, share: number): void {
  if (engine.shadows !== null) engine.shadows = rescaleShadows(engine.shadows, share);
  if (engine.peer !== undefined) engine.peer = rescalePeer(engine.peer, share);
  if (engine.ladder !== undefined) engine.ladder = rescaleLadder(engine.ladder, share);
  const { turns, peer, target } = engine;
  if (turns !== undefined && peer !== undefined) engine.turns = rescaleTurns(turns, target.requestedReplicas ?? 0, peer.plant.requested);
  if (engine.clock !== undefined) engine.clock = withoutOpen(engine.clock);
  engine.recommendations = rescaleRecommendations(engine.recommendations, share);
  const { typicalReplicas } = engine.price;
  if (typicalReplicas !== null) engine.price = { ...engine.price, typicalReplicas: typicalReplicas * share };
  engine.gaveUp = null;
  engine.undo = null;
}

const TRIED_AGAIN_MS = 900_000;
const TRIED_AGAIN_LIMIT_MS = 86_400_000;

/** A size that the target could not give is not asked for again at once; the count is changed meanwhile as ever. */
export function takeResizeFailure(engine: Engine, { reason }: Feedback, nowMs: number): void {
  const waitMs = Math.min(TRIED_AGAIN_LIMIT_MS, TRIED_AGAIN_MS * 2 ** Math.min(engine.failures - 1, 10));
  engine.resizeBackOff = { untilMs: nowMs + waitMs, reason };
}

/** What a plan of sizes is made from. */
export function verticalInput(engine: Engine, isTrusted: boolean, nowMs: number): VerticalInput {
  const { size, total, sizeWish, rules } = engine;
  const known = { peakMemoryBytes: total?.peakMemoryBytes ?? null, wished: sizeWish ?? null };
  if (rules.settings.planner.vertical?.apply !== true) return known;
  const hindrance = hindranceOf(engine, isTrusted, nowMs);
  return { ...known, ...(size && { present: leastOf(size) }), ...(hindrance && { hindrance }) };
}

function hindranceOf({ size, flight, resizeBackOff }: Engine, isTrusted: boolean, nowMs: number): string | undefined {
  if (size === undefined) return 'the target does not say what size its replicas have';
  if (!isTrusted) return 'the pool is not trusted with it';
  if (flight !== null) return 'an action is under way';
  if (size.underWay) return 'not all replicas have the size that was asked for';
  return resizeBackOff !== undefined && nowMs < resizeBackOff.untilMs ? `the last attempt failed: ${resizeBackOff.reason}` : undefined;
}
