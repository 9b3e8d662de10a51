/** What a service imports to tell its load: `forescale/producer`. */
import { createSystemClock } from './adapters/system/clock.ts';
import { createSystemRandom } from './adapters/system/random.ts';
import { watchEventLoop } from './adapters/system/event-loop.ts';
import { silentLog, type Log } from './ports/log.ts';
import { silentMeter } from './ports/meter.ts';
import type { Tracer } from './ports/tracer.ts';
import type { Bus } from './ports/bus.ts';
import { sleep, type TimerHandle } from './ports/clock.ts';
import {
  BurstWatch,
  createPseudonyms,
  createPublisher,
  createRecorder,
  recordFastify,
  recordGrpc,
  recordHono,
  recordKoa,
  recordMessages,
  recordRequests,
  type FastifyLike,
  type MessageRecording,
  type Recorder,
  type RequestHook,
  type RequestRecording,
} from './producer/index.ts';
import type { EdgeAnalyzer } from './edge.ts';
import type { EdgeOrder } from './edge-producer.ts';
import type { Observation } from './protocol/observation.ts';
import type { StateReport } from './protocol/state-report.ts';

export { createOpenTelemetryTracer } from './adapters/opentelemetry/open.ts';
export type { Span, SpanAttributes, SpanStart, Tracer } from './ports/tracer.ts';
export {
  createPseudonyms,
  createPublisher,
  createRecorder,
  Recorder,
  recordFastify,
  recordGrpc,
  recordHono,
  recordKoa,
  recordMessages,
  recordRequests,
  type FastifyLike,
  type MessageRecording,
  type Publisher,
  type PublisherOptions,
  type RecorderCounts,
  type RecorderOptions,
  type RequestHook,
  type RequestRecording,
} from './producer/index.ts';

/** Who tells its load, and where to. */
export interface ProducerOptions {
  /** The pool that this service belongs to, as the config names it. */
  readonly pool: string;
  /** Unique in its pool, e.g. the name of the pod. Default: host name and process id. */
  readonly producer?: string;
  /** Where observations go: a URL of Redis (docs/redis.md), RabbitMQ or Kafka (docs/bridges.md), or a bus of your own. */
  readonly bus: string | Pick<Bus, 'append'>;
  /** The interval of the pool, milliseconds. Default 60,000, as in the config. */
  readonly intervalMs?: number;
  /** Sources leave this process under pseudonyms made with this secret; `plain` sends them as they are. Default: the pool's name. */
  readonly sources?: { readonly secret: string } | 'plain';
  /**
   * Analyzes in this process instead of in the cluster: forecasts also while the bus is away. Takes a thread for training, some
   * megabytes, and learns anew after a restart. Default: in the cluster.
   */
  readonly edge?: EdgeChoice;
  /** Default: says nothing. */
  readonly log?: Log;
  /** Begins a trace with each observation: `await createOpenTelemetryTracer()`. Default: nothing is traced. */
  readonly tracer?: Tracer;
}

/** How the producer's own analyzer runs in its process. */
export interface EdgeChoice {
  /** Config file of the cluster: what the pool is set to. */
  readonly config: string;
  /** Told every report, whether the bus is there or not. */
  readonly onReport?: (report: StateReport) => void;
}

/** What a service tells its load with. */
export interface Producer {
  /** The last report of the analyzer in this process; undefined before the first, and where there is none. */
  readonly forecast: StateReport | undefined;
  /** For what no middleware sees: messages of a queue, jobs, calls. Its arguments are the recorder's. */
  readonly recorder: Recorder;
  /** For node:http, Express and everything that takes `(request, response, next)`. */
  middleware(options?: Recording): RequestHook;
  /** Before the routes: `producer.fastify(app)`. Types are route patterns. */
  fastify(fastify: FastifyLike, options?: Recording): void;
  /** First of the middleware: `app.use(producer.koa())`. */
  koa(options?: Recording): ReturnType<typeof recordKoa>;
  /** First of the middleware: `app.use(producer.hono())`, on Node.js. */
  hono(options?: Recording): ReturnType<typeof recordHono>;
  /** For @grpc/grpc-js: the implementation of a service, each call counted. */
  grpc<T extends object>(implementation: T): T;
  /** For consumers of queues: the handler, each message counted. */
  messages<M, Rest extends unknown[], R>(
    handle: (message: M, ...rest: Rest) => R,
    options: MessageRecording<M>,
  ): (message: M, ...rest: Rest) => R;
  /** Tells the last interval and says goodbye: the pool does not wait for this producer any more. At most 2 s. Never rejects. */
  close(): Promise<void>;
}

