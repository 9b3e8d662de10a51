/** The same contract against moto, another's simulation of AWS: it keeps ours honest about the wire. Skipped where Python has none. */
import { test } from 'node:test';
import { loadAutoScaling } from '../../../src/adapters/aws/library.ts';
import { targetContract } from '../../contracts/target.ts';
import { hasMoto, startMoto } from './moto.ts';
import { targetAt } from './support.ts';

const skipped = 'Python has no moto (pip install "moto[server]")';
if (!hasMoto) console.log(`SKIPPED: the aws target against moto: ${skipped}`);

const port = 15_000 + (process.pid % 5_000);

if (hasMoto) {
  targetContract('aws, against moto', async () => {
    const { endpoint, stop } = await startMoto(port);
    const { AutoScalingClient, CreateAutoScalingGroupCommand, CreateLaunchConfigurationCommand } = await loadAutoScaling();
    const client = new AutoScalingClient({ endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
    await client.send(
      new CreateLaunchConfigurationCommand({ LaunchConfigurationName: 'l', ImageId: 'ami-12c6146b', InstanceType: 't3.micro' }),
    );
    const bounds = { MinSize: 1, MaxSize: 8, DesiredCapacity: 1 };
    const group = { AutoScalingGroupName: 'web-asg', LaunchConfigurationName: 'l', AvailabilityZones: ['eu-west-1a'] };
    await client.send(new CreateAutoScalingGroupCommand({ ...group, ...bounds }));
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
