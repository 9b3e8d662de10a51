import type { Signal, Signals } from '../config/source-settings.ts';
import type { Load } from '../protocol/observation.ts';
import { CounterBook } from './counter-book.ts';
import type { LoadBook } from './load-book.ts';
import type { Reading } from './reading.ts';

type Resource = 'requests' | 'cpuSeconds' | 'networkBytes';
const TYPE_LENGTH_MAX = 128;

/** Takes the readings that the signals of a source name out of all that come, and books them as load of producers. */
export class SignalReader {
  readonly #signals: Signals;
  readonly #book: LoadBook;
  readonly #counters = new CounterBook();
  #refusedBefore = 0;
  readonly #byMetric = new Map<string, { readonly signal: Signal; readonly resource: Resource }[]>();

  constructor(signals: Signals, book: LoadBook) {
    this.#signals = signals;
    this.#book = book;
    const named = { requests: signals.requests, cpuSeconds: signals.cpu, networkBytes: signals.network } as const;
    for (const [resource, signal] of Object.entries(named) as [Resource, Signal | undefined][]) {
      if (signal === undefined) continue;
      this.#byMetric.set(signal.metric, [...(this.#byMetric.get(signal.metric) ?? []), { signal, resource }]);
    }
  }

  /** Readings that were refused because there are too many series or producers. */
  get refused(): number {
    return this.#counters.refused + this.#book.refused;
  }

  isWanted(metric: string): boolean {
    return this.#byMetric.has(metric);
  }

  /**
   * Takes one reading of a span.
   * @param sender who sent it, or was scraped: the producer, unless a label names another.
   * @returns the producer; undefined when no signal names the reading.
   */
  take(reading: Reading, sender: string, fromMs: number, untilMs: number, isNewAtZero: boolean): string | undefined {
    const { metric, labels, value, kind } = reading;
    const producer = producerName(this.#labelOf(labels, this.#signals.producerLabel) ?? sender);
    let taken: string | undefined;
    for (const { signal, resource } of this.#byMetric.get(metric) ?? []) {
      if (!matches(signal, labels)) continue;
      taken = producer;
      const key = kind === 'total' ? `${resource}\n${sender}\n${metric}\n${labelKey(labels)}` : '';
      const amount = kind === 'total' ? this.#counters.increase(key, value, isNewAtZero) : value;
      if (!(amount > 0)) continue;
      const type = (this.#labelOf(labels, this.#signals.typeLabel) ?? '').slice(0, TYPE_LENGTH_MAX);
      const load: Partial<Load> = { [resource]: amount };
      this.#book.add(producer, fromMs, untilMs, type, load);
    }
    return taken;
  }

  /** Ends a round of readings. False if some of it was refused because there is too much. */
  endRound(): boolean {
    this.#counters.endRound();
    const isAllTaken = this.refused === this.#refusedBefore;
    this.#refusedBefore = this.refused;
    return isAllTaken;
  }

  #labelOf(labels: Reading['labels'], label: string | undefined): string | undefined {
    return label === undefined ? undefined : labels[label];
  }
}

function matches({ match }: Signal, labels: Reading['labels']): boolean {
  for (const [label, value] of Object.entries(match)) if (labels[label] !== value) return false;
  return true;
}

/** Order of labels is the sender's whim. */
function labelKey(labels: Reading['labels']): string {
  return Object.keys(labels)
    .toSorted()
    .map((label) => `${label}=${labels[label] ?? ''}`)
    .join('\n');
}

/** A name that the protocol takes: what it does not take becomes a dash. */
export function producerName(text: string): string {
  const name = text.replaceAll(/[^A-Za-z0-9._:-]/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'unnamed' : name.slice(0, 253);
}
