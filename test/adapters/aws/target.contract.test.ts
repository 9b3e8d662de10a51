import { targetFaultContract, type FaultyTargetUnderTest } from '../../contracts/target/faults.ts';
import { targetContract } from '../../contracts/target.ts';
import { armable, KINDS, testGroup } from './support.ts';

targetContract('aws, an Auto Scaling group', async () => {
  const group = await testGroup();
  return { target: group.target(), pool: 'web', advance: (ms) => group.advance(ms * 100), close: group.close };
});

targetFaultContract('aws, an Auto Scaling group', async () => {
  const made = await testGroup();
  const under: FaultyTargetUnderTest & { target: FaultyTargetUnderTest['target'] } = {
    ...armable(made),
    target: made.target(),
    pool: 'web',
    kinds: KINDS,
    effects: () => made.group.effects,
    advance: made.advance,
    async restart() {
      under.target = made.target();
    },
    close: made.close,
  };
  return under;
});
