/** A config for what was found around, with a comment on every choice that is the user's. */
import { CONFIG_DEFAULTS } from '../config/defaults.ts';
import { formatDuration } from '../config/duration.ts';
import type { KubernetesAround, Surroundings } from './surroundings.ts';

export interface InitChoice {
  readonly pool: string;
}

export function writeConfig({ kubernetes, prometheus, redis }: Surroundings, { pool }: InitChoice): string {
  const lines = [
    '# yaml-language-server: $schema=./node_modules/forescale/schemas/config.schema.json',
    '# What Forescale scales, and how. `forescale check FILE` tells what is wrong with it; docs/configuration.md has every option.',
    ...startText(redis),
    '',
    'pools:',
    `  ${pool}:`,
    '    # Length of one observation. Short for services that start in seconds, a minute for most.',
    `    interval: ${formatDuration(CONFIG_DEFAULTS.pool.intervalMs).replaceAll(' ', '')}`,
    '    # What ONE replica serves with the response times that you want: the one number that must be right.',
    '    # Measure it with a load test; cpuMillicores, memoryBytes and networkBytesPerSecond may stand beside it.',
    '    capacity: { requestsPerSecond: 50 }',
    '    replicas: { min: 2, max: 20 }',
    '    # How long a replica takes from the decision to readiness. Only a start: it is measured from then on.',
    '    leadTime: { p50: 30s, p95: 90s }',
    '    # Share of time in which capacity may be short. Smaller costs more.',
    `    objective: ${CONFIG_DEFAULTS.planner.objective}`,
    ...autonomyText(kubernetes),
    ...targetText(kubernetes, pool),
    ...sourceText(prometheus, pool),
    '',
  ];
  return lines.join('\n');
}

function startText(redis: string | undefined): readonly string[] {
  return redis === undefined
    ? [
        '# Start: forescale up --config FILE',
        '# No Redis was found: one node keeps everything in memory, and learns anew after a restart (docs/redis.md).',
      ]
    : [
        `# Start: forescale up --config FILE --bus ${redis}`,
        '# Redis was found there: what is learnt stays, and several nodes share the work (docs/redis.md).',
      ];
}

function autonomyText(kubernetes: KubernetesAround | undefined): readonly string[] {
  if (kubernetes === undefined) return [];
  return [
    '    # Plans and changes nothing, until you have looked at its decisions: then say `guarded` or `full`.',
    '    autonomy: { level: shadow }',
  ];
}

function targetText(kubernetes: KubernetesAround | undefined, pool: string): readonly string[] {
  if (kubernetes === undefined)
    return [
      '    # Processes of this machine behind a load balancer, for a first look; `command` runs your own (docs/targets.md).',
      '    target: { kind: local, demo: {} }',
    ];
  const { server, namespace, deployments } = kubernetes;
  const name = deployments.find((deployment) => deployment === pool) ?? deployments[0] ?? pool;
  const others = deployments.filter((deployment) => deployment !== name);
  return [
    `    # Found at the API server ${server}.${others.length === 0 ? '' : ` Also there: ${others.slice(0, 10).join(', ')}.`}`,
    `    target: { kind: kubernetes, workload: Deployment/${name}, namespace: ${namespace} }`,
  ];
}

function sourceText(prometheus: string | undefined, pool: string): readonly string[] {
  if (prometheus === undefined)
    return [
      '',
      '# Nothing tells the load yet, unless the target is local: three lines in the service (docs/producers.md), or a source. For example:',
      '# sources:',
      `#   - pool: ${pool}`,
      '#     query: { url: http://prometheus:9090, requests: \'sum(rate(http_requests_total{job="web"}[$interval]))\' }',
    ];
  return [
    '',
    '# Where the load is read. With a Prometheus server the past is read, too, so that the first forecast knows day and week.',
    'sources:',
    `  - pool: ${pool}`,
    '    query:',
    `      url: ${prometheus}`,
    '      # Requests per second of the whole pool; change it to what your metrics are called.',
    `      requests: sum(rate(http_requests_total{job="${pool}"}[$interval]))`,
    '      history: 14d',
  ];
}
