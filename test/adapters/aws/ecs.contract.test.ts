import { targetContract } from '../../contracts/target.ts';
import { TROUBLES, testService } from './ecs-support.ts';
import { troubledContract } from './troubles.ts';

for (const [name, isFloored, write] of [
  ['an ECS service by its count', false, 'UpdateService'],
  ['an ECS service by its least capacity', true, 'RegisterScalableTarget'],
] as const) {
  targetContract(`ecs, ${name}`, async () => {
    const made = await testService(isFloored);
    return { target: made.target(), pool: 'web', advance: (ms) => made.advance(ms * 100), close: made.close };
  });

  troubledContract(`ecs, ${name}`, async () => {
    const { server, service, target, advance, close } = await testService(isFloored);
    return {
      troubles: TROUBLES,
      write,
      isLook: (action) => action === 'DescribeServices',
      interfere: (answer) => void (server.interfere = answer),
      target: () => target(),
      effects: () => service.effects,
      advance,
      close,
    };
  });
}
