import { parseListen } from './compile-inspector.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import type { AddProblem } from './schema-problems.ts';
import type { ServeConfig } from './serve-schema.ts';
import type { ExternalMetricsSettings, ServeAddress, ServeSettings } from './settings.ts';

const { serve: defaults } = CONFIG_DEFAULTS;

export function compileServe(config: ServeConfig = {}, add: AddProblem): ServeSettings {
  const { recommender, keda, externalMetrics, tls } = config;
  if (externalMetrics !== undefined && tls === undefined)
    add(['externalMetrics'], '`serve.tls` beside it: an API server asks over HTTPS only', 'none');
  return {
    recommender: recommender && addressOf(recommender.listen ?? defaults.recommender),
    keda: keda && addressOf(keda.listen ?? defaults.keda),
    externalMetrics: externalMetrics && externalMetricsOf(externalMetrics, add),
    tls,
  };
}

function externalMetricsOf(config: NonNullable<ServeConfig['externalMetrics']>, add: AddProblem): ExternalMetricsSettings {
  const { listen = defaults.externalMetrics, callers, kubeconfig, context } = config;
  if (callers !== undefined && (kubeconfig !== undefined || context !== undefined))
    add(['externalMetrics', 'callers'], 'callers by a file, or a cluster that tells them', 'both');
  return {
    ...addressOf(listen),
    callers: callers && { caFile: callers.caFile, names: callers.names ?? [] },
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
}

/** What it is given matches the schema's pattern, which has a port. */
function addressOf(text: string): ServeAddress {
  const { host = '', port = 0 } = parseListen(text) ?? {};
  return { host, port };
}
