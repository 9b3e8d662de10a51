/** What can be scaled, each with its options. A target is told by its `kind`. */
import { Type, type Static } from 'typebox';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { DockerTarget } from './docker-schema.ts';
import { AwsTarget, CommandTarget, EcsTarget, WebhookTarget } from './external-target-schemas.ts';
import { Above0, Count, Duration, follows, ms, Size, strict } from './option-types.ts';

const { local, kubernetes } = CONFIG_DEFAULTS;

/** Of one replica that is a process of this machine. */
const processOptions = {
  workingDirectory: Type.Optional(Type.String({ minLength: 1, description: 'Where the command runs', ...follows('that of the node') })),
  env: Type.Optional(Type.Record(Type.String(), Type.String(), { default: {}, description: 'Added to the environment of each replica' })),
  portRange: Type.Optional(
    Type.Object(
      {
        from: Type.Integer({ minimum: 1_024, maximum: 65_535, description: 'First port for replicas' }),
        to: Type.Integer({ minimum: 1_024, maximum: 65_535, description: 'Last port for replicas' }),
      },
      { ...strict, default: local.portRange, description: 'Ports for replicas, both ends included; at least `replicas.max` of them' },
    ),
  ),
  healthPath: Type.Optional(
    Type.String({
      pattern: '^/',
      description: 'A replica is ready when GET of it answers 2xx',
      ...follows(`\`${local.healthPath}\`; \`${local.demo.healthPath}\` of the demo`),
    }),
  ),
  startTimeout: Type.Optional(Duration('A replica that is not ready by then counts as failed', ms(local.startTimeoutMs))),
  drain: Type.Optional(Duration('How long a stopping replica may finish its requests', ms(local.drainMs))),
  cpus: Type.Optional({
    ...Above0('Cores that a replica may use, with all that it starts; needs control groups that the node may make'),
    ...follows('no bound'),
  }),
  memory: Type.Optional(
    Size('Memory that a replica may use, with all that it starts; one that needs more is ended and replaced', follows('no bound')),
  ),
};

const LocalTarget = Type.Object(
  {
    kind: Type.Enum(['local'], { description: 'local: child processes of this node behind a balancer on loopback' }),
    command: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        maxItems: 64,
        description: 'Program and arguments of one replica; it listens on $PORT and stops on SIGTERM',
        ...follows('the built-in demo service'),
      }),
    ),
    ...processOptions,
    listenPort: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 65_535,
        default: local.listenPort,
        description: 'Port of the balancer on loopback; 0: any free one',
      }),
    ),
    slowStart: Type.Optional(
      Duration('A replica that got ready is given a growing share of the requests over this time', ms(local.slowStartMs)),
    ),
    wait: Type.Optional(Duration('How long a request waits for a ready replica before it is answered 503', ms(local.waitMs))),
    demo: Type.Optional(
      Type.Object(
        {
          work: Type.Optional(Duration('Mean time that the demo service takes for a request', ms(local.demo.workMs))),
          startup: Type.Optional(Duration('Time that it warms up before it is ready', ms(local.demo.startupMs))),
        },
        { ...strict, description: 'The built-in demo service, in the place of a command' },
      ),
    ),
  },
  { ...strict, description: 'What is scaled: processes of this machine' },
);
export type LocalTargetConfig = Static<typeof LocalTarget>;

const HaproxyTarget = Type.Object(
  {
    kind: Type.Enum(['haproxy'], { description: 'haproxy: child processes of this node as servers of a running HAProxy' }),
    socket: Type.String({
      pattern: '^(/.+|(localhost|[0-9.]+):[0-9]{1,5})$',
      maxLength: 107,
      description: 'Its stats socket with level admin: a path, or an address of this machine',
    }),
    backend: Type.String({ pattern: '^[A-Za-z0-9_.:-]{1,128}$', description: 'Backend that the servers are added to' }),
    url: Type.Optional(Type.String({ pattern: '^https?://', description: 'Where clients find it; it is shown', ...follows('none') })),
    connectionsMax: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: 'Requests that a replica works on at once; more wait',
        ...follows('no bound'),
      }),
    ),
    command: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      maxItems: 64,
      description: 'Program and arguments of one replica; it listens on $PORT and stops on SIGTERM',
    }),
    ...processOptions,
  },
  { ...strict, description: 'What is scaled: processes of this machine behind HAProxy' },
);
export type HaproxyTargetConfig = Static<typeof HaproxyTarget>;

