/**
 * One node of a cluster as a process of its own, with counting actors: `node-program.ts {"url":…,"name":…,"failover":…}`. Says
 * `joined` when it holds what is its own, hands over and exits 0 on SIGTERM.
 */
import { parseRedisUrl } from '../../src/adapters/redis/url.ts';
import { createSystemClock } from '../../src/adapters/system/clock.ts';
import { createSystemRandom } from '../../src/adapters/system/random.ts';
import { joinCluster, type FailoverProfile } from '../../src/cluster.ts';
import { silentLog, type Log } from '../../src/ports/log.ts';
import { silentMeter } from '../../src/ports/meter.ts';
import { createRuntime } from '../../src/runtime/runtime.ts';
import { ledgerBehavior, tallyBehavior } from '../runtime/tally.ts';

export interface NodeOrder {
  readonly url: string;
  readonly name: string;
  readonly failover: FailoverProfile;
}

/** Where tallies send what they counted. */
export const LEDGER = 'ledger:all';

const loud: Log = {
  ...silentLog,
  info: (fields, message) => console.error(message, JSON.stringify(fields)),
  warn: (fields, message) => console.error(message, JSON.stringify(fields)),
  error: (fields, message) => console.error(message, JSON.stringify(fields)),
  child: () => loud,
};

async function main({ url, name, failover }: NodeOrder): Promise<void> {
  const world = { clock: createSystemClock(), random: createSystemRandom(), log: loud, meter: silentMeter };
  const redis = parseRedisUrl(url, 'url', process.env);
  const cluster = await joinCluster({ ...world, redis, name, failover, config: 'test', pools: [], isNewConfig: false, build: 'test' });
  const runtime = createRuntime({
    ...world,
    owner: name,
    bus: cluster.bus,
    behaviors: [tallyBehavior({ policy: 'every-batch' }, LEDGER), ledgerBehavior()],
    executors: { add: async () => ({ ok: true, value: 1 }) },
    isWanted: cluster.membership.isWanted,
    isUrgent: cluster.membership.isUrgent,
    settings: cluster.settings,
  });
  await cluster.start(runtime);
  await runtime.start();
  process.once('SIGTERM', () => {
    void cluster
      .leave()
      .then(() => runtime.drain())
      .then(() => cluster.close())
      .then(() => process.exit(0));
  });
  console.log('joined');
}

const isProgram =
  process.argv[1] !== undefined && import.meta.url.endsWith('/node-program.ts') && process.argv[1].endsWith('/node-program.ts');
if (isProgram) await main(JSON.parse(process.argv[2] ?? '{}') as NodeOrder);
