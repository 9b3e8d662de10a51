/** Spans of the steps of one batch: begun when a message is taken, told when what it led to is committed. */
import type { BusEntry } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { Span, SpanAttributes, SpanStart, Tracer } from '../ports/tracer.ts';
import type { AnyMessage } from '../protocol/message.ts';
import type { Delivery } from './cell.ts';

/** What comes from outside: its span is told in any case. That of anything else only if it leads to a message. */
const NEWS: ReadonlySet<string> = new Set(['observation', 'control', 'pulse']);
/** Links between a step and the next: without a message of their own to tell they are no work, and what they lead to hangs on what led to them. */
const LINKS: ReadonlySet<string> = new Set(['timer-fired', 'effect-result']);
/** What a step makes known is noted in its span; this is a piece of work of its own. */
const WORK = 'decision';

export class StepSpans {
  readonly #tracer: Tracer;
  readonly #clock: Clock;
  readonly #taken: { readonly span: Span; readonly outcome: Delivery }[] = [];
  readonly #works: Span[] = [];
  /** The step at hand. */
  #start: SpanStart | undefined;
  #span: Span | undefined;

  constructor(tracer: Tracer, clock: Clock) {
    this.#tracer = tracer;
    this.#clock = clock;
  }

  /** What the step at hand causes carries this on; undefined: it is part of no trace so far. */
  get traceparent(): string | undefined {
    return this.#span?.traceparent ?? this.#start?.parent;
  }

  begin({ to, atMs }: BusEntry, message: AnyMessage): void {
    const { name, traceparent: parent } = message;
    const nowMs = this.#clock.nowMs();
    const attributes = { 'forescale.actor': to, 'forescale.waited_ms': Math.max(0, nowMs - atMs), ...subjectOf(message.data) };
    this.#start = { name: nameOf(message), kind: 'consumer', parent, atMs: nowMs, attributes };
    this.#span = NEWS.has(name) || (parent !== undefined && !LINKS.has(name)) ? this.#tracer.begin(this.#start) : undefined;
  }

  /** A message that the step at hand tells. */
  note(name: string, data: unknown): void {
    if (this.#start === undefined) return;
    this.#span ??= this.#tracer.begin(this.#start);
    const nowMs = this.#clock.nowMs();
    const attributes = subjectOf(data);
    this.#span.note(name, nowMs, attributes);
    if (name !== WORK) return;
    this.#works.push(this.#tracer.begin({ name, kind: 'internal', parent: this.#span.traceparent, atMs: nowMs, attributes }));
  }

  /** The step is done. What was seen before, and what came too late, is no work and is not told. */
  took(outcome: Delivery): void {
    if (this.#span !== undefined && outcome !== 'repeat' && outcome !== 'stale') this.#taken.push({ span: this.#span, outcome });
    this.#leave();
  }

  /** The step did not happen. */
  failed(reason: string): void {
    this.#span?.end(this.#clock.nowMs(), reason);
    this.#leave();
  }

  /** It is durable now. Nothing is told of a batch that is not. */
  committed(): void {
    const nowMs = this.#clock.nowMs();
    for (const work of this.#works.splice(0)) work.end(nowMs);
    for (const { span, outcome } of this.#taken.splice(0)) span.end(nowMs, undefined, { 'forescale.outcome': outcome });
  }

  #leave(): void {
    this.#start = undefined;
    this.#span = undefined;
  }
}

function nameOf(message: AnyMessage): string {
  if (message.name === 'timer-fired') return `timer ${message.data.name}`;
  return message.name === 'effect-result' ? `${message.data.executor} answered` : message.name;
}

/** Fields that say what a message is about, and their names in spans. */
const SUBJECTS = {
  pool: 'forescale.pool',
  producer: 'forescale.producer',
  planId: 'forescale.plan',
  generation: 'forescale.generation',
  step: 'forescale.step',
  outcome: 'forescale.result',
  executor: 'forescale.executor',
  fromReplicas: 'forescale.replicas.from',
  toReplicas: 'forescale.replicas.to',
  replicas: 'forescale.replicas',
  previousReplicas: 'forescale.replicas.previous',
  readyReplicas: 'forescale.replicas.ready',
  attempts: 'forescale.attempts',
  winner: 'forescale.winner',
  reason: 'forescale.reason',
} as const;

/** A decision is about its plan. Texts are short by the protocol; what is not is cut. */
export function subjectOf(data: unknown): SpanAttributes {
  if (typeof data !== 'object' || data === null) return {};
  if ('plan' in data) return subjectOf(data.plan);
  const found: Record<string, string | number> = {};
  const fields = data as Readonly<Record<string, unknown>>;
  for (const [field, name] of Object.entries(SUBJECTS)) {
    const value = fields[field];
    if (typeof value === 'number') found[name] = value;
    else if (typeof value === 'string') found[name] = value.slice(0, 500);
  }
  // A plan's own id.
  if (typeof fields['id'] === 'string' && 'winner' in fields) found[SUBJECTS.planId] = fields['id'];
  return found;
}
