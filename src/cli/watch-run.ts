import { createPinoLog } from '../adapters/pino/log.ts';
import { createPrometheusMeter } from '../adapters/prometheus/meter.ts';
import { createSystemClock } from '../adapters/system/clock.ts';
import { clockText, durationText, loadText, percentText } from '../planning/words.ts';
import type { Bus, EntryId } from '../ports/bus.ts';
import { sleep } from '../ports/clock.ts';
import { decodeMessage, encodeMessage } from '../protocol/codec.ts';
import type { AnyMessage } from '../protocol/message.ts';
import type { StateReport } from '../protocol/state-report.ts';
import { openBus } from './open-bus.ts';
import { whenOutputCloses, type Output } from './output.ts';
import { createStopper } from './up/stopper.ts';

export interface WatchFlags {
  readonly bus: string;
  readonly json?: boolean;
}

const LOOK_EVERY_MS = 500;
const READ_MAX = 200;
const TOPICS = ['reports', 'plans'] as const;

/** Runs until a signal or a closed output. @throws InputError */
export async function runWatch(pool: string, { bus: url, json = false }: WatchFlags, { out, err }: Output): Promise<void> {
  const clock = createSystemClock();
  const stopper = createStopper();
  whenOutputCloses(() => stopper.stop('the output was closed'));
  const stop = new AbortController();
  void stopper.stopped.then(() => stop.abort());
  try {
    const bus = await openBus(url, 'watch', clock, createPinoLog({ level: 'warn' }), createPrometheusMeter());
    const cursors = new Map<string, EntryId>();
    for (const topic of TOPICS) cursors.set(topic, await bus.topicEnd(topic));
    err(`Watching ${pool}; Ctrl-C ends it.\n`);
    try {
      while (!stop.signal.aborted) {
        for (const message of await readNew(bus, cursors)) {
          const line = json ? jsonLine(message, pool) : textLine(message, pool);
          if (line !== undefined) out(`${line}\n`);
        }
        await sleep(clock, LOOK_EVERY_MS, stop.signal);
      }
    } finally {
      await bus.close();
    }
  } finally {
    stopper.end();
  }
}

/** What was made public since the last look; what cannot be read is passed over. */
export async function readNew(bus: Pick<Bus, 'readTopic'>, cursors: Map<string, EntryId>): Promise<readonly AnyMessage[]> {
  const messages: AnyMessage[] = [];
  for (const [topic, after] of cursors) {
    for (const entry of await bus.readTopic(topic, after, READ_MAX)) {
      cursors.set(topic, entry.id);
      const decoded = decodeMessage(entry.body, entry.contentType);
      if (decoded.ok) messages.push(decoded.message);
    }
  }
  return messages;
}

export function jsonLine(message: AnyMessage, pool: string): string | undefined {
  const isOurs = (message.name === 'state-report' || message.name === 'plan') && message.data.pool === pool;
  return isOurs ? Buffer.from(encodeMessage(message, 'application/json')).toString('utf8') : undefined;
}

/** A line for people: of the pool's total only. */
export function textLine(message: AnyMessage, pool: string): string | undefined {
  if (message.name === 'plan' && message.data.pool === pool) return `${clockText(message.data.atMs)} plan   ${message.data.reason}`;
  if (message.name !== 'state-report' || message.data.pool !== pool || message.data.producer !== null) return undefined;
  return `${clockText(message.data.originMs + message.data.intervalMs)} report ${reportText(message.data)}`;
}

/** Index of the quantiles 0.5 and 0.95. */
const MEDIAN = 3;
const Q95 = 6;

function reportText({ resources, state, confidence, demoted }: StateReport): string {
  const parts = resources.map(({ resource, current, forecasts, notReady }) => {
    const now = current === null ? 'not measured' : loadText(resource, current);
    if (notReady !== undefined) return `${now}, ${notReady.message}`;
    const last = forecasts.filter(({ kind }) => kind === 'max').at(-1);
    if (last === undefined) return now;
    const [median = 0, high = 0] = [last.quantiles[MEDIAN], last.quantiles[Q95]];
    return `${now}, at most ${loadText(resource, median)} (median) to ${loadText(resource, high)} (95%) within ${durationText(last.horizonMs)}`;
  });
  return `${state}, confidence ${percentText(confidence)}: ${parts.join('; ')}${demoted === undefined ? '' : `; ${demoted}`}`;
}
