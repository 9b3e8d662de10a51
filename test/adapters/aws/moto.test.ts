/** The same contract against moto, another's simulation of AWS: it keeps ours honest about the wire. Skipped where Python has none. */
import { test } from 'node:test';
import { targetContract } from '../../contracts/target.ts';
import { createMotoGroup, hasMoto, startMoto } from './moto.ts';
import { targetAt } from './support.ts';

const skipped = 'Python has no moto (pip install "moto[server]")';
if (!hasMoto) console.log(`SKIPPED: the aws target against moto: ${skipped}`);

const port = 15_000 + (process.pid % 5_000);

if (hasMoto) {
  targetContract('aws, against moto', async () => {
    const { endpoint, stop } = await startMoto(port);
    const client = await createMotoGroup(endpoint);
    client.destroy();
    // Another's program on a busy machine: slow is not wrong here.
    const target = targetAt(endpoint, 'web-asg', 30_000);
    return {
      target,
      pool: 'web',
      advance: async () => {},
      async close() {
        target.close();
        stop();
      },
    };
  });
} else test('aws: against moto', { skip: skipped }, () => {});
