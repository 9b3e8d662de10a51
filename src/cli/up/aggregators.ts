import { readFileSync } from 'node:fs';
import { createKubernetesClient } from '../../adapters/kubernetes/client.ts';
import { isAuthority, RequestHeaderReader } from '../../adapters/kubernetes/request-header.ts';
import type { ExternalMetricsSettings } from '../../config/settings.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { fileFault, InputError } from '../../problems.ts';
import type { AggregatorSource } from '../../serve/external-metrics/callers.ts';
import { connectionOf } from './kubernetes-targets.ts';

/** Who may ask for external metrics, kept as it changes. */
export interface OpenAggregators {
  readonly source: AggregatorSource;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** From a file, or as the cluster tells. @throws InputError when the file, or the credentials, cannot be read. */
export function openAggregators(settings: ExternalMetricsSettings, clock: Clock, log: Log): OpenAggregators {
  const { callers } = settings;
  if (callers !== undefined) {
    const current = { ca: readAuthority(callers.caFile), names: callers.names };
    return { source: { current, onChange: () => () => {} }, start: async () => {}, stop: async () => {} };
  }
  const client = createKubernetesClient(connectionOf(settings, clock), clock);
  const reader = new RequestHeaderReader(client, clock, log);
  return {
    source: reader,
    start: () => reader.start(),
    async stop() {
      reader.stop();
      await client.close();
    },
  };
}

function readAuthority(file: string): string {
  const place = 'serve.externalMetrics.callers.caFile';
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError([{ place, wanted: 'a file that can be read', found: `${file}: ${fileFault(error)}` }]);
  }
  if (isAuthority(text)) return text;
  throw new InputError([{ place, wanted: 'the certificate of an authority, as PEM', found: `${file}: something else` }]);
}
