/** Counters, gauges and histograms. Names follow Prometheus (`forescale_..._total`); labels are few and bounded. */
export interface Meter {
  /** Adds to a counter. */
  count(name: string, labels?: Labels, amount?: number): void;
  /** Sets a gauge. */
  gauge(name: string, value: number, labels?: Labels): void;
  /** Records one value of a distribution. */
  observe(name: string, value: number, labels?: Labels): void;
}

export type Labels = Readonly<Record<string, string>>;

export const silentMeter: Meter = { count: () => {}, gauge: () => {}, observe: () => {} };
