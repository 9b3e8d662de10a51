import { createDockerTarget } from '../../adapters/docker/target.ts';
import type { DockerTargetSettings } from '../../config/settings.ts';
import type { RemoteTargetKind, RemoteWorld } from './remote-target.ts';

/** Containers. They stay when the node stops; whoever has the pool next goes on with them. */
export function dockerTargets(world: RemoteWorld): RemoteTargetKind<DockerTargetSettings> {
  return {
    create(pool, { command, healthPath, cpus, memoryBytes, ...rest }) {
      const size = { cpus, memoryBytes };
      const target = createDockerTarget({ pool, command, healthPath, size, ...rest }, world);
      return { target, start: async () => target.start(), stop: () => target.close() };
    },
    stop: async () => {},
  };
}
