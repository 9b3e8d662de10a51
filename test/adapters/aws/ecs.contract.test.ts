import { targetFaultContract, type FaultyTargetUnderTest } from '../../contracts/target/faults.ts';
import { targetContract } from '../../contracts/target.ts';
import { armable, KINDS, testService } from './ecs-support.ts';

for (const [name, isFloored, write] of [
  ['an ECS service by its count', false, 'UpdateService'],
  ['an ECS service by its least capacity', true, 'RegisterScalableTarget'],
] as const) {
  targetContract(`ecs, ${name}`, async () => {
    const made = await testService(isFloored);
    return { target: made.target(), pool: 'web', advance: (ms) => made.advance(ms * 100), close: made.close };
  });

  targetFaultContract(`ecs, ${name}`, async () => {
    const made = await testService(isFloored);
    const under: FaultyTargetUnderTest & { target: FaultyTargetUnderTest['target'] } = {
      ...armable(made, write),
      target: made.target(),
      pool: 'web',
      kinds: KINDS,
      effects: () => made.service.effects,
      advance: made.advance,
      async restart() {
        under.target = made.target();
      },
      close: made.close,
    };
    return under;
  });
}
