import type { RedisBus, RedisBusOptions } from '../../../src/adapters/redis/bus.ts';
import { createRedisBus } from '../../../src/adapters/redis/bus.ts';
import { parseRedisUrl } from '../../../src/adapters/redis/url.ts';
import { createSystemClock } from '../../../src/adapters/system/clock.ts';
import { createSystemRandom } from '../../../src/adapters/system/random.ts';
import { silentLog } from '../../../src/ports/log.ts';
import { silentMeter } from '../../../src/ports/meter.ts';

export const clock = createSystemClock();
export const random = createSystemRandom();
let opened = 0;

export type OpenOptions = Partial<RedisBusOptions> & { readonly environment?: Readonly<Record<string, string>> };

/** A bus on the server; on keys of its own unless the URL names a prefix. */
export function openBus(url: string, { environment = {}, ...options }: OpenOptions = {}): Promise<RedisBus> {
  opened += 1;
  const own = /[?&]prefix=/.test(url) ? url : `${url}${url.includes('?') ? '&' : '?'}prefix=open${opened}`;
  const settings = parseRedisUrl(own, 'url', environment);
  return createRedisBus({ settings, clock, random, log: silentLog, meter: silentMeter, name: 'test', ...options });
}
