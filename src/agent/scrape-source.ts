import type { ScrapeSettings, SourceSettings } from '../config/source-settings.ts';
import { fetchText } from './fetch-text.ts';
import { LoadBook } from './load-book.ts';
import { readPrometheusText } from './prometheus-text.ts';
import { repeat, type Repeat } from './repeat.ts';
import { SignalReader } from './signal-reader.ts';
import { createRefusals, type Source, type SourceContext } from './source.ts';

const TIMEOUT_MAX_MS = 10_000;
/** Readings come with the ends of intervals: what is read later is told later. */
const TELL_AFTER_MS = 20;
const LABEL = 'scrape';

/** Reads the metrics of services themselves, each endpoint on its own. */
export function createScrapeSource({ pool, intervalMs }: SourceSettings, settings: ScrapeSettings, context: SourceContext): Source {
  const { clock, meter, emit } = context;
  const book = new LoadBook({ pool, intervalMs, emit });
  const reader = new SignalReader(settings, book);
  const refuse = createRefusals(context, LABEL);
  const readAtMs = new Map<string, number>();
  const running: Repeat[] = [];

  const scrape = async (url: string, signal: AbortSignal): Promise<void> => {
    const atMs = clock.nowMs();
    const fetched = await fetchText(url, Math.min(settings.everyMs, TIMEOUT_MAX_MS), signal);
    if (signal.aborted) return;
    if (!fetched.ok) return refuse('unreachable', `${url}: ${fetched.reason}`);
    const sender = new URL(url).host;
    const beforeMs = readAtMs.get(url);
    const producers = new Set(settings.producerLabel === undefined ? [sender.replaceAll(/[^A-Za-z0-9._:-]/g, '-')] : []);
    let samples = 0;
    let bad = 0;
    for (const reading of readPrometheusText(
      fetched.text,
      (metric) => reader.isWanted(metric),
      ({ line, text }) => {
        bad += 1;
        if (bad === 1) refuse('bad-line', `${url} line ${line}: ${text}`);
      },
    )) {
      samples += 1;
      const producer = reader.take(reading, sender, beforeMs ?? atMs, atMs, beforeMs !== undefined);
      if (producer !== undefined) producers.add(producer);
    }
    if (!reader.endRound()) refuse('too-many', `${reader.refused} readings so far`);
    if (samples === 0) return refuse('no-samples', `${url}: none of the metrics is there${bad > 0 ? `; ${bad} lines are no metrics` : ''}`);
    readAtMs.set(url, atMs);
    meter.count('forescale_agent_samples_total', { source: LABEL }, samples);
    for (const producer of producers) book.watch(producer, beforeMs ?? atMs, atMs);
  };

  return {
    start() {
      for (const url of settings.urls) running.push(repeat(clock, settings.everyMs, (signal) => scrape(url, signal), TELL_AFTER_MS));
      return Promise.resolve();
    },
    async stop() {
      await Promise.all(running.splice(0).map((one) => one.stop()));
    },
  };
}
