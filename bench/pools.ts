/**
 * What many pools take: `npm run bench -- pools [COUNT]` (default 25). Whole ones, each with a producer, an analyzer of it and of the
 * total, an engine with its thirty shadows, and a simulated target, in one node on a memory bus in virtual time: streams, codecs,
 * forecasts, decisions and actions. Only the network between processes is not in it. Bar: 20,000 at a minute on two cores, extrapolated.
 * CPU time of this process after a day, when the rules are proven; the producers and the targets are in it, too.
 */
import { createPools, DAY_MINUTES, MINUTE_MS } from './pools/many.ts';

/** A rule is followed after a day of evidence. */
const WARM_INTERVALS = DAY_MINUTES + 120;
const TIMED_INTERVALS = 120;
const POOLS = 20_000;
const CORES = 2;

export async function run([given = '25']: readonly string[]): Promise<void> {
  const count = Number(given);
  const pools = await createPools(count);
  await pools.live(0, WARM_INTERVALS);
  const before = process.cpuUsage();
  await pools.live(WARM_INTERVALS, TIMED_INTERVALS);
  const { user, system } = process.cpuUsage(before);
  const ms = (user + system) / 1_000 / TIMED_INTERVALS / count;
  const share = (ms * POOLS) / (CORES * MINUTE_MS);
  const mebibytes = process.memoryUsage.rss() / 2 ** 20;
  console.log(
    `${count} pools of a producer each: ${ms.toFixed(2)} ms of CPU a pool and interval, ${(mebibytes / count).toFixed(2)} MiB a pool, ${pools.writes()} writes at targets; ${POOLS} at a minute, extrapolated: ${(100 * share).toFixed(0)}% of ${CORES} cores (bar 100: ${share <= 1 ? 'held' : 'missed'})`,
  );
}
