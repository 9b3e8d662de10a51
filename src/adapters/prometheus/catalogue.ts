/** Every metric of a node: what it is, and how it is told. The page docs/metrics.md is made from this. */
export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending, without infinity. */
  readonly buckets?: readonly number[];
  /** Combinations of label values that are kept. Default 500. */
  readonly seriesMax?: number;
}

/** From a millisecond to ten minutes. */
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

const counter = (name: string, help: string, labels: readonly string[] = []): Metric => ({ name, type: 'counter', help, labels });
const gauge = (name: string, help: string, labels: readonly string[] = []): Metric => ({ name, type: 'gauge', help, labels });
const seconds = (name: string, help: string, labels: readonly string[] = []): Metric => ({
  name,
  type: 'histogram',
  help,
  labels,
  buckets: SECONDS,
});

const perPool = (name: string, help: string, labels: readonly string[] = []): Metric => ({
  ...gauge(name, help, ['pool', ...labels]),
  seriesMax: 20_000,
});

/** How good the forecasts of pools' totals are, told by the node where the pool's analyzer lives, as it is at the time of asking. */
export const FORECAST_METRICS: readonly Metric[] = [
  perPool('forescale_forecast_confidence', 'Measured confidence, 0 to 1, by resource.', ['resource']),
  perPool('forescale_forecast_demoted', 'Whether the forecast is not trusted, so that the reactive rule decides: 1 or 0.'),
  perPool(
    'forescale_forecast_skill',
    'Skill, 1 - loss / loss of a plain answer (last-value, day-ago) over the trailing day, over a horizon in seconds; `level` is a quantile, or all.',
    ['resource', 'kind', 'horizon', 'level', 'baseline'],
  ),
  perPool('forescale_expert_weight', 'Share of an expert in the forecast of requests at the middle horizon.', ['expert']),
];

export const METRICS: readonly Metric[] = [
  counter('forescale_messages_total', 'Messages that actors of this node were given, by what became of them.', ['outcome']),
  counter('forescale_dead_letters_total', 'Messages that could not be delivered, by reason; see errors.', ['code']),
  counter('forescale_commits_total', 'Batches committed to the bus, by outcome.', ['outcome']),
  counter('forescale_shard_reloads_total', 'Times that a shard was read anew after an error of the bus.'),
  counter('forescale_actors_kept_total', 'Actors that stayed in memory while their shard was read anew.'),
  counter('forescale_shards_lost_total', 'Shards lost to another node or to a lease that ran out.'),
  gauge('forescale_shards_held', 'Shards that this node holds.'),
  seconds('forescale_lag_seconds', 'How old the latest message of a batch was when it was taken.'),
  counter('forescale_effects_total', 'Calls of executors, by executor and outcome.', ['executor', 'outcome']),
  seconds('forescale_effect_seconds', 'How long a call of an executor took.', ['executor']),
  counter('forescale_bus_unreplicated_commits_total', 'Commits that too few replicas of Redis confirmed in time.'),
  counter('forescale_bus_lost_entries_total', 'Entries of a stream that were gone before they were read.', ['shard']),
  counter('forescale_observations_dropped_total', 'Observations given up because the bus was away for too long.'),
  seconds('forescale_local_start_seconds', 'From the start of a local process to its readiness.', ['pool']),
  counter('forescale_local_failures_total', 'Local processes that ended or did not become ready.', ['pool']),
  seconds('forescale_aws_launch_seconds', 'From the order of an EC2 instance until it is in service, by the activities of its group.', [
    'pool',
    'from',
  ]),
  gauge('forescale_local_requested_replicas', 'Local processes that are asked for.', ['pool']),
  gauge('forescale_local_ready_replicas', 'Local processes that serve.', ['pool']),
  counter('forescale_bridge_messages_total', 'Messages that a bridge carried, dropped as repeats, or set aside as dead letters.', [
    'bridge',
    'direction',
    'outcome',
  ]),
  gauge('forescale_bridge_connected', 'Whether the broker of a bridge is connected: 1 or 0.', ['bridge']),
  counter('forescale_agent_samples_total', 'Readings of a source of load that were taken.', ['source']),
  counter('forescale_agent_refused_total', 'Readings of a source of load that could not be used, by reason.', ['source', 'reason']),
  counter('forescale_metrics_dropped_total', 'Measurements left out because a metric has too many label values, or is not known.', [
    'metric',
  ]),
  ...FORECAST_METRICS,
];

/** The page docs/metrics.md. */
export function metricsPage(): string {
  const rows = METRICS.map(
    ({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  );
  return `${INTRODUCTION}\n| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

const INTRODUCTION = `# Metrics

<!-- Made by \`npm run generate\` from src/adapters/prometheus/catalogue.ts. -->

A node tells these in the Prometheus text format at \`/metrics\` of its inspector. Durations are in seconds. A metric keeps at most
500 combinations of label values (20,000 for those of forecasts); what comes beyond is left out and counted in \`forescale_metrics_dropped_total\`.
\`deploy/grafana/forescale.json\` is a Grafana dashboard over them: import it and choose the Prometheus that reads the nodes.

What is worth an alert: \`forescale_dead_letters_total\` rising; \`forescale_lag_seconds\` over a quarter of the shortest interval;
\`forescale_shards_held\` summed over all nodes below 64; \`forescale_effects_total\` with another outcome than \`ok\` rising.
`;
