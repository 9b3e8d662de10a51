import type { Labels, Meter } from '../../ports/meter.ts';

/** A meter that remembers, in the text format that Prometheus scrapes. */
export interface PrometheusMeter extends Meter {
  /** All that was measured, in exposition format 0.0.4. */
  text(): string;
}

/** Upper bounds of distributions: from a millisecond to ten minutes, in the unit that was given (seconds). */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** Labels are few by the port's contract; a mistake may not fill the memory. What comes after is counted. */
const SERIES_MAX = 5_000;

const HELP: Readonly<Record<string, string>> = {
  forescale_commits_total: 'Commits of batches, by outcome.',
  forescale_dead_letters_total: 'Messages that nobody could take, by reason.',
  forescale_effect_seconds: 'Time that an executor took.',
  forescale_effects_total: 'Effects that were executed, by outcome.',
  forescale_lag_seconds: 'Age of the latest entry of a batch when it was taken.',
  forescale_messages_total: 'Messages, by what became of them.',
  forescale_shard_reloads_total: 'Times that a shard was read anew after the bus failed.',
  forescale_shards_held: 'Shards that this node holds.',
  forescale_shards_lost_total: 'Shards that this node lost.',
  forescale_meter_series_dropped_total: 'Series that were left out because there were too many.',
};

interface Distribution {
  readonly labels: Labels;
  readonly counts: Float64Array;
  sum: number;
}

interface Value {
  readonly labels: Labels;
  value: number;
}

type Kind = 'counter' | 'gauge' | 'histogram';

export function createPrometheusMeter(): PrometheusMeter {
  const kinds = new Map<string, Kind>();
  const values = new Map<string, Map<string, Value>>();
  const distributions = new Map<string, Map<string, Distribution>>();
  let series = 0;
  let dropped = 0;

  const entryOf = <T>(all: Map<string, Map<string, T>>, name: string, kind: Kind, labels: Labels, make: () => T): T | undefined => {
    let ofName = all.get(name);
    if (ofName === undefined) {
      kinds.set(name, kind);
      all.set(name, (ofName = new Map<string, T>()));
    }
    const key = labelText(labels);
    const known = ofName.get(key);
    if (known !== undefined) return known;
    if (series >= SERIES_MAX) {
      dropped += 1;
      return undefined;
    }
    series += 1;
    const made = make();
    ofName.set(key, made);
    return made;
  };

  return {
    count(name, labels = {}, amount = 1) {
      const entry = entryOf(values, name, 'counter', labels, () => ({ labels, value: 0 }));
      if (entry !== undefined) entry.value += amount;
    },
    gauge(name, value, labels = {}) {
      const entry = entryOf(values, name, 'gauge', labels, () => ({ labels, value }));
      if (entry !== undefined) entry.value = value;
    },
    observe(name, value, labels = {}) {
      const entry = entryOf(distributions, name, 'histogram', labels, () => ({
        labels,
        counts: new Float64Array(BUCKETS.length + 1),
        sum: 0,
      }));
      if (entry === undefined) return;
      const bucket = BUCKETS.findIndex((bound) => value <= bound);
      const at = bucket < 0 ? BUCKETS.length : bucket;
      entry.counts[at] = (entry.counts[at] ?? 0) + 1;
      entry.sum += value;
    },
    text() {
      const lines: string[] = [];
      for (const [name, kind] of kinds) {
        if (HELP[name] !== undefined) lines.push(`# HELP ${name} ${HELP[name]}`);
        lines.push(`# TYPE ${name} ${kind}`);
        for (const { labels, value } of values.get(name)?.values() ?? []) lines.push(`${name}${labelText(labels)} ${valueText(value)}`);
        for (const one of distributions.get(name)?.values() ?? []) lines.push(...distributionLines(name, one));
      }
      if (dropped > 0) lines.push('# TYPE forescale_meter_series_dropped_total counter', `forescale_meter_series_dropped_total ${dropped}`);
      return `${lines.join('\n')}\n`;
    },
  };
}

function distributionLines(name: string, { labels, counts, sum }: Distribution): string[] {
  let total = 0;
  const lines = BUCKETS.map((bound, index) => {
    total += counts[index] ?? 0;
    return `${name}_bucket${labelText({ ...labels, le: String(bound) })} ${total}`;
  });
  total += counts[BUCKETS.length] ?? 0;
  lines.push(`${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${total}`);
  lines.push(`${name}_sum${labelText(labels)} ${valueText(sum)}`, `${name}_count${labelText(labels)} ${total}`);
  return lines;
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function valueText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}
