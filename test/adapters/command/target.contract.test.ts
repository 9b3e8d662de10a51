import { targetFaultContract } from '../../contracts/target/faults.ts';
import { targetContract } from '../../contracts/target.ts';
import { openDesk } from './support.ts';

/** The program answers at once: nothing has to be waited for. */
const advance = async (): Promise<void> => {};

for (const kind of ['keeps', 'forgetful'] as const) {
  const name = kind === 'keeps' ? 'command' : 'command that keeps no generation';

  targetContract(name, async () => {
    const desk = openDesk(kind);
    return { target: desk.target(), pool: 'web', advance, close: async () => desk.close() };
  });

  targetFaultContract(name, async () => {
    const desk = openDesk(kind);
    return {
      target: desk.target(),
      pool: 'web',
      kinds: [
        { name: 'exit 1', code: 'unknown-outcome' },
        { name: 'exit 75', code: 'unavailable', at: ['read', 'write-before', 'confirm'] },
        { name: 'killed', code: 'unknown-outcome' },
        { name: 'half', code: 'broken-answer' },
        { name: 'endless', code: 'unknown-outcome', at: ['write-after'] },
        { name: 'forbidden', code: 'forbidden', at: ['write-before'] },
      ],
      arm: desk.arm,
      isArmed: desk.isArmed,
      effects: desk.effects,
      advance,
      close: async () => desk.close(),
    };
  });
}
