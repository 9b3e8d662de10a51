/** What is scaled elsewhere: a cloud, or a system of the user's that answers questions over HTTP or as a program. */
import { Type, type Static } from 'typebox';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { EVENTS_MAX } from '../models/events/event.ts';
import { Count, Duration, follows, ms, strict } from './option-types.ts';

const { webhook, command, aws, ecs } = CONFIG_DEFAULTS;
/** Secrets are named, never written into a config. */
const Variable = (description: string) =>
  Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]{0,127}$', description: `Environment variable with ${description}`, ...follows('none') });

export const WebhookTarget = Type.Object(
  {
    kind: Type.Enum(['webhook'], { description: 'webhook: any system, by signed questions over HTTP' }),
    url: Type.String({ pattern: '^https?://[^\\s#@]+$', maxLength: 2_000, description: 'Where the questions are sent by POST' }),
    secretEnv: Type.Optional(Variable('the secret that signs questions and callbacks')),
    tokenEnv: Type.Optional(Variable('a token, sent as `Authorization: Bearer`')),
    timeout: Type.Optional(Duration('For one question with its answer', ms(webhook.timeoutMs))),
    callback: Type.Optional(
      Type.Object(
        {
          listen: Type.String({
            pattern: '^([0-9.]+|\\[[0-9a-f:]+\\]|localhost):[0-9]{1,5}$',
            description: 'Address at which `POST /<pool>` tells a state; needs a secret',
          }),
          fresh: Type.Optional(Duration('What was told counts this long; then it is asked', ms(webhook.callbackFreshMs))),
        },
        { ...strict, description: 'The other side tells when something changed, and is asked less often' },
      ),
    ),
  },
  { ...strict, description: 'What is scaled: any system, by HTTP' },
);
export type WebhookTargetConfig = Static<typeof WebhookTarget>;

export const CommandTarget = Type.Object(
  {
    kind: Type.Enum(['command'], { description: 'command: any system, by a program with JSON on stdin and stdout' }),
    command: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      maxItems: 64,
      description: 'Program and arguments, started for each question',
    }),
    workingDirectory: Type.Optional(Type.String({ minLength: 1, description: 'Where it runs', ...follows('that of the node') })),
    env: Type.Optional(Type.Record(Type.String(), Type.String(), { default: {}, description: 'Added to its environment' })),
    timeout: Type.Optional(Duration('For one question; then the program and all that it started are ended', ms(command.timeoutMs))),
  },
  { ...strict, description: 'What is scaled: any system, by a program' },
);
export type CommandTargetConfig = Static<typeof CommandTarget>;

/** Of every service of AWS. */
const awsOptions = {
  region: Type.Optional(
    Type.String({ pattern: '^[a-z]{2}(-[a-z]+)+-[0-9]$', description: 'Where it is', ...follows('as the AWS SDK finds it') }),
  ),
  endpoint: Type.Optional(
    Type.String({ pattern: '^https?://', description: 'Another address of the service', ...follows('that of the region') }),
  ),
  timeout: Type.Optional(Duration('For one call', ms(aws.timeoutMs))),
  scheduledActions: Type.Optional(
    Type.Object(
      {
        minReplicas: Type.Record(Type.String(), Count('The least while this event lasts', { minimum: 1 }), {
          maxProperties: EVENTS_MAX,
          description: 'The least count by the name of an event of the pool',
        }),
        leadTime: Type.Optional(Duration('So long before the event begins it holds, up to 1d', ms(aws.scheduleLeadMs))),
      },
      { ...strict, description: 'Known events that AWS raises the least capacity for, also when no node runs' },
    ),
  ),
};

export type ScheduledActionsConfig = Static<typeof awsOptions.scheduledActions>;

export const AwsTarget = Type.Object(
  {
    kind: Type.Enum(['aws'], { description: 'aws: an EC2 Auto Scaling group; credentials as the AWS SDK finds them' }),
    group: Type.String({ pattern: '^[\\x20-\\x7e]{1,255}$', description: 'Name of the Auto Scaling group' }),
    ...awsOptions,
    warmPool: Type.Optional(
      Type.Object(
        {
          share: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: 1,
              default: aws.warmPool.share,
              description: 'Of the desired capacity; 0 takes it away',
            }),
          ),
          min: Type.Optional(Count('Instances that wait, at least', { default: aws.warmPool.min })),
          max: Type.Optional(Count('and at most', { default: aws.warmPool.max })),
          state: Type.Optional(
            Type.Enum(['stopped', 'hibernated', 'running'], { default: aws.warmPool.state, description: 'How they wait' }),
          ),
          reuse: Type.Optional(
            Type.Boolean({ default: aws.warmPool.reuse, description: 'Instances that are scaled in go back to it and are not ended' }),
          ),
        },
        { ...strict, description: 'Instances that have been started once and wait for the group, whatever the level of autonomy' },
      ),
    ),
  },
  { ...strict, description: 'What is scaled: a group of EC2 instances' },
);
export type AwsTargetConfig = Static<typeof AwsTarget>;

export const EcsTarget = Type.Object(
  {
    kind: Type.Enum(['ecs'], {
      description: 'ecs: an ECS service, or its least capacity beside policies; credentials as the AWS SDK finds them',
    }),
    service: Type.String({ pattern: '^[A-Za-z0-9_-]{1,255}$', description: 'Name of the service' }),
    cluster: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]{1,255}$', default: ecs.cluster, description: 'Name of its cluster' })),
    mode: Type.Optional(
      Type.Enum(['auto', 'direct', 'advise'], {
        default: ecs.mode,
        description:
          'direct: its count is written; advise: nothing is; auto: its least capacity where policies of Application Auto Scaling scale it, otherwise direct',
      }),
    ),
    ...awsOptions,
  },
  { ...strict, description: 'What is scaled: an ECS service' },
);
export type EcsTargetConfig = Static<typeof EcsTarget>;
