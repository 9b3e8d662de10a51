/** The YAML config of a node. Every option with its unit, range and default; `forescale check FILE` checks against it. */
import { Type, type Static } from 'typebox';
import { DURATION_PATTERN } from './duration.ts';

const strict = { additionalProperties: false } as const;
const Duration = (description: string) => Type.String({ pattern: DURATION_PATTERN, description });
const Count = (description: string) => Type.Integer({ minimum: 0, maximum: 1_000_000, description });
const Above0 = (description: string) => Type.Number({ exclusiveMinimum: 0, maximum: 1e15, description });
export const POOL_NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$';

const Rules = Type.Object(
  {
    stabilizationWindow: Type.Optional(
      Duration('Up: the least recommendation of this window counts; down: the largest. Default up 0s, down 5m'),
    ),
    policies: Type.Optional(
      Type.Array(
        Type.Object(
          {
            type: Type.Enum(['Pods', 'Percent']),
            value: Above0('Replicas, or percent of the present count'),
            period: Duration('Within this time, at most 30m'),
          },
          strict,
        ),
        { maxItems: 8, description: 'Rates of change, as in the Kubernetes HPA. Default: unlimited' },
      ),
    ),
  },
  strict,
);

const LocalTarget = Type.Object(
  {
    kind: Type.Enum(['local'], { description: 'local: child processes of this node behind a balancer on loopback' }),
    command: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        maxItems: 64,
        description: 'Program and arguments of one replica; it listens on $PORT and stops on SIGTERM. Default: the built-in demo service',
      }),
    ),
    workingDirectory: Type.Optional(Type.String({ minLength: 1, description: 'Where the command runs. Default: here' })),
    env: Type.Optional(Type.Record(Type.String(), Type.String(), { description: 'Added to the environment of each replica' })),
    listenPort: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535, description: 'Port of the balancer. Default 0: any free one' })),
    portRange: Type.Optional(
      Type.Object(
        { from: Type.Integer({ minimum: 1_024, maximum: 65_535 }), to: Type.Integer({ minimum: 1_024, maximum: 65_535 }) },
        { ...strict, description: 'Ports for replicas, both ends included. Default 42000 to 42999' },
      ),
    ),
    healthPath: Type.Optional(Type.String({ pattern: '^/', description: 'A replica is ready when GET of it answers 2xx. Default /' })),
    startTimeout: Type.Optional(Duration('A replica that is not ready by then counts as failed. Default 60s')),
    drain: Type.Optional(Duration('How long a stopping replica may finish its requests. Default 10s')),
    wait: Type.Optional(Duration('How long a request waits for a ready replica. Default 5s')),
    demo: Type.Optional(
      Type.Object(
        {
          work: Type.Optional(Duration('Mean time that the demo service takes for a request. Default 40ms')),
          startup: Type.Optional(Duration('Time that it warms up before it is ready. Default 8s')),
        },
        strict,
      ),
    ),
  },
  strict,
);

const Pool = Type.Object(
  {
    interval: Type.Optional(Duration('Length of an observation. Default 1m')),
    horizons: Type.Optional(
      Type.Array(Duration('Whole intervals, ascending'), {
        minItems: 1,
        maxItems: 8,
        description: 'Forecast horizons. Default 5m, 10m, 15m',
      }),
    ),
    producerTimeout: Type.Optional(Duration('A producer silent for this long is no longer expected. Default 3 intervals')),
    lateAfter: Type.Optional(Duration('How long the total waits for the last producers. Default half an interval')),
    trainEvery: Type.Optional(Duration('Between trainings. Default 1h')),
    replicas: Type.Optional(
      Type.Object({ min: Type.Optional(Count('Never fewer. Default 1')), max: Type.Optional(Count('Never more. Default 100')) }, strict),
    ),
    capacity: Type.Object(
      {
        requestsPerSecond: Type.Optional(Above0('Requests per second that one replica serves within the objective')),
        cpuMillicores: Type.Optional(Above0('CPU of one replica, thousandths of a core')),
        memoryBytes: Type.Optional(Above0('Memory of one replica, bytes')),
        networkBytesPerSecond: Type.Optional(Above0('Network of one replica, bytes per second')),
      },
      { ...strict, minProperties: 1, description: 'at least one resource that bounds a replica' },
    ),
    objective: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 0.5, description: 'Allowed share of time with too little ready capacity. Default 0.01' }),
    ),
    review: Type.Optional(Duration('Between plans at the most. Default: the interval')),
    leadTime: Type.Optional(
      Type.Object(
        { p50: Duration('Median from decision to ready'), p95: Duration('Its 95th percentile') },
        { ...strict, description: 'Until it has been measured. Default 2m and 3m' },
      ),
    ),
    reactive: Type.Optional(
      Type.Object(
        {
          window: Type.Optional(Duration('The largest load of it is the reactive answer. Default 5m')),
          headroom: Type.Optional(Type.Number({ minimum: 1, maximum: 10, description: 'Times that load. Default 1' })),
        },
        strict,
      ),
    ),
    confidenceMin: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'Below it the forecast may only raise capacity. Default 0.5' }),
    ),
    staleAfter: Type.Optional(Duration('Older input holds capacity. Default 3 intervals')),
    scaleUp: Type.Optional(Rules),
    scaleDown: Type.Optional(Rules),
    confirmEvery: Type.Optional(Duration('Between looks at a target that is not ready yet. Default 2s')),
    deadlineFactor: Type.Optional(
      Type.Number({ minimum: 1, maximum: 100, description: 'An action fails after this multiple of the lead time’s p95. Default 4' }),
    ),
    observe: Type.Optional(Duration('How long the effect of an action is watched. Default 2 reviews')),
    attemptsMax: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Writes tried per action. Default 6' })),
    target: Type.Optional(LocalTarget),
  },
  strict,
);

export const Config = Type.Object(
  {
    node: Type.Optional(
      Type.Object(
        {
          name: Type.Optional(Type.String({ pattern: POOL_NAME_PATTERN, description: 'Unique in the cluster. Default `node-1`' })),
          logLevel: Type.Optional(Type.Enum(['debug', 'info', 'warn', 'error', 'silent'], { description: 'Default info' })),
        },
        strict,
      ),
    ),
    budget: Type.Optional(
      Type.Object(
        {
          replicas: Count('Replicas over all pools. Default: no limit'),
          priorities: Type.Optional(
            Type.Record(Type.String({ pattern: POOL_NAME_PATTERN }), Type.Integer({ minimum: -1_000, maximum: 1_000 }), strict),
          ),
        },
        { ...strict, description: 'Shared by all pools' },
      ),
    ),
    pools: Type.Record(Type.String({ pattern: POOL_NAME_PATTERN }), Pool, {
      minProperties: 1,
      maxProperties: 100_000,
      description: 'at least one pool',
    }),
  },
  strict,
);
export type Config = Static<typeof Config>;
export type PoolConfig = Static<typeof Pool>;
export type TargetConfig = Static<typeof LocalTarget>;
