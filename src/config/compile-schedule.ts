import type { KnownEvent } from '../models/events/event.ts';
import { toMs } from './duration.ts';
import type { ScheduledActionsConfig } from './external-target-schemas.ts';
import type { AddProblem } from './schema-problems.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import type { ScheduledActionsSettings } from './settings.ts';

/** What a cloud is told beforehand of the pool's events. */
export function compileSchedule(
  config: ScheduledActionsConfig | undefined,
  events: readonly KnownEvent[],
  maxReplicas: number,
  add: AddProblem,
): ScheduledActionsSettings {
  const floors = Object.entries(config?.minReplicas ?? {}).flatMap(([name, minReplicas]) => {
    const event = events.find((one) => one.name === name);
    if (event === undefined) add(['minReplicas', name], 'the name of an event of the pool', name);
    if (minReplicas > maxReplicas) add(['minReplicas', name], `at most ${maxReplicas}, the maximum of the pool`, minReplicas);
    return event === undefined ? [] : [{ event, minReplicas }];
  });
  const leadMs = toMs(config?.leadTime) ?? CONFIG_DEFAULTS.aws.scheduleLeadMs;
  if (leadMs > 86_400_000) add(['leadTime'], 'at most 1d', config?.leadTime);
  return { leadMs, floors };
}
