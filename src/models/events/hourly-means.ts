const HOUR_MS = 3_600_000;
const WEEK_HOURS = 168;
/** Ten days: an event that began a day ago is compared with the week before the day before it. */
const HOURS = WEEK_HOURS + 3 * 24;
/** An hour counts if it has at least this share of the values that the fullest one has. */
const MEASURED_SHARE = 0.5;

/** Mean load of each hour of the last ten days, for comparing a day with the same weekday. Typed arrays, for freezing. */
export class HourlyMeans {
  readonly sums = new Float64Array(HOURS);
  readonly counts = new Float64Array(HOURS);
  /** Values of the hour that an event had a part in. */
  readonly eventful = new Float64Array(HOURS);
  /** Hour since the epoch that was written last; -1 before the first. */
  hour = -1;

  /** Takes a value that was measured. Time only goes on. */
  observe(timeMs: number, value: number, isEventful: boolean): void {
    const hour = Math.floor(timeMs / HOUR_MS);
    const fresh = this.hour < 0 ? HOURS : Math.min(HOURS, hour - this.hour);
    for (let back = 0; back < fresh; back++) for (const one of [this.sums, this.counts, this.eventful]) one[(hour - back) % HOURS] = 0;
    this.hour = hour;
    const at = hour % HOURS;
    this.sums[at] = (this.sums[at] as number) + value;
    this.counts[at] = (this.counts[at] as number) + 1;
    if (isEventful) this.eventful[at] = (this.eventful[at] as number) + 1;
  }

  /** Of the hours [from, to) since the epoch; NaN if fewer than half of them are known. @param usualOnly hours of events are not. */
  mean(from: number, to: number, usualOnly: boolean): number {
    const fullest = this.counts.reduce((most, count) => Math.max(most, count), 0);
    let sum = 0;
    let known = 0;
    for (let hour = from; hour < to; hour++) {
      if (hour > this.hour || hour <= this.hour - HOURS) continue;
      const count = this.counts[hour % HOURS] as number;
      if (count < MEASURED_SHARE * fullest || count === 0) continue;
      if (usualOnly && (this.eventful[hour % HOURS] as number) > 0) continue;
      sum += (this.sums[hour % HOURS] as number) / count;
      known += 1;
    }
    return known === 0 || known < (to - from) / 2 ? Number.NaN : sum / known;
  }

  /** What these hours would have been, by the same hours a week before and how the last day compares with its own. */
  expected(from: number, to: number, before: number): number {
    const growth = this.mean(before - 24, before, true) / this.mean(before - 24 - WEEK_HOURS, before - WEEK_HOURS, true);
    return growth * this.mean(from - WEEK_HOURS, to - WEEK_HOURS, true);
  }
}