type Recording = Omit<RequestRecording, 'recorder' | 'clock'>;

/** Told this long after an interval, so that a late timer does not split it. */
const TELL_AFTER_MS = 15;
/** How often a jump of the load is looked for. */
const LOOK_EVERY_MS = 1_000;
const CLOSE_MS = 2_000;
const RECONNECT_MS = 5_000;
/** Observations that wait for an analyzer that is still being loaded. */
const EARLY_MAX = 100;

/**
 * A producer: records requests, and tells an observation each interval. It never throws into a request and never waits for
 * the bus: while that is away, the last thousand observations are kept.
 * @throws RangeError for an option that makes no sense.
 */
export function createProducer(options: ProducerOptions): Producer {
  const { pool, producer = defaultName(), intervalMs = 60_000, log = silentLog, sources = { secret: pool } } = options;
  const clock = createSystemClock();
  const connection = typeof options.bus === 'string' ? connectLazily(options.bus, producer, log) : undefined;
  const bus = connection ?? (options.bus as Pick<Bus, 'append'>);
  // Others read what is on a broker: in the standardized JSON.
  const isOnQueue = typeof options.bus === 'string' && /^(amqp|kafka)s?:/.test(options.bus);
  const contentType = isOnQueue ? 'application/json' : 'application/msgpack';
  const carrier = isOnQueue ? 'queue' : 'bus';
  const incarnation = clock.nowMs();
  const analyzer = options.edge === undefined ? 'cluster' : 'edge';
  const publisher = createPublisher({ bus, clock, pool, producer, incarnation, contentType, analyzer, carrier, tracer: options.tracer });
  const edge =
    options.edge === undefined
      ? undefined
      : openLazily({ ...options.edge, pool, producer, intervalMs, incarnation, bus, contentType, clock, log });
  const figures = processFigures();
  const nameOf = sources === 'plain' ? undefined : createPseudonyms(sources.secret);
  const recorder = createRecorder({
    pool,
    producer,
    intervalMs,
    process: () => figures.read(),
    emit(observation) {
      const told = nameOf === undefined ? observation : withNames(observation, nameOf);
      publisher.publish(told);
      edge?.observe(told);
    },
  });
  let timer: TimerHandle | undefined;
  const tick = (): void => {
    const nowMs = clock.nowMs();
    recorder.flush(nowMs);
    timer = clock.setTimer(intervalMs - (nowMs % intervalMs) + TELL_AFTER_MS, tick);
  };
  tick();
  const watch = new BurstWatch();
  let look: TimerHandle | undefined;
  const lookForBurst = (): void => {
    const burst = watch.look(clock.nowMs(), recorder.counts.recorded);
    if (burst !== undefined) publisher.pulse(burst);
    look = clock.setTimer(LOOK_EVERY_MS, lookForBurst);
  };
  // A pool whose intervals are this short is told soon enough.
  if (intervalMs > LOOK_EVERY_MS) lookForBurst();
  const recording = (given: Recording = {}): RequestRecording => ({ ...given, recorder, clock });
  return {
    recorder,
    get forecast() {
      return edge?.report;
    },
    middleware: (given) => recordRequests(recording(given)),
    fastify: (fastify, given) => recordFastify(fastify, recording(given)),
    koa: (given) => recordKoa(recording(given)),
    hono: (given) => recordHono(recording(given)),
    grpc: (implementation) => recordGrpc(implementation, { recorder, clock }),
    messages: (handle, given) => recordMessages(handle, { ...given, recorder, clock }),
    async close() {
      timer?.cancel();
      look?.cancel();
      recorder.close(clock.nowMs());
      figures.stop();
      await Promise.race([Promise.all([publisher.flush(), edge?.stop(CLOSE_MS / 2)]), sleep(clock, CLOSE_MS)]);
      await connection?.close();
    },
  };
}

