/**
 * The policies that are replayed beside the one that is followed. Their times are multiples of the reach (lead time plus
 * review), so that the same table fits a process that starts in seconds and a machine that takes ten minutes.
 */
export type ShadowRule = ForecastRule | ReactiveRule;

/** The count at the price of the maximum ahead; the largest of the last while is held. */
export interface ForecastRule {
  readonly kind: 'forecast';
  /** Index into FORECAST_KINDS. */
  readonly forecast: number;
  readonly holdReaches: number;
}

/** A way to read the forecast; each is worked out once for all the rules that use it. */
export interface ForecastKind {
  /** 0: the shortest horizon that reaches; 1: the one after it. */
  readonly further: number;
  /** Times the price of a short minute: corrects tails that are told too thin or too thick. */
  readonly priceFactor: number;
}

/** All of them, in the order in which `Sight.forecasts` has its numbers. */
export const FORECAST_KINDS: readonly ForecastKind[] = [
  { further: 0, priceFactor: 1 },
  { further: 0, priceFactor: 3 },
  { further: 1, priceFactor: 1 },
];

/** The largest load of the last while, times a headroom. No forecast at all. */
export interface ReactiveRule {
  readonly kind: 'reactive';
  readonly windowReaches: number;
  readonly headroom: number;
}

const HOLDS_REACHES = [
  [0, 0],
  [0, 2.5],
  [0, 5],
  [1, 0],
  [2, 0],
] as const;
/** The first is one interval, whatever the reach. */
const WINDOWS_REACHES = [0, 1.25, 4, 12] as const;
const HEADROOMS = [1, 1.1, 1.2, 1.35, 1.5, 1.75, 2.2] as const;

/** The first one is followed until there is evidence for another. */
export const SHADOW_RULES: readonly ShadowRule[] = [
  ...HOLDS_REACHES.map(([forecast, holdReaches]): ForecastRule => ({ kind: 'forecast', forecast, holdReaches })),
  ...WINDOWS_REACHES.flatMap((windowReaches) => HEADROOMS.map((headroom): ReactiveRule => ({ kind: 'reactive', windowReaches, headroom }))),
];

/** How far back the longest of them looks. */
export const LONGEST_REACHES = Math.max(...WINDOWS_REACHES);

/** Over how long a rule takes the largest of what it reads. `holdMs`: no rule that holds does so for less. */
export function windowOf(rule: ShadowRule, reachMs: number, holdMs: number): number {
  return rule.kind === 'forecast' ? Math.max(holdMs, rule.holdReaches * reachMs) : rule.windowReaches * reachMs;
}
