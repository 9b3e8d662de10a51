import type { Reading } from './reading.ts';

const LINE = /^([^:|@#]{1,512}):([^|]+)\|(c|ms|h|d)(?:\|@([0-9.]+))?(?:\|#([^|]*))?(?:\|.*)?$/;

/**
 * One StatsD line: `name:value|c|@rate|#tag:value,tag2`. A counter tells its increase, divided by the rate it was sampled at;
 * a timer, histogram or distribution is one event each value. Gauges and sets tell nothing here. undefined: not understood.
 */
export function readStatsdLine(line: string): Reading | 'ignored' | undefined {
  if (/\|(g|s)(\||$)/.test(line)) return 'ignored';
  const found = LINE.exec(line);
  if (found === null) return undefined;
  const [, metric = '', text = '', type = '', rateText, tags = ''] = found;
  const rate = rateText === undefined ? 1 : Number(rateText);
  // DogStatsD packs several values of one metric into a line.
  const values = text.split(':').map(Number);
  if (!(rate > 0 && rate <= 1) || values.some((value) => !Number.isFinite(value))) return undefined;
  const amount = type === 'c' ? values.reduce((sum, value) => sum + value, 0) : values.length;
  return { metric, labels: readTags(tags), value: amount / rate, kind: 'increase' };
}

function readTags(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const tag of text === '' ? [] : text.split(',')) {
    const colon = tag.indexOf(':');
    if (colon > 0) labels[tag.slice(0, colon)] = tag.slice(colon + 1);
    else if (tag !== '') labels[tag] = '';
  }
  return labels;
}
