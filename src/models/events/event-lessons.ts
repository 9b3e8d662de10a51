import { HourlyMeans } from './hourly-means.ts';
import { learnFactor, type LearnedFactor } from './learned-factor.ts';
import type { Multipliers, Occurrence } from './multipliers.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Events of at least this length are judged by their hours, shorter ones by what was forecast before they began. */
const LONG_MS = 3 * HOUR_MS;
/** A moment teaches a factor only where the event is at least so full. */
const FULL_ENOUGH = 0.5;
const WAITING_MAX = 512;
/** Under this share of the usual load nothing can be said of the usual one. */
export const MULTIPLIER_MIN = 0.05;

/** A moment within an event, and what the load was to be then without any: said before the event began. */
interface Waiting {
  readonly event: number;
  readonly startMs: number;
  readonly targetMs: number;
  readonly usual: number;
}

/** Factors seen in one occurrence so far. */
interface Seen {
  readonly event: number;
  readonly startMs: number;
  sum: number;
  count: number;
}

/** Learns from what happened by how much each event multiplies the load. */
export class EventLessons {
  readonly hours = new HourlyMeans();
  waiting: Waiting[] = [];
  seen: Seen[] = [];
  /** Start of the occurrence judged last, per event; -1 before the first. */
  readonly judged: number[];
  private readonly factors: readonly LearnedFactor[];
  private readonly multipliers: Multipliers;

  constructor(factors: readonly LearnedFactor[], multipliers: Multipliers) {
    this.factors = factors;
    this.multipliers = multipliers;
    this.judged = factors.map(() => -1);
  }

  /** Notes what would come without events, for those that begin between the origin and the target. */
  expect(originMs: number, targetMs: number, usual: number): void {
    if (!(usual > 0)) return;
    for (const occurrence of this.multipliers.around(targetMs)) {
      const { event, span } = occurrence;
      const begins = span.startMs > originMs && span.startMs <= targetMs && !isLong(occurrence);
      if (!begins || this.waiting.length >= WAITING_MAX || this.multipliers.fullness(occurrence, targetMs) < FULL_ENOUGH) continue;
      this.waiting.push({ event, startMs: span.startMs, targetMs, usual });
    }
  }

  /** Takes a value that was measured. */
  observe(timeMs: number, value: number): void {
    if (this.waiting.length > 0) this.compare(timeMs, value);
    if (this.seen.length > 0) this.judgeShort();
    this.judgeLong(timeMs);
    this.hours.observe(timeMs, value, this.multipliers.isEventful(timeMs));
  }

  private compare(timeMs: number, value: number): void {
    const { multipliers } = this;
    for (const { event, startMs, targetMs, usual } of this.waiting) {
      if (targetMs !== timeMs) continue;
      const occurrence = multipliers.around(timeMs).find((one) => one.event === event && one.span.startMs === startMs);
      if (occurrence === undefined) continue;
      const ratio = value / (usual * Math.max(MULTIPLIER_MIN, multipliers.at(timeMs, event)));
      this.see(event, startMs, 1 + (ratio - 1) / multipliers.fullness(occurrence, timeMs));
    }
    // What was not measured is not waited for any longer.
    this.waiting = this.waiting.filter(({ targetMs }) => targetMs > timeMs);
  }

  private see(event: number, startMs: number, factor: number): void {
    let seen = this.seen.find((one) => one.event === event && one.startMs === startMs);
    if (seen === undefined) {
      seen = { event, startMs, sum: 0, count: 0 };
      this.seen.push(seen);
    }
    seen.sum += Math.max(0, factor);
    seen.count += 1;
  }

  /** Short occurrences are judged when nothing of them is waited for any more. */
  private judgeShort(): void {
    const isOpen = ({ event, startMs }: Seen): boolean => this.waiting.some((one) => one.event === event && one.startMs === startMs);
    for (const seen of this.seen) if (!isOpen(seen)) this.learn(seen.event, seen.startMs, seen.sum / seen.count);
    this.seen = this.seen.filter(isOpen);
  }

  /** Long ones at their end, or after a day, by the same hours of the week before. */
  private judgeLong(timeMs: number): void {
    for (const occurrence of this.multipliers.around(timeMs)) {
      const { event, span } = occurrence;
      const untilMs = Math.min(span.endMs, span.startMs + DAY_MS);
      if (timeMs < untilMs || !isLong(occurrence) || (this.judged[event] as number) >= span.startMs) continue;
      const [from, to] = [Math.ceil(span.startMs / HOUR_MS), Math.floor(untilMs / HOUR_MS)];
      this.learn(event, span.startMs, this.hours.mean(from, to, false) / this.hours.expected(from, to, from));
    }
  }

  private learn(event: number, startMs: number, factor: number): void {
    if ((this.judged[event] as number) >= startMs || !(factor >= 0 && factor < Infinity)) return;
    this.judged[event] = startMs;
    learnFactor(this.factors[event] as LearnedFactor, factor);
  }
}

const isLong = ({ span }: Occurrence): boolean => span.endMs - span.startMs >= LONG_MS;
