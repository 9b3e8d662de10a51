import { targetFaultContract } from '../../contracts/target/faults.ts';
import { targetContract } from '../../contracts/target.ts';
import { armable, startSystem } from './system.ts';

/** The system answers at once: nothing has to be waited for. */
const advance = async (): Promise<void> => {};

for (const keepsGeneration of [true, false]) {
  const name = keepsGeneration ? 'webhook' : 'webhook that keeps no generation';

  targetContract(name, async () => {
    const system = await startSystem();
    system.keepsGeneration = keepsGeneration;
    return { target: system.target(), pool: 'web', advance, close: () => system.close() };
  });

  targetFaultContract(name, async () => {
    const system = await startSystem();
    system.keepsGeneration = keepsGeneration;
    return {
      ...armable(system),
      target: system.target({ timeoutMs: 300 }),
      pool: 'web',
      kinds: [
        { name: 'a cut connection', code: 'unknown-outcome' },
        { name: 'no answer', code: 'unknown-outcome' },
        { name: 'an answer that is cut off', code: 'broken-answer' },
        { name: '401', code: 'unauthenticated' },
        { name: '403', code: 'forbidden' },
        { name: '404', code: 'not-found' },
        { name: '422', code: 'invalid', at: ['write-before'] },
        { name: '429', code: 'throttled', at: ['read', 'write-before', 'confirm'] },
        { name: '500', code: 'unknown-outcome' },
        { name: '504', code: 'unknown-outcome' },
      ],
      effects: () => system.effects,
      advance,
      close: () => system.close(),
    };
  });
}
