import { createRedisBus, type RedisBus } from '../adapters/redis/bus.ts';
import { createSystemRandom } from '../adapters/system/random.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Meter } from '../ports/meter.ts';
import { InputError, ProblemList } from '../problems.ts';
import { readRedis } from './up/flags.ts';

/** The bus of a cluster, for a program that is no node of it. @throws InputError */
export async function openBus(url: string, name: string, clock: Clock, log: Log, meter: Meter): Promise<RedisBus> {
  const problems = new ProblemList();
  const settings = readRedis(url, problems);
  problems.throwIfAny();
  if (settings === undefined) throw new InputError([{ place: '--bus', wanted: 'a URL that begins with redis://', found: 'none' }]);
  return createRedisBus({ settings, clock, random: createSystemRandom(), log, meter, name: `forescale:${name}` });
}
