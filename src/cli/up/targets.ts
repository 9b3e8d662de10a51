import { createRunner, type Runner } from '../../adapters/command/runner.ts';
import { createCommandTarget } from '../../adapters/command/target.ts';
import type { CommandTargetSettings, ConfiguredPool, TargetSettings } from '../../config/settings.ts';
import type { Target } from '../../ports/target.ts';
import { awsTargets } from './aws-targets.ts';
import { ecsTargets } from './ecs-targets.ts';
import { dockerTargets } from './docker-targets.ts';
import { kubernetesTargets } from './kubernetes-targets.ts';
import type { RemoteTarget, RemoteTargetKind, RemoteWorld } from './remote-target.ts';
import { webhookTargets } from './webhook-targets.ts';

/** Targets outside this process, by pool. */
export interface RemoteTargets {
  of(pool: string): Target | undefined;
  /** Loads what they need to be read. @throws InputError */
  prepare(): Promise<void>;
  /** Opens what has to listen, and looks at each; nothing waits for a system that is down. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

type Remote = Exclude<TargetSettings, { readonly kind: 'local' }>;
type Kinds = { readonly [K in Remote['kind']]: RemoteTargetKind<Extract<Remote, { readonly kind: K }>> };

/** @throws InputError when a pool's credentials cannot be read. */
export function createRemoteTargets(pools: readonly ConfiguredPool[], world: RemoteWorld): RemoteTargets {
  const kinds: Kinds = {
    aws: awsTargets(world),
    ecs: ecsTargets(world),
    docker: dockerTargets(world),
    kubernetes: kubernetesTargets(world),
    webhook: webhookTargets(world),
    command: commandTargets(world),
  };
  const targets = new Map<string, RemoteTarget>();
  for (const { pool, target } of pools) if (target.kind !== 'local') targets.set(pool, create(kinds, pool, target));
  return {
    of: (pool) => targets.get(pool)?.target,
    async prepare() {
      for (const target of targets.values()) await target.prepare?.();
    },
    async start() {
      await Promise.all([...targets.values()].map((target) => target.start()));
    },
    async stop() {
      await Promise.all([...targets.values()].map((target) => target.stop()));
      await Promise.all(Object.values(kinds).map((kind) => kind.stop()));
    },
  };
}

function create<K extends Remote['kind']>(kinds: Kinds, pool: string, settings: Extract<Remote, { readonly kind: K }>): RemoteTarget {
  const kind: RemoteTargetKind<Extract<Remote, { readonly kind: K }>> = kinds[settings.kind];
  return kind.create(pool, settings);
}

function commandTargets({ clock }: RemoteWorld): RemoteTargetKind<CommandTargetSettings> {
  let runner: Runner | undefined;
  return {
    create(pool, { command, workingDirectory, env, timeoutMs }) {
      runner ??= createRunner();
      const target = createCommandTarget({ pool, command, workingDirectory, env: { ...process.env, ...env }, timeoutMs }, clock, runner);
      return { target, start: async () => {}, stop: async () => target.close() };
    },
    stop: async () => runner?.close(),
  };
}
