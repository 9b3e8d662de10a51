/** Largest memory that any replica of a pool had, hour by hour of the trailing day. Plain data, changed in place. */
export interface MemoryPeak {
  readonly byHour: number[];
  hour: number;
}

const HOURS = 24;
const HOUR_MS = 3_600_000;

export function startMemoryPeak(): MemoryPeak {
  return { byHour: Array.from({ length: HOURS }, () => 0), hour: 0 };
}

export function observeMemory(peak: MemoryPeak, memoryBytes: number, startMs: number): void {
  const hour = Math.floor(startMs / HOUR_MS);
  if (!(memoryBytes > 0 && Number.isFinite(memoryBytes)) || hour <= peak.hour - HOURS) return;
  for (let next = Math.max(peak.hour + 1, hour - HOURS + 1); next <= hour; next += 1) peak.byHour[next % HOURS] = 0;
  peak.hour = Math.max(peak.hour, hour);
  peak.byHour[hour % HOURS] = Math.max(peak.byHour[hour % HOURS] ?? 0, memoryBytes);
}

/** null: nothing was measured. */
export function memoryPeak({ byHour }: MemoryPeak): number | null {
  const most = Math.max(...byHour);
  return most > 0 ? most : null;
}
