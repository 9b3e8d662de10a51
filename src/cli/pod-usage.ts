import { createKubernetesClient } from '../adapters/kubernetes/client.ts';
import { createPodUsage } from '../adapters/kubernetes/pod-usage.ts';
import type { PodUsageSourceSettings } from '../config/source-settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { PodUsage } from '../ports/pod-usage.ts';
import { connectionOf } from './up/kubernetes-targets.ts';

/** Of a cluster, as the source names it. @throws InputError when credentials cannot be read. */
export function openPodUsage(settings: PodUsageSourceSettings, clock: Clock): PodUsage {
  const connection = connectionOf(settings, clock);
  const { namespace = connection.namespace, selector, container } = settings;
  return createPodUsage(createKubernetesClient(connection, clock), { namespace, selector, container });
}
