/** Reads the load of services that have no SDK, and tells it as their producers would. */
import type { PodUsageSourceSettings, SourceSettings } from '../config/source-settings.ts';
import type { Bus } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Meter } from '../ports/meter.ts';
import type { PodUsage } from '../ports/pod-usage.ts';
import type { Tracer } from '../ports/tracer.ts';
import { createPublisher, type Publisher } from '../producer/publisher.ts';
import type { Observation } from '../protocol/observation.ts';
import { createAccessLogSource } from './access-log-source.ts';
import { createOtlpSource } from './otlp/source.ts';
import { createPodUsageSource } from './pod-usage-source.ts';
import { createQuerySource } from './query-source.ts';
import { createScrapeSource } from './scrape-source.ts';
import { SAID_EVERY_MS, type Source, type SourceContext } from './source.ts';
import { createStatsdSource } from './statsd-source.ts';

export interface AgentOptions {
  readonly sources: readonly SourceSettings[];
  readonly bus: Pick<Bus, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  /** Opens what sources of the kind `kubernetes` read. Default: there are none. */
  readonly podUsage?: (settings: PodUsageSourceSettings) => PodUsage;
  /** Traces begin here. Default: nothing is traced. */
  readonly tracer?: Tracer | undefined;
}

export interface Agent {
  /** Rejects, with nothing left running, when a source cannot begin. */
  start(): Promise<void>;
  /** Sends what waits, as far as the bus takes it. */
  stop(): Promise<void>;
}

export function createAgent({ sources, bus, clock, log, meter, tracer, podUsage }: AgentOptions): Agent {
  const publish = createPublishers({ bus, clock, log, meter, tracer });
  const running = sources.map((settings) => ({
    settings,
    source: createSource(settings, { clock, log: log.child({ pool: settings.pool }), meter, emit: publish.emit }, podUsage),
  }));
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(({ source }) => source.stop()));
    await publish.flush();
  };
  return {
    async start() {
      try {
        for (const { settings, source } of running) {
          await source.start();
          log.info({ pool: settings.pool, source: settings.kind.name }, 'a source of load is read');
        }
      } catch (error) {
        await stop();
        throw error;
      }
    },
    stop,
  };
}

function createSource(settings: SourceSettings, context: SourceContext, podUsage: AgentOptions['podUsage']): Source {
  const { kind } = settings;
  if (kind.name === 'scrape') return createScrapeSource(settings, kind, context);
  if (kind.name === 'query') return createQuerySource(settings, kind, context);
  if (kind.name === 'statsd') return createStatsdSource(settings, kind, context);
  if (kind.name === 'otlp') return createOtlpSource(settings, kind, context);
  if (kind.name === 'kubernetes') {
    if (podUsage === undefined) throw new Error('a source of the kind kubernetes needs `podUsage`');
    return createPodUsageSource(settings, kind, podUsage(kind), context);
  }
  return createAccessLogSource(settings, kind, context);
}

/** Producers that one agent speaks for at the most. */
const PUBLISHERS_MAX = 20_000;

/** One publisher for each producer, with the sequence that its repeats are known by. */
function createPublishers({ bus, clock, log, meter, tracer }: Omit<AgentOptions, 'sources'>): {
  readonly emit: SourceContext['emit'];
  flush(): Promise<void>;
} {
  const incarnation = clock.nowMs();
  const publishers = new Map<string, Publisher>();
  let saidMs = Number.NEGATIVE_INFINITY;
  const onRefused = (error: unknown): void => {
    const nowMs = clock.monotonicMs();
    if (nowMs - saidMs < SAID_EVERY_MS) return;
    saidMs = nowMs;
    log.warn({ error }, 'the bus refused observations; they wait, and are sent again');
  };
  return {
    emit(observation: Observation) {
      const { pool, producer } = observation;
      const key = `${pool}/${producer}`;
      let publisher = publishers.get(key);
      if (publisher === undefined) {
        if (publishers.size >= PUBLISHERS_MAX)
          return meter.count('forescale_agent_refused_total', { source: 'agent', reason: 'too-many-producers' });
        publisher = createPublisher({ bus, clock, pool, producer, incarnation, onRefused, tracer });
        publishers.set(key, publisher);
      }
      publisher.publish(observation);
    },
    async flush() {
      await Promise.all(Array.from(publishers.values(), (publisher) => publisher.flush()));
    },
  };
}
