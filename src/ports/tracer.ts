/** Where spans of work go. Production: OpenTelemetry, where a person wants it. Nobody traces by default. */
export interface Tracer {
  /** Begins a span. It is told when it is ended; one that is never ended is never told. Never throws. */
  begin(start: SpanStart): Span;
}

/** What is known of a span when it begins. */
export interface SpanStart {
  /** Out of few: what was done, not on what. */
  readonly name: string;
  /** `producer`: hands something to the bus. `consumer`: takes it. `client`: asks the outside world. `internal`: else. */
  readonly kind: 'producer' | 'consumer' | 'client' | 'internal';
  /** W3C traceparent of what caused it; undefined: a trace begins here. */
  readonly parent?: string | undefined;
  /** Epoch milliseconds. */
  readonly atMs: number;
  /** On what it was done. Default none. */
  readonly attributes?: SpanAttributes;
}

/** By name; names follow OpenTelemetry's conventions where there are some. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A span that has begun. */
export interface Span {
  /** What it causes carries this on. */
  readonly traceparent: string;
  /** Something that happened within it. */
  note(name: string, atMs: number, attributes?: SpanAttributes): void;
  /** `failure`: why it did not do what it was to do; undefined: it did. */
  end(atMs: number, failure?: string, attributes?: SpanAttributes): void;
}
