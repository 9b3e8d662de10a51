/**
 * A producer's analyzer inside the producer's own process: the same actor on the same runtime, with a bus in memory. Its reports
 * go to the pool's engine over the real bus; while that is away it goes on forecasting.
 */
import { createMemoryBus } from './adapters/memory/bus.ts';
import { plaBehavior } from './actors/pla.ts';
import { poolRules } from './actors/pool-rules.ts';
import type { PoolSettings } from './actors/pool-settings.ts';
import { createComputeExecutors } from './executors.ts';
import { START, type Bus, type EntryId, type NewEntry } from './ports/bus.ts';
import { sleep, type Clock } from './ports/clock.ts';
import type { Compute } from './ports/compute.ts';
import type { Log } from './ports/log.ts';
import { silentMeter } from './ports/meter.ts';
import type { Random } from './ports/random.ts';
import { createBufferedAppend } from './producer/buffered-append.ts';
import { plaAddress, shardOf } from './protocol/address.ts';
import { decodeMessage, encodeMessage } from './protocol/codec.ts';
import type { ContentType } from './protocol/content-type.ts';
import { createMessage } from './protocol/create-message.ts';
import type { Observation } from './protocol/observation.ts';
import type { StateReport } from './protocol/state-report.ts';
import { createRuntime } from './runtime/runtime.ts';

export interface EdgeOptions {
  /** Of the pool, as the cluster has them. */
  readonly settings: PoolSettings;
  readonly producer: string;
  /** Differs from every earlier run of this producer. */
  readonly incarnation: number;
  /** Where reports go. */
  readonly bus: Pick<Bus, 'append'>;
  readonly contentType: ContentType;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly compute: Compute;
  /** Told every report whole, whether the bus is there or not. Must not throw. */
  readonly onReport?: (report: StateReport) => void;
}

export interface EdgeAnalyzer {
  start(): Promise<void>;
  observe(observation: Observation): void;
  /** The last report. */
  readonly report: StateReport | undefined;
  /** Sends what waits, within the time. */
  stop(withinMs: number): Promise<void>;
}

/** One process and nobody to hand over to: beats are there for form's sake. */
const CALM = { leaseMs: 600_000, beatMs: 120_000, leaseMarginMs: 60_000, readWaitMs: 60_000 };
/** Reports kept while the bus is away; newer ones say more. */
const WAITING_MAX = 100;
const LOOK_EVERY_MS = 1_000;
const REPORTS_AT_ONCE = 100;

export function createEdgeAnalyzer(options: EdgeOptions): EdgeAnalyzer {
  const { settings, producer, incarnation, clock, random, log, compute, contentType, onReport } = options;
  const { pool } = settings;
  const address = plaAddress(pool, producer);
  const shard = shardOf(address);
  const rules = poolRules(settings, false);
  const line = createBufferedAppend({ bus: options.bus, clock, log, meter: silentMeter, waitingMax: WAITING_MAX });
  let observed = 0;
  let told = 0;

  /** Under a sequence of this run: the one in memory begins anew with the process, and would be taken for repeats. */
  const outward = ({ to, body, contentType: inner, atMs, ...entry }: NewEntry): NewEntry => {
    const decoded = decodeMessage(body, inner);
    if (!decoded.ok) throw new Error(`${address} sent what cannot be read: ${decoded.error.message}`);
    told += 1;
    const { id: _id, ...message } = decoded.message;
    const origin = { source: address, incarnation, sequence: told, timeMs: message.timeMs, traceparent: message.traceparent };
    return {
      ...entry,
      to,
      atMs,
      contentType,
      body: encodeMessage(createMessage(message.name, message.data, origin) as never, contentType),
    };
  };

  const memory = createMemoryBus({ clock, topicEntriesMax: REPORTS_AT_ONCE });
  const commit: Bus['commit'] = async (batch) => {
    const leaving = batch.sends.filter((entry) => entry.to !== address);
    const outcome = await memory.commit({ ...batch, sends: batch.sends.filter((entry) => entry.to === address) });
    if (outcome === 'committed' && leaving.length > 0) await line.append(leaving.map(outward));
    return outcome;
  };
  // Everything but the commit is the memory's own.
  const bus = new Proxy(memory, {
    get(target, name: keyof Bus) {
      return name === 'commit' ? commit : target[name].bind(target);
    },
  });
  const runtime = createRuntime({
    owner: `edge/${producer}`,
    bus,
    clock,
    random,
    log,
    meter: silentMeter,
    behaviors: [
      plaBehavior(
        (name) => (name === pool ? rules : undefined),
        (packed) => compute.open(packed),
      ),
    ],
    executors: createComputeExecutors(compute, memory),
    isWanted: (one) => one === shard,
    settings: CALM,
  });

  const end = new AbortController();
  let report: StateReport | undefined;
  const readReports = async (): Promise<void> => {
    for (let after: EntryId = START; !end.signal.aborted; await sleep(clock, LOOK_EVERY_MS, end.signal)) {
      for (const entry of await memory.readTopic('reports', after, REPORTS_AT_ONCE)) {
        after = entry.id;
        const decoded = decodeMessage(entry.body, entry.contentType);
        if (!decoded.ok || decoded.message.name !== 'state-report') continue;
        report = decoded.message.data;
        onReport?.(report);
      }
    }
  };

  return {
    async start() {
      await runtime.start();
      readReports().catch((error: unknown) => log.error({ error }, 'reports are not told any more'));
    },
    observe(observation) {
      observed += 1;
      const origin = { source: `producer/${pool}/${producer}`, incarnation, sequence: observed, timeMs: clock.nowMs() };
      const body = encodeMessage(createMessage('observation', observation, origin), 'application/msgpack');
      memory
        .append([{ shard, to: address, contentType: 'application/msgpack', body, atMs: clock.nowMs() }])
        .catch((error: unknown) => log.warn({ error }, 'the analyzer did not take an observation'));
    },
    get report() {
      return report;
    },
    async stop(withinMs) {
      end.abort('stopped');
      await runtime.drain();
      await line.flush(withinMs);
      await compute.close();
      await memory.close();
    },
  };
}
