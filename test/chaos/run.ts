/** `npm run chaos [-- --for 3m --seed 1 --nodes 3 --failover fast --only Redis --logs DIR]`: exit code 1 when something was lost or done twice. */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { noServer } from '../adapters/redis/server.ts';
import { faultsIn, runChaos } from './chaos.ts';

const { values } = parseArgs({
  options: {
    for: { type: 'string', default: '3m' },
    seed: { type: 'string', default: '1' },
    nodes: { type: 'string', default: '3' },
    failover: { type: 'string', default: 'normal' },
    only: { type: 'string', default: '' },
    logs: { type: 'string' },
  },
});
const [, count = '3', unit = 'm'] = /^(\d+)(s|m)$/.exec(values.for) ?? [];
const failover = values.failover === 'fast' ? 'fast' : 'normal';

if (noServer !== undefined) {
  console.log(`chaos: skipped, ${noServer}`);
} else {
  if (values.logs !== undefined) mkdirSync(values.logs, { recursive: true });
  const options = {
    seed: Number(values.seed),
    nodes: Number(values.nodes),
    forMs: Number(count) * (unit === 'm' ? 60_000 : 1_000),
    failover,
    only: values.only,
    logs: values.logs,
  } as const;
  const { evidence, recoveredMs } = await runChaos({ ...options, say: (line) => console.log(`${new Date().toISOString()} ${line}`) });
  const all = [...recoveredMs.values()].flat().sort((a, b) => a - b);
  const at = (share: number): number => Math.round(all[Math.min(all.length - 1, Math.floor(share * all.length))] ?? 0);
  console.log(
    `${all.length} strikes; every shard works again after p50 ${at(0.5)} ms, p90 ${at(0.9)} ms, at most ${at(1)} ms\n` +
      `${evidence.messages} messages: ${evidence.lost} lost, ${evidence.appliedTwice} applied twice, ${evidence.deadLetters.length} dead letters\n` +
      `${evidence.writes} scaling actions took effect: ${evidence.tookEffectTwice} twice, ${evidence.fromStaleOwners} from stale owners`,
  );
  const faults = faultsIn(evidence);
  for (const fault of faults) console.log(`FAILED ${fault}`);
  process.exit(faults.length === 0 ? 0 : 1);
}
