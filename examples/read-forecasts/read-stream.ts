/**
 * Reads state reports from the public stream in Redis, as any program may, and prints what is expected within the longest horizon:
 *
 *     node --import tsx examples/read-forecasts/read-stream.ts redis://127.0.0.1:6379 shop
 *
 * Outside of this repository the import is `forescale/protocol`.
 */
import { Redis } from 'ioredis';
import { decodeMessage } from '../../src/protocol/index.ts';

const [url = 'redis://127.0.0.1:6379', pool = 'shop', prefix = 'forescale'] = process.argv.slice(2);
const redis = new Redis(url);

/** Index of the quantiles 0.5 and 0.95 in `levels`. */
const indexOf = (levels: readonly number[], level: number): number => levels.findIndex((one) => Math.abs(one - level) < 1e-9);

for (let after = '0-0'; ;) {
  const read = await redis.xreadBuffer('COUNT', 100, 'BLOCK', 1_000, 'STREAMS', `${prefix}:topic:reports`, after);
  for (const [, entries] of read ?? []) {
    for (const [id, fields] of entries) {
      after = id.toString();
      const field = (name: string) => fields[fields.findIndex((one, i) => i % 2 === 0 && one.toString() === name) + 1];
      const contentType = field('type')?.toString() === 'msgpack' ? 'application/msgpack' : 'application/json';
      const decoded = decodeMessage(field('body') ?? Buffer.alloc(0), contentType);
      // What a newer version may send and this one does not know is passed over.
      if (!decoded.ok || decoded.message.name !== 'state-report') continue;
      const { data } = decoded.message;
      if (data.pool !== pool || data.producer !== null) continue;
      for (const { resource, unit, forecasts } of data.resources) {
        const last = forecasts.filter(({ kind }) => kind === 'max').at(-1);
        if (last === undefined) continue;
        const [median, high] = [0.5, 0.95].map((level) => last.quantiles[indexOf(data.levels, level)]?.toFixed(1));
        console.log(`${resource}: at most ${median} (median) to ${high} (95%) ${unit} within ${last.horizonMs / 60_000} min`);
      }
    }
  }
}
