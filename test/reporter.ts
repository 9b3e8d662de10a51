import { relative } from 'node:path';
import { clearTimeout, setTimeout } from 'node:timers';
import type { TestEvent } from 'node:test/reporters';
import { openHandles } from './open-handles.ts';

/** A test may be silent for as long as this; what lasts longer hangs. */
const TEST_LIMIT_MS = 600_000;
/** How long a process with nothing to test may stay alive: a broker may be fetched meanwhile. Node says nothing of a run until its event loop is empty, so it would wait for ever. */
const END_LIMIT_MS = 240_000;

/** Where the run began: a test may go elsewhere meanwhile. */
const ROOT = process.cwd();
const SILENCE = Symbol('silence');

/**
 * One line per test file, failures in full, and a last line `N passed, N failed[, N skipped]` that other programs read.
 * A test that hangs, or something that a test left open, ends the run as a failure that names it.
 * Node wants a default export here.
 */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const events = source[Symbol.asyncIterator]();
  const running = new Set<string>();
  let file = '';
  let inFile = 0;
  let inFileMs = 0;
  let hung = false;
  let next = events.next();
  while (!hung) {
    const result = await within(next, running.size > 0 ? TEST_LIMIT_MS : END_LIMIT_MS);
    if (result === SILENCE) {
      hung = true;
      total.failed += 1;
      yield `\nFAILED ${running.size > 0 ? `no end after ${TEST_LIMIT_MS / 1_000} s: ${[...running].join('; ')}` : 'every test has ended, the process does not'}\n`;
      yield `left open: ${openHandles().join(', ') || 'nothing that can be named'}\n\n`;
      continue;
    }
    if (result.done === true) break;
    next = events.next();
    const event = result.value;
    if (event.type === 'test:dequeue') running.add(nameOf(event.data));
    // What fails after its test has ended counts for no test, but it does make the run fail: it must not be silent.
    if (event.type === 'test:diagnostic' && event.data.message.startsWith('Error')) yield `AFTER A TEST ${event.data.message}\n`;
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    running.delete(nameOf(event.data));
    if (event.data.details.type === 'suite' && event.type === 'test:pass') continue;
    const where = whereOf(event.data);
    if (where !== file) {
      if (inFile > 0) yield fileLine(file, inFile, inFileMs);
      file = where;
      inFile = 0;
      inFileMs = 0;
    }
    inFile += 1;
    inFileMs += event.data.details.duration_ms;
    if (event.type === 'test:fail') {
      total.failed += 1;
      yield `\nFAILED ${where}:${event.data.line ?? '?'} ${event.data.name}\n${describe(event.data.details.error)}\n\n`;
    } else if (event.data.skip !== undefined) {
      total.skipped += 1;
      const why = typeof event.data.skip === 'string' ? event.data.skip : 'no reason given';
      yield `SKIPPED ${where} ${event.data.name}: ${why}\n`;
    } else {
      total.passed += 1;
    }
  }
  if (inFile > 0) yield fileLine(file, inFile, inFileMs);
  yield `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}\n`;
  if (hung) process.stdout.write('', () => process.exit(1));
}

/** Time is told where a file takes long enough to be asked about. */
function fileLine(file: string, tests: number, tookMs: number): string {
  return `${file} ${tests}${tookMs < 1_000 ? '' : `, ${(tookMs / 1_000).toFixed(1)} s`}\n`;
}

/** The timer does not keep the process alive: a run that can end by itself does. */
async function within<T>(promise: Promise<T>, limitMs: number): Promise<T | typeof SILENCE> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<typeof SILENCE>((resolve) => {
    timer = setTimeout(resolve, limitMs, SILENCE).unref();
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function nameOf(test: { readonly file?: string | undefined; readonly name: string; readonly nesting: number }): string {
  return `${whereOf(test)} ${test.name}`;
}

function whereOf(test: { readonly file?: string | undefined }): string {
  return relative(ROOT, test.file ?? '');
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? cause.message;
}
