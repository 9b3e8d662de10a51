import { CONFIG_DEFAULTS } from './defaults.ts';
import { toMs } from './duration.ts';
import type { AddProblem } from './schema-problems.ts';
import type { KubernetesTargetSettings } from './settings.ts';
import { toBytes } from './size.ts';
import type { KubernetesTargetConfig } from './target-schemas.ts';

const { kubernetes: defaults } = CONFIG_DEFAULTS;
const APPS = ['Deployment', 'StatefulSet', 'ReplicaSet'];

export function compileKubernetesTarget(config: KubernetesTargetConfig, add: AddProblem): KubernetesTargetSettings {
  const [workloadKind = '', name = ''] = config.workload.split('/');
  const { apiVersion, namespace, kubeconfig, context } = config;
  if (apiVersion === undefined && !APPS.includes(workloadKind))
    add(['apiVersion'], `the version of a ${workloadKind}, e.g. example.com/v1`, 'nothing');
  return {
    kind: 'kubernetes',
    apiVersion: apiVersion ?? 'apps/v1',
    workloadKind,
    name,
    mode: config.mode ?? defaults.mode,
    unschedulableAfterMs: toMs(config.unschedulableAfter) ?? defaults.unschedulableAfterMs,
    ...(config.size === undefined ? {} : { sizing: sizingOf(config.size, add) }),
    ...(config.headroom === undefined ? {} : { headroom: headroomOf(config.headroom, add) }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
}

function sizingOf(
  { container, cpus, memory, by }: NonNullable<KubernetesTargetConfig['size']>,
  add: AddProblem,
): NonNullable<KubernetesTargetSettings['sizing']> {
  if (cpus === undefined && memory === undefined) add(['size'], 'cpus, memory or both', 'neither');
  return { container, cores: cpus, memoryBytes: toBytes(memory), by: by ?? defaults.sizeBy };
}

function headroomOf(
  config: NonNullable<KubernetesTargetConfig['headroom']>,
  add: AddProblem,
): NonNullable<KubernetesTargetSettings['headroom']> {
  const headroom = { ...defaults.headroom, ...config };
  if (headroom.min > headroom.max) add(['headroom', 'min'], `at most ${headroom.max}, the maximum`, headroom.min);
  return headroom;
}
