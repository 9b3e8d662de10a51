import { createCallbackServer, type CallbackPool } from '../../adapters/webhook/callback-server.ts';
import type { Listener } from '../../adapters/http/listener.ts';
import { PoolNews } from '../../adapters/webhook/news.ts';
import { createWebhookTarget } from '../../adapters/webhook/target.ts';
import type { WebhookTargetSettings } from '../../config/settings.ts';
import { InputError } from '../../problems.ts';
import type { RemoteTargetKind, RemoteWorld } from './remote-target.ts';

/** Systems that are asked over HTTP; pools with one callback address share its server. */
export function webhookTargets({ clock, random, log }: RemoteWorld): RemoteTargetKind<WebhookTargetSettings> {
  const addresses = new Map<string, { readonly pools: Map<string, CallbackPool>; readonly server: Listener }>();
  const addressOf = (key: string) => {
    const present = addresses.get(key);
    if (present !== undefined) return present;
    const pools = new Map<string, CallbackPool>();
    const made = { pools, server: createCallbackServer(pools, clock) };
    addresses.set(key, made);
    return made;
  };
  return {
    create(pool, settings) {
      const { callback, secretEnv, tokenEnv, timeoutMs } = settings;
      const secret = variable(pool, 'secretEnv', secretEnv);
      const news = callback === undefined ? undefined : new PoolNews(clock, callback.freshMs);
      const target = createWebhookTarget(
        { pool, url: new URL(settings.url), secret, token: variable(pool, 'tokenEnv', tokenEnv), timeoutMs, callback },
        { clock, random: random.fork(pool), ...(news === undefined ? {} : { news }) },
      );
      const start = async (): Promise<void> => {
        if (callback === undefined || news === undefined || secret === undefined) return;
        const { pools, server } = addressOf(`${callback.host} ${callback.port}`);
        const isFirst = pools.size === 0;
        pools.set(pool, { secret, news });
        if (!isFirst) return;
        const port = await server.listen(callback.host, callback.port);
        log.info({ host: callback.host, port }, 'callbacks of webhooks are taken');
      };
      return { target, start, stop: () => target.close() };
    },
    async stop() {
      await Promise.all([...addresses.values()].map(({ server }) => server.close()));
    },
  };
}

/** @throws InputError that names the variable, never its value. */
function variable(pool: string, option: string, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const value = process.env[name];
  if (value !== undefined && value !== '') return value;
  throw new InputError([
    {
      place: `pools.${pool}.target.${option}`,
      wanted: `the environment variable ${name}`,
      found: value === undefined ? 'none' : 'an empty one',
    },
  ]);
}
