import { targetContract } from '../../contracts/target.ts';
import { TROUBLES, testGroup } from './support.ts';
import { troubledContract } from './troubles.ts';

targetContract('aws, an Auto Scaling group', async () => {
  const group = await testGroup();
  return { target: group.target(), pool: 'web', advance: (ms) => group.advance(ms * 100), close: group.close };
});

troubledContract('aws, an Auto Scaling group', async () => {
  const { server, group, target, advance, close } = await testGroup();
  return {
    troubles: TROUBLES,
    write: 'SetDesiredCapacity',
    isLook: (action) => action === 'DescribeAutoScalingGroups',
    interfere: (answer) => void (server.interfere = ({ action }) => answer(action)),
    target: () => target(),
    effects: () => group.effects,
    advance,
    close,
  };
});
