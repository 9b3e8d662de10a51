/** One pool of the YAML config. */
import { Type, type Static } from 'typebox';
import { AUTONOMY_DEFAULTS, AUTONOMY_LEVELS } from '../planning/autonomy.ts';
import { DAYS } from '../planning/bounds.ts';
import { BURST_THRESHOLD } from '../planning/burst-threshold.ts';
import { COST_USES } from '../planning/cost-mix.ts';
import { DEAD_BAND } from '../planning/dead-band.ts';
import { FORMULA_MODES } from '../planning/formula.ts';
import { CAPACITY_DEFAULTS, CAPACITY_LIMITS } from '../planning/learned-capacity.ts';
import { SELECT_POLICIES, type ScalingRules } from '../planning/settings.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { CalendarOptions, EventOptions } from './event-schema.ts';
import { NetworkOptions } from './network-schema.ts';
import { Above0, Count, Duration, follows, ms, NAME_PATTERN, Size, strict } from './option-types.ts';
import { Target } from './target-schemas.ts';
import { VerticalOptions } from './vertical-schema.ts';

const { pool, planner } = CONFIG_DEFAULTS;

const rules = (
  description: string,
  { stabilizationWindowMs, tolerance = 0 }: Pick<ScalingRules, 'stabilizationWindowMs' | 'tolerance'>,
  window: string,
) =>
  Type.Object(
    {
      stabilizationWindow: Type.Optional(Duration(window, ms(stabilizationWindowMs))),
      policies: Type.Optional(
        Type.Array(
          Type.Object(
            {
              type: Type.Enum(['Pods', 'Percent'], { description: 'Unit of `value`: replicas, or percent of the present count' }),
              value: Above0('Largest change within the period'),
              period: Duration('Time over which changes are added up, above 0 and at most 30m'),
            },
            strict,
          ),
          { maxItems: 8, default: [], description: 'Rates of change; none: unlimited' },
        ),
      ),
      selectPolicy: Type.Optional(
        Type.Enum([...SELECT_POLICIES], {
          default: 'Max',
          description: 'The policy that allows the most counts, or the least; Disabled: no change in this direction',
        }),
      ),
      tolerance: Type.Optional(
        Type.Number({
          minimum: 0,
          maximum: 1,
          default: tolerance,
          description: 'A change of at most this share of the present count is left alone, unless the load of now needs it',
        }),
      ),
    },
    { ...strict, description },
  );

const share = (least: number, description: string) => Type.Number({ minimum: 0, maximum: 1, default: least, description });

const TIME_PATTERN = '^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$';

const BoundsWindow = Type.Object(
  {
    name: Type.String({ pattern: NAME_PATTERN, description: 'Told in reasons' }),
    days: Type.Optional(
      Type.Array(Type.Enum([...DAYS]), {
        minItems: 1,
        maxItems: 7,
        default: [...DAYS],
        description: 'Days of the week on which it begins',
      }),
    ),
    from: Type.Optional(Type.String({ pattern: TIME_PATTERN, default: '00:00', description: 'Begins, hh:mm on clocks of the time zone' })),
    to: Type.Optional(
      Type.String({ pattern: TIME_PATTERN, default: '24:00', description: 'Ends; on the next day where that is not after `from`' }),
    ),
    timeZone: Type.Optional(Type.String({ default: 'UTC', maxLength: 64, description: 'IANA time zone, like Europe/Berlin' })),
    min: Type.Optional(Count('Never fewer; kept already a lead time before it begins', follows('that of the pool'))),
    max: Type.Optional(Count('Never more', follows('that of the pool'))),
  },
  strict,
);

const FormulaOptions = Type.Object(
  {
    name: Type.String({ pattern: NAME_PATTERN, description: 'Told in reasons' }),
    replicas: Type.String({
      minLength: 1,
      maxLength: 500,
      description:
        'Replicas by a formula of signals, numbers, + - * / % ^, comparisons, and, or, not, ?:, max, min, abs, ceil, floor, round, sqrt',
    }),
    mode: Type.Optional(
      Type.Enum([...FORMULA_MODES], {
        default: 'atLeast',
        description: 'A bound of what the engine’s own rules call for, or instead of them',
      }),
    ),
  },
  strict,
);

const learnedBound = (word: string, bound: 'least' | 'most') =>
  Type.Number({
    minimum: CAPACITY_LIMITS[bound][0],
    maximum: CAPACITY_LIMITS[bound][1],
    default: CAPACITY_DEFAULTS[bound],
    description: `${word} that may be learned, in multiples of \`requestsPerSecond\``,
  });

