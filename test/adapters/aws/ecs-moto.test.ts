/** The same contract against moto, another's simulation of AWS: it keeps ours honest about the wire. Skipped where Python has none. */
import { loadEcs } from '../../../src/adapters/aws/ecs-library.ts';
import { targetContract } from '../../contracts/target.ts';
import { serviceAt } from './ecs-support.ts';
import { hasMoto, startMoto } from './moto.ts';

if (!hasMoto) console.log('SKIPPED: the ecs target against moto: Python has no moto (pip install "moto[server]")');

const port = 20_000 + (process.pid % 5_000);

for (const isFloored of hasMoto ? [false, true] : []) {
  targetContract(`ecs, against moto, ${isFloored ? 'least capacity' : 'count'}`, async () => {
    const { endpoint: at, stop } = await startMoto(port + Number(isFloored));
    const { ecs, scaling } = await loadEcs();
    const config = { endpoint: at, region: 'eu-west-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    const client = new ecs.ECSClient(config);
    await client.send(new ecs.PutAccountSettingCommand({ name: 'serviceLongArnFormat', value: 'enabled' }));
    await client.send(new ecs.CreateClusterCommand({ clusterName: 'shop' }));
    const containerDefinitions = [{ name: 'c', image: 'i', memory: 64 }];
    await client.send(new ecs.RegisterTaskDefinitionCommand({ family: 'web', containerDefinitions }));
    await client.send(new ecs.CreateServiceCommand({ cluster: 'shop', serviceName: 'web', taskDefinition: 'web', desiredCount: 1 }));
    // Its tasks run from the first update on.
    const setCount = (desiredCount: number) => client.send(new ecs.UpdateServiceCommand({ cluster: 'shop', service: 'web', desiredCount }));
    await setCount(1);
    const scalingClient = new scaling.ApplicationAutoScalingClient(config);
    const resource = { ServiceNamespace: 'ecs', ResourceId: 'service/shop/web', ScalableDimension: 'ecs:service:DesiredCount' } as const;
    if (isFloored) {
      await scalingClient.send(new scaling.RegisterScalableTargetCommand({ ...resource, MinCapacity: 1, MaxCapacity: 8 }));
      const TargetTrackingScalingPolicyConfiguration = {
        TargetValue: 50,
        PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
      } as const;
      const policy = { PolicyName: 'cpu', PolicyType: 'TargetTrackingScaling', TargetTrackingScalingPolicyConfiguration } as const;
      await scalingClient.send(new scaling.PutScalingPolicyCommand({ ...resource, ...policy }));
    }
    /** Policies are kept there, and never looked at: here is one that wants as few as may be. */
    const playPolicy = async (): Promise<void> => {
      const ResourceIds = [resource.ResourceId];
      const told = await scalingClient.send(new scaling.DescribeScalableTargetsCommand({ ServiceNamespace: 'ecs', ResourceIds }));
      await setCount(told.ScalableTargets?.[0]?.MinCapacity ?? 0);
    };
    const target = serviceAt(at, { timeoutMs: 30_000 });
    return {
      target,
      pool: 'web',
      advance: isFloored ? playPolicy : async () => {},
      async close() {
        target.close();
        client.destroy();
        scalingClient.destroy();
        stop();
      },
    };
  });
}
