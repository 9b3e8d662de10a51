/** Counters, gauges and histograms. Names follow Prometheus (`forescale_..._total`); labels are few and bounded. */
export interface Meter {
  /** Adds to a counter. */
  count(name: string, labels?: Labels, amount?: number): void;
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Labels): void;
  /** Records one value of a distribution. */
  observe(name: string, value: number, labels?: Labels): void;
}

/** Names and values of labels; few different ones, each combination is a series. */
export type Labels = Readonly<Record<string, string>>;

/** A meter that counts nothing. */
export const silentMeter: Meter = { count: () => {}, gauge: () => {}, observe: () => {} };
