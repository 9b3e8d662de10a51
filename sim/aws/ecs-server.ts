/** ECS and Application Auto Scaling over real HTTP, in the JSON that their clients speak, for one service. Time is the caller's. */
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AwsTrouble } from './auto-scaling-server.ts';
import type { SimulatedService } from './service.ts';

export interface EcsServer {
  readonly endpoint: string;
  readonly service: SimulatedService;
  /** Every action that was asked for, in order. */
  readonly actions: string[];
  /** Asked before each call, with its action; undefined: all is well. */
  interfere: (action: string) => { readonly when: 'before' | 'after'; readonly with: AwsTrouble } | undefined;
  close(): Promise<void>;
}

type Body = Readonly<Record<string, unknown>>;
type Answer = { readonly status: number; readonly body: Body };

const ok = (body: Body): Answer => ({ status: 200, body });
const refuse = (type: string, message: string): Answer => ({ status: 400, body: { __type: type, message } });

export async function startEcs(service: SimulatedService): Promise<EcsServer> {
  const server = createServer((request, response) => {
    const serve = async (): Promise<void> => {
      const action = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
      const body = JSON.parse(await text(request)) as Body;
      running.actions.push(action);
      const trouble = running.interfere(action);
      if (trouble?.when === 'before') return misbehave(response, trouble.with);
      const answer = answerOf(service, action, body);
      if (trouble === undefined) send(response, answer);
      else misbehave(response, trouble.with);
    };
    serve().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const running: EcsServer = {
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    service,
    actions: [],
    interfere: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return running;
}

function answerOf(service: SimulatedService, action: string, body: Body): Answer {
  const { cluster, name } = service.options;
  const isOurs = (body['cluster'] ?? 'default') === cluster && [body['service'], ...((body['services'] as unknown[]) ?? [])].includes(name);
  switch (action) {
    case 'DescribeServices':
      if (!isOurs) return ok({ services: [], failures: [{ arn: name, reason: 'MISSING' }] });
      return ok({ services: [service.describe()], failures: [] });
    case 'UpdateService': {
      if (!isOurs) return refuse('ServiceNotFoundException', 'Service not found.');
      if (service.status !== 'ACTIVE') return refuse('ServiceNotActiveException', 'Service was not ACTIVE.');
      service.setDesired(Number(body['desiredCount']));
      return ok({ service: service.describe() });
    }
    case 'TagResource':
      for (const { key, value } of body['tags'] as { key: string; value: string }[]) service.tags.set(key, value);
      return ok({});
    case 'UntagResource':
      for (const key of body['tagKeys'] as string[]) service.tags.delete(key);
      return ok({});
    case 'PutScheduledAction': {
      const atMs = Date.parse(`${/^at\((.*)\)$/.exec(String(body['Schedule']))?.[1] ?? ''}Z`);
      if (!(atMs > service.options.nowMs())) return refuse('ValidationException', 'The schedule is in the past.');
      const { MinCapacity: min = 0 } = body['ScalableTargetAction'] as { readonly MinCapacity?: number };
      service.scheduled.set(String(body['ScheduledActionName']), { atMs, min });
      return ok({});
    }
    case 'DeleteScheduledAction':
      return service.scheduled.delete(String(body['ScheduledActionName']))
        ? ok({})
        : refuse('ObjectNotFoundException', 'No scheduled action found.');
    case 'DescribeScheduledActions':
      return ok({ ScheduledActions: [...service.scheduled].map(([name, action]) => scheduledOf(resourceOf(body), name, action)) });
    case 'DescribeScalableTargets': {
      const { scaler } = service;
      if (scaler === undefined) return ok({ ScalableTargets: [] });
      return ok({
        ScalableTargets: [{ ...resourceOf(body), MinCapacity: scaler.min, MaxCapacity: scaler.max, RoleARN: 'r', CreationTime: 0 }],
      });
    }
    case 'DescribeScalingPolicies': {
      const policies = Array.from({ length: service.scaler?.policies ?? 0 }, (_, i) => ({
        ...resourceOf(body),
        PolicyARN: `p${i}`,
        PolicyName: `p${i}`,
        PolicyType: 'TargetTrackingScaling',
        CreationTime: 0,
      }));
      return ok({ ScalingPolicies: policies });
    }
    case 'RegisterScalableTarget': {
      const [min, max] = [body['MinCapacity'], body['MaxCapacity']].map((value) => (typeof value === 'number' ? value : undefined));
      if ((min ?? 0) > (max ?? service.scaler?.max ?? 0))
        return refuse('ValidationException', 'Maximum capacity cannot be less than minimum capacity');
      service.register(min, max);
      return ok({});
    }
    default:
      return refuse('InvalidAction', `no action ${action}`);
  }
}

function scheduledOf(resource: Body, name: string, { atMs, min }: { readonly atMs: number; readonly min: number }): Body {
  const Schedule = `at(${new Date(atMs).toISOString().slice(0, 19)})`;
  return {
    ...resource,
    ScheduledActionName: name,
    ScheduledActionARN: name,
    Schedule,
    ScalableTargetAction: { MinCapacity: min },
    CreationTime: 0,
  };
}

function resourceOf(body: Body): Body {
  const [id] = (body['ResourceIds'] as string[] | undefined) ?? [String(body['ResourceId'])];
  return { ServiceNamespace: 'ecs', ResourceId: id, ScalableDimension: 'ecs:service:DesiredCount' };
}

function misbehave(response: ServerResponse, trouble: AwsTrouble): void {
  if (trouble === 'hang') return;
  if (trouble === 'cut') response.destroy();
  else if (trouble === 'half') response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end('{"services":[{"serv');
  else send(response, { status: trouble.status, body: { __type: trouble.code, message: trouble.message } });
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
}
