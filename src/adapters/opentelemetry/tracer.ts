import type * as api from '@opentelemetry/api';
import type { Span, SpanAttributes, SpanStart, Tracer } from '../../ports/tracer.ts';
import { formatTraceparent, parseTraceparent } from '../../protocol/trace-context.ts';

export type OpenTelemetryApi = typeof api;

/** Spans by the API of OpenTelemetry: which are kept, and where they go, is up to the SDK that stands behind `tracer`. */
export function tracerOf({ ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace }: OpenTelemetryApi, tracer: api.Tracer): Tracer {
  const KINDS = { producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };

  const contextOf = (parent: string | undefined): api.Context => {
    const cause = parent === undefined ? undefined : parseTraceparent(parent);
    if (cause === undefined) return ROOT_CONTEXT;
    const traceFlags = cause.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    return trace.setSpanContext(ROOT_CONTEXT, { traceId: cause.traceId, spanId: cause.parentId, traceFlags, isRemote: true });
  };
  return {
    begin({ name, kind, parent, atMs, attributes }: SpanStart): Span {
      const options = { kind: KINDS[kind], startTime: new Date(atMs), ...(attributes === undefined ? undefined : { attributes }) };
      const span = tracer.startSpan(name, options, contextOf(parent));
      const { traceId, spanId: parentId, traceFlags } = span.spanContext();
      return {
        traceparent: formatTraceparent({ traceId, parentId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 }),
        note: (what, whenMs, about: SpanAttributes = {}) => void span.addEvent(what, about, new Date(whenMs)),
        end(endMs, failure, about) {
          if (about !== undefined) span.setAttributes(about);
          if (failure !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
          span.end(new Date(Math.max(atMs, endMs)));
        },
      };
    },
  };
}
