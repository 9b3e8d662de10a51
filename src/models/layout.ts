import { QUANTILE_LEVELS, type ForecastKind, type ForecasterSettings } from './forecast.ts';
import type { ProfileShape } from './profile.ts';
import { MEDIAN } from './quantile-tracker.ts';
import { ASINH, RAW } from './space.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Pending origins per horizon. Where a horizon has more intervals, only every so many are learnt from: neighbours tell the same. */
const ORIGINS_MAX = 16;

/** Targets of largest values overlap so many times as much as those of values. */
const MAX_OVERLAP = 2.5;

const RAW_DAY: ProfileShape = { periodMs: DAY_MS, slotMs: MINUTE_MS, isSmooth: false, rate: 0.2, deviationHalfLifeMs: 10 * MINUTE_MS };
const SMOOTH_DAY: ProfileShape = { ...RAW_DAY, slotMs: 10 * MINUTE_MS, isSmooth: true, rate: 0.3 };
const WEEK: ProfileShape = { ...SMOOTH_DAY, periodMs: 7 * DAY_MS, slotMs: 20 * MINUTE_MS, rate: 0.5 };
/** Until a cycle is found in the data, and where none is: jobs run by the hour more than by anything else. */
const CYCLE: ProfileShape = { ...RAW_DAY, periodMs: HOUR_MS, slotMs: 0, rate: 0.2, deviationHalfLifeMs: 5 * MINUTE_MS, room: 240 };

export interface NamedProfile {
  readonly name: string;
  readonly shape: ProfileShape;
}

/** A way to turn the errors of the experts of one space into quantiles. */
export interface MakerShape {
  readonly space: number;
  /** Errors are counted in their present typical size. */
  readonly isScaled: boolean;
  /** Errors are told apart by the level of the series at the origin. */
  readonly isBinned: boolean;
}

/** One horizon and kind. */
export interface HeadShape {
  /** Position among the horizons. */
  readonly horizon: number;
  readonly steps: number;
  readonly kind: ForecastKind;
  /**
   * How many targets in a row tell about the same: those of the origins within a horizon, and of largest values, which most of them share,
   * more. What is learnt from each is the less.
   */
  readonly overlap: number;
  /** Position among the answers of a model from outside, which has both kinds of every horizon. */
  readonly answer: number;
  /** Where its waiting origins lie among those of all heads, and how many they are. */
  readonly firstSlot: number;
  readonly slots: number;
}

/** Which experts a profile of settings has, and the sizes that follow from the settings. */
export interface Layout {
  readonly intervalMs: number;
  /** Horizons in intervals. */
  readonly steps: readonly number[];
  /** What is learnt and answered: horizon-major, `point` before `max`. */
  readonly heads: readonly HeadShape[];
  /** Which head gives each answer. One interval ahead, the value and the largest value are the same, and one head serves both. */
  readonly answers: readonly { readonly head: number; readonly kind: ForecastKind }[];
  readonly targets: number;
  /** Every how many ticks an origin is kept to learn from. */
  readonly stride: number;
  readonly halfLives: readonly number[];
  /** Share of the way to a new value that each smoothed level goes, and the distance from each profile. */
  readonly smoothingRates: readonly number[];
  readonly deviationRates: readonly number[];
  readonly profiles: readonly NamedProfile[];
  /** Names of the experts, in the order of their points. Those of models from outside come last. */
  readonly experts: readonly string[];
  /** Names of the models from outside. */
  readonly models: readonly string[];
  /** Quantile makers per expert. The first is scaled and not binned: it speaks for a binned one whose bin is not known yet. */
  readonly makers: readonly MakerShape[];
  /** Spaces whose typical errors are kept with waiting origins: those of the scaled makers. */
  readonly sizedSpaces: readonly number[];
  /** Waiting origins of all heads. */
  readonly slots: number;
  /** Whether an ARMA is among the experts. */
  readonly hasArma: boolean;
  /** Values kept. */
  readonly ringLength: number;
}

