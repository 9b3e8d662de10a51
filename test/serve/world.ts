import type { Bus, TopicEntry } from '../../src/ports/bus.ts';
import { silentLog } from '../../src/ports/log.ts';
import { encodeMessage } from '../../src/protocol/codec.ts';
import type { Advice, Plan } from '../../src/protocol/plan.ts';
import { serveAdvice, type ServeOptions, type Served } from '../../src/serve/serve.ts';
import { createManualClock, type ManualClock } from '../adapters/manual-clock.ts';
import { sampleMessage } from '../protocol/samples.ts';

export const FRESH_MS = 240_000;
export const TOKEN = 'a-token-of-enough-characters';

export interface ServeWorld extends Served {
  readonly clock: ManualClock;
  /** Publishes a plan for `web` of now, and lets it be read. */
  plan(advice: Advice | null, given?: Partial<Plan>): Promise<void>;
  /** The bus is away, or back. */
  setAway(isAway: boolean): void;
}

/** Everything that is served, on loopback, for the pools `web` and `shop`; plans come from a topic, time from the test. */
export async function serveWorld(given: Partial<ServeOptions> = {}): Promise<ServeWorld> {
  const clock = createManualClock();
  const entries: TopicEntry[] = [];
  let isAway = false;
  const bus: Pick<Bus, 'readTopic'> = {
    readTopic: (_topic, after, limit) => {
      if (isAway) return Promise.reject(new Error('away'));
      const from = Number(after.split('-')[0]);
      return Promise.resolve(entries.slice(from, from + limit));
    },
  };
  const anywhere = { host: '127.0.0.1', port: 0 };
  const pools = ['web', 'shop'].map((pool) => ({ pool, freshMs: FRESH_MS, ...(pool === 'shop' ? { namespace: 'store' } : {}) }));
  const base = { bus, clock, log: silentLog, pools, token: undefined, tls: undefined, externalMetrics: undefined };
  const served = await serveAdvice({ ...base, recommender: anywhere, keda: anywhere, ...given });
  if (served === undefined) throw new Error('nothing is served');
  return {
    ...served,
    clock,
    async plan(advice, more = {}) {
      const message = sampleMessage('plan');
      const data = { ...message.data, pool: 'web', atMs: clock.nowMs(), advice, ...more };
      const body = encodeMessage({ ...message, data }, 'application/msgpack');
      entries.push({ topic: 'plans', id: `${entries.length + 1}-0`, contentType: 'application/msgpack', body, atMs: clock.nowMs() });
      await clock.advance(500);
    },
    setAway: (away) => void (isAway = away),
  };
}
