import { targetContract } from '../../contracts/target.ts';
import { localTarget, pause, poolSettings } from './support.ts';

targetContract('local', async () => {
  const target = localTarget(poolSettings());
  await target.start();
  return { target, pool: 'web', advance: pause, close: () => target.stop() };
});
