/** What a program needs to run Forescale inside itself: a node, a bus, targets, settings. */
export { createNode, type ForescaleNode, type NodeOptions, type ObservationOrigin } from './node.ts';
export type { PoolSettings, RootSettings } from './actors/pool-settings.ts';
export { parseConfig, type ParsedConfig } from './config/parse.ts';
export type { ConfiguredPool, NodeSettings, TargetSettings } from './config/settings.ts';
export { inspectWithStately, type StatelyInspector, type StatelyOptions } from './inspector/stately.ts';
export { createMemoryBus, type MemoryBusOptions } from './adapters/memory/bus.ts';
export { createOpenTelemetryTracer } from './adapters/opentelemetry/open.ts';
export { plannerSettings, type PlannerSettings } from './planning/index.ts';
export type { Bus, BusEntry, TopicEntry } from './ports/bus.ts';
export type { Clock } from './ports/clock.ts';
export { silentLog, type Log } from './ports/log.ts';
export { silentMeter, type Meter } from './ports/meter.ts';
export type { Random } from './ports/random.ts';
export type { ScaleRequest, Target, TargetError, TargetResult, TargetState } from './ports/target.ts';
export type { Span, SpanAttributes, SpanStart, Tracer } from './ports/tracer.ts';
export { InputError } from './problems.ts';
