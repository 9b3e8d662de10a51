import type { Reading } from './reading.ts';

/** A line that is no sample, no comment and not blank. */
export interface BadLine {
  readonly line: number;
  readonly text: string;
}

const NAME = /[A-Za-z_:][A-Za-z0-9_:]*/y;
const LABEL = /\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|\})/y;
const VALUE = /\s+(\S+)(?:\s+-?\d+)?\s*(?:#.*)?$/y;

/**
 * Samples of the Prometheus text format (and of OpenMetrics, where it is the same). Only metrics that are wanted are read
 * further than their name. A histogram is told by its `_count`, under its plain name, too.
 */
export function* readPrometheusText(
  text: string,
  isWanted: (metric: string) => boolean,
  onBad: (bad: BadLine) => void,
): Generator<Reading> {
  let from = 0;
  for (let line = 1; from < text.length; line += 1) {
    let to = text.indexOf('\n', from);
    if (to < 0) to = text.length;
    const content = text.slice(from, to);
    from = to + 1;
    if (content === '' || content.startsWith('#') || content.trim() === '') continue;
    const name = match(NAME, content, 0)?.[0];
    if (name === undefined) {
      onBad({ line, text: content });
      continue;
    }
    const plain = name.endsWith('_count') ? name.slice(0, -6) : undefined;
    const metric = isWanted(name) ? name : plain !== undefined && isWanted(plain) ? plain : undefined;
    if (metric === undefined) continue;
    const sample = readSample(content, name.length);
    if (sample === undefined) onBad({ line, text: content });
    else if (!Number.isNaN(sample.value)) yield { metric, kind: 'total', ...sample };
  }
}

function readSample(line: string, from: number): { readonly labels: Readonly<Record<string, string>>; readonly value: number } | undefined {
  const labels: Record<string, string> = {};
  let at = from;
  if (line[at] === '{') {
    at += 1;
    while (line[at] !== undefined) {
      if (/^\s*\}/.test(line.slice(at, at + 8))) {
        at = line.indexOf('}', at) + 1;
        break;
      }
      const found = match(LABEL, line, at);
      if (found === null) return undefined;
      labels[found[1] ?? ''] = unescape(found[2] ?? '');
      at += found[0].length;
      if (found[3] === '}') break;
    }
  }
  const text = match(VALUE, line, at)?.[1];
  if (text === undefined) return undefined;
  const value = text === '+Inf' || text === 'Inf' ? Number.POSITIVE_INFINITY : text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
  if (Number.isNaN(value) && text.toLowerCase() !== 'nan') return undefined;
  return { labels, value };
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unescape(text: string): string {
  return text.replaceAll(/\\(.)/g, (_whole, char: string) => (char === 'n' ? '\n' : char));
}
