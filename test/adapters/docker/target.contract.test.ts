import { test } from 'node:test';
import type { DockerTarget } from '../../../src/adapters/docker/target.ts';
import type { Target } from '../../../src/ports/target.ts';
import { targetFaultContract, withFaults } from '../../contracts/target/faults.ts';
import { targetContract } from '../../contracts/target.ts';
import { noEngine, startEngine } from './support.ts';
import { pause } from '../../until.ts';

if (noEngine === undefined) {
  targetContract('docker', async () => {
    const engine = await startEngine();
    return { target: engine.target(), pool: 'web', advance: pause, close: () => engine.close() };
  });

  targetFaultContract('docker', async () => {
    const engine = await startEngine();
    let current: DockerTarget = engine.target();
    const target: Target = {
      kind: 'docker',
      capabilities: current.capabilities,
      get: (pool) => current.get(pool),
      scale: (request) => current.scale(request),
    };
    // The actor's minutes are not waited for: a container here is ready in a second.
    const advance = (ms: number): Promise<void> => pause(Math.min(ms, 50));
    return withFaults(target, {
      pool: 'web',
      advance,
      async restart() {
        await current.close();
        current = engine.target();
      },
      close: () => engine.close(),
    });
  });
} else test('docker: conformance', { skip: noEngine }, () => {});
