import { parseListen } from './compile-inspector.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import type { ServeConfig } from './serve-schema.ts';
import type { ServeAddress, ServeSettings } from './settings.ts';

const { serve: defaults } = CONFIG_DEFAULTS;

export function compileServe({ recommender, keda, tls }: ServeConfig = {}): ServeSettings {
  return {
    recommender: recommender && addressOf(recommender.listen ?? defaults.recommender),
    keda: keda && addressOf(keda.listen ?? defaults.keda),
    tls,
  };
}

/** What it is given matches the schema's pattern, which has a port. */
function addressOf(text: string): ServeAddress {
  const { host = '', port = 0 } = parseListen(text) ?? {};
  return { host, port };
}
