import { InputError, ProblemList } from '../../src/problems.ts';
import { numberedLines, readText, traceName } from './lines.ts';
import { readRequestLog } from './request-log.ts';
import { readTable } from './table.ts';
import type { Trace } from './trace.ts';

/**
 * Reads a trace file: a series (`timestamp,value[,filled]`), a family (`timestamp,<producer>,...`) or a request log
 * (`timestamp,size,source,type[,...]`), told by the header; gzip by name. Times are epoch seconds or ISO 8601 (UTC).
 * @throws InputError that lists every problem with file and line. Nothing is repaired.
 */
export function readTrace(path: string): Trace {
  const text = readText(path);
  const problems = new ProblemList();
  const header = headerOf(path, text);
  const trace = readBody(path, text, header, problems);
  problems.throwIfAny();
  if (trace === undefined) throw new InputError([{ place: path, wanted: 'a trace', found: 'nothing that can be read' }]);
  return trace;
}

function readBody(path: string, text: string, header: readonly string[], problems: ProblemList): Trace | undefined {
  if (header[1] === 'size' && header[2] === 'source' && header[3] === 'type') return readRequestLog(path, text, header, problems);
  const filled = header.indexOf('filled');
  const table = readTable(path, text, header, filled, problems);
  if (table === undefined) return undefined;
  const { startMs, intervalMs, columns } = table;
  const base = { name: traceName(path), intervalMs, startMs };
  const names = header.filter((name, i) => i > 0 && name !== 'filled');
  const [values] = columns;
  if (names.length === 1 && names[0] === 'value' && values !== undefined) return { kind: 'series', ...base, values };
  return { kind: 'family', ...base, members: names.map((name, i) => ({ name, values: columns[i] ?? new Float64Array() })) };
}

function headerOf(path: string, text: string): readonly string[] {
  const first = numberedLines(text).next();
  const wanted = 'a header `timestamp,value[,filled]`, `timestamp,<producer>,...` or `timestamp,size,source,type`';
  if (first.done === true) throw new InputError([{ place: path, wanted, found: 'an empty file' }]);
  const header = first.value[1].replace(/^\uFEFF/, '').split(',');
  const names = header.map((name) => name.trim());
  const doubled = names.find((name, i) => names.indexOf(name) !== i);
  if (names[0] !== 'timestamp' || names.length < 2 || names.includes('') || (names.length === 2 && names[1] === 'filled')) {
    throw new InputError([{ place: `${path}:${first.value[0]}`, wanted, found: `"${header.join(',').slice(0, 80)}"` }]);
  }
  if (doubled !== undefined) {
    throw new InputError([{ place: `${path}:${first.value[0]}`, wanted: 'columns with names of their own', found: `${doubled} twice` }]);
  }
  return names;
}
