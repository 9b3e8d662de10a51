import { CONFIG_DEFAULTS } from './defaults.ts';
import { formatDuration, toMs } from './duration.ts';
import type { AddProblem } from './schema-problems.ts';
import type { Signals, SourceKind, SourceSettings } from './source-settings.ts';
import type { SourceConfig } from './sources-schema.ts';

const { sources: defaults } = CONFIG_DEFAULTS;
const KINDS = ['scrape', 'query', 'statsd', 'otlp', 'accessLog', 'kubernetes'] as const;
const EVERY_MIN_MS = 1_000;
const EVERY_MAX_MS = 3_600_000;
/** Longer history teaches nothing: forecasters remember weeks, not years. */
const HISTORY_MAX_MS = 90 * 86_400_000;
const GROUPS = ['time', 'source', 'method', 'path', 'bytes', 'agent'];

/** `intervals`: interval of each pool. Problems are told at the place of the source. */
export function compileSources(
  sources: readonly SourceConfig[],
  intervals: ReadonlyMap<string, number>,
  add: AddProblem,
): readonly SourceSettings[] {
  return sources.flatMap((source, i) => {
    const at = (path: readonly (string | number)[], wanted: string, found: unknown): void => add([i, ...path], wanted, found);
    const intervalMs = intervals.get(source.pool);
    if (intervalMs === undefined) at(['pool'], `one of the pools ${[...intervals.keys()].join(', ')}`, source.pool);
    const named = KINDS.filter((kind) => source[kind] !== undefined);
    if (named.length !== 1) at([], `one of ${KINDS.join(', ')}`, named.length === 0 ? 'none' : named.join(' and '));
    const kind = kindOf(source, intervalMs ?? 0, at);
    if (intervalMs === undefined || kind === undefined) return [];
    const latenessMs = latenessOf(kind);
    // Input counts as stale after three intervals: reports must come sooner.
    if (latenessMs > 2 * intervalMs)
      at([], `reports within two intervals of the pool (${formatDuration(2 * intervalMs)})`, formatDuration(latenessMs));
    return [{ pool: source.pool, intervalMs, latenessMs, kind }];
  });
}

function kindOf(
  { scrape, query, statsd, otlp, accessLog, kubernetes }: SourceConfig,
  intervalMs: number,
  add: AddProblem,
): SourceKind | undefined {
  if (kubernetes !== undefined) {
    const { every, selector, container, ...where } = kubernetes;
    const everyMs = toMs(every) ?? defaults.podUsageEveryMs;
    if (everyMs < EVERY_MIN_MS || everyMs > EVERY_MAX_MS) add(['kubernetes', 'every'], 'from 1s to 1h', every);
    return { name: 'kubernetes', selector, container, everyMs, ...where };
  }
  if (scrape !== undefined) {
    const everyMs = toMs(scrape.every) ?? Math.min(intervalMs, defaults.scrapeEveryMs);
    if (everyMs > 0 && intervalMs % everyMs !== 0)
      add(['scrape', 'every'], `a whole part of the pool’s interval (${formatDuration(intervalMs)})`, formatDuration(everyMs));
    if (everyMs < EVERY_MIN_MS || everyMs > EVERY_MAX_MS) add(['scrape', 'every'], 'from 1s to 1h', scrape.every);
    scrape.urls.forEach((url, i) => checkUrl(url, ['scrape', 'urls', i], add));
    return { name: 'scrape', urls: scrape.urls, everyMs, ...signalsOf(scrape) };
  }
  if (query !== undefined) {
    checkUrl(query.url, ['query', 'url'], add);
    const historyMs = toMs(query.history) ?? defaults.historyMs;
    if (historyMs > HISTORY_MAX_MS) add(['query', 'history'], 'at most 90d', query.history);
    const { url, requests, cpu, network } = query;
    const delayMs = toMs(query.delay) ?? Math.min(intervalMs, defaults.queryDelayMaxMs);
    return {
      name: 'query',
      url,
      requests,
      historyMs,
      delayMs,
      ...(cpu === undefined ? {} : { cpu }),
      ...(network === undefined ? {} : { network }),
    };
  }
  if (statsd !== undefined)
    return { name: 'statsd', host: statsd.host ?? defaults.host, port: statsd.port ?? defaults.statsdPort, ...signalsOf(statsd) };
  if (otlp !== undefined)
    return {
      name: 'otlp',
      host: otlp.host ?? defaults.host,
      port: otlp.port ?? defaults.otlpPort,
      periodMs: toMs(otlp.period) ?? defaults.otlpPeriodMs,
      ...signalsOf(otlp),
    };
  if (accessLog === undefined) return undefined;
  const { path, format = defaults.logFormat, pattern, producer = defaults.logProducer } = accessLog;
  checkPattern(format, pattern, add);
  return { name: 'access-log', path, format, producer, ...(pattern === undefined ? {} : { pattern }) };
}

/** Time that a read and its way take. */
const SLACK_MS = 2_000;

function latenessOf(kind: SourceKind): number {
  if (kind.name === 'query') return kind.delayMs + SLACK_MS;
  if (kind.name === 'otlp') return kind.periodMs + SLACK_MS;
  // It was measured up to one such time ago, and is asked for as often.
  if (kind.name === 'kubernetes') return 2 * kind.everyMs + SLACK_MS;
  return kind.name === 'statsd' ? 0 : SLACK_MS;
}

function signalsOf({ requests, cpu, network, typeLabel, producerLabel }: NonNullable<SourceConfig['statsd']>): Signals {
  const signal = ({ metric, match = {} }: typeof requests) => ({ metric, match });
  return {
    requests: signal(requests),
    ...(cpu === undefined ? {} : { cpu: signal(cpu) }),
    ...(network === undefined ? {} : { network: signal(network) }),
    ...(typeLabel === undefined ? {} : { typeLabel }),
    ...(producerLabel === undefined ? {} : { producerLabel }),
  };
}

function checkUrl(url: string, at: readonly (string | number)[], add: AddProblem): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) add(at, 'an address like http://host:9090', url);
  else if (parsed.password !== '') add(at, 'no password in an address; it would stand in logs', 'one');
}

function checkPattern(format: string, pattern: string | undefined, add: AddProblem): void {
  const at = ['accessLog', 'pattern'];
  if ((format === 'pattern') !== (pattern !== undefined)) {
    add(at, 'a pattern with the format `pattern`, and with no other', pattern === undefined ? 'none' : `one with the format ${format}`);
  }
  if (pattern === undefined) return;
  try {
    const names = Object.keys(new RegExp(`${pattern}|`).exec('')?.groups ?? {});
    for (const name of names) if (!GROUPS.includes(name)) add(at, `groups out of ${GROUPS.join(', ')}`, name);
    if (!names.includes('time')) add(at, 'a group `time`', names.length === 0 ? 'no groups' : names.join(', '));
  } catch (error) {
    add(at, 'a regular expression', error instanceof Error ? error.message : String(error));
  }
}
