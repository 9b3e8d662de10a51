/** docs/errors.md names every code that people can see, and none that does not exist. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/errors.md');

/** First cells of the table below a heading. */
function documented(heading: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`));
  assert.ok(section !== undefined, `no section ${heading}`);
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, code = '']) => code).toSorted();
}

/** Every text in quotes that a pattern finds in a part of a source. */
function texts(path: string, part: RegExp, text: RegExp = /'([^']+)'/g): string[] {
  const found = [...read(path).matchAll(part)].map(([whole]) => whole);
  assert.ok(found.length > 0, `nothing like ${part} in ${path}`);
  return found.flatMap((one) => [...one.matchAll(text)].map(([, code = '']) => code));
}
const unique = (codes: readonly string[]): string[] => [...new Set(codes)].toSorted();

const SECTIONS: readonly (readonly [string, () => readonly string[]])[] = [
  ['Files', () => texts('src/problems.ts', /FILE_FAULTS[^}]+\}/g, /: '([^']+)'/g)],
  ['Not ready', () => texts('src/models/forecast.ts', /readonly code: [^;]+;/g)],
  [
    'Dead letters',
    () => [
      ...texts('src/protocol/codec.ts', /type DecodeErrorCode = [^;]+;/g),
      ...texts('src/runtime/batch-run.ts', /#bury\(\s*entry,\s*'[a-z-]+'/g),
    ],
  ],
  ['Quarantine', () => texts('src/ports/bus.ts', /type QuarantineCode = [^;]+;/g)],
  ['Effects', () => texts('src/runtime/effect-runner.ts', /failure\('[a-z-]+'/g)],
  ['Bus', () => texts('src/ports/bus.ts', /type BusErrorCode = [^;]+;/g)],
];

for (const [heading, codes] of SECTIONS) {
  test(`errors page: ${heading} lists exactly what there is`, () => {
    assert.deepEqual(documented(heading), unique(codes()));
  });
}

test('errors page: every row says when, and what to do where something can be done', () => {
  for (const row of page.match(/^\| `.*$/gm) ?? []) assert.equal(row.match(/(?<!\\)\|/g)?.length, 4, row);
});

test('errors page: its links lead somewhere', () => {
  for (const [, file = '', anchor] of page.matchAll(/\]\(([a-z-]+\.md)(?:#([a-z-]+))?\)/g)) {
    const text = read(`docs/${file}`);
    const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    );
    if (anchor !== undefined) assert.ok(anchors.includes(anchor), `${file}#${anchor}`);
  }
});
