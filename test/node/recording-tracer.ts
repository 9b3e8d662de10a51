import type { Span, SpanAttributes, SpanStart, Tracer } from '../../src/ports/tracer.ts';
import { formatTraceparent, parseTraceparent } from '../../src/protocol/trace-context.ts';

export interface Told extends SpanStart {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly endMs: number;
  readonly failure: string | undefined;
  readonly notes: readonly string[];
  readonly attributes: SpanAttributes;
}

/** A tracer that keeps what it is told, with ids that count. */
export function recordingTracer(): { readonly tracer: Tracer; readonly told: Told[] } {
  const told: Told[] = [];
  let ids = 0;
  const next = (digits: number): string => (ids += 1).toString(16).padStart(digits, '0');
  const begin = (start: SpanStart): Span => {
    const cause = start.parent === undefined ? undefined : parseTraceparent(start.parent);
    const traceId = cause?.traceId ?? next(32);
    const spanId = next(16);
    const notes: string[] = [];
    return {
      traceparent: formatTraceparent({ traceId, parentId: spanId, sampled: true }),
      note: (name) => void notes.push(name),
      end: (endMs, failure, attributes) =>
        void told.push({
          ...start,
          traceId,
          spanId,
          parentId: cause?.parentId,
          endMs,
          failure,
          notes,
          attributes: { ...start.attributes, ...attributes },
        }),
    };
  };
  return { tracer: { begin }, told };
}
