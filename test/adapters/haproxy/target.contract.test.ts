import { test } from 'node:test';
import { targetFaultContract, withFaults } from '../../contracts/target/faults.ts';
import { targetContract } from '../../contracts/target.ts';
import { noHaproxy, startHaproxy } from './support.ts';
import { pause } from '../../until.ts';

if (noHaproxy === undefined) {
  targetContract('haproxy', async () => {
    const haproxy = await startHaproxy();
    const target = haproxy.target();
    await target.start();
    return { target, pool: 'web', advance: pause, close: () => haproxy.close() };
  });

  targetFaultContract('haproxy', async () => {
    const haproxy = await startHaproxy();
    const target = haproxy.target();
    await target.start();
    // The actor's minutes are not waited for: a process here is ready in a fraction of a second.
    const advance = (ms: number): Promise<void> => pause(Math.min(ms, 20));
    return withFaults(target, { pool: 'web', advance, close: () => haproxy.close() });
  });
} else test('haproxy: conformance', { skip: noHaproxy }, () => {});
