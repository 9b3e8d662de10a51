/** One value of a metric, as a scrape, StatsD or OpenTelemetry tells it. */
export interface Reading {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** `total`: counts since the start of whoever counts. `increase`: since the reading before. */
  readonly kind: 'total' | 'increase';
}
