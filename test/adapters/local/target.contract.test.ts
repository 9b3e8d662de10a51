import { targetFaultContract, withFaults } from '../../contracts/target/faults.ts';
import { targetContract } from '../../contracts/target.ts';
import { localTarget, poolSettings } from './support.ts';
import { pause } from '../../until.ts';

targetContract('local', async () => {
  const target = localTarget(poolSettings());
  await target.start();
  return { target, pool: 'web', advance: pause, close: () => target.stop() };
});

targetFaultContract('local', async () => {
  const target = localTarget(poolSettings());
  await target.start();
  // The actor's minutes are not waited for: a process here is ready in a fraction of a second.
  const advance = (ms: number): Promise<void> => pause(Math.min(ms, 20));
  return withFaults(target, { pool: 'web', advance, close: () => target.stop() });
});
