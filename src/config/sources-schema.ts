/** The part `sources` of the config: where load is read that no SDK tells. */
import { Type, type Static } from 'typebox';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { Duration, ms, strict } from './option-types.ts';

const { sources: defaults } = CONFIG_DEFAULTS;
const Text = (description: string, maxLength = 4_096) => Type.String({ minLength: 1, maxLength, description });
const Host = Type.String({ minLength: 1, maxLength: 253, default: defaults.host, description: 'Address to listen on' });
const Port = (port: number) =>
  Type.Integer({ minimum: 0, maximum: 65_535, default: port, description: 'Port to listen on; 0: any free one' });

const Signal = (description: string) =>
  Type.Object(
    {
      metric: Text('Name of the metric', 512),
      match: Type.Optional(Type.Record(Type.String(), Type.String(), { default: {}, description: 'Only series whose labels are these' })),
    },
    { ...strict, description },
  );

const signals = {
  requests: Signal('A counter of requests, or a histogram whose count is one'),
  cpu: Type.Optional(Signal('A counter of CPU-seconds')),
  network: Type.Optional(Signal('A counter of bytes')),
  typeLabel: Type.Optional(
    Type.String({ minLength: 1, description: 'Label that tells the request type', $comment: 'types are not told apart' }),
  ),
  producerLabel: Type.Optional(
    Type.String({ minLength: 1, description: 'Label that tells the producer', $comment: 'who sends, or is scraped, is one' }),
  ),
};

export const Source = Type.Object(
  {
    pool: Type.String({ minLength: 1, description: 'One of the pools' }),
    scrape: Type.Optional(
      Type.Object(
        {
          urls: Type.Array(Text('One endpoint of metrics'), {
            minItems: 1,
            maxItems: 1_000,
            description: 'Endpoints in the Prometheus text format',
          }),
          every: Type.Optional(
            Duration('Time between readings, from 1s to 1h, a whole part of the interval', { $comment: 'the interval, at most 15s' }),
          ),
          ...signals,
        },
        { ...strict, description: 'Reads the metrics of the services themselves' },
      ),
    ),
    query: Type.Optional(
      Type.Object(
        {
          url: Text('Base address of a Prometheus server'),
          requests: Text('PromQL for the requests per second of the whole pool; `$interval` is the interval of the pool'),
          cpu: Type.Optional(Text('PromQL for the cores in use')),
          network: Type.Optional(Text('PromQL for the bytes per second')),
          history: Type.Optional(Duration('How far back history is read at the start; 0: none', ms(defaults.historyMs))),
          delay: Type.Optional(Duration('A value is asked for this long after its interval', { $comment: 'the interval, at most 30s' })),
        },
        { ...strict, description: 'Asks a Prometheus server, for the past too, so that the first forecast knows the daily shape' },
      ),
    ),
    statsd: Type.Optional(
      Type.Object(
        { host: Type.Optional(Host), port: Type.Optional(Port(defaults.statsdPort)), ...signals },
        { ...strict, description: 'Listens for StatsD over UDP' },
      ),
    ),
    otlp: Type.Optional(
      Type.Object(
        {
          host: Type.Optional(Host),
          port: Type.Optional(Port(defaults.otlpPort)),
          period: Type.Optional(Duration('How often senders export, as they are set', ms(defaults.otlpPeriodMs))),
          ...signals,
        },
        { ...strict, description: 'Listens for OpenTelemetry metrics over HTTP, protobuf or JSON, at /v1/metrics' },
      ),
    ),
    kubernetes: Type.Optional(
      Type.Object(
        {
          selector: Text('Labels of the pods, as in `kubectl get pods --selector`', 1_000),
          container: Type.Optional(
            Type.String({ minLength: 1, maxLength: 253, description: 'Only this container of each pod', $comment: 'all of them' }),
          ),
          every: Type.Optional(
            Duration(
              'How often the cluster measures: `--metric-resolution` of metrics-server, from 1s to 1h',
              ms(defaults.podUsageEveryMs),
            ),
          ),
          namespace: Type.Optional(
            Type.String({ minLength: 1, maxLength: 253, description: 'Of the pods', $comment: 'that of the credentials' }),
          ),
          kubeconfig: Type.Optional(
            Type.String({
              minLength: 1,
              description: 'File for the cluster',
              $comment: 'the service account of the pod, or $KUBECONFIG',
            }),
          ),
          context: Type.Optional(Type.String({ minLength: 1, description: 'Context of the kubeconfig', $comment: 'its current one' })),
        },
        { ...strict, description: 'Reads CPU and memory of the pods from the metrics API of their cluster; it knows no requests' },
      ),
    ),
    accessLog: Type.Optional(
      Type.Object(
        {
          path: Text('File that is followed, over rotation too'),
          format: Type.Optional(
            Type.Enum(['combined', 'json', 'haproxy', 'envoy', 'pattern'], {
              default: defaults.logFormat,
              description: 'combined is also the default of NGINX and Apache; pattern is your own',
            }),
          ),
          pattern: Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 1_000,
              description:
                'Regular expression with groups `time`, `source`, `method`, `path`, `bytes`, `agent` (user agent: health checks are left out); for the format `pattern`',
              $comment: 'none',
            }),
          ),
          producer: Type.Optional(
            Type.String({ minLength: 1, maxLength: 253, default: defaults.logProducer, description: 'Name of the producer' }),
          ),
        },
        { ...strict, description: 'Reads requests from an access log' },
      ),
    ),
  },
  { ...strict, description: 'One source of load: a pool and one of scrape, query, statsd, otlp, accessLog' },
);
export type SourceConfig = Static<typeof Source>;
