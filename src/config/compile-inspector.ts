import { CONFIG_DEFAULTS } from './defaults.ts';
import type { Config } from './schema.ts';
import type { InspectorSettings, ListenAddress } from './settings.ts';

export function compileInspector(config: Config['inspector']): InspectorSettings {
  const { listen = CONFIG_DEFAULTS.inspector.listen, act = CONFIG_DEFAULTS.inspector.act, hosts = [], tls } = config ?? {};
  return { listen: parseListen(listen), act, hosts, tls };
}

/** `127.0.0.1`, `127.0.0.1:4270`, `[::1]:4270`, `off`. What it is given matches the schema's pattern. */
export function parseListen(text: string): ListenAddress | undefined {
  if (text === 'off') return undefined;
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port: port === undefined ? undefined : Number(port) };
}
