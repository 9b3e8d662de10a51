import type * as otlp from '@opentelemetry/exporter-trace-otlp-http';
import type * as resources from '@opentelemetry/resources';
import type * as sdk from '@opentelemetry/sdk-trace';
import { InputError } from '../../problems.ts';
import type { OpenTelemetryApi } from './tracer.ts';

/** Loaded only when it is used: most installations trace nothing. @throws InputError when it is not installed. */
export async function loadApi(): Promise<OpenTelemetryApi> {
  return loaded(() => import('@opentelemetry/api'));
}

export interface OpenTelemetrySdk {
  readonly api: OpenTelemetryApi;
  readonly sdk: typeof sdk;
  readonly resources: typeof resources;
  readonly otlp: typeof otlp;
}

/** With what samples spans and sends them. @throws InputError when some of it is not installed. */
export async function loadSdk(): Promise<OpenTelemetrySdk> {
  const [api, sdkModule, resourcesModule, otlpModule] = await loaded(() =>
    Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ]),
  );
  return { api, sdk: sdkModule, resources: resourcesModule, otlp: otlpModule };
}

const PACKAGES =
  '@opentelemetry/api@1.9 @opentelemetry/sdk-trace@2 @opentelemetry/resources@2 @opentelemetry/exporter-trace-otlp-http@0.223';

async function loaded<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch {
    throw new InputError([{ place: 'tracing', wanted: `OpenTelemetry (npm install ${PACKAGES})`, found: 'not installed' }]);
  }
}
