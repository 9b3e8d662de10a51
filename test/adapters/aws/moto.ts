import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { loadAutoScaling } from '../../../src/adapters/aws/library.ts';
import { until } from '../../until.ts';

export const hasMoto = spawnSync('python3', ['-c', 'import moto.server']).status === 0;

export interface Moto {
  readonly endpoint: string;
  readonly stop: () => void;
}

/** moto on a port of its own. */
export async function startMoto(port: number): Promise<Moto> {
  const server = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const stop = (): void => void server.kill('SIGKILL');
  try {
    await until(() => answers(port), 'moto listens', 60_000);
  } catch (error) {
    stop();
    throw error;
  }
  return { endpoint: `http://127.0.0.1:${port}`, stop };
}

/** Whether something listens on that port of this machine. */
export function answers(at: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(at, '127.0.0.1');
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** A group `web-asg` of 1 to 8 instances, 1 wanted. */
export async function createMotoGroup(endpoint: string): Promise<AutoScalingClient> {
  const library = await loadAutoScaling();
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new library.AutoScalingClient({ endpoint, region: 'eu-west-1', credentials });
  const launch = { LaunchConfigurationName: 'l', ImageId: 'ami-12c6146b', InstanceType: 't3.micro' };
  await client.send(new library.CreateLaunchConfigurationCommand(launch));
  const group = { AutoScalingGroupName: 'web-asg', LaunchConfigurationName: 'l', AvailabilityZones: ['eu-west-1a'] };
  await client.send(new library.CreateAutoScalingGroupCommand({ ...group, MinSize: 1, MaxSize: 8, DesiredCapacity: 1 }));
  return client;
}
