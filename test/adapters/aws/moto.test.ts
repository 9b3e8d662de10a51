/** The same contract against moto, another's simulation of AWS: it keeps ours honest about the wire. Skipped where Python has none. */
import { spawn, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { loadAutoScaling } from '../../../src/adapters/aws/library.ts';
import { targetContract } from '../../contracts/target.ts';
import { until } from '../local/support.ts';
import { answers } from './moto.ts';
import { targetAt } from './support.ts';

const hasMoto = spawnSync('python3', ['-c', 'import moto.server']).status === 0;
const skipped = 'Python has no moto (pip install "moto[server]")';
if (!hasMoto) console.log(`SKIPPED: the aws target against moto: ${skipped}`);

const port = 15_000 + (process.pid % 5_000);
const endpoint = `http://127.0.0.1:${port}`;

if (hasMoto) {
  targetContract('aws, against moto', async () => {
    const server = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
    await until(() => answers(port), 'moto listens', 60_000);
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
        server.kill('SIGKILL');
      },
    };
  });
} else test('aws: against moto', { skip: skipped }, () => {});
