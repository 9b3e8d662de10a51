import type { Tracer } from '../../ports/tracer.ts';
import { loadApi, loadSdk } from './library.ts';
import { tracerOf } from './tracer.ts';

/** Name of the instrumentation scope. */
const SCOPE = 'forescale';

export interface TracingOptions {
  /** Where spans are sent by OTLP over HTTP, JSON; undefined: as OTEL_EXPORTER_OTLP_ENDPOINT and the like say. */
  readonly endpoint: string | undefined;
  /** Share of the traces that begin here which are kept, from 0 to 1; of others, whoever began them has decided. */
  readonly share: number;
  /** `service.instance.id` of what is sent. */
  readonly instance: string;
}

export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what waits, and ends. Takes `CLOSE_MS` at the most. Never rejects. */
  close(): Promise<void>;
}

const CLOSE_MS = 2_000;

/**
 * Sends spans to a collector, in batches and in the background; while it is away they are dropped beyond the SDK's queue of
 * 2,048, and nothing waits for it.
 * @throws InputError when OpenTelemetry is not installed.
 */
export async function openTracing({ endpoint, share, instance }: TracingOptions): Promise<Tracing> {
  const { api, sdk, resources, otlp } = await loadSdk();
  const exporter = new otlp.OTLPTraceExporter({ timeoutMillis: CLOSE_MS, ...(endpoint === undefined ? undefined : { url: endpoint }) });
  const named = resources.resourceFromAttributes({
    'service.name': process.env['OTEL_SERVICE_NAME'] ?? 'forescale',
    'service.instance.id': instance,
  });
  const provider = new sdk.TracerProvider({
    resource: resources.defaultResource().merge(named),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(share) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, exportTimeoutMillis: CLOSE_MS })],
  });
  return {
    tracer: tracerOf(api, provider.getTracer(SCOPE)),
    async close() {
      try {
        await provider.shutdown();
      } catch {
        // A collector that is away keeps nobody from ending.
      }
    },
  };
}

/**
 * Spans by the OpenTelemetry that this program has set up: where no SDK is registered, nothing is told.
 * @throws InputError when @opentelemetry/api is not installed.
 */
export async function createOpenTelemetryTracer(): Promise<Tracer> {
  const api = await loadApi();
  return tracerOf(api, api.trace.getTracer(SCOPE));
}
