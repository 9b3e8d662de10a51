import type { KnownEvent } from '../models/events/event.ts';
import { compileSchedule } from './compile-schedule.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { toMs } from './duration.ts';
import type { AwsTargetConfig, CommandTargetConfig, EcsTargetConfig, WebhookTargetConfig } from './external-target-schemas.ts';
import type { AddProblem } from './schema-problems.ts';
import type { AwsTargetSettings, CommandTargetSettings, EcsTargetSettings, WebhookTargetSettings } from './settings.ts';

const { webhook, command: commandDefaults, aws, ecs } = CONFIG_DEFAULTS;

/** What a schedule is made from. */
export interface ScheduledPool {
  readonly events: readonly KnownEvent[];
  readonly maxReplicas: number;
}

export function compileAwsTarget({ group, ...config }: AwsTargetConfig, pool: ScheduledPool, add: AddProblem): AwsTargetSettings {
  const warmPool = { ...aws.warmPool, ...(config.warmPool ?? { share: 0 }) };
  if (warmPool.min > warmPool.max) add(['warmPool', 'min'], `at most ${warmPool.max}, the maximum`, warmPool.min);
  return { kind: 'aws', group, ...compileCalls(config, add), scheduledActions: scheduleOf(config, pool, add), warmPool };
}

export function compileEcsTarget(config: EcsTargetConfig, pool: ScheduledPool, add: AddProblem): EcsTargetSettings {
  const { service, cluster = ecs.cluster, mode = ecs.mode } = config;
  if (mode === 'advise' && config.scheduledActions !== undefined)
    add(['scheduledActions'], 'nothing, since the mode advise writes nothing', 'scheduled actions');
  return { kind: 'ecs', service, cluster, mode, ...compileCalls(config, add), scheduledActions: scheduleOf(config, pool, add) };
}

function scheduleOf(
  { scheduledActions }: Pick<AwsTargetConfig, 'scheduledActions'>,
  { events, maxReplicas }: ScheduledPool,
  add: AddProblem,
) {
  return compileSchedule(scheduledActions, events, maxReplicas, (at, wanted, found) => add(['scheduledActions', ...at], wanted, found));
}

function compileCalls({ region, endpoint, timeout }: Pick<AwsTargetConfig, 'region' | 'endpoint' | 'timeout'>, add: AddProblem) {
  const parsed = endpoint !== undefined && URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (endpoint !== undefined && parsed === undefined) add(['endpoint'], 'an http or https address', endpoint);
  else if (parsed !== undefined && parsed.password !== '') add(['endpoint'], 'no password in an address; it would stand in logs', 'one');
  return {
    timeoutMs: atLeast1ms(toMs(timeout) ?? aws.timeoutMs, add),
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  };
}

export function compileWebhookTarget(config: WebhookTargetConfig, add: AddProblem): WebhookTargetSettings {
  const { url, secretEnv, tokenEnv, callback } = config;
  if (!URL.canParse(url)) add(['url'], 'an http or https address', url);
  if (tokenEnv !== undefined && url.startsWith('http:') && !isLoopback(url))
    add(['url'], 'https, since a token is sent', 'http, which everybody on the way can read');
  if (callback !== undefined && secretEnv === undefined) add(['secretEnv'], 'a secret, which callbacks are signed with', 'nothing');
  return {
    kind: 'webhook',
    url,
    timeoutMs: atLeast1ms(toMs(config.timeout) ?? webhook.timeoutMs, add),
    ...(secretEnv === undefined ? {} : { secretEnv }),
    ...(tokenEnv === undefined ? {} : { tokenEnv }),
    ...(callback === undefined ? {} : { callback: compileCallback(callback, add) }),
  };
}

export function compileCommandTarget(config: CommandTargetConfig, add: AddProblem): CommandTargetSettings {
  const { command, workingDirectory, env, timeout } = config;
  return {
    kind: 'command',
    command,
    env: env ?? {},
    timeoutMs: atLeast1ms(toMs(timeout) ?? commandDefaults.timeoutMs, add),
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
  };
}

function compileCallback(
  { listen, fresh }: NonNullable<WebhookTargetConfig['callback']>,
  add: AddProblem,
): NonNullable<WebhookTargetSettings['callback']> {
  const colon = listen.lastIndexOf(':');
  const port = Number(listen.slice(colon + 1));
  if (port > 65_535) add(['callback', 'listen'], 'a port up to 65535', listen);
  return { host: listen.slice(0, colon).replace(/^\[|\]$/g, ''), port, freshMs: toMs(fresh) ?? webhook.callbackFreshMs };
}

/** An effect of the runtime is given up after its own time-out; a question has to end before. */
function atLeast1ms(timeoutMs: number, add: AddProblem): number {
  if (timeoutMs < 1 || timeoutMs > 25_000) add(['timeout'], 'from 1ms to 25s', `${timeoutMs}ms`);
  return timeoutMs;
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && /^(localhost|127\.|\[::1\])/.test(new URL(url).hostname);
}