export const KubernetesTarget = Type.Object(
  {
    kind: Type.Enum(['kubernetes'], { description: 'kubernetes: a workload of a cluster, or the floor of the HPA that scales it' }),
    workload: Type.String({
      pattern: '^[A-Z][A-Za-z0-9]{0,62}/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$',
      description: 'Kind and name, e.g. `Deployment/web`; a custom resource needs a scale subresource',
    }),
    apiVersion: Type.Optional(
      Type.String({
        pattern: '^([a-z0-9.-]+/)?v[a-z0-9]+$',
        description: 'Of the workload; has to be there for a custom resource',
        ...follows('apps/v1 for a Deployment, a StatefulSet and a ReplicaSet'),
      }),
    ),
    namespace: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$',
        description: 'Where it is',
        ...follows('that of the pod or of the context'),
      }),
    ),
    kubeconfig: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File with the cluster and who we are',
        ...follows('the service account in a pod, otherwise KUBECONFIG or ~/.kube/config'),
      }),
    ),
    context: Type.Optional(Type.String({ minLength: 1, description: 'Context of the kubeconfig', ...follows('its current one') })),
    mode: Type.Optional(
      Type.Enum(['auto', 'direct', 'floor', 'advise'], {
        default: kubernetes.mode,
        description:
          'direct: its count is written; floor: minReplicas of its HPA is; advise: nothing is; auto: floor beside an HPA, advise beside another who sets the count, otherwise direct',
      }),
    ),
    unschedulableAfter: Type.Optional(
      Duration('Pods for which no node has room for this long end the action that waits for them', ms(kubernetes.unschedulableAfterMs)),
    ),
    headroom: Type.Optional(
      Type.Object(
        {
          by: Type.Optional(
            Type.Enum(['pods', 'buffer'], {
              default: kubernetes.headroom.by,
              description:
                'pods: by placeholder pods, which give way to those of the workload; buffer: by a CapacityBuffer (autoscaling.x-k8s.io), for which the autoscaler of the cluster keeps nodes',
            }),
          ),
          share: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: 1,
              default: kubernetes.headroom.share,
              description: 'Of the count that is asked for; 0 takes the room away',
            }),
          ),
          min: Type.Optional(Count('Replicas that there is room for, at least', { default: kubernetes.headroom.min })),
          max: Type.Optional(Count('and at most', { default: kubernetes.headroom.max })),
          priorityClass: Type.Optional(
            Type.String({
              pattern: '^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$',
              default: kubernetes.headroom.priorityClass,
              description: 'PriorityClass of the placeholders, below that of the workload',
            }),
          ),
          image: Type.Optional(
            Type.String({
              pattern: '^[\\x21-\\x7e]{1,255}$',
              default: kubernetes.headroom.image,
              description: 'Of the placeholders: something that waits',
            }),
          ),
        },
        {
          ...strict,
          description: 'Room on nodes for replicas to come, kept by placeholder pods or a CapacityBuffer, whatever the level of autonomy',
        },
      ),
    ),
    size: Type.Optional(
      Type.Object(
        {
          container: Type.Optional(Type.String({ minLength: 1, maxLength: 63, description: 'Which of a pod', ...follows('the first') })),
          cpus: Type.Optional({ ...Above0('Cores that it requests; a limit keeps its ratio'), ...follows('as it is') }),
          memory: Type.Optional(Size('Memory that it requests; a limit keeps its ratio', follows('as it is'))),
          by: Type.Optional(
            Type.Enum(['pods', 'rollout'], {
              default: kubernetes.sizeBy,
              description:
                'pods: they are resized while they run, also new ones; the template follows where that replaces none. rollout: the template is written, which replaces every pod',
            }),
          ),
        },
        {
          ...strict,
          description:
            'Size that one container of each pod is to have, whatever the level of autonomy; with `vertical.apply` until a plan says another',
        },
      ),
    ),
  },
  { ...strict, description: 'What is scaled: a workload of a Kubernetes cluster' },
);
export type KubernetesTargetConfig = Static<typeof KubernetesTarget>;

export const Target = Type.Union(
  [LocalTarget, HaproxyTarget, KubernetesTarget, DockerTarget, AwsTarget, EcsTarget, WebhookTarget, CommandTarget],
  {
    description: 'What is scaled',
  },
);
export type TargetConfig = Static<typeof Target>;
