import { hostname } from 'node:os';
import { openTracing } from '../adapters/opentelemetry/open.ts';
import { createPinoLog } from '../adapters/pino/log.ts';
import { createPrometheusMeter } from '../adapters/prometheus/meter.ts';
import { createSystemClock } from '../adapters/system/clock.ts';
import { createAgent } from '../agent/index.ts';
import { InputError } from '../problems.ts';
import { openBus } from './open-bus.ts';
import type { Output } from './output.ts';
import { openPodUsage } from './pod-usage.ts';
import { readConfig } from './up/flags.ts';
import { createStopper } from './up/stopper.ts';

export interface AgentFlags {
  readonly config: string;
  readonly bus: string;
}

/** Runs until a signal. @throws InputError before anything is read. */
export async function runAgent(flags: AgentFlags, { err }: Output): Promise<void> {
  const { sources, node, tracing: traced } = readConfig(flags.config);
  if (sources.length === 0) throw new InputError([{ place: `${flags.config} sources`, wanted: 'at least one source', found: 'none' }]);
  const clock = createSystemClock();
  const log = createPinoLog({ level: node.logLevel });
  const meter = createPrometheusMeter();
  const tracing = traced && (await openTracing({ ...traced, instance: `agent-${hostname()}` }));
  const stopper = createStopper();
  try {
    const bus = await openBus(flags.bus, 'agent', clock, log, meter);
    try {
      const agent = createAgent({
        sources,
        bus,
        clock,
        log,
        meter,
        tracer: tracing?.tracer,
        podUsage: (source) => openPodUsage(source, clock),
      });
      await agent.start();
      err(`${sources.length} ${sources.length === 1 ? 'source is' : 'sources are'} read; Ctrl-C stops.\n`);
      await stopper.stopped;
      await agent.stop();
    } finally {
      await bus.close();
    }
  } finally {
    await tracing?.close();
    stopper.end();
  }
}
