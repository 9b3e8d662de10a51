import { CONFIG_DEFAULTS } from './defaults.ts';
import type { AddProblem } from './schema-problems.ts';
import type { TracingSettings } from './settings.ts';
import type { TracingConfig } from './tracing-schema.ts';

export function compileTracing(config: TracingConfig | undefined, add: AddProblem): TracingSettings | undefined {
  if (config === undefined) return undefined;
  const { endpoint, share = CONFIG_DEFAULTS.tracing.share } = config;
  if (endpoint !== undefined) checkEndpoint(endpoint, add);
  return { endpoint, share };
}

function checkEndpoint(endpoint: string, add: AddProblem): void {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) add(['endpoint'], 'an address like http://collector:4318/v1/traces', endpoint);
  else if (url.password !== '')
    add(['endpoint'], 'no password in an address; headers of $OTEL_EXPORTER_OTLP_HEADERS are for secrets', 'one');
}
