/** Every metric of a node: what it is, and how it is told. The page docs/metrics.md is made from this. */
export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, ascending, without infinity. */
  readonly buckets?: readonly number[];
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

export const METRICS: readonly Metric[] = [
  counter('forescale_messages_total', 'Messages that actors of this node were given, by what became of them.', ['outcome']),
  counter('forescale_dead_letters_total', 'Messages that could not be delivered, by reason; see errors.', ['code']),
  counter('forescale_commits_total', 'Batches committed to the bus, by outcome.', ['outcome']),
  counter('forescale_shard_reloads_total', 'Times that a shard was read anew after an error of the bus.'),
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
  gauge('forescale_local_requested_replicas', 'Local processes that are asked for.', ['pool']),
  gauge('forescale_local_ready_replicas', 'Local processes that serve.', ['pool']),
  counter('forescale_agent_samples_total', 'Readings of a source of load that were taken.', ['source']),
  counter('forescale_agent_refused_total', 'Readings of a source of load that could not be used, by reason.', ['source', 'reason']),
  counter('forescale_metrics_dropped_total', 'Measurements left out because a metric has too many label values, or is not known.', [
    'metric',
  ]),
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
500 combinations of label values; what comes beyond is left out and counted in \`forescale_metrics_dropped_total\`.

What is worth an alert: \`forescale_dead_letters_total\` rising; \`forescale_lag_seconds\` over a quarter of the shortest interval;
\`forescale_shards_held\` summed over all nodes below 64; \`forescale_effects_total\` with another outcome than \`ok\` rising.
`;
