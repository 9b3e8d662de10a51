import { CONFIG_DEFAULTS } from './defaults.ts';
import { toMs } from './duration.ts';
import type { AddProblem } from './schema-problems.ts';
import { toBytes } from './size.ts';
import type { LocalService, LocalTargetSettings } from './settings.ts';
import type { HaproxyTargetConfig, LocalTargetConfig } from './target-schemas.ts';

const { local: defaults } = CONFIG_DEFAULTS;

/** Settings of a local target, defaults filled in. `maxReplicas`: each needs a port. */
export function compileLocalTarget(config: LocalTargetConfig | undefined, maxReplicas: number, add: AddProblem): LocalTargetSettings {
  const portRange = config?.portRange ?? defaults.portRange;
  const ports = Math.max(0, portRange.to - portRange.from + 1);
  if (ports < maxReplicas)
    add(['portRange'], `at least ${maxReplicas} ports, one for each replica`, `${ports} (${portRange.from} to ${portRange.to})`);
  const service = compileService(config, add);
  return {
    kind: 'local',
    service,
    env: config?.env ?? {},
    listenPort: config?.listenPort ?? defaults.listenPort,
    portRange,
    healthPath: config?.healthPath ?? (service.kind === 'demo' ? defaults.demo.healthPath : defaults.healthPath),
    startTimeoutMs: toMs(config?.startTimeout) ?? defaults.startTimeoutMs,
    drainMs: toMs(config?.drain) ?? defaults.drainMs,
    waitMs: toMs(config?.wait) ?? defaults.waitMs,
    slowStartMs: toMs(config?.slowStart) ?? defaults.slowStartMs,
    ...compileBounds(config, add),
  };
}

/** The same processes, with servers of a HAProxy before them. */
export function compileHaproxyTarget(config: HaproxyTargetConfig, maxReplicas: number, add: AddProblem): LocalTargetSettings {
  const { kind: _, socket, backend, url, connectionsMax, ...processes } = config;
  const port = /^[^/].*:(\d+)$/.exec(socket)?.[1];
  if (port !== undefined && !(Number(port) >= 1 && Number(port) <= 65_535)) add(['socket'], 'a port from 1 to 65535', socket);
  const haproxy = {
    socket,
    backend,
    url: url ?? `HAProxy, backend ${backend}`,
    ...(connectionsMax === undefined ? {} : { connectionsMax }),
  };
  return { ...compileLocalTarget({ kind: 'local', ...processes }, maxReplicas, add), haproxy };
}

function compileService(config: LocalTargetConfig | undefined, add: AddProblem): LocalService {
  const { command, workingDirectory, demo } = config ?? {};
  if (command === undefined) {
    if (workingDirectory !== undefined) add(['workingDirectory'], 'a command that runs there', 'none');
    return { kind: 'demo', workMs: toMs(demo?.work) ?? defaults.demo.workMs, startupMs: toMs(demo?.startup) ?? defaults.demo.startupMs };
  }
  if (demo !== undefined) add(['demo'], 'either a command or the demo', 'both');
  return { kind: 'command', command, ...(workingDirectory === undefined ? undefined : { workingDirectory }) };
}

function compileBounds(config: LocalTargetConfig | undefined, add: AddProblem): Pick<LocalTargetSettings, 'bounds'> {
  const { cpus, memory, command } = config ?? {};
  if (cpus === undefined && memory === undefined) return {};
  if (command === undefined) add([cpus === undefined ? 'memory' : 'cpus'], 'a command, which can be bounded', 'the demo');
  const memoryBytes = toBytes(memory);
  return { bounds: { ...(cpus === undefined ? {} : { cores: cpus }), ...(memoryBytes === undefined ? {} : { memoryBytes }) } };
}