const ASINH_SCALED: MakerShape = { space: ASINH, isScaled: true, isBinned: false };
const RAW_BINNED: MakerShape = { space: RAW, isScaled: false, isBinned: true };
const ASINH_BINNED: MakerShape = { space: ASINH, isScaled: false, isBinned: true };
const RAW_BOTH: MakerShape = { space: RAW, isScaled: true, isBinned: true };
const ASINH_BOTH: MakerShape = { space: ASINH, isScaled: true, isBinned: true };

/** One smoothing in the place of three, and fewer ways to read the same experts: each costs some 4 kB a series. */
const SLIM = {
  halfLives: [48],
  profiles: [
    { name: 'day-smooth', shape: SMOOTH_DAY },
    { name: 'day', shape: RAW_DAY },
    { name: 'week', shape: WEEK },
    { name: 'cycle', shape: CYCLE },
  ],
  makers: [ASINH_SCALED, RAW_BINNED, ASINH_BOTH],
  hasArma: true,
  // A day of minutes, and the span of the longest horizon that ends with it.
  ringLength: 1_456,
} as const;

/** More ways to read the same experts earn more than more experts do: Holt's trend and a plain constant earned nothing and are gone. */
const FULL = {
  ...SLIM,
  halfLives: [4, 16, 256],
  makers: [ASINH_SCALED, RAW_BINNED, ASINH_BINNED, RAW_BOTH, ASINH_BOTH],
  hasArma: true,
  ringLength: 2_880,
} as const;

/**
 * Which quantiles of a model from outside are experts: each is a point that the makers correct, so that a level learns from the
 * quantile that serves it best.
 */
export const MODEL_LEVELS: readonly number[] = [MEDIAN, QUANTILE_LEVELS.indexOf(0.95)];

/** Cycle of the cycle expert while none is found in the data. */
export const CYCLE_DEFAULT_MS = HOUR_MS;

/** Positions that the features of the ridge look up in every layout. */
export const PROFILE_INDEX = { smoothDay: 0, day: 1, week: 2, cycle: 3 } as const;

export function layoutOf({ intervalMs, horizonsMs, profile, models = [] }: ForecasterSettings): Layout {
  const parts = profile === 'full' ? FULL : SLIM;
  const steps = horizonsMs.map((horizonMs) => horizonMs / intervalMs);
  const longest = steps.at(-1) ?? 1;
  const experts = [
    'last',
    ...parts.halfLives.map((halfLife) => `smooth-${halfLife}`),
    ...parts.profiles.map(({ name }) => name),
    'ridge-slow',
    'ridge-fast',
    'autoregression',
    ...(parts.hasArma ? ['arma'] : []),
    'yesterday',
    ...models.flatMap((name) => MODEL_LEVELS.map((level) => (level === MEDIAN ? name : `${name}-${QUANTILE_LEVELS[level]}`))),
  ];
  const kinds = (count: number): readonly ForecastKind[] => (count === 1 ? ['point'] : ['point', 'max']);
  const stride = Math.max(1, Math.floor(longest / ORIGINS_MAX));
  let slots = 0;
  const heads = steps.flatMap((count, horizon) =>
    kinds(count).map((kind) => {
      const answer = 2 * horizon + (kind === 'max' ? 1 : 0);
      const overlap = (count / stride) * (kind === 'max' ? MAX_OVERLAP : 1);
      const head = { horizon, steps: count, kind, overlap, answer, firstSlot: slots, slots: Math.ceil(count / stride) + 1 };
      slots += head.slots;
      return head;
    }),
  );
  const answers = steps.flatMap((count, horizon) =>
    (['point', 'max'] as const).map((kind) => ({
      head: heads.findIndex((head) => head.horizon === horizon && (count === 1 || head.kind === kind)),
      kind,
    })),
  );
  return {
    intervalMs,
    steps,
    heads,
    answers,
    targets: heads.length,
    stride,
    slots,
    sizedSpaces: [...new Set(parts.makers.flatMap(({ space, isScaled }) => (isScaled ? [space] : [])))],
    ...parts,
    smoothingRates: parts.halfLives.map(rateOf),
    deviationRates: parts.profiles.map(({ shape }) => rateOf(Math.max(0.7, shape.deviationHalfLifeMs / intervalMs))),
    experts,
    models,
  };
}

/** Of a half-life in intervals, above 0. */
function rateOf(halfLife: number): number {
  return 1 - 0.5 ** (1 / halfLife);
}
