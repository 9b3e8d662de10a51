import { Type, type Static } from 'typebox';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { Above0, Duration, follows, ms, Size, strict } from './option-types.ts';

const { docker } = CONFIG_DEFAULTS;
const Port = (description: string) => Type.Integer({ minimum: 1_024, maximum: 65_535, description });

export const DockerTarget = Type.Object(
  {
    kind: Type.Enum(['docker'], { description: 'docker: containers of a Docker or Podman engine' }),
    image: Type.String({
      pattern: '^[a-z0-9][A-Za-z0-9._/:@-]{0,254}$',
      description: 'Image of one replica; it has to be there, since it is not pulled',
    }),
    command: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        minItems: 1,
        maxItems: 64,
        description: 'Program and arguments; it listens on $PORT and stops on SIGTERM',
        ...follows("the image's own"),
      }),
    ),
    engine: Type.Optional(
      Type.String({
        pattern: '^(/.+|(localhost|[0-9.]+):[0-9]{1,5})$',
        maxLength: 107,
        default: docker.engine,
        description: 'Where its API is: a path of a socket, or an address without TLS',
      }),
    ),
    env: Type.Optional(Type.Record(Type.String(), Type.String(), { default: {}, description: 'Environment of each replica' })),
    labels: Type.Optional(
      Type.Record(Type.String(), Type.String(), { default: {}, description: 'Beside those that tell whose it is, e.g. for a router' }),
    ),
    network: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$',
        default: docker.network,
        description: 'Network of the containers; host: each listens on a $PORT of the machine',
      }),
    ),
    containerPort: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65_535,
        default: docker.containerPort,
        description: '$PORT inside, published on loopback; without effect on the network host',
      }),
    ),
    portRange: Type.Optional(
      Type.Object(
        { from: Port('First port for replicas'), to: Port('Last port for replicas') },
        { ...strict, default: docker.portRange, description: 'Ports of the machine, both ends included; at least `replicas.max` of them' },
      ),
    ),
    healthPath: Type.Optional(
      Type.String({
        pattern: '^/',
        description: 'A replica is ready when GET of it on its port answers 2xx',
        ...follows("the image's own health check; without one, ready as soon as it runs"),
      }),
    ),
    startTimeout: Type.Optional(Duration('A replica that is not ready by then is replaced', ms(docker.startTimeoutMs))),
    drain: Type.Optional(Duration('How long a stopping replica may finish its requests: SIGTERM, then SIGKILL', ms(docker.drainMs))),
    cpus: Type.Optional({ ...Above0('Cores that a replica may use; a change is made while it runs'), ...follows('no bound') }),
    memory: Type.Optional(Size('Memory that a replica may use; a change is made while it runs', follows('no bound'))),
    mounts: Type.Optional(
      Type.Array(Type.String({ pattern: '^[^:]+:/[^:]*(:[a-z,]+)?$' }), {
        maxItems: 64,
        default: [],
        description: 'Folders and volumes: `source:/place` or `source:/place:ro`',
      }),
    ),
    ulimits: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z]{1,16}$' }), Type.Integer({ minimum: 0, maximum: 2 ** 40 }), {
        default: {},
        description: 'Limits of its processes, e.g. nofile',
      }),
    ),
    timeout: Type.Optional(Duration('For one call of the engine', ms(docker.timeoutMs))),
  },
  { ...strict, description: 'What is scaled: containers of an engine' },
);
export type DockerTargetConfig = Static<typeof DockerTarget>;
