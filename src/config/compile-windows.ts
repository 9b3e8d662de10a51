import { DAYS, type BoundsWindow } from '../planning/bounds.ts';
import type { BoundsWindowConfig } from './pool-schema.ts';

export function compileWindows(windows: readonly BoundsWindowConfig[]): readonly BoundsWindow[] {
  return windows.map(({ name, days = DAYS, from = '00:00', to = '24:00', timeZone = 'UTC', min, max }) => ({
    name,
    days: [...days],
    fromMinutes: minutesOf(from),
    toMinutes: minutesOf(to),
    timeZone,
    minReplicas: min ?? null,
    maxReplicas: max ?? null,
  }));
}

/** `hh:mm`, as the schema has it. */
function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}