export const Pool = Type.Object(
  {
    capacity: Type.Object(
      {
        requestsPerSecond: Type.Optional(Above0('Requests per second')),
        cpuMillicores: Type.Optional(Above0('CPU, thousandths of a core')),
        memoryBytes: Type.Optional(Size('Memory, bytes')),
        networkBytesPerSecond: Type.Optional(Size('Network in and out, bytes per second')),
        learn: Type.Optional(
          Type.Object(
            {
              cpuMillicores: Type.Optional(Above0('CPU that one replica has, thousandths of a core')),
              utilisation: Type.Optional(
                Type.Number({
                  exclusiveMinimum: 0,
                  maximum: 1,
                  default: CAPACITY_DEFAULTS.utilisation,
                  description: 'Share of it that a replica may take',
                }),
              ),
              eventLoopDelay: Type.Optional(Duration('p99 of the event-loop delay that a replica may have, above 0')),
              least: Type.Optional(learnedBound('Least', 'least')),
              most: Type.Optional(learnedBound('Most', 'most')),
            },
            {
              ...strict,
              description:
                '`requestsPerSecond` is learned from what replicas bore, and that is where it begins. At least one of `cpuMillicores` and `eventLoopDelay`',
            },
          ),
        ),
      },
      { ...strict, minProperties: 1, description: 'What one replica serves within the objective: at least one resource' },
    ),
    replicas: Type.Optional(
      Type.Object(
        {
          min: Type.Optional(Count('Never fewer', { default: planner.minReplicas })),
          max: Type.Optional(Count('Never more, at least `min`', { default: planner.maxReplicas })),
          windows: Type.Optional(
            Type.Array(BoundsWindow, {
              maxItems: 32,
              default: [],
              description: 'Other bounds at certain times; the first that holds counts',
            }),
          ),
        },
        { ...strict, description: 'Bounds' },
      ),
    ),
    replicaCostPerHour: Type.Optional(Above0('What one replica costs an hour, in the money of `budget.costPerHour`')),
    interval: Type.Optional(Duration('Length of an observation, from 100ms to 1d', ms(pool.intervalMs))),
    horizons: Type.Optional(
      Type.Array(Duration('One horizon'), {
        minItems: 1,
        maxItems: 8,
        default: pool.horizonsMs.map((horizonMs) => ms(horizonMs).default),
        description: 'Forecast horizons, ascending whole multiples of the interval',
      }),
    ),
    objective: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 0.5,
        default: planner.objective,
        description: 'Allowed share of time with too little ready capacity',
      }),
    ),
    shortMinutePrice: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e9,
        description: 'What a minute with too little ready capacity costs, in minutes of one replica: in the place of the objective',
        ...follows('found for the objective'),
      }),
    ),
    review: Type.Optional(Duration('Time between plans at the most, above 0', follows('the interval'))),
    leadTime: Type.Optional(
      Type.Object(
        { p50: Duration('Median from a decision to ready capacity'), p95: Duration('95th percentile of it, at least the median') },
        {
          ...strict,
          default: { p50: ms(planner.leadTimePrior.p50Ms).default, p95: ms(planner.leadTimePrior.p95Ms).default },
          description: 'Lead time, until it has been measured',
        },
      ),
    ),
    breakEven: Type.Optional(Duration('Capacity that is wanted back within this time is kept', follows('the median of the lead time'))),
    reactive: Type.Optional(
      Type.Object(
        {
          window: Type.Optional(Duration('The largest load of this window is always served', ms(planner.reactiveWindowMs))),
          headroom: Type.Optional(
            Type.Number({ minimum: 1, maximum: 10, default: planner.reactiveHeadroom, description: 'Times that load' }),
          ),
        },
        { ...strict, description: 'The reactive floor under every forecast' },
      ),
    ),
    confidenceMin: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: planner.confidenceMin,
        description: 'Below this confidence the forecast may raise capacity but not lower it',
      }),
    ),
    staleAfter: Type.Optional(Duration('Input older than this holds capacity, above 0', follows('3 intervals'))),
    burst: Type.Optional(
      Type.Object(
        {
          threshold: Type.Optional(
            Type.Number({
              minimum: 1,
              maximum: 100,
              default: BURST_THRESHOLD,
              description: 'A jump of the load counts before its interval ends when it needs this many times the ready replicas',
            }),
          ),
        },
        { ...strict, description: 'Loads that jump, told by producers within seconds' },
      ),
    ),
    scaleUp: Type.Optional(rules('How fast capacity may grow', planner.scaleUp, 'The least recommendation of this window counts')),
    scaleDown: Type.Optional(rules('How fast capacity may shrink', planner.scaleDown, 'The largest recommendation of this window counts')),
    deadBand: Type.Optional(
      Type.Object(
        {
          up: Type.Optional(share(DEAD_BAND.up, 'To start replicas')),
          down: Type.Optional(share(DEAD_BAND.down, 'To give replicas up')),
        },
        {
          ...strict,
          description: 'What a change has to save, as a share of the present count, shortages included: smaller is cheaper and turns more',
          ...follows('these, and up to twice as much while the pool turns more than half as often as an HPA would'),
        },
      ),
    ),
    producerTimeout: Type.Optional(
      Duration('A producer silent for this long is no longer expected', follows(`${pool.producerTimeoutIntervals} intervals`)),
    ),
    lateAfter: Type.Optional(Duration('How long the total of an interval waits for its last producers', follows('half an interval'))),
    trainEvery: Type.Optional(
      Duration('Time between trainings of the model, above 0', follows(`1h, at least ${pool.trainEveryIntervals} intervals`)),
    ),
    confirmEvery: Type.Optional(Duration('Time between looks at a target that is not ready yet, at least 10ms', ms(pool.confirmEveryMs))),
    deadlineFactor: Type.Optional(
      Type.Number({
        minimum: 1,
        maximum: 100,
        default: pool.deadlineFactor,
        description: 'An action that is not ready after this multiple of the lead time’s p95 fails',
      }),
    ),
    observe: Type.Optional(
      Duration('How long the effect of an action is watched after it is ready', follows(`${pool.observeReviews} reviews`)),
    ),
    attemptsMax: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, default: pool.attemptsMax, description: 'Writes tried per action at the most' }),
    ),
    autonomy: Type.Optional(
      Type.Object(
        {
          level: Type.Optional(
            Type.Enum([...AUTONOMY_LEVELS], {
              description:
                'Where a new pool begins. shadow: plans and does nothing; advisory: says what it would do; guarded: does it in small steps; full: does it',
              ...follows('full on this machine, shadow for every other target'),
            }),
          ),
          promote: Type.Optional(
            Type.Enum(['hand', 'evidence'], {
              default: AUTONOMY_DEFAULTS.promote,
              description: 'Who raises the level: only people (`forescale autonomy`), or also what was measured',
            }),
          ),
          upTo: Type.Optional(
            Type.Enum([...AUTONOMY_LEVELS], { default: AUTONOMY_DEFAULTS.upTo, description: 'Highest level that evidence raises it to' }),
          ),
          evidence: Type.Optional(Duration('Measured time that a level is judged on, above 0', ms(AUTONOMY_DEFAULTS.evidenceMs))),
          step: Type.Optional(
            Type.Number({
              exclusiveMinimum: 0,
              maximum: 1,
              default: AUTONOMY_DEFAULTS.stepShare,
              description: 'Largest share of the present count that a guarded step changes; one replica is always allowed',
            }),
          ),
        },
        { ...strict, description: 'How much the pool is trusted with' },
      ),
    ),
    calls: Type.Optional(
      Type.Array(
        Type.Object(
          {
            pool: Type.String({ pattern: NAME_PATTERN, description: 'Pool that is called' }),
            perRequest: Type.Optional(
              Type.Number({
                exclusiveMinimum: 0,
                maximum: 1e6,
                default: 1,
                description: 'Requests that one request of this pool makes there',
              }),
            ),
          },
          strict,
        ),
        { maxItems: 32, default: [], description: 'Pools that this one calls: its forecast raises them before its requests arrive there' },
      ),
    ),
    formulas: Type.Optional(
      Type.Array(FormulaOptions, {
        maxItems: 16,
        default: [],
        description: 'Your own rules, in order; docs/planning.md has what they may name',
      }),
    ),
    events: Type.Optional(EventOptions),
    calendar: Type.Optional(CalendarOptions),
    bottomUp: Type.Optional(
      Type.Boolean({
        default: pool.bottomUp,
        description: 'Whether the total is forecast from the forecasts of its producers, too. One more message a producer and interval',
      }),
    ),
    costs: Type.Optional(
      Type.Enum(['off', ...COST_USES], {
        default: pool.costs,
        description:
          'What requests cost by type, learned from CPU time. learn: reported only; use: requests are weighted by it, too, once it has told CPU time better than counts',
      }),
    ),
    vertical: Type.Optional(VerticalOptions),
    network: Type.Optional(NetworkOptions),
    target: Type.Optional(Target),
  },
  { ...strict, description: 'One pool' },
);
export type PoolConfig = Static<typeof Pool>;
export type FormulaConfig = Static<typeof FormulaOptions>;
export type BoundsWindowConfig = Static<typeof BoundsWindow>;
export type RulesConfig = NonNullable<PoolConfig['scaleUp']>;
