import type { ProblemList } from '../../src/problems.ts';
import { amountOf, timeOf } from './cells.ts';
import { numberedLines, traceName } from './lines.ts';
import type { RequestTrace, TextColumn } from './trace.ts';

/** Rows of a request log at the most; a longer one is asked to be cut. */
const REQUESTS_MAX = 50_000_000;

/** Reads `timestamp,size,source,type[,producer]`; other columns are passed over. */
export function readRequestLog(path: string, text: string, header: readonly string[], problems: ProblemList): RequestTrace | undefined {
  const column = (name: string): number => header.indexOf(name);
  const at = { size: column('size'), source: column('source'), type: column('type'), producer: column('producer') };
  const timestampMs: number[] = [];
  const size: number[] = [];
  const source = createTextColumn();
  const type = createTextColumn();
  const producer = createTextColumn();
  let last = Number.NEGATIVE_INFINITY;
  for (const [number, line] of numberedLines(text)) {
    if (number === 1) continue;
    const place = `${path}:${number}`;
    const cells = line.split(',');
    if (cells.length !== header.length) {
      problems.add(place, `${header.length} columns (${header.join(',')})`, `${cells.length}`);
      continue;
    }
    if (timestampMs.length >= REQUESTS_MAX) {
      problems.add(place, `at most ${REQUESTS_MAX} requests`, 'more');
      break;
    }
    const timeMs = timeOf(cells[0] ?? '', place, problems);
    if (timeMs < last) problems.add(place, 'requests in order of time', `a time ${(last - timeMs) / 1000} s before the row before`);
    else if (!Number.isNaN(timeMs)) last = timeMs;
    timestampMs.push(timeMs);
    size.push(amountOf(cells[at.size] ?? '', place, problems));
    source.add(cells[at.source] ?? '');
    type.add(cells[at.type] ?? '');
    if (at.producer >= 0) producer.add(cells[at.producer] ?? '');
  }
  if (timestampMs.length === 0) problems.add(path, 'at least one request', 'none');
  if (problems.count > 0) return undefined;
  return {
    kind: 'requests',
    name: traceName(path),
    count: timestampMs.length,
    timestampMs: Float64Array.from(timestampMs),
    size: Float64Array.from(size),
    source: source.done(),
    type: type.done(),
    ...(at.producer >= 0 ? { producer: producer.done() } : {}),
  };
}

function createTextColumn(): { add(text: string): void; done(): TextColumn } {
  const known = new Map<string, number>();
  const dictionary: string[] = [];
  const indices: number[] = [];
  return {
    add(text) {
      let index = known.get(text);
      if (index === undefined) {
        index = dictionary.length;
        known.set(text, index);
        dictionary.push(text);
      }
      indices.push(index);
    },
    done: () => ({ dictionary, indices: Uint32Array.from(indices) }),
  };
}
