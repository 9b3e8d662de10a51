import { CONFIG_DEFAULTS } from './defaults.ts';
import type { DockerTargetConfig } from './docker-schema.ts';
import { toMs } from './duration.ts';
import type { AddProblem } from './schema-problems.ts';
import type { DockerTargetSettings } from './settings.ts';
import { toBytes } from './size.ts';

const { docker: defaults } = CONFIG_DEFAULTS;
/** What an engine gives a container at the least. */
const MEMORY_MIN_BYTES = 6 * 2 ** 20;

export function compileDockerTarget(
  config: DockerTargetConfig,
  minReplicas: number,
  maxReplicas: number,
  add: AddProblem,
): DockerTargetSettings {
  const { image, command, healthPath, cpus } = config;
  const portRange = config.portRange ?? defaults.portRange;
  const ports = Math.max(0, portRange.to - portRange.from + 1);
  if (ports < maxReplicas)
    add(['portRange'], `at least ${maxReplicas} ports, one for each replica`, `${ports} (${portRange.from} to ${portRange.to})`);
  const timeoutMs = toMs(config.timeout) ?? defaults.timeoutMs;
  // A write is four calls, and an effect of the runtime is given up after its own time-out.
  if (timeoutMs < 1 || timeoutMs > 6_000) add(['timeout'], 'from 1ms to 6s', `${timeoutMs}ms`);
  const memoryBytes = toBytes(config.memory);
  if (memoryBytes !== undefined && memoryBytes < MEMORY_MIN_BYTES) add(['memory'], 'at least 6MiB', config.memory);
  return {
    kind: 'docker',
    engine: compileEngine(config.engine ?? defaults.engine, add),
    image,
    env: config.env ?? {},
    labels: config.labels ?? {},
    network: config.network ?? defaults.network,
    containerPort: config.containerPort ?? defaults.containerPort,
    portRange,
    startTimeoutMs: toMs(config.startTimeout) ?? defaults.startTimeoutMs,
    drainMs: toMs(config.drain) ?? defaults.drainMs,
    mounts: config.mounts ?? [],
    ulimits: config.ulimits ?? {},
    minReplicas,
    maxReplicas,
    timeoutMs,
    ...(command === undefined ? {} : { command }),
    ...(healthPath === undefined ? {} : { healthPath }),
    ...(cpus === undefined ? {} : { cpus }),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
  };
}

function compileEngine(engine: string, add: AddProblem): DockerTargetSettings['engine'] {
  if (engine.startsWith('/')) return { path: engine };
  const colon = engine.lastIndexOf(':');
  const port = Number(engine.slice(colon + 1));
  if (!(port >= 1 && port <= 65_535)) add(['engine'], 'a port from 1 to 65535', engine);
  return { host: engine.slice(0, colon), port };
}