function defaultName(): string {
  const host = process.env['HOSTNAME'] ?? 'host';
  return `${host.replaceAll(/[^A-Za-z0-9._-]/g, '-')}-${process.pid}`.slice(0, 253);
}

function withNames(observation: Observation, nameOf: (source: string) => string): Observation {
  const { bySource } = observation;
  return {
    ...observation,
    bySource: { ...bySource, top: bySource.top.map(({ source, requests }) => ({ source: nameOf(source), requests })) },
  };
}

/** CPU, memory and delay of this process, since they were read last. */
function processFigures(): { read(): NonNullable<Observation['process']>; stop(): void } {
  const loop = watchEventLoop();
  let before = process.cpuUsage();
  return {
    read() {
      const now = process.cpuUsage();
      const cpuSeconds = Math.max(0, now.user - before.user + now.system - before.system) / 1e6;
      before = now;
      return { cpuSeconds, memoryBytes: process.memoryUsage.rss(), eventLoopDelayMs: loop.look() };
    },
    stop: () => loop.stop(),
  };
}

/** The analyzer is loaded beside the service's own start; what is observed until then waits. It never rejects into the service. */
function openLazily(order: EdgeOrder): Pick<EdgeAnalyzer, 'observe' | 'report' | 'stop'> {
  const early: Observation[] = [];
  let analyzer: EdgeAnalyzer | undefined;
  const open = async (): Promise<void> => {
    try {
      const { openEdge } = await import('./edge-producer.ts');
      analyzer = await openEdge(order);
      for (const observation of early.splice(0)) analyzer.observe(observation);
    } catch (error) {
      order.log.error({ error }, 'the analyzer of this producer cannot be used');
    }
  };
  const opening = open();
  return {
    observe(observation) {
      if (analyzer !== undefined) analyzer.observe(observation);
      else if (early.length < EARLY_MAX) early.push(observation);
    },
    get report() {
      return analyzer?.report;
    },
    async stop(withinMs) {
      await opening;
      await analyzer?.stop(withinMs);
    },
  };
}

type Line = Pick<Bus, 'append'> & { close(): Promise<void> };

/** Loads the one client that the URL needs. */
async function connect(url: string, producer: string, log: Log): Promise<Line> {
  const clock = createSystemClock();
  const name = `forescale:producer:${producer}`;
  if (/^(amqp|kafka)s?:/.test(url)) {
    const [{ planQueue }, { createQueueIntake }] = await Promise.all([import('./open-queue.ts'), import('./bridge/intake.ts')]);
    const plan = planQueue(url, 'bus', process.env);
    const queue = await plan.open({ name, clock, log });
    return { ...createQueueIntake(queue, plan.queue, producer), close: () => queue.close() };
  }
  const [{ createRedisBus }, { parseRedisUrl }] = await Promise.all([import('./adapters/redis/bus.ts'), import('./adapters/redis/url.ts')]);
  const settings = parseRedisUrl(url, 'bus', process.env);
  return createRedisBus({ settings, clock, random: createSystemRandom(), log, meter: silentMeter, name });
}

/** A bus that is connected when it is first needed, and again when that failed. */
function connectLazily(url: string, name: string, log: Log): Line {
  const clock = createSystemClock();
  let connecting: Promise<Line> | undefined;
  let failedMs = Number.NEGATIVE_INFINITY;
  const get = (): Promise<Line> => {
    if (connecting === undefined) {
      if (clock.monotonicMs() - failedMs < RECONNECT_MS) return Promise.reject(new Error('the bus was not reached a moment ago'));
      connecting = connect(url, name, log);
      connecting.catch((error: unknown) => {
        log.warn({ error }, 'the bus cannot be reached; observations wait');
        failedMs = clock.monotonicMs();
        connecting = undefined;
      });
    }
    return connecting;
  };
  return {
    append: async (entries) => (await get()).append(entries),
    async close() {
      try {
        await (await connecting)?.close();
      } catch {
        // It was never there.
      }
    },
  };
}
