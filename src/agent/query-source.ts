import type { QuerySettings, SourceSettings } from '../config/source-settings.ts';
import type { Load } from '../protocol/observation.ts';
import { fetchText } from './fetch-text.ts';
import { AMOUNT_MAX } from './load-book.ts';
import { repeat, type Repeat } from './repeat.ts';
import { createRefusals, type Source, type SourceContext } from './source.ts';

/** A Prometheus server answers 11,000 points at the most. */
const POINTS_MAX = 10_000;
const TIMEOUT_MS = 30_000;
const LABEL = 'query';
const PRODUCER = 'prometheus';

/**
 * Asks a Prometheus server for the load of a whole pool, interval by interval: what has passed since the last one that was
 * told, and at the start the history. So a gap of ours, or a restart, leaves no gap in the series.
 */
export function createQuerySource({ pool, intervalMs }: SourceSettings, settings: QuerySettings, context: SourceContext): Source {
  const { clock, meter, emit } = context;
  const refuse = createRefusals(context, LABEL);
  /** Start of the next interval to be told. */
  let nextMs = floor(clock.nowMs() - settings.historyMs, intervalMs);
  let running: Repeat | undefined;

  const ask = async (query: string | undefined, fromMs: number, toMs: number, signal: AbortSignal): Promise<Series | undefined> => {
    if (query === undefined) return new Map();
    const url = rangeUrl(settings.url, query, intervalMs, fromMs, toMs);
    const fetched = await fetchText(url, TIMEOUT_MS, signal);
    if (signal.aborted) return undefined;
    if (!fetched.ok) {
      refuse('unreachable', `${settings.url}: ${fetched.reason}`);
      return undefined;
    }
    const read = readMatrix(fetched.text);
    if (typeof read !== 'string') return read;
    refuse('bad-answer', `${settings.url}: ${read}`);
    return undefined;
  };

  const turn = async (signal: AbortSignal): Promise<void> => {
    const untilMs = floor(clock.nowMs() - settings.delayMs, intervalMs);
    while (nextMs < untilMs && !signal.aborted) {
      const endMs = Math.min(untilMs, nextMs + POINTS_MAX * intervalMs);
      // A rate over an interval is told at its end.
      const [fromMs, toMs] = [nextMs + intervalMs, endMs];
      const requests = await ask(settings.requests, fromMs, toMs, signal);
      const cpu = await ask(settings.cpu, fromMs, toMs, signal);
      const network = await ask(settings.network, fromMs, toMs, signal);
      // Nothing is told of these intervals before all of it is known; they are asked for again.
      if (requests === undefined || cpu === undefined || network === undefined) return;
      for (let startMs = nextMs; startMs < endMs; startMs += intervalMs)
        tell(startMs, startMs + intervalMs < untilMs, requests, cpu, network);
      nextMs = endMs;
    }
  };

  const tell = (startMs: number, isPast: boolean, requests: Series, cpu: Series, network: Series): void => {
    const rate = requests.get(startMs + intervalMs);
    // Not measured: missing, never zero.
    if (rate === undefined) return;
    const seconds = intervalMs / 1_000;
    const load: Load = {
      requests: rate * seconds,
      cpuSeconds: (cpu.get(startMs + intervalMs) ?? 0) * seconds,
      memoryBytes: 0,
      networkBytes: (network.get(startMs + intervalMs) ?? 0) * seconds,
    };
    meter.count('forescale_agent_samples_total', { source: LABEL });
    emit({
      pool,
      producer: PRODUCER,
      intervalStartMs: startMs,
      intervalMs,
      load,
      byType: {},
      bySource: { distinct: 0, top: [] },
      // Of the past: nobody is to wait for the next one, whose time is long over.
      ...(isPast ? { final: true } : undefined),
    });
  };

  return {
    start() {
      running = repeat(clock, intervalMs, turn, settings.delayMs);
      return Promise.resolve();
    },
    async stop() {
      await running?.stop();
    },
  };
}

/** Value by time, epoch ms. */
export type Series = ReadonlyMap<number, number>;

function rangeUrl(base: string, query: string, intervalMs: number, fromMs: number, toMs: number): string {
  const url = new URL(`${base.replace(/\/$/, '')}/api/v1/query_range`);
  url.searchParams.set('query', query.replaceAll('$interval', intervalMs % 1_000 === 0 ? `${intervalMs / 1_000}s` : `${intervalMs}ms`));
  url.searchParams.set('start', String(fromMs / 1_000));
  url.searchParams.set('end', String(toMs / 1_000));
  url.searchParams.set('step', String(intervalMs / 1_000));
  return url.href;
}

/** One series of a range query; a text says why it is none. An empty result is a series without values. */
export function readMatrix(body: string): Series | string {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return `no JSON: ${body.slice(0, 80)}`;
  }
  if (typeof answer !== 'object' || answer === null) return 'no answer of a Prometheus server';
  const { status, error, data } = answer as { readonly status?: unknown; readonly error?: unknown; readonly data?: unknown };
  if (status !== 'success') return `it says ${String(error ?? status)}`;
  const result: unknown = (data as { readonly result?: unknown } | undefined)?.result;
  if (!Array.isArray(result)) return 'no result of a range query';
  if (result.length === 0) return new Map();
  if (result.length > 1) return `${result.length} series; one is wanted, so sum() over them`;
  const values: unknown = (result[0] as { readonly values?: unknown }).values;
  if (!Array.isArray(values)) return 'no values';
  const series = new Map<number, number>();
  for (const pair of values) {
    if (!Array.isArray(pair)) return 'values that are no pairs';
    const [time, value] = [Number(pair[0]), Number(pair[1])];
    if (Number.isFinite(time) && value >= 0 && value <= AMOUNT_MAX) series.set(Math.round(time * 1_000), value);
  }
  return series;
}

const floor = (ms: number, stepMs: number): number => Math.floor(ms / stepMs) * stepMs;
