import { replicasFor, type HorizonNeed, type Need } from './capacity.ts';
import type { FollowedInput, ReportInput } from './inputs.ts';
import { pricedNeed } from './priced.ts';
import type { PlannerSettings } from './settings.ts';

interface Reach {
  /** Needs by horizon, ascending; empty when the forecast cannot be used. */
  readonly ahead: readonly HorizonNeed[];
  readonly now: Need | undefined;
  readonly upToMs: number;
  readonly downToMs: number;
}

export interface FollowedNeeds {
  readonly upTo: HorizonNeed;
  /** What is wanted back soon; undefined for a rule that does not look ahead. */
  readonly downTo: HorizonNeed | undefined;
  /** `upTo` before the largest of the rule's own window is held; undefined for a rule that does not look ahead. */
  readonly fresh: number | undefined;
}

/** The price that the followed forecast is read at: a chance that is told too small by a factor is worth as many times the price. */
export function forecastPrice({ price, forecast, clock = 1 }: FollowedInput): number {
  return price * (forecast?.priceFactor ?? 1) * clock;
}

/** What the followed rule calls for on this report; undefined when it has no opinion. */
export function followedNeeds(
  followed: FollowedInput | null,
  report: ReportInput,
  { ahead, now, upToMs, downToMs }: Reach,
  settings: PlannerSettings,
): FollowedNeeds | undefined {
  if (followed === null) return undefined;
  const { rule, forecast, held } = followed;
  if (rule.kind === 'reactive') {
    if (now === undefined) return undefined;
    const exact = Math.max(held, now.load / now.perReplica);
    return { upTo: { ...now, replicas: replicasFor(exact * rule.headroom, 1), horizonMs: upToMs }, downTo: undefined, fresh: undefined };
  }
  if (forecast === null) return undefined;
  // Unmeasured, a forecast widens with every interval, and nothing is given up meanwhile: its tail would be bought for good.
  const pricing = { price: now === undefined ? 0 : forecastPrice(followed), maxReplicas: settings.maxReplicas };
  const needBy = (untilMs: number): HorizonNeed | undefined => {
    const horizonMs = horizonFor(ahead, untilMs, forecast.further);
    const need = horizonMs === undefined ? undefined : pricedNeed(report, horizonMs, settings.replicaCapacity, pricing);
    return need && { ...need, horizonMs: horizonMs ?? untilMs };
  };
  const need = needBy(upToMs);
  const downTo = needBetween(ahead, downToMs, needBy);
  return need && { upTo: { ...need, replicas: Math.max(need.replicas, held) }, downTo, fresh: need.replicas };
}

/** A time a little past one horizon is not taken for the next: the count lies on the line between theirs. */
function needBetween(
  horizons: readonly HorizonNeed[],
  untilMs: number,
  needBy: (untilMs: number) => HorizonNeed | undefined,
): HorizonNeed | undefined {
  const at = horizons.findIndex(({ horizonMs }) => horizonMs >= untilMs);
  const [before, after] = [horizons[at - 1]?.horizonMs, horizons[at]?.horizonMs];
  const later = needBy(untilMs);
  if (before === undefined || after === undefined || later === undefined || after === untilMs) return later;
  const sooner = needBy(before);
  if (sooner === undefined) return later;
  const share = (untilMs - before) / (after - before);
  return { ...later, horizonMs: untilMs, replicas: replicasFor(sooner.replicas + share * (later.replicas - sooner.replicas), 1) };
}

/** The shortest horizon that reaches, or so many further on; the longest where there are no more. */
export function horizonFor(horizons: readonly { readonly horizonMs: number }[], untilMs: number, further: number): number | undefined {
  const first = horizons.findIndex(({ horizonMs }) => horizonMs >= untilMs);
  return (horizons[first < 0 ? horizons.length - 1 : first + further] ?? horizons.at(-1))?.horizonMs;
}
