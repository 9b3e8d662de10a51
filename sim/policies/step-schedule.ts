import { requiredReplicas } from '../plant.ts';
import { DayBefore } from './day-before.ts';
import type { Policy } from './policy.ts';
import { numberKnob, runRule } from './rule.ts';

const HOUR_MS = 3_600_000;

/** Scheduled scaling as a careful person sets it up: for every hour what the same hour of the day before needed, times a headroom. */
export const stepSchedulePolicy: Policy = {
  name: 'step-schedule',
  summary: 'for every hour what that hour needed the day before, times a headroom',
  knobText: 'headroom, default 1.2',
  configure(knob) {
    const headroom = numberKnob(knob, 1.2, 1, 10);
    if (headroom === undefined) return { ok: false, wanted: 'a headroom from 1 to 10' };
    return runRule(({ plant, workload }) => {
      const before = new DayBefore(workload);
      let hour = Number.NaN;
      let peak = 0;
      return ({ demand, endMs }) => {
        before.record(demand);
        if (!Number.isNaN(demand)) peak = Math.max(peak, demand);
        // Set early enough that it is ready when the hour begins.
        const next = Math.floor((endMs + plant.leadTime.p95Ms) / HOUR_MS);
        if (next === hour && before.days > 1) return undefined;
        hour = next;
        const most = before.largestAhead(HOUR_MS + plant.leadTime.p95Ms) ?? peak;
        return { replicas: requiredReplicas(most * headroom, plant.replicaCapacity), reason: 'what the hour needed the day before' };
      };
    });
  },
};
