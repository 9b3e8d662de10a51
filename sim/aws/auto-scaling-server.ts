/**
 * An EC2 Auto Scaling that answers over real HTTP as the API reference says: bounds are checked, instances take time,
 * activities are kept, a cooldown and contention refuse, launches fail. Time is the caller's.
 */
import { createServer, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { errorXml, resultXml, type XmlValue } from './answers.ts';
import type { SimulatedGroup, SimulatedWarmPool } from './group.ts';

/** What the server does instead of answering one call. */
export type AwsTrouble = 'cut' | 'hang' | 'half' | { readonly status: number; readonly code: string; readonly message: string };

export interface AwsCall {
  readonly action: string;
  readonly parameters: URLSearchParams;
}

export interface AutoScalingServer {
  readonly endpoint: string;
  readonly group: SimulatedGroup;
  /** Asked before each call; undefined: all is well. */
  interfere: (call: AwsCall) => { readonly when: 'before' | 'after'; readonly with: AwsTrouble } | undefined;
  close(): Promise<void>;
}

export async function startAutoScaling(group: SimulatedGroup): Promise<AutoScalingServer> {
  const answer = ({
    action,
    parameters,
  }: AwsCall): XmlValue | { readonly refused: readonly [code: string, message: string, status: number] } => {
    if (action === 'CreateOrUpdateTags') {
      group.tags.set(parameters.get('Tags.member.1.Key') ?? '', parameters.get('Tags.member.1.Value') ?? '');
      return {};
    }
    if (action === 'DeleteTags') {
      group.tags.delete(parameters.get('Tags.member.1.Key') ?? '');
      return {};
    }
    const name = parameters.get('AutoScalingGroupName') ?? parameters.get('AutoScalingGroupNames.member.1');
    if (action === 'DescribeAutoScalingGroups') return { AutoScalingGroups: name === group.name ? [group.describe()] : [] };
    if (name !== group.name) return { refused: ['ValidationError', `AutoScalingGroup name not found - ${name}`, 400] };
    if (action === 'DescribeScalingActivities') return { Activities: group.activities() };
    if (action === 'DescribeScheduledActions') return { ScheduledUpdateGroupActions: scheduledOf(group) };
    const actionName = parameters.get('ScheduledActionName') ?? '';
    if (action === 'PutScheduledUpdateGroupAction') {
      const atMs = Date.parse(parameters.get('StartTime') ?? '');
      const refused = group.schedule({ name: actionName, atMs, min: Number(parameters.get('MinSize')) });
      return refused === undefined ? {} : { refused };
    }
    if (action === 'DeleteScheduledAction')
      return group.scheduled.delete(actionName) ? {} : { refused: ['ValidationError', 'Scheduled action name not found', 400] };
    if (action === 'PutWarmPool') {
      group.warmPool = warmPoolOf(parameters);
      return {};
    }
    if (action === 'DeleteWarmPool') {
      if (group.warmPool === undefined) return { refused: ['ValidationError', `No warm pool found for Auto Scaling group ${name}`, 400] };
      group.warmPool = undefined;
      return {};
    }
    if (action !== 'SetDesiredCapacity') return { refused: ['InvalidAction', `no action ${action}`, 400] };
    const refused = group.setDesired(Number(parameters.get('DesiredCapacity')), parameters.get('HonorCooldown') === 'true');
    return refused === undefined ? {} : { refused };
  };

  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const parameters = new URLSearchParams((await buffer(request)).toString('utf8'));
      const call: AwsCall = { action: parameters.get('Action') ?? '', parameters };
      const trouble = running.interfere(call);
      if (trouble?.when === 'before') return misbehave(response, trouble.with);
      const value = answer(call);
      if (trouble !== undefined) return misbehave(response, trouble.with);
      if (typeof value === 'object' && 'refused' in value) {
        const [code, message, status] = value.refused as readonly [string, string, number];
        send(response, status, errorXml(code, message));
      } else send(response, 200, resultXml(call.action, value));
    };
    serve().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const running: AutoScalingServer = {
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    group,
    interfere: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return running;
}

function warmPoolOf(parameters: URLSearchParams): SimulatedWarmPool {
  return {
    minSize: Number(parameters.get('MinSize') ?? 0),
    prepared: Number(parameters.get('MaxGroupPreparedCapacity') ?? 0),
    state: parameters.get('PoolState') ?? 'Stopped',
    reuse: parameters.get('InstanceReusePolicy.ReuseOnScaleIn') === 'true',
  };
}

function scheduledOf(group: SimulatedGroup): readonly XmlValue[] {
  return [...group.scheduled.values()].map(({ name, atMs, min }) => ({
    AutoScalingGroupName: group.name,
    ScheduledActionName: name,
    StartTime: new Date(atMs).toISOString(),
    MinSize: min,
  }));
}

function misbehave(response: ServerResponse, trouble: AwsTrouble): void {
  if (trouble === 'hang') return;
  if (trouble === 'cut') response.destroy();
  else if (trouble === 'half') send(response, 200, '<DescribeAutoScalingGroupsResponse><DescribeAuto');
  else send(response, trouble.status, errorXml(trouble.code, trouble.message));
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/xml' }).end(text);
}
