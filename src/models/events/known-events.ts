import type { KnownEvent } from './event.ts';
import { EventLessons } from './event-lessons.ts';
import { factorOf, hintedFactor, type LearnedFactor } from './learned-factor.ts';
import { Multipliers } from './multipliers.ts';

/** A pool's events: what they are expected to do to one series, and what was learned of them there. */
export class KnownEvents {
  readonly multipliers: Multipliers;
  readonly lessons: EventLessons;
  private readonly events: readonly KnownEvent[];
  private readonly factors: readonly LearnedFactor[];

  constructor(events: readonly KnownEvent[]) {
    this.events = events;
    this.factors = events.map(({ factor }) => hintedFactor(factor));
    this.multipliers = new Multipliers(events, this.factors);
    this.lessons = new EventLessons(this.factors, this.multipliers);
  }

  /** Of each event, for people: the factor now, and from how many occurrences it was learned. */
  describe(): readonly { readonly name: string; readonly factor: number; readonly occurrences: number }[] {
    return this.events.map(({ name }, i) => {
      const learned = this.factors[i] as LearnedFactor;
      return { name, factor: factorOf(learned), occurrences: learned.occurrences };
    });
  }

  freeze(): unknown {
    const { waiting, seen, judged, hours } = this.lessons;
    return {
      names: this.events.map(({ name }) => name),
      ...structuredClone({ factors: [...this.factors], waiting, seen, judged }),
      hours: { sums: Array.from(hours.sums), counts: Array.from(hours.counts), eventful: Array.from(hours.eventful), hour: hours.hour },
    };
  }

  /** Takes what was frozen. Events may have come and gone since: they are found again by their names. */
  thaw(frozen: unknown): void {
    const { names, factors, judged, waiting, seen, hours } = structuredClone(frozen) as Frozen;
    const nowOf = names.map((name) => this.events.findIndex((event) => event.name === name));
    for (const [then, now] of nowOf.entries()) {
      const known = factors[then];
      if (now < 0 || known === undefined) continue;
      Object.assign(this.factors[now] as LearnedFactor, known);
      this.lessons.judged[now] = judged[then] ?? -1;
    }
    const moved = <T extends { readonly event: number }>(list: readonly T[]): T[] =>
      list.map((one) => ({ ...one, event: nowOf[one.event] ?? -1 })).filter(({ event }) => event >= 0);
    this.lessons.waiting = moved(waiting);
    this.lessons.seen = moved(seen);
    this.lessons.hours.sums.set(hours.sums);
    this.lessons.hours.counts.set(hours.counts);
    this.lessons.hours.eventful.set(hours.eventful);
    this.lessons.hours.hour = hours.hour;
  }
}

interface Frozen extends Pick<EventLessons, 'waiting' | 'seen' | 'judged'> {
  readonly names: readonly string[];
  readonly factors: readonly LearnedFactor[];
  readonly hours: {
    readonly sums: readonly number[];
    readonly counts: readonly number[];
    readonly eventful: readonly number[];
    readonly hour: number;
  };
}
