import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

/**
 * One line per test file, failures in full, and a last line `N passed, N failed[, N skipped]` that other programs read.
 * Node wants a default export here.
 */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const total = { passed: 0, failed: 0, skipped: 0 };
  let file = '';
  let inFile = 0;
  for await (const event of source) {
    // What fails after its test has ended counts for no test, but it does make the run fail: it must not be silent.
    if (event.type === 'test:diagnostic' && event.data.message.startsWith('Error')) yield `AFTER A TEST ${event.data.message}\n`;
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    if (event.data.details.type === 'suite' && event.type === 'test:pass') continue;
    const where = relative(process.cwd(), event.data.file ?? '');
    if (where !== file) {
      if (inFile > 0) yield `${file} ${inFile}\n`;
      file = where;
      inFile = 0;
    }
    inFile += 1;
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
  if (inFile > 0) yield `${file} ${inFile}\n`;
  yield `${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}\n`;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.stack ?? cause.message;
}
